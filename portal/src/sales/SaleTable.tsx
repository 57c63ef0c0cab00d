import { Group, Text } from "@mantine/core";
import type { Sale } from "../api/types";
import { RowLink, DataTable, type Column } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { Thumbnail } from "../components/Thumbnail";
import { formatCount } from "../format/numbers";
import { formatZoned } from "../format/time";
import { modeName, displayedState, showsDraft } from "./saleState";
import { ResumeButton } from "./StoppedNotice";

interface SaleTableProps {
  sales: Sale[];
  linkTo: (sale: Sale) => string;
  withProvider?: boolean;
}

export function SaleTable({ sales, linkTo, withProvider = false }: SaleTableProps) {
  const provider: Column<Sale>[] = withProvider
    ? [{ header: "Provider", cell: (sale) => sale.tenant.name }]
    : [];
  return (
    <DataTable
      label="Sales"
      rows={sales}
      rowKey={(sale) => sale.id}
      columns={[
        {
          header: "Sale",
          cell: (sale) => (
            <Group gap="sm" wrap="nowrap">
              <Thumbnail url={sale.thumbnail_url} />
              <div>
                <RowLink to={linkTo(sale)}>{sale.title}</RowLink>
                <Text size="sm" c="dimmed">
                  {modeName(sale.mode)}
                  {sale.featured && " · Featured"}
                </Text>
                {sale.state === "halted" && (
                  <Text size="sm" c="var(--mantine-color-error)" mt={2} lineClamp={3}>
                    Halted: {sale.halt_reason ?? "no reason given."}
                  </Text>
                )}
              </div>
            </Group>
          ),
        },
        ...provider,
        {
          header: "Starts",
          cell: (sale) => (
            <div>
              {formatZoned(sale.starts_at)}
              {showsDraft(sale) && (
                <Text size="xs" c="dimmed">
                  in the draft
                </Text>
              )}
            </div>
          ),
        },
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
                <StateBadge state={displayedState(sale)} />
                <ResumeButton sale={sale} inRow />
              </Group>
              {sale.state === "approved" && sale.has_unsubmitted_changes && (
                <Text size="xs" c="dimmed" mt={4}>
                  Unsubmitted changes
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
  const capacity = sale.items.reduce(
    (sum, item) => sum + (item.stock?.capacity ?? item.capacity),
    0,
  );
  return `${formatCount(sold)} of ${formatCount(capacity)}`;
}
