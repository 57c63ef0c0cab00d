import { Anchor, Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { useTenant } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";

const maxSales = 100;

export function ConversionsPage() {
  const tenant = useTenant();
  const [sale, setSale] = useFilter("sale");
  const sales = $api.useQuery("get", "/providers/{tenant}/sales", {
    params: { path: { tenant: tenant.id }, query: { limit: maxSales } },
  });
  const redirecting = sales.data?.items.filter(({ mode }) => mode === "redirect") ?? [];
  const titleOf = (id: string) =>
    sales.data?.items.find((candidate) => candidate.id === id)?.title ?? "–";
  const conversions = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/conversions",
    { params: { path: { tenant: tenant.id }, query: { sale: sale || undefined } } },
    byCursor,
  );
  return (
    <>
      <PageHeader title="Conversions" lead="Purchases that your own cart has reported to SMP." />
      <FilterBar>
        <ChoiceFilter
          label="Sale"
          all="All sales"
          value={sale}
          onChange={setSale}
          options={redirecting.map(({ id, title }) => ({ value: id, label: title }))}
        />
      </FilterBar>
      <PagedList
        query={conversions}
        empty={
          <EmptyState title="No conversions yet">
            When a shopper buys in your cart, the cart reports the purchase with an API key and the
            click token from the redirect.
          </EmptyState>
        }
      >
        {(items) => (
          <DataTable
            label="Conversions"
            rows={items}
            rowKey={(conversion) => conversion.id}
            columns={[
              {
                header: "Reference",
                cell: (conversion) => (
                  <Text span fw={550}>
                    {conversion.reference}
                  </Text>
                ),
              },
              { header: "Sale", cell: (conversion) => titleOf(conversion.sale_id) },
              { header: "Quantity", cell: (conversion) => conversion.quantity, kind: "number" },
              {
                header: "Amount",
                cell: (conversion) => formatMoney(conversion.amount),
                kind: "number",
              },
              {
                header: "Reported",
                cell: (conversion) => <Timestamp at={conversion.reported_at} />,
                kind: "dim",
              },
              {
                header: "State",
                cell: (conversion) => (
                  <div>
                    <StateBadge state={conversion.state} />
                    {conversion.reversal_reason && (
                      <Text size="xs" c="dimmed" mt={4}>
                        {conversion.reversal_reason}
                      </Text>
                    )}
                    {conversion.tracking_url && (
                      <Anchor
                        href={conversion.tracking_url}
                        target="_blank"
                        rel="noreferrer"
                        size="xs"
                        display="block"
                        mt={4}
                      >
                        Tracking
                      </Anchor>
                    )}
                  </div>
                ),
              },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}
