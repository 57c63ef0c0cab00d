import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { EmptyState, Loaded } from "../elements/ListStates";
import { useSale } from "../sales/SalePage";
import { isOver, wasPublished } from "../sales/saleWords";
import { LinePanel } from "./LinePanel";
import { ReceiptPanel } from "./ReceiptPanel";
import { RehearsalsPanel } from "./RehearsalsPanel";
import { StockPanel } from "./StockPanel";

const recountMs = 10_000;

/** What happens to the stock of a sale when everyone comes at once, and the rehearsal of it. */
export function RushTab() {
  const { sale } = useSale();
  const counted = sale.mode === "hosted" && wasPublished(sale);
  const stock = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/stock",
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    { enabled: counted, refetchInterval: isOver(sale) ? false : recountMs },
  );
  if (sale.mode === "redirect") {
    return (
      <EmptyState title="No stock is kept here">
        This sale is bought in the provider’s own cart. SMP holds no units of it, so there is no
        line, no receipt and nothing to rehearse.
      </EmptyState>
    );
  }
  if (!counted) {
    return (
      <EmptyState title="Not approved yet">
        Once SMP has approved the sale, its stock is counted here, and its rush can be rehearsed
        before the real one.
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg">
      <Loaded query={stock}>
        {({ items, agrees }) => (
          <>
            <StockPanel items={items} agrees={agrees} countedAt={stock.dataUpdatedAt} />
            <LinePanel items={items} />
          </>
        )}
      </Loaded>
      <ReceiptPanel />
      <RehearsalsPanel />
    </Stack>
  );
}
