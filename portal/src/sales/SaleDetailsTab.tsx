import { Stack, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole, useWorkspace } from "../app/SignedIn";
import { DescriptionList } from "../components/DescriptionList";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StockBar } from "../components/StockBar";
import { countryName } from "../format/reference";
import { formatMoney } from "../format/money";
import { formatCount } from "../format/numbers";
import { formatDuration, formatZoned } from "../format/time";
import { plural } from "../format/text";
import { RegistrationsPanel } from "./RegistrationsPanel";
import { SaleForm } from "./SaleForm";
import { toSaleInput, kindNames, toFormValues } from "./saleFormValues";
import { useSale } from "./SalePage";
import { slotDates, isEditable, modeName, shipWindow } from "./saleState";

export function SaleDetailsTab() {
  const { sale } = useSale();
  const mayEdit = useHasRole("owner", "editor");
  const { kind } = useWorkspace();
  if (kind === "provider" && mayEdit && isEditable(sale)) return <SaleEditor sale={sale} />;
  return <SaleSummary sale={sale} />;
}

function SaleEditor({ sale }: { sale: Sale }) {
  const update = $api.useMutation("put", "/providers/{tenant}/sales/{sale}", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/sales", "/providers/{tenant}/sales/{sale}");
      notifySuccess("Sale saved.");
    },
  });
  return (
    <Stack gap="lg">
      <StockPanel sale={sale} />
      <RegistrationsPanel sale={sale} />
      <SaleForm
        key={sale.id}
        initial={toFormValues(sale)}
        offerFixed
        pending={update.isPending}
        save={(values) =>
          update.mutateAsync({
            params: { path: { tenant: sale.tenant.id, sale: sale.id } },
            body: toSaleInput(values),
          })
        }
      />
    </Stack>
  );
}

function SaleSummary({ sale }: { sale: Sale }) {
  return (
    <Stack gap="lg">
      <StockPanel sale={sale} />
      <RegistrationsPanel sale={sale} />
      <Panel title="Details">
        <DescriptionList
          rows={[
            ["Provider", sale.tenant.name],
            ["Type", kindNames[sale.kind]],
            ["Target", sale.target_quantity != null && formatCount(sale.target_quantity)],
            ["Ships", shipWindow(sale)],
            [
              "Voucher valid for",
              sale.voucher_valid_days != null && plural(sale.voucher_valid_days, "day"),
            ],
            ["Payment", modeName(sale.mode)],
            ["Redirect URL", sale.redirect_url],
            ["Starts", formatZoned(sale.starts_at)],
            ["Ends", formatZoned(sale.ends_at)],
            ["Hold time", sale.mode === "hosted" && formatDuration(sale.hold_seconds)],
            [
              "Waitlist offer",
              sale.mode === "hosted" && formatDuration(sale.waitlist_offer_seconds),
            ],
            [
              "Registration opens",
              sale.registration_opens_at && formatZoned(sale.registration_opens_at),
            ],
            [
              "Registration closes",
              sale.registration_closes_at && formatZoned(sale.registration_closes_at),
            ],
            [
              "Who can buy",
              sale.registration_opens_at &&
                (sale.registered_only ? "Registered shoppers only" : "Everyone"),
            ],
            ["Countries", sale.countries.map(countryName).join(", ")],
          ]}
        />
      </Panel>
      <Panel title="Items">
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
    </Stack>
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
