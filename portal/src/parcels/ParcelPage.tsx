import { Stack, Text } from "@mantine/core";
import { useParams } from "react-router";
import { $api } from "../api/client";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { CopyText } from "../components/CopyText";
import { HistoryPanel } from "../components/HistoryPanel";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatMoney } from "../format/money";
import { formatDateTime } from "../format/time";
import type { Address, Parcel } from "../api/types";
import { countryName } from "../format/reference";
import { AddressLines } from "./AddressLines";
import { CashPanel } from "./CashPanel";
import { OrderLineTable } from "./OrderLineTable";
import { ParcelRefund } from "./ParcelRefund";
import styles from "./parcels.module.css";
import { RestPanel } from "./RestPanel";
import { ShipByDate } from "./ShipByDate";
import { ShipmentEventForm, ShipmentForm } from "./ShipmentForms";
import { ShipmentTimeline } from "./ShipmentTimeline";

export function ParcelPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const { parcel: id = "" } = useParams();
  const parcel = $api.useQuery("get", "/providers/{tenant}/parcels/{parcel}", {
    params: { path: { tenant: tenant.id, parcel: id } },
  });
  const history = $api.useQuery("get", "/providers/{tenant}/parcels/{parcel}/history", {
    params: { path: { tenant: tenant.id, parcel: id } },
  });
  return (
    <LoadedPage query={parcel}>
      {(data) => (
        <>
          <PageHeader
            title={`Order ${data.order_number}`}
            badge={<StateBadge state={data.status} />}
            lead={`Ordered ${formatDateTime(data.created_at)}, value ${formatMoney(data.subtotal)}`}
            back={{ to: `${base}/parcels`, label: "Parcels" }}
            actions={<ParcelRefund parcel={data} />}
          />
          <div className={styles.layout}>
            <Stack gap="lg">
              <Contents parcel={data} />
              {data.promised_ship_by && (
                <Panel title="Promised to ship by">
                  <ShipByDate {...data} />
                </Panel>
              )}
              {data.rest && <RestPanel rest={data.rest} />}
              {data.cash && <CashPanel parcel={data} cash={data.cash} />}
              {data.shipments.map((shipment, index) => (
                <Panel
                  key={shipment.id}
                  title={data.shipments.length === 1 ? "Shipment" : `Shipment ${index + 1}`}
                >
                  <ShipmentTimeline
                    shipment={shipment}
                    actions={<ShipmentEventForm shipment={shipment} />}
                  />
                </Panel>
              ))}
              {canBeShipped(data) && <ShipmentForm parcel={data} />}
              <HistoryPanel query={history} />
            </Stack>
            <Panel
              title={hasNothingToShip(data) ? "Customer" : "Ship to"}
              aside={<CopyText value={asText(data.shipping_address)} label="Copy address" />}
            >
              <AddressLines address={data.shipping_address} />
            </Panel>
          </div>
        </>
      )}
    </LoadedPage>
  );
}

function Contents({ parcel }: { parcel: Parcel }) {
  const isVoucher = (line: Parcel["lines"][number]) => line.voucher_valid_days != null;
  const goods = parcel.lines.filter((line) => !isVoucher(line));
  const vouchers = parcel.lines.filter(isVoucher);
  return (
    <>
      {goods.length > 0 && (
        <Panel title={contentsTitle(parcel)}>
          <OrderLineTable lines={goods} />
        </Panel>
      )}
      {vouchers.length > 0 && (
        <Panel title="Vouchers">
          <Text size="sm" c="dimmed" mb="sm">
            Nothing to ship. SMP has sent the codes to the shopper.
          </Text>
          <OrderLineTable lines={vouchers} />
        </Panel>
      )}
    </>
  );
}

function hasNothingToShip({ status }: Parcel): boolean {
  return status === "issued" || status === "booked";
}

function contentsTitle(parcel: Parcel): string {
  if (parcel.status === "booked") return "What is booked";
  if (parcel.status === "awaiting_rest") return "Kept until the rest is paid: do not ship yet";
  if (parcel.status === "refused_at_door") return "Refused at the door: do not ship again";
  if (parcel.status === "cancelled") return "Cancelled, nothing is to be collected: do not ship";
  return parcel.status === "refunded" ? "Cancelled and refunded: do not ship" : "What to pack";
}

function canBeShipped({ status }: Parcel): boolean {
  return status === "to_ship" || status === "shipped" || status === "returned_to_sender";
}

function asText({ name, line1, line2, postal_code, city, region, country }: Address): string {
  return [name, line1, line2, `${postal_code} ${city}`, region, countryName(country)]
    .filter(Boolean)
    .join("\n");
}
