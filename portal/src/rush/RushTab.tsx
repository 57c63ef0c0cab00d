import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { EmptyState, Loaded } from "../components/ListStates";
import { useSale } from "../sales/SalePage";
import { isOver, wasPublished } from "../sales/saleState";
import { WaitlistPanel } from "./WaitlistPanel";
import { ReceiptPanel } from "./ReceiptPanel";
import { RehearsalsPanel } from "./RehearsalsPanel";
import { StockPanel } from "./StockPanel";

const recountMs = 10_000;

/** The stock, waitlist and receipt of a sale, and rehearsals of its rush. */
export function RushTab() {
  const { sale } = useSale();
  const hasStock = sale.mode === "hosted" && wasPublished(sale);
  const stock = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/stock",
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    { enabled: hasStock, refetchInterval: isOver(sale) ? false : recountMs },
  );
  if (sale.mode === "redirect") {
    return (
      <EmptyState title="SMP holds no stock for this sale">
        Shoppers buy in the provider’s own cart, so there is no waitlist, no receipt and nothing to
        rehearse.
      </EmptyState>
    );
  }
  if (!hasStock) {
    return (
      <EmptyState title="Not approved yet">
        Once SMP has approved the sale, its stock appears here and you can rehearse the rush.
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg">
      <Loaded query={stock}>
        {({ items, agrees }) => (
          <>
            <StockPanel items={items} agrees={agrees} countedAt={stock.dataUpdatedAt} />
            <WaitlistPanel items={items} />
          </>
        )}
      </Loaded>
      <ReceiptPanel />
      <RehearsalsPanel />
    </Stack>
  );
}
