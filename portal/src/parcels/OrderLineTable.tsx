import { Text } from "@mantine/core";
import type { Money } from "../api/types";
import { DataTable } from "../components/DataTable";
import { formatMoney } from "../format/money";
import { slotDates } from "../sales/saleState";

interface OrderLine {
  title: string;
  item_name: string;
  sku: string;
  quantity: number;
  refunded_quantity?: number;
  unit_price: Money;
  slot_starts_on?: string | null;
  slot_ends_on?: string | null;
  voucher_valid_days?: number | null;
}

function lineDetails(line: OrderLine): string {
  return [
    line.item_name,
    slotDates(line),
    line.voucher_valid_days != null && "voucher, nothing to ship",
  ]
    .filter(Boolean)
    .join(", ");
}

/** The units, of which those that were refunded are not packed. */
function quantityOf({ quantity, refunded_quantity: refunded = 0 }: OrderLine): string {
  if (refunded === 0) return String(quantity);
  return `${quantity - refunded} of ${quantity}, ${refunded} refunded`;
}

/** The order lines in a parcel. */
export function OrderLineTable({ lines }: { lines: OrderLine[] }) {
  return (
    <DataTable
      label="Order lines"
      rows={lines}
      rowKey={(line) => `${line.sku} ${line.title} ${line.slot_starts_on ?? ""}`}
      columns={[
        {
          header: "Item",
          cell: (line) => (
            <div>
              <Text fw={550}>{line.title}</Text>
              <Text size="sm" c="dimmed">
                {lineDetails(line)}
              </Text>
            </div>
          ),
        },
        { header: "SKU", cell: (line) => line.sku, kind: "dim" },
        { header: "Quantity", cell: quantityOf, kind: "number" },
        { header: "Price", cell: (line) => formatMoney(line.unit_price), kind: "number" },
      ]}
    />
  );
}
