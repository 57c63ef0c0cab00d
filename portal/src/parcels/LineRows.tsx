import { Text } from "@mantine/core";
import type { Money } from "../api/types";
import { Rows } from "../elements/Rows";
import { formatMoney } from "../format/money";

interface Line {
  title: string;
  item_name: string;
  sku: string;
  quantity: number;
  unit_price: Money;
}

/** What is in a parcel. */
export function LineRows({ lines }: { lines: Line[] }) {
  return (
    <Rows
      label="Lines"
      rows={lines}
      rowKey={(line) => line.sku}
      columns={[
        { header: "Item", cell: (line) => <div><Text fw={550}>{line.title}</Text><Text size="sm" c="dimmed">{line.item_name}</Text></div> },
        { header: "SKU", cell: (line) => line.sku, kind: "dim" },
        { header: "Quantity", cell: (line) => line.quantity, kind: "number" },
        { header: "Price", cell: (line) => formatMoney(line.unit_price), kind: "number" },
      ]}
    />
  );
}
