import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { StockItem } from "../api/types";
import { Panel } from "../elements/Panel";
import { Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { StockTrack } from "../elements/StockBar";
import { formatCount } from "../format/size";
import { formatClock } from "./rushWords";

interface StockPanelProps {
  items: StockItem[];
  agrees: boolean;
  countedAt: number;
}

/** What is counted of each item, against a recount of its holds and its line. */
export function StockPanel({ items, agrees, countedAt }: StockPanelProps) {
  return (
    <Panel
      title="Stock"
      aside={
        <Text size="sm" c="dimmed">
          Recounted at {formatClock(countedAt)}
        </Text>
      }
    >
      <Stack>
        {!agrees && <Mismatch items={items.filter((item) => !item.agrees)} />}
        <Rows
          label="Stock"
          rows={items}
          rowKey={(item) => item.sale_item_id}
          columns={[
            {
              header: "Item",
              cell: (item) => (
                <div style={{ flex: 1, minWidth: "9rem" }}>
                  <Text span fw={550}>
                    {item.item_name}
                  </Text>
                  <StockTrack {...item} />
                </div>
              ),
            },
            { header: "Capacity", cell: (item) => formatCount(item.capacity), kind: "number" },
            { header: "Held", cell: (item) => formatCount(item.held), kind: "number" },
            { header: "Sold", cell: (item) => formatCount(item.sold), kind: "number" },
            {
              header: "Left",
              cell: (item) => formatCount(Math.max(0, item.capacity - item.held - item.sold)),
              kind: "number",
            },
            { header: "Waiting", cell: (item) => formatCount(item.waiting), kind: "number" },
            {
              header: "Recount",
              cell: (item) => <StateBadge state={item.agrees ? "agrees" : "differs"} />,
            },
          ]}
        />
        {agrees && (
          <Text size="sm" c="dimmed">
            Each hold and each place in line was counted one by one; the sums are the numbers
            shoppers are served by.
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

function Mismatch({ items }: { items: StockItem[] }) {
  return (
    <Alert
      color="brick"
      variant="filled"
      icon={<IconAlertTriangle aria-hidden />}
      title="The recount does not agree"
      role="alert"
    >
      The numbers shoppers are served by are not the sum of the holds and the line:{" "}
      {items.map((item) => item.item_name).join(", ")}. SMP’s stock monitor halts a running sale
      when it sees this. Do not resume the sale before SMP’s engineers have found out why.
    </Alert>
  );
}
