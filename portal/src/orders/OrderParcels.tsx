import { Group, Stack, Text } from "@mantine/core";
import type { OrderParcel } from "../api/types";
import { Panel } from "../elements/Panel";
import { StateBadge } from "../elements/StateBadge";
import { LineRows } from "../parcels/LineRows";
import { Promised } from "../parcels/Promised";
import { ShipmentTimeline } from "../parcels/ShipmentTimeline";

/** What each provider sends of an order, and where it is. */
export function OrderParcels({ parcels }: { parcels: OrderParcel[] }) {
  return parcels.map((parcel) => (
    <Panel
      key={parcel.id}
      title={`From ${parcel.provider_name}`}
      aside={<StateBadge state={parcel.state} />}
    >
      <Stack gap="lg">
        <LineRows lines={parcel.lines} />
        {parcel.promised_ship_by && (
          <Group gap="xs">
            <Text size="sm" c="dimmed">
              Promised to leave by
            </Text>
            <Promised {...parcel} />
          </Group>
        )}
        {parcel.shipments.map((shipment) => (
          <ShipmentTimeline key={shipment.id} shipment={shipment} />
        ))}
      </Stack>
    </Panel>
  ));
}
