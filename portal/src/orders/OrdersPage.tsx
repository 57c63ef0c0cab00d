import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { OrderState } from "../api/types";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { stateOptions } from "../components/states";
import { formatMoney } from "../format/money";

const filterStates: OrderState[] = [
  "awaiting_payment",
  "confirmed",
  "fulfilled",
  "closed",
  "cancelled",
];

export function OrdersPage() {
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const orders = $api.useInfiniteQuery(
    "get",
    "/orders",
    { params: { query: { q: q || undefined, state } } },
    byCursor,
  );
  return (
    <>
      <PageHeader title="Orders" lead="Everything shoppers have ordered at SMP." />
      <FilterBar>
        <SearchField label="Search orders" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
      </FilterBar>
      <PagedList
        query={orders}
        empty={
          <EmptyState title="No orders">
            Search by number, name or email, or change the state.
          </EmptyState>
        }
      >
        {(items) => (
          <DataTable
            label="Orders"
            rows={items}
            rowKey={(order) => order.number}
            columns={[
              {
                header: "Order",
                cell: (order) => (
                  <div>
                    <RowLink to={`${staffBase}/orders/${order.number}`}>{order.number}</RowLink>
                    <Text size="sm" c="dimmed">
                      {order.providers.join(", ")}
                    </Text>
                  </div>
                ),
              },
              {
                header: "Customer",
                cell: (order) => (
                  <div>
                    {order.customer_name}
                    <Text size="sm" c="dimmed">
                      {order.email}
                    </Text>
                  </div>
                ),
              },
              {
                header: "Placed",
                cell: (order) => <Timestamp at={order.created_at} />,
                kind: "dim",
              },
              { header: "Total", cell: (order) => formatMoney(order.total), kind: "number" },
              {
                header: "Refunded",
                cell: (order) => (order.refunded.amount > 0 ? formatMoney(order.refunded) : "–"),
                kind: "number",
              },
              { header: "State", cell: (order) => <StateBadge state={order.status} /> },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}
