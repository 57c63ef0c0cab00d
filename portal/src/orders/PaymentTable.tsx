import { Text } from "@mantine/core";
import type { Order } from "../api/types";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";

type Payment = Order["payments"][number];

export function PaymentTable({ payments }: { payments: Payment[] }) {
  if (payments.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No payment attempts yet.
      </Text>
    );
  return (
    <DataTable
      label="Payments"
      rows={payments}
      rowKey={(payment) => payment.id}
      columns={[
        {
          header: "Payment method",
          cell: (payment) => (
            <div>
              {paymentMethod(payment)}
              {payment.failure && (
                <Text size="sm" c="dimmed">
                  {payment.failure}
                </Text>
              )}
            </div>
          ),
        },
        { header: "Date", cell: (payment) => <Timestamp at={payment.created_at} />, kind: "dim" },
        { header: "Amount", cell: (payment) => formatMoney(payment.amount), kind: "number" },
        { header: "State", cell: (payment) => <StateBadge state={payment.state} /> },
      ]}
    />
  );
}

export function RefundTable({ refunds }: { refunds: Order["refunds"] }) {
  return (
    <DataTable
      label="Refunds"
      rows={refunds}
      rowKey={(refund) => refund.id}
      columns={[
        {
          header: "Reason",
          cell: (refund) => (
            <div>
              {refund.reason}
              {refund.lines.length > 0 && (
                <Text size="sm" c="dimmed">
                  {refund.lines
                    .filter(({ quantity }) => quantity > 0)
                    .map(({ quantity, restock }) => `${quantity} × ${restockWords[restock]}`)
                    .join(", ")}
                </Text>
              )}
              {refund.note && (
                <Text size="sm" c="dimmed">
                  Internal: {refund.note}
                </Text>
              )}
            </div>
          ),
        },
        { header: "Date", cell: (refund) => <Timestamp at={refund.created_at} />, kind: "dim" },
        { header: "Amount", cell: (refund) => formatMoney(refund.amount), kind: "number" },
        { header: "State", cell: (refund) => <StateBadge state={refund.state} /> },
      ]}
    />
  );
}

const restockWords = {
  never_sold: "not sent",
  came_back: "came back",
  lost: "lost",
};

/** What was paid with, in words. */
export function paymentMethod({ gateway, method_brand, method_last4 }: Payment): string {
  if (method_last4 == null) return humanize(method_brand ?? gateway);
  return `${humanize(method_brand ?? "Card")} ending in ${method_last4}`;
}
