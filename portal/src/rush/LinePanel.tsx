import { Button, NativeSelect, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { itemsOf } from "../api/pages";
import type { WaitlistPageEntry, StockItem } from "../api/types";
import { useMayAct } from "../app/SignedIn";
import { useChoice } from "../elements/Filters";
import { Panel } from "../elements/Panel";
import { Paged, Rows, type Column } from "../elements/Rows";
import { Ago } from "../elements/When";
import { formatCount } from "../format/size";
import { useSale } from "../sales/SalePage";
import { isOver } from "../sales/saleWords";
import { MoveDialog } from "./MoveDialog";

const refreshMs = 10_000;
const shownAtOnce = 10;

/** Who waits for an item, the front first; no person is named. */
export function LinePanel({ items }: { items: StockItem[] }) {
  const [asked, setAsked] = useChoice(
    "item",
    items.map((item) => item.sale_item_id),
  );
  const longest = items.reduce<StockItem | undefined>(
    (most, item) => (most === undefined || item.waiting > most.waiting ? item : most),
    undefined,
  );
  const item = items.find(({ sale_item_id }) => sale_item_id === asked) ?? longest;
  if (item === undefined) return null;
  const chooser = items.length > 1 && (
    <NativeSelect
      aria-label="Item"
      value={item.sale_item_id}
      onChange={(event) => setAsked(event.currentTarget.value)}
      data={items.map(({ sale_item_id, item_name, waiting }) => ({
        value: sale_item_id,
        label: `${item_name}, ${formatCount(waiting)} waiting`,
      }))}
    />
  );
  return (
    <Panel title="The line" aside={chooser}>
      <Line key={item.sale_item_id} item={item} />
    </Panel>
  );
}

function Line({ item }: { item: StockItem }) {
  const { sale } = useSale();
  const mayMove = useMayAct("admin", "manager");
  const [moving, setMoving] = useState<WaitlistPageEntry | null>(null);
  const line = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/items/{item}/waitlist",
    {
      params: {
        path: { tenant: sale.tenant.id, sale: sale.id, item: item.sale_item_id },
        query: { limit: shownAtOnce },
      },
    },
    {
      pageParamName: "after",
      initialPageParam: null,
      getNextPageParam: (last: { next_after?: number | null }) => last.next_after ?? undefined,
      refetchInterval: isOver(sale) ? false : refreshMs,
    },
  );
  const places = new Map(itemsOf(line).map((entry, index) => [entry.id, index + 1]));
  const place = (entry: WaitlistPageEntry) => formatCount(places.get(entry.id) ?? 0);
  const action: Column<WaitlistPageEntry>[] =
    mayMove && places.size > 1
      ? [
          {
            header: "Action",
            kind: "number",
            cell: (entry) => (
              <Button
                size="xs"
                variant="default"
                onClick={() => setMoving(entry)}
                aria-label={`Move place ${place(entry)}`}
              >
                Move
              </Button>
            ),
          },
        ]
      : [];
  return (
    <>
      <Paged
        query={line}
        empty={
          <Text size="sm" c="dimmed">
            {emptyWords(item, isOver(sale))}
          </Text>
        }
      >
        {(entries) => (
          <Rows
            label="Places in line"
            rows={entries}
            rowKey={(entry) => entry.id}
            columns={[
              {
                header: "Place",
                cell: (entry) => (
                  <Text span fw={550}>
                    {place(entry)}
                  </Text>
                ),
              },
              { header: "Quantity", cell: (entry) => formatCount(entry.quantity), kind: "number" },
              { header: "Takes", cell: (entry) => takes(entry) },
              {
                header: "In line since",
                cell: (entry) => <Ago at={entry.created_at} />,
                kind: "dim",
              },
              ...action,
            ]}
          />
        )}
      </Paged>
      {moving !== null && (
        <MoveDialog
          entry={moving}
          places={itemsOf(line)}
          more={line.hasNextPage}
          onClose={() => setMoving(null)}
        />
      )}
    </>
  );
}

export function takes({
  quantity,
  accept_fewer,
}: Pick<WaitlistPageEntry, "quantity" | "accept_fewer">): string {
  if (quantity === 1) return "One";
  return accept_fewer
    ? `All ${formatCount(quantity)}, or fewer`
    : `All ${formatCount(quantity)} or none`;
}

function emptyWords(item: StockItem, over: boolean): string {
  if (over) return "Nobody waits any more: the sale is over.";
  return item.capacity > item.held + item.sold
    ? "Nobody waits: there are units left. Who comes when there are none can wait in line here."
    : "Nobody waits. Units that come free go to whoever asks first.";
}
