import { Button } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ContractState } from "../api/types";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { stateOptions } from "../components/states";
import { ContractTable } from "./ContractsPage";

const states: ContractState[] = ["offered", "signed", "countersigned", "superseded"];

/** What was offered to providers and signed; what is signed waits for SMP. */
export function StaffContractsPage() {
  const [state, setState] = useChoice("state", states);
  const contracts = $api.useInfiniteQuery(
    "get",
    "/contracts",
    { params: { query: { state } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Contracts"
        lead="A provider’s sales go live only with a contract that both have signed."
        actions={
          <Button component={Link} to={`${staffBase}/contract-templates`} variant="default">
            Versions of the contract
          </Button>
        }
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(states)}
        />
      </FilterBar>
      <PagedList
        query={contracts}
        empty={
          state === undefined ? (
            <EmptyState title="No contracts yet">
              Publish a version of the contract. It is offered to every provider.
            </EmptyState>
          ) : (
            <EmptyState title="No matches">Choose another state.</EmptyState>
          )
        }
      >
        {(items) => (
          <ContractTable
            contracts={items}
            withProvider
            linkTo={({ id, provider }) => `${staffBase}/contracts/${provider.id}/${id}`}
          />
        )}
      </PagedList>
    </>
  );
}
