import { Button, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useParams } from "react-router";
import { $api } from "../api/client";
import type { Invoice } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { DataTable } from "../components/DataTable";
import { DescriptionList } from "../components/DescriptionList";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { formatMoney } from "../format/money";
import { formatDateRange, formatDateTime } from "../format/time";
import { AddressLines } from "../parcels/AddressLines";
import { kindLabels, pdfOf } from "./InvoicesPage";
import { writeRate } from "./rate";

/** An invoice or a credit note, for the provider's owner. */
export function InvoicePage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const { invoice = "" } = useParams();
  const query = $api.useQuery("get", "/providers/{tenant}/invoices/{invoice}", {
    params: { path: { tenant: tenant.id, invoice } },
  });
  return (
    <LoadedPage query={query}>
      {(data) => (
        <>
          <PageHeader
            title={`${kindLabels[data.kind]} ${data.number}`}
            lead={`Issued on ${formatDateRange(data.issued_on, data.issued_on)}`}
            back={{ to: `${base}/invoices`, label: "Invoices" }}
            actions={
              <Button
                component="a"
                href={pdfOf(data)}
                download
                leftSection={<IconDownload size={16} aria-hidden />}
              >
                Download PDF
              </Button>
            }
          />
          <Stack gap="lg">
            <Panel title="Lines">
              <Lines invoice={data} />
            </Panel>
            <Panel title="Summary">
              <DescriptionList
                rows={[
                  ["Total", formatMoney(data.total)],
                  ["Net", data.shows_tax && formatMoney(data.net)],
                  ["Tax", data.shows_tax ? formatMoney(data.tax) : "No tax is shown"],
                  ["Order", data.order_number],
                  ["Confirmed", formatDateTime(data.supplied_at)],
                  ["Corrects", data.corrects_number],
                  ["Issuer", data.issuer.legal_name],
                  ["Buyer", <AddressLines key="buyer" address={data.buyer.address} />],
                  ["Buyer’s VAT ID", data.buyer.vat_id],
                ]}
              />
            </Panel>
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function Lines({ invoice }: { invoice: Invoice }) {
  const money = (amount: number) => formatMoney({ amount, currency: invoice.total.currency });
  return (
    <DataTable
      label="Lines"
      rows={invoice.lines}
      rowKey={({ position }) => String(position)}
      columns={[
        {
          header: "Description",
          cell: ({ description, sku }) => (
            <div>
              {description}
              {sku !== "" && (
                <Text size="sm" c="dimmed">
                  SKU {sku}
                </Text>
              )}
            </div>
          ),
        },
        { header: "Quantity", cell: ({ quantity }) => quantity, kind: "number" },
        { header: "Unit price", cell: (line) => money(line.unit_price_minor), kind: "number" },
        {
          header: "Tax rate",
          cell: ({ tax_rate_ppm }) => (tax_rate_ppm == null ? "–" : `${writeRate(tax_rate_ppm)} %`),
          kind: "number",
        },
        { header: "Amount", cell: (line) => money(line.gross_minor), kind: "number" },
      ]}
    />
  );
}
