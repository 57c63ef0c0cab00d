import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { apiRoot } from "../api/client";
import { CopyText } from "../components/CopyText";
import { Panel } from "../components/Panel";
import { formatZoned } from "../format/time";
import { useSale } from "../sales/SalePage";
import { isOver } from "../sales/saleState";

export const receiptPath = (slug: string) => `${apiRoot}/sales/${slug}/receipt`;

/**
 * The public record of every hold, sale and waitlist move. It is published when the sale is over.
 */
export function ReceiptPanel() {
  const { sale, live } = useSale();
  const path = receiptPath(sale.slug);
  return (
    <Panel title="Receipt">
      <Text size="sm" c="dimmed" maw={640}>
        Every hold, sale and waitlist entry in the order it happened, without names. Anyone can use
        it to check that nothing was oversold and no one jumped the queue.
      </Text>
      {isOver(sale) ? (
        <Group gap="sm" mt="md">
          <Button
            component="a"
            href={path}
            download
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download receipt
          </Button>
          <CopyText
            value={new URL(path, window.location.origin).href}
            label="Copy public link"
            size="sm"
          />
        </Group>
      ) : (
        <Text size="sm" mt="sm">
          It will be published when the sale ends, on {formatZoned((live ?? sale).ends_at)}.
        </Text>
      )}
    </Panel>
  );
}
