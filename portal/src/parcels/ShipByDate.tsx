import { Text } from "@mantine/core";
import { formatDate } from "../format/time";

interface ShipByDateProps {
  promised_ship_by?: string | null;
  promise_missed_at?: string | null;
}

/** Until when a parcel was promised to leave; in words too, when that was missed. */
export function ShipByDate({ promised_ship_by, promise_missed_at }: ShipByDateProps) {
  if (!promised_ship_by) return "–";
  return (
    <div>
      <time dateTime={promised_ship_by} style={{ whiteSpace: "nowrap" }}>
        {formatDate(promised_ship_by)}
      </time>
      {promise_missed_at && (
        <Text size="xs" c="var(--mantine-color-error)">
          Missed: the shopper may have a refund
        </Text>
      )}
    </div>
  );
}
