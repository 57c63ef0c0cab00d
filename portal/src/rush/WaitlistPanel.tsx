import { Button, NativeSelect, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { itemsOf } from "../api/pages";
import type { WaitlistPageEntry, StockItem } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { useChoice } from "../components/Filters";
import { Panel } from "../components/Panel";
import { DataTable, type Column } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { RelativeTime } from "../components/Timestamp";
import { formatCount } from "../format/numbers";
import { useSale } from "../sales/SalePage";
import { isOver } from "../sales/saleState";
import { MoveDialog } from "./MoveDialog";

const refreshMs = 10_000;
const pageSize = 10;

/** The waitlist of an item from its front, without names. */
export function WaitlistPanel({ items }: { items: StockItem[] }) {
  const [selected, setSelected] = useChoice(
    "item",
    items.map((item) => item.sale_item_id),
  );
  const longest = items.reduce<StockItem | undefined>(
    (most, item) => (most === undefined || item.waiting > most.waiting ? item : most),
    undefined,
  );
  const item = items.find(({ sale_item_id }) => sale_item_id === selected) ?? longest;
  if (item === undefined) return null;
  const chooser = items.length > 1 && (
    <NativeSelect
      aria-label="Item"
      value={item.sale_item_id}
      onChange={(event) => setSelected(event.currentTarget.value)}
      data={items.map(({ sale_item_id, item_name, waiting }) => ({
        value: sale_item_id,
        label: `${item_name}, ${formatCount(waiting)} waiting`,
      }))}
    />
  );
  return (
    <Panel title="Waitlist" aside={chooser}>
      <Waitlist key={item.sale_item_id} item={item} />
    </Panel>
  );
}

function Waitlist({ item }: { item: StockItem }) {
  const { sale } = useSale();
  const mayMove = useHasRole("admin", "manager");
  const [moving, setMoving] = useState<WaitlistPageEntry | null>(null);
  const waitlist = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/items/{item}/waitlist",
    {
      params: {
        path: { tenant: sale.tenant.id, sale: sale.id, item: item.sale_item_id },
        query: { limit: pageSize },
      },
    },
    {
      pageParamName: "after",
      initialPageParam: null,
      getNextPageParam: (last: { next_after?: number | null }) => last.next_after ?? undefined,
      refetchInterval: isOver(sale) ? false : refreshMs,
    },
  );
  const positions = new Map(itemsOf(waitlist).map((entry, index) => [entry.id, index + 1]));
  const positionOf = (entry: WaitlistPageEntry) => formatCount(positions.get(entry.id) ?? 0);
  const action: Column<WaitlistPageEntry>[] =
    mayMove && positions.size > 1
      ? [
          {
            header: "Action",
            kind: "number",
            cell: (entry) => (
              <Button
                size="xs"
                variant="default"
                onClick={() => setMoving(entry)}
                aria-label={`Move position ${positionOf(entry)}`}
              >
                Move
              </Button>
            ),
          },
        ]
      : [];
  return (
    <>
      <PagedList
        query={waitlist}
        empty={
          <Text size="sm" c="dimmed">
            {emptyText(item, isOver(sale))}
          </Text>
        }
      >
        {(entries) => (
          <DataTable
            label="Waitlist"
            rows={entries}
            rowKey={(entry) => entry.id}
            columns={[
              {
                header: "Position",
                cell: (entry) => (
                  <Text span fw={550}>
                    {positionOf(entry)}
                  </Text>
                ),
              },
              { header: "Quantity", cell: (entry) => formatCount(entry.quantity), kind: "number" },
              { header: "Will accept", cell: (entry) => acceptedQuantity(entry) },
              {
                header: "Joined",
                cell: (entry) => <RelativeTime at={entry.created_at} />,
                kind: "dim",
              },
              ...action,
            ]}
          />
        )}
      </PagedList>
      {moving !== null && (
        <MoveDialog
          entry={moving}
          entries={itemsOf(waitlist)}
          hasMore={waitlist.hasNextPage}
          onClose={() => setMoving(null)}
        />
      )}
    </>
  );
}

export function acceptedQuantity({
  quantity,
  accept_fewer,
}: Pick<WaitlistPageEntry, "quantity" | "accept_fewer">): string {
  if (quantity === 1) return "1";
  return accept_fewer
    ? `${formatCount(quantity)} or fewer`
    : `All ${formatCount(quantity)} or none`;
}

function emptyText(item: StockItem, over: boolean): string {
  if (over) return "The sale is over. No one is waiting.";
  return item.capacity > item.held + item.sold
    ? [
        "No one is waiting: units are still available.",
        "Shoppers who arrive after the last unit will appear here.",
      ].join(" ")
    : "No one is waiting. Units that become free go to the first shopper who presses Buy.";
}
