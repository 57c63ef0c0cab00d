import { Stack, Text } from "@mantine/core";
import { $api, api, refresh, required } from "../api/client";
import type { Sale } from "../api/types";
import { ifMatch } from "../api/version";
import { useHasRole, useWorkspace } from "../app/SignedIn";
import { DescriptionList } from "../components/DescriptionList";
import { LoadingRows } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StockBar } from "../components/StockBar";
import { formatMoney } from "../format/money";
import { formatCount } from "../format/numbers";
import { DraftChanges } from "./DraftChanges";
import { termsOf } from "./liveSale";
import { RegistrationsPanel } from "./RegistrationsPanel";
import { SaleForm } from "./SaleForm";
import { toSaleInput, toFormValues } from "./saleFormValues";
import { useSale } from "./SalePage";
import { slotDates, isEditable } from "./saleState";

export function SaleDetailsTab() {
  const { sale, live, livePending } = useSale();
  const mayEdit = useHasRole("owner", "editor");
  const { kind } = useWorkspace();
  if (livePending) return <LoadingRows />;
  return (
    <Stack gap="lg">
      <StockPanel sale={sale} />
      <ReportedPanel sale={sale} />
      <RegistrationsPanel sale={live ?? sale} />
      <DraftChanges sale={sale} live={live} />
      {kind === "provider" && mayEdit && isEditable(sale) ? (
        <SaleEditor sale={sale} />
      ) : (
        <SaleSummary sale={live ?? sale} isLive={live !== null} />
      )}
    </Stack>
  );
}

function SaleEditor({ sale }: { sale: Sale }) {
  const { setUnsaved } = useSale();
  const path = { tenant: sale.tenant.id, sale: sale.id };
  const update = $api.useMutation("put", "/providers/{tenant}/sales/{sale}", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/sales", "/providers/{tenant}/sales/{sale}");
      notifySuccess("Sale saved.");
    },
  });
  return (
    <SaleForm
      key={sale.id}
      initial={toFormValues(sale)}
      offerFixed
      pending={update.isPending}
      onUnsaved={setUnsaved}
      version={sale.version}
      save={(values, version) =>
        update.mutateAsync({
          params: { path, header: ifMatch(version) },
          body: toSaleInput(values),
        })
      }
      read={async () =>
        required(await api.GET("/providers/{tenant}/sales/{sale}", { params: { path } }))
      }
    />
  );
}

/** The terms of a sale: as shoppers see them, or those of the draft while it is not public. */
function SaleSummary({ sale, isLive }: { sale: Sale; isLive: boolean }) {
  const aside = isLive ? (
    <Text size="sm" c="dimmed">
      As shoppers see it
    </Text>
  ) : null;
  return (
    <>
      <Panel title="Details" aside={aside}>
        <DescriptionList
          rows={[
            ["Provider", sale.tenant.name],
            ...termsOf(sale).map(({ label, value }): [string, string] => [label, value]),
          ]}
        />
      </Panel>
      <Panel title="Items" aside={aside}>
        <DataTable
          label="Items on sale"
          rows={sale.items}
          rowKey={(item) => item.id}
          columns={[
            {
              header: "Item",
              cell: (item) => (
                <div>
                  {item.name}
                  {slotDates(item) !== null && (
                    <Text size="sm" c="dimmed">
                      {slotDates(item)}
                    </Text>
                  )}
                </div>
              ),
            },
            { header: "SKU", cell: (item) => item.sku, kind: "dim" },
            { header: "Price", cell: (item) => formatMoney(item.price), kind: "number" },
            {
              header: "Regular price",
              cell: (item) => (item.compare_at ? formatMoney(item.compare_at) : "–"),
              kind: "number",
            },
            { header: "Capacity", cell: (item) => formatCount(item.capacity), kind: "number" },
            {
              header: "Verified",
              cell: (item) =>
                item.verified_quantity == null ? "–" : formatCount(item.verified_quantity),
              kind: "number",
            },
            { header: "Limit per shopper", cell: (item) => item.limit_per_shopper, kind: "number" },
          ]}
        />
      </Panel>
    </>
  );
}

/** How much of the guarantee is reported as bought, of a sale in the provider's own cart. */
function ReportedPanel({ sale }: { sale: Sale }) {
  const counted = sale.items.filter((item) => item.reported_quantity != null);
  if (counted.length === 0 || sale.mode === "hosted") return null;
  return (
    <Panel title="Reported as bought">
      <DataTable
        label="Reported as bought"
        rows={counted}
        rowKey={(item) => item.id}
        columns={[
          {
            header: "Item",
            cell: (item) => [item.name, slotDates(item)].filter(Boolean).join(", "),
          },
          {
            header: "Reported",
            cell: (item) => formatCount(item.reported_quantity ?? 0),
            kind: "number",
          },
          {
            header: "Guaranteed",
            cell: (item) => formatCount(item.guaranteed_quantity ?? item.capacity),
            kind: "number",
          },
        ]}
      />
    </Panel>
  );
}

function StockPanel({ sale }: { sale: Sale }) {
  const stocked = sale.items.filter((item) => item.stock != null);
  if (stocked.length === 0 || sale.mode === "redirect") return null;
  return (
    <Panel title="Stock">
      <Stack gap="sm">
        {stocked.map(
          (item) =>
            item.stock && (
              <StockBar
                key={item.id}
                name={[item.name, slotDates(item)].filter(Boolean).join(", ")}
                {...item.stock}
              />
            ),
        )}
      </Stack>
    </Panel>
  );
}
