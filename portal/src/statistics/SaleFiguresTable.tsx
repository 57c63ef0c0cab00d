import { Text } from "@mantine/core";
import type { SaleFigures } from "../api/types";
import { EmptyState } from "../components/ListStates";
import { RowLink, DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { formatCount } from "../format/numbers";
import { formatConversionRate, formatRevenue } from "./figures";

interface SaleFiguresTableProps {
  sales: SaleFigures[];
  linkTo: (sale: SaleFigures) => string;
  withProvider?: boolean;
}

/** A table with the figures of each sale. */
export function SaleFiguresTable({ sales, linkTo, withProvider = false }: SaleFiguresTableProps) {
  if (sales.length === 0)
    return (
      <EmptyState title="No figures yet">
        Figures appear after the first visit to a sale page.
      </EmptyState>
    );
  return (
    <DataTable
      label="Sales figures"
      rows={sales}
      rowKey={(sale) => sale.sale_id}
      columns={[
        {
          header: "Sale",
          cell: (sale) => (
            <div>
              <RowLink to={linkTo(sale)}>{sale.title}</RowLink>
              {withProvider && (
                <Text size="sm" c="dimmed">
                  {sale.provider_name}
                </Text>
              )}
            </div>
          ),
        },
        { header: "Phase", cell: (sale) => <StateBadge state={sale.phase} /> },
        { header: "Visits", cell: (sale) => formatCount(sale.visits), kind: "number" },
        { header: "Favourites", cell: (sale) => formatCount(sale.favourites), kind: "number" },
        { header: "Shares", cell: (sale) => formatCount(sale.shares), kind: "number" },
        { header: "Purchases", cell: (sale) => formatCount(sale.purchases), kind: "number" },
        {
          header: "Conversion rate",
          cell: (sale) => formatConversionRate(sale.conversion_rate_percent),
          kind: "number",
        },
        { header: "Revenue", cell: (sale) => formatRevenue(sale.revenue), kind: "number" },
      ]}
    />
  );
}
