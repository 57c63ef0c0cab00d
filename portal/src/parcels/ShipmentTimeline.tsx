import { Anchor, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Shipment } from "../api/types";
import { StateBadge } from "../components/StateBadge";
import { stateLabel } from "../components/states";
import { Timestamp } from "../components/Timestamp";
import styles from "./parcels.module.css";

/** A shipment: its carrier, tracking number and events. */
export function ShipmentTimeline({
  shipment,
  actions,
}: {
  shipment: Shipment;
  actions?: ReactNode;
}) {
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <div>
          <Text fw={550}>{shipment.carrier}</Text>
          {shipment.tracking_url ? (
            <Anchor
              href={shipment.tracking_url}
              target="_blank"
              rel="noreferrer"
              underline="always"
              size="sm"
            >
              {shipment.tracking_number}
            </Anchor>
          ) : (
            <Text size="sm">{shipment.tracking_number}</Text>
          )}
        </div>
        <StateBadge state={shipment.state} />
      </Group>
      <ol className={styles.events}>
        {shipment.events.map((event) => (
          <li key={`${event.created_at}-${event.state}`}>
            <Text size="sm">
              {stateLabel(event.state)}
              {event.note !== "" && `: ${event.note}`}
            </Text>
            <Text size="xs" c="dimmed">
              <Timestamp at={event.created_at} />
            </Text>
          </li>
        ))}
      </ol>
      {actions}
    </Stack>
  );
}
