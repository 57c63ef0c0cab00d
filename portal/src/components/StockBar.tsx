import { Group, Progress, Text } from "@mantine/core";
import { formatCount } from "../format/numbers";

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

/** The bar alone, for use beside the numbers it shows. */
export function StockTrack({ capacity, held, sold }: Omit<StockBarProps, "name">) {
  const percent = (part: number) => (capacity > 0 ? (part / capacity) * 100 : 0);
  return (
    <Progress.Root size={6} bg="var(--smp-line)" aria-hidden>
      <Progress.Section withAria={false} value={percent(sold)} color="var(--smp-good)" />
      <Progress.Section withAria={false} value={percent(held)} color="var(--smp-wait)" />
    </Progress.Root>
  );
}
