import { Stack, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useMayAct, useWorkspace } from "../app/SignedIn";
import { Facts } from "../elements/Facts";
import { tellDone } from "../elements/notices";
import { Panel } from "../elements/Panel";
import { Rows } from "../elements/Rows";
import { StockBar } from "../elements/StockBar";
import { countryName } from "../format/countries";
import { formatMoney } from "../format/money";
import { formatCount } from "../format/size";
import { formatDuration, formatZoned } from "../format/time";
import { plural } from "../format/words";
import { RegistrationsPanel } from "./RegistrationsPanel";
import { SaleForm } from "./SaleForm";
import { inputOf, kindNames, valuesOf } from "./saleValues";
import { useSale } from "./SalePage";
import { datesOf, mayBeEdited, modeName, shipWindow } from "./saleWords";

export function SaleDetailsTab() {
  const { sale } = useSale();
  const edits = useMayAct("owner", "editor");
  const { kind } = useWorkspace();
  if (kind === "provider" && edits && mayBeEdited(sale)) return <SaleEditor sale={sale} />;
  return <SaleFacts sale={sale} />;
}

function SaleEditor({ sale }: { sale: Sale }) {
  const update = $api.useMutation("put", "/providers/{tenant}/sales/{sale}", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/sales", "/providers/{tenant}/sales/{sale}");
      tellDone("Sale saved.");
    },
  });
  return (
    <Stack gap="lg">
      <StockPanel sale={sale} />
      <RegistrationsPanel sale={sale} />
      <SaleForm
        key={sale.id}
        initial={valuesOf(sale)}
        offerFixed
        pending={update.isPending}
        save={(values) =>
          update.mutateAsync({
            params: { path: { tenant: sale.tenant.id, sale: sale.id } },
            body: inputOf(values),
          })
        }
      />
    </Stack>
  );
}

function SaleFacts({ sale }: { sale: Sale }) {
  return (
    <Stack gap="lg">
      <StockPanel sale={sale} />
      <RegistrationsPanel sale={sale} />
      <Panel title="The sale">
        <Facts
          rows={[
            ["Provider", sale.tenant.name],
            ["Kind", kindNames[sale.kind]],
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
                (sale.registered_only ? "Only the registered" : "Everybody"),
            ],
            ["Countries", sale.countries.map(countryName).join(", ")],
          ]}
        />
      </Panel>
      <Panel title="Items">
        <Rows
          label="Items on sale"
          rows={sale.items}
          rowKey={(item) => item.id}
          columns={[
            {
              header: "Item",
              cell: (item) => (
                <div>
                  {item.name}
                  {datesOf(item) !== null && (
                    <Text size="sm" c="dimmed">
                      {datesOf(item)}
                    </Text>
                  )}
                </div>
              ),
            },
            { header: "SKU", cell: (item) => item.sku, kind: "dim" },
            { header: "Price", cell: (item) => formatMoney(item.price), kind: "number" },
            {
              header: "Usually",
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
            { header: "Per shopper", cell: (item) => item.limit_per_shopper, kind: "number" },
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
                name={[item.name, datesOf(item)].filter(Boolean).join(", ")}
                {...item.stock}
              />
            ),
        )}
      </Stack>
    </Panel>
  );
}
