import { Button, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useParams } from "react-router";
import { $api } from "../api/client";
import type { Order } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { DescriptionList } from "../components/DescriptionList";
import { HistoryPanel } from "../components/HistoryPanel";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatMoney } from "../format/money";
import { formatDateRange, formatDateTime } from "../format/time";
import { OrderInvoices } from "../invoices/OrderInvoices";
import { MoneyPanel } from "../ledger/MoneyPanel";
import { AddressLines } from "../parcels/AddressLines";
import layout from "../parcels/parcels.module.css";
import { OrderParcels } from "./OrderParcels";
import { PaymentTable, RefundTable } from "./PaymentTable";
import { RefundDialog } from "./RefundDialog";

export function OrderPage() {
  const { number = "" } = useParams();
  const order = $api.useQuery("get", "/orders/{number}", { params: { path: { number } } });
  const history = $api.useQuery("get", "/orders/{number}/history", {
    params: { path: { number } },
  });
  const mayRefund = useHasRole("admin", "manager", "support", "finance");
  return (
    <LoadedPage query={order}>
      {(data) => (
        <>
          <PageHeader
            title={`Order ${data.number}`}
            badge={<StateBadge state={data.status} />}
            lead={`${data.customer_name}, ${formatDateTime(data.created_at)}`}
            back={{ to: `${staffBase}/orders`, label: "Orders" }}
            actions={mayRefund && isRefundable(data) && <RefundButton order={data} />}
          />
          <div className={layout.layout}>
            <Stack gap="lg">
              <OrderParcels parcels={data.parcels} />
              <Panel title="Payments">
                <PaymentTable payments={data.payments} />
              </Panel>
              {data.refunds.length > 0 && (
                <Panel title="Refunds">
                  <RefundTable refunds={data.refunds} />
                </Panel>
              )}
              <OrderInvoices number={data.number} />
              <MoneyPanel number={number} />
              <HistoryPanel query={history} />
            </Stack>
            <Stack gap="lg">
              <Panel title="Summary">
                <DescriptionList
                  rows={[
                    ["Total", formatMoney(data.total)],
                    ["Paid", formatMoney(data.paid)],
                    ["Rest", data.rest && restOf(data, data.rest)],
                    ["Refunded", formatMoney(data.refunded)],
                    ["Confirmed", data.confirmed_at != null && formatDateTime(data.confirmed_at)],
                    [
                      "Pay by",
                      data.state === "awaiting_payment" &&
                        (data.clock_stopped
                          ? "Stands still while the sale is halted"
                          : formatDateTime(data.pay_by)),
                    ],
                  ]}
                />
              </Panel>
              <Panel title="Customer">
                <DescriptionList
                  rows={[
                    ["Name", data.customer_name],
                    ["Email", data.email],
                    ["Phone", data.phone],
                    ["Ship to", <AddressLines key="address" address={data.shipping_address} />],
                    [
                      "Bill to",
                      data.billing_address && (
                        <AddressLines key="billing" address={data.billing_address} />
                      ),
                    ],
                    ["VAT ID", data.vat_id && `${data.vat_id} (not verified)`],
                  ]}
                />
              </Panel>
            </Stack>
          </div>
        </>
      )}
    </LoadedPage>
  );
}

/** What is left to pay after the deposit, and what follows when it is not. */
function restOf(order: Order, rest: NonNullable<Order["rest"]>): string {
  const amount = formatMoney(rest);
  if (order.paid.amount >= order.total.amount) return `${amount}, paid`;
  if (order.rest_due_on == null) return amount;
  const day = formatDateRange(order.rest_due_on, order.rest_due_on);
  if (order.state === "cancelled") return `${amount}, was due by ${day}`;
  const kept = order.kept_if_unpaid?.amount ?? 0;
  const terms =
    kept === 0
      ? "the deposit is refunded"
      : `${formatMoney({ amount: kept, currency: rest.currency })} of the deposit is kept`;
  return `${amount}, due by ${day}. If it is not paid, or the shopper cancels, the order ends and ${terms}.`;
}

function isRefundable(order: Order): boolean {
  return (
    order.payments.some(({ state }) => state === "succeeded") &&
    order.refunded.amount < order.paid.amount
  );
}

function RefundButton({ order }: { order: Order }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button onClick={open}>Refund</Button>
      <RefundDialog order={order} opened={opened} onClose={close} />
    </>
  );
}
