import { Text } from "@mantine/core";
import { formatDate } from "../format/time";

interface ShipByDateProps {
  promised_ship_by?: string | null;
  promise_missed_at?: string | null;
}

/** The date by which a parcel was promised to ship, and whether that was missed. */
export function ShipByDate({ promised_ship_by, promise_missed_at }: ShipByDateProps) {
  if (!promised_ship_by) return "–";
  return (
    <div>
      <time dateTime={promised_ship_by} style={{ whiteSpace: "nowrap" }}>
        {formatDate(promised_ship_by)}
      </time>
      {promise_missed_at && (
        <Text size="xs" c="var(--mantine-color-error)">
          Missed: the shopper can ask for a refund
        </Text>
      )}
    </div>
  );
}
