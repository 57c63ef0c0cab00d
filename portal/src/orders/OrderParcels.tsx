import { Group, Stack, Text } from "@mantine/core";
import type { OrderParcel } from "../api/types";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { OrderLineTable } from "../parcels/OrderLineTable";
import { ShipByDate } from "../parcels/ShipByDate";
import { ShipmentTimeline } from "../parcels/ShipmentTimeline";

/** The parcels of an order, one per provider, with their shipments. */
export function OrderParcels({ parcels }: { parcels: OrderParcel[] }) {
  return parcels.map((parcel) => (
    <Panel
      key={parcel.id}
      title={`From ${parcel.provider_name}`}
      aside={<StateBadge state={parcel.state} />}
    >
      <Stack gap="lg">
        <OrderLineTable lines={parcel.lines} />
        {parcel.promised_ship_by && (
          <Group gap="xs">
            <Text size="sm" c="dimmed">
              Promised to ship by
            </Text>
            <ShipByDate {...parcel} />
          </Group>
        )}
        {parcel.shipments.map((shipment) => (
          <ShipmentTimeline key={shipment.id} shipment={shipment} />
        ))}
      </Stack>
    </Panel>
  ));
}
