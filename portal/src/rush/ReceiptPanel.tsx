import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { apiRoot } from "../api/client";
import { CopyText } from "../elements/CopyText";
import { Panel } from "../elements/Panel";
import { formatZoned } from "../format/time";
import { useSale } from "../sales/SalePage";
import { isOver } from "../sales/saleWords";

export const receiptPath = (slug: string) => `${apiRoot}/sales/${slug}/receipt`;

/** The public record of who was given what, in which order; there once nothing can change it any more. */
export function ReceiptPanel() {
  const { sale } = useSale();
  const path = receiptPath(sale.slug);
  return (
    <Panel title="Receipt">
      <Text size="sm" c="dimmed" maw={640}>
        Every hold, sale and place in line, in the order it happened, with nobody’s name. Anyone can
        check from it that nothing was oversold and nobody was overtaken.
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
          It is public once the sale is over, on {formatZoned(sale.ends_at)}.
        </Text>
      )}
    </Panel>
  );
}
