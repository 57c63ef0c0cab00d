import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { stateOptions } from "../components/states";
import { SaleTable } from "./SaleTable";
import { displayedStates, salePhases, saleStates } from "./saleState";

export function SalesPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const mayEdit = useHasRole("owner", "editor");
  const [q] = useFilter("q");
  const [shown, setShown] = useChoice("state", displayedStates);
  const phase = salePhases.find((candidate) => candidate === shown);
  const state = saleStates.find((candidate) => candidate === shown);
  const sales = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/sales",
    {
      params: {
        path: { tenant: tenant.id },
        query: { q: q || undefined, ...(phase ? { phase } : { state }) },
      },
    },
    byCursor,
  );
  const create = mayEdit ? (
    <Button
      component={Link}
      to={`${base}/sales/new`}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      New sale
    </Button>
  ) : null;
  return (
    <>
      <PageHeader
        title="Sales"
        lead="Offers on sale for a limited time. SMP reviews each sale before shoppers see it."
        actions={create}
      />
      <FilterBar>
        <SearchField label="Search sales" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={shown}
          onChange={setShown}
          options={stateOptions(displayedStates)}
        />
      </FilterBar>
      <PagedList
        query={sales}
        empty={
          q !== "" || shown !== undefined ? (
            <EmptyState title="No matches">Change the search or the state.</EmptyState>
          ) : (
            <EmptyState title="No sales yet" action={create}>
              Put an offer on sale: choose the dates, prices and quantities.
            </EmptyState>
          )
        }
      >
        {(items) => <SaleTable sales={items} linkTo={(sale) => `${base}/sales/${sale.id}`} />}
      </PagedList>
    </>
  );
}
