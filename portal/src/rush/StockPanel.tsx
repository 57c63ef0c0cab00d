import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { StockItem } from "../api/types";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { StockTrack } from "../components/StockBar";
import { formatCount } from "../format/numbers";
import { formatTimeOfDay } from "../format/time";

interface StockPanelProps {
  items: StockItem[];
  agrees: boolean;
  countedAt: number;
}

/** The stock counters of each item, compared with a recount of its holds and waitlist. */
export function StockPanel({ items, agrees, countedAt }: StockPanelProps) {
  return (
    <Panel
      title="Stock"
      aside={
        <Text size="sm" c="dimmed">
          Recounted at {formatTimeOfDay(countedAt)}
        </Text>
      }
    >
      <Stack>
        {!agrees && <RecountMismatch items={items.filter((item) => !item.agrees)} />}
        <DataTable
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
            Every hold and waitlist entry was counted individually. The totals match the stock
            counters.
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

function RecountMismatch({ items }: { items: StockItem[] }) {
  return (
    <Alert
      color="brick"
      variant="filled"
      icon={<IconAlertTriangle aria-hidden />}
      title="The recount does not match"
      role="alert"
    >
      The stock counters do not match the holds and waitlist entries of{" "}
      {items.map((item) => item.item_name).join(", ")}. SMP’s stock monitor halts a live sale when
      it detects this. Do not resume the sale until SMP’s engineers have found the cause.
    </Alert>
  );
}
