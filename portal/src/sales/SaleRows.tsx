import { Group, Text } from "@mantine/core";
import type { Sale } from "../api/types";
import { RowLink, Rows, type Column } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { Thumb } from "../elements/Thumb";
import { formatCount } from "../format/size";
import { formatZoned } from "../format/time";
import { modeName, shownState } from "./saleWords";
import { ResumeButton } from "./StoppedNotice";

interface SaleRowsProps {
  sales: Sale[];
  linkTo: (sale: Sale) => string;
  withProvider?: boolean;
}

export function SaleRows({ sales, linkTo, withProvider = false }: SaleRowsProps) {
  const provider: Column<Sale>[] = withProvider
    ? [{ header: "Provider", cell: (sale) => sale.tenant.name }]
    : [];
  return (
    <Rows
      label="Sales"
      rows={sales}
      rowKey={(sale) => sale.id}
      columns={[
        {
          header: "Sale",
          cell: (sale) => (
            <Group gap="sm" wrap="nowrap">
              <Thumb url={sale.thumbnail_url} />
              <div>
                <RowLink to={linkTo(sale)}>{sale.title}</RowLink>
                <Text size="sm" c="dimmed">
                  {modeName(sale.mode)}
                  {sale.featured && " · Featured"}
                </Text>
                {sale.state === "halted" && (
                  <Text size="sm" c="var(--mantine-color-error)" mt={2} lineClamp={3}>
                    Halted: {sale.halt_reason ?? "no reason was given."}
                  </Text>
                )}
              </div>
            </Group>
          ),
        },
        ...provider,
        { header: "Starts", cell: (sale) => formatZoned(sale.starts_at) },
        { header: "Sold", cell: soldOf, kind: "number" },
        {
          header: "State",
          cell: (sale) => (
            <div>
              <Group
                gap="sm"
                wrap="nowrap"
                justify="flex-end"
                w="fit-content"
                ml={{ base: "auto", sm: 0 }}
              >
                <StateBadge state={shownState(sale)} />
                <ResumeButton sale={sale} inRow />
              </Group>
              {sale.state === "approved" && sale.has_unsubmitted_changes && (
                <Text size="xs" c="dimmed" mt={4}>
                  Changes not submitted
                </Text>
              )}
              {sale.state === "approved" && sale.in_review && (
                <Text size="xs" c="dimmed" mt={4}>
                  Changes in review
                </Text>
              )}
            </div>
          ),
        },
      ]}
    />
  );
}

function soldOf(sale: Sale): string {
  if (sale.mode === "redirect") return "–";
  const sold = sale.items.reduce((sum, item) => sum + (item.stock?.sold ?? 0), 0);
  const capacity = sale.items.reduce((sum, item) => sum + item.capacity, 0);
  return `${formatCount(sold)} of ${formatCount(capacity)}`;
}
