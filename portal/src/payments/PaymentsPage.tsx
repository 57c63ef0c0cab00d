import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { PaymentEntry, PaymentState } from "../api/types";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { ChoiceFilter, FilterBar, TextFilter, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { stateOptions } from "../components/states";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";
import { paymentMethod } from "../orders/PaymentTable";

const filterStates: PaymentState[] = [
  "succeeded",
  "failed",
  "requires_action",
  "processing",
  "created",
  "cancelled",
];
const gateways = ["stripe", "payu", "cash_on_delivery", "sandbox"] as const;
const gatewayNames: Record<string, string> = { payu: "PayU" };

export function PaymentsPage() {
  const [state, setState] = useChoice("state", filterStates);
  const [gateway, setGateway] = useChoice("gateway", gateways);
  const [order, setOrder] = useFilter("order");
  const payments = $api.useInfiniteQuery(
    "get",
    "/payments",
    { params: { query: { state, gateway, order: order || undefined } } },
    byCursor,
  );
  return (
    <>
      <PageHeader title="Payments" lead="Every attempt to pay, also those that failed." />
      <FilterBar>
        <TextFilter label="Order number" value={order} onChange={setOrder} />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
        <ChoiceFilter
          label="Gateway"
          all="All gateways"
          value={gateway}
          onChange={setGateway}
          options={gateways.map((value) => ({ value, label: gatewayName(value) }))}
        />
      </FilterBar>
      <PagedList
        query={payments}
        empty={
          <EmptyState title="No payments">
            {state || gateway || order
              ? "None match. Change the filters, or look for a whole order number."
              : "Attempts to pay are listed here once there are any."}
          </EmptyState>
        }
      >
        {(items) => <PaymentEntries entries={items} />}
      </PagedList>
    </>
  );
}

function PaymentEntries({ entries }: { entries: PaymentEntry[] }) {
  return (
    <DataTable
      label="Payments"
      rows={entries}
      rowKey={({ payment }) => payment.id}
      columns={[
        {
          header: "Order",
          cell: ({ order_number }) => (
            <RowLink to={`${staffBase}/orders/${order_number}`}>{order_number}</RowLink>
          ),
        },
        {
          header: "Customer",
          cell: ({ customer_name, email }) => (
            <div>
              {customer_name}
              <Text size="sm" c="dimmed">
                {email}
              </Text>
            </div>
          ),
        },
        {
          header: "Payment method",
          cell: ({ payment }) => (
            <div>
              {paymentMethod(payment)}
              <Text size="sm" c="dimmed">
                {payment.failure ?? otherGatewayName(payment)}
              </Text>
            </div>
          ),
        },
        {
          header: "Date",
          cell: ({ payment }) => <Timestamp at={payment.created_at} />,
          kind: "dim",
        },
        { header: "Amount", cell: ({ payment }) => formatMoney(payment.amount), kind: "number" },
        {
          header: "Fee",
          cell: ({ fee }) => (fee == null ? "–" : formatMoney(fee)),
          kind: "number",
        },
        { header: "State", cell: ({ payment }) => <StateBadge state={payment.state} /> },
      ]}
    />
  );
}

/** The gateway's name, where the method does not say it. */
function otherGatewayName(payment: PaymentEntry["payment"]): string | null {
  const name = gatewayName(payment.gateway);
  return name === paymentMethod(payment) ? null : name;
}

function gatewayName(gateway: string): string {
  return gatewayNames[gateway] ?? humanize(gateway);
}
