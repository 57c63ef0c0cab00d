import { Group, Text } from "@mantine/core";
import { formatCount } from "../format/numbers";
import styles from "./components.module.css";

interface StockBarProps {
  name: string;
  capacity: number;
  held: number;
  sold: number;
}

export function StockBar({ name, capacity, held, sold }: StockBarProps) {
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size="sm">{name}</Text>
        <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {formatCount(sold)} sold{held > 0 && `, ${formatCount(held)} held`} of{" "}
          {formatCount(capacity)}
        </Text>
      </Group>
      <StockTrack capacity={capacity} held={held} sold={sold} />
    </div>
  );
}

/** The bar alone, where numbers stand beside it. */
export function StockTrack({ capacity, held, sold }: Omit<StockBarProps, "name">) {
  const share = (part: number) => `${capacity > 0 ? (part / capacity) * 100 : 0}%`;
  return (
    <span className={styles.bar} aria-hidden>
      <span className={styles.sold} style={{ width: share(sold) }} />
      <span className={styles.held} style={{ width: share(held) }} />
    </span>
  );
}
