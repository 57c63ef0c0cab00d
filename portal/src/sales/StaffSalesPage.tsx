import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../elements/Filters";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged } from "../elements/Rows";
import { SaleRows } from "./SaleRows";
import { optionsOf, salePhases, saleStates } from "./saleWords";

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
      <PageHead
        title="Sales"
        lead="Every provider’s sales. Open one to halt it, feature it, or place it."
      />
      <FilterBar>
        <SearchField label="Search sales" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={optionsOf(saleStates)}
        />
        <ChoiceFilter
          label="Phase"
          all="All phases"
          value={phase}
          onChange={setPhase}
          options={optionsOf(salePhases)}
        />
      </FilterBar>
      <Paged
        query={sales}
        empty={
          <EmptyState title="No sales here">
            Change the filters, or invite a provider to sell something.
          </EmptyState>
        }
      >
        {(items) => (
          <SaleRows
            sales={items}
            withProvider
            linkTo={(sale) => `${staffBase}/sales/${sale.tenant.id}/${sale.id}`}
          />
        )}
      </Paged>
    </>
  );
}
