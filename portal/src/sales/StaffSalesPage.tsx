import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { stateOptions } from "../components/states";
import { SaleTable } from "./SaleTable";
import { salePhases, saleStates } from "./saleState";

export function StaffSalesPage() {
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", saleStates);
  const [phase, setPhase] = useChoice("phase", salePhases);
  const sales = $api.useInfiniteQuery(
    "get",
    "/sales-overview",
    { params: { query: { q: q || undefined, state, phase } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Sales"
        lead="The sales of all providers. Open one to halt it, feature it or add access points."
      />
      <FilterBar>
        <SearchField label="Search sales" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(saleStates)}
        />
        <ChoiceFilter
          label="Phase"
          all="All phases"
          value={phase}
          onChange={setPhase}
          options={stateOptions(salePhases)}
        />
      </FilterBar>
      <PagedList
        query={sales}
        empty={
          <EmptyState title="No sales">
            Change the filters, or invite a provider to sell something.
          </EmptyState>
        }
      >
        {(items) => (
          <SaleTable
            sales={items}
            withProvider
            linkTo={(sale) => `${staffBase}/sales/${sale.tenant.id}/${sale.id}`}
          />
        )}
      </PagedList>
    </>
  );
}
