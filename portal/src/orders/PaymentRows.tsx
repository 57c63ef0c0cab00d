import { Text } from "@mantine/core";
import type { Order } from "../api/types";
import { Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { When } from "../elements/When";
import { formatMoney } from "../format/money";
import { sentence } from "../format/words";

type Payment = Order["payments"][number];

export function PaymentRows({ payments }: { payments: Payment[] }) {
  if (payments.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No payment was tried yet.
      </Text>
    );
  return (
    <Rows
      label="Payments"
      rows={payments}
      rowKey={(payment) => payment.id}
      columns={[
        {
          header: "Paid with",
          cell: (payment) => (
            <div>
              {means(payment)}
              {payment.failure && (
                <Text size="sm" c="dimmed">
                  {payment.failure}
                </Text>
              )}
            </div>
          ),
        },
        { header: "When", cell: (payment) => <When at={payment.created_at} />, kind: "dim" },
        { header: "Amount", cell: (payment) => formatMoney(payment.amount), kind: "number" },
        { header: "State", cell: (payment) => <StateBadge state={payment.state} /> },
      ]}
    />
  );
}

export function RefundRows({ refunds }: { refunds: Order["refunds"] }) {
  return (
    <Rows
      label="Refunds"
      rows={refunds}
      rowKey={(refund) => refund.id}
      columns={[
        { header: "Reason", cell: (refund) => refund.reason },
        { header: "When", cell: (refund) => <When at={refund.created_at} />, kind: "dim" },
        { header: "Amount", cell: (refund) => formatMoney(refund.amount), kind: "number" },
        { header: "State", cell: (refund) => <StateBadge state={refund.state} /> },
      ]}
    />
  );
}

function means({ gateway, card_brand, card_last4 }: Payment): string {
  if (card_last4 == null) return sentence(gateway);
  return `${sentence(card_brand ?? "Card")} ending in ${card_last4}`;
}
