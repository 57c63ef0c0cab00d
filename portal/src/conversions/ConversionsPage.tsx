import { Anchor, Button, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import { useHasRole, useTenant } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { formatDateRange } from "../format/time";

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
  const mayConfirm = useHasRole("owner");
  const confirm = $api.useMutation("post", "/providers/{tenant}/conversions/{conversion}/confirm", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/conversions");
      notifySuccess("Purchase confirmed.");
    },
    onError: notifyError,
  });
  return (
    <>
      <PageHeader
        title="Conversions"
        lead="Purchases and reservations that your own cart has reported to SMP."
      />
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
          sale === "" ? (
            <EmptyState title="No conversions yet">
              When a shopper buys in your cart, the cart reports the purchase with the click token
              from the redirect. The page Integration shows how.
            </EmptyState>
          ) : (
            <EmptyState title="No matches">Choose another sale.</EmptyState>
          )
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
                cell: (conversion) => (
                  <div>
                    {formatMoney(conversion.amount)}
                    {conversion.reversed.amount > 0 && (
                      <Text size="xs" c="dimmed">
                        {formatMoney(conversion.reversed)} reversed
                      </Text>
                    )}
                  </div>
                ),
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
                    {conversion.test && (
                      <Text size="xs" c="dimmed" mt={4}>
                        Test
                      </Text>
                    )}
                    {conversion.reversed_quantity > 0 && (
                      <Text size="xs" c="dimmed" mt={4}>
                        {conversion.reversed_quantity} of {conversion.quantity} given back
                      </Text>
                    )}
                    {conversion.confirmation_number && (
                      <Text size="xs" c="dimmed" mt={4}>
                        Confirmation {conversion.confirmation_number}
                      </Text>
                    )}
                    {conversion.ships_on && (
                      <Text size="xs" c="dimmed" mt={4}>
                        Ships on {formatDateRange(conversion.ships_on, conversion.ships_on)}
                      </Text>
                    )}
                    {conversion.has_code && (
                      <Text size="xs" c="dimmed" mt={4}>
                        Code issued
                      </Text>
                    )}
                    {mayConfirm &&
                      (conversion.state === "reported" || conversion.state === "unconfirmed") && (
                        <Button
                          size="xs"
                          variant="default"
                          mt={4}
                          loading={confirm.isPending}
                          aria-label={`Confirm ${conversion.reference}`}
                          onClick={() =>
                            confirm.mutate({
                              params: { path: { tenant: tenant.id, conversion: conversion.id } },
                            })
                          }
                        >
                          Confirm
                        </Button>
                      )}
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
