import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api, apiRoot } from "../api/client";
import { byCursor } from "../api/pages";
import type { Invoice } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { DataTable, RowLink } from "../components/DataTable";
import {
  ChoiceFilter,
  FilterBar,
  SearchField,
  TextFilter,
  useChoice,
  useFilter,
} from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { formatMoney } from "../format/money";
import { formatDateRange } from "../format/time";
import { InvoicingNotice } from "./InvoicingNotice";

const kinds = ["invoice", "credit_note"] as const;

export const kindLabels: Record<Invoice["kind"], string> = {
  invoice: "Invoice",
  credit_note: "Credit note",
};

/** What SMP issued in the provider's name, for its owner. */
export function InvoicesPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const [q] = useFilter("q");
  const [kind, setKind] = useChoice("kind", kinds);
  const [since, setSince] = useFilter("from");
  const [until, setUntil] = useFilter("to");
  const query = {
    q: q || undefined,
    kind,
    since: since || undefined,
    until: until || undefined,
  };
  const invoices = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/invoices",
    { params: { path: { tenant: tenant.id }, query } },
    byCursor,
  );
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return (
    <>
      <PageHeader
        title="Invoices"
        lead="Invoices and credit notes that shoppers got in your name, newest first."
        actions={
          <Group gap="sm">
            <Button component={Link} variant="default" to={`${base}/invoices/settings`}>
              Settings
            </Button>
            <Button
              component="a"
              variant="default"
              href={`${apiRoot}/providers/${tenant.id}/invoices.csv${queryString(query)}`}
              download
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Download CSV
            </Button>
          </Group>
        }
      />
      <InvoicingNotice />
      <FilterBar>
        <SearchField label="Search numbers" />
        <ChoiceFilter
          label="Kind"
          all="Invoices and credit notes"
          value={kind}
          onChange={setKind}
          options={kinds.map((value) => ({ value, label: kindLabels[value] }))}
        />
        <TextFilter label="From" type="date" value={since} onChange={setSince} />
        <TextFilter label="To" type="date" value={until} onChange={setUntil} />
      </FilterBar>
      <PagedList
        query={invoices}
        empty={
          isFiltered ? (
            <EmptyState title="No matches">Change the filters.</EmptyState>
          ) : (
            <EmptyState title="No invoices yet">
              An invoice is issued when an order is paid, a credit note when something is refunded.
            </EmptyState>
          )
        }
      >
        {(items) => <InvoiceTable invoices={items} linkOf={({ id }) => `${base}/invoices/${id}`} />}
      </PagedList>
    </>
  );
}

/** Invoices, each with a link if there is a page for it, else to its PDF. */
export function InvoiceTable({
  invoices,
  linkOf,
}: {
  invoices: Invoice[];
  linkOf?: (invoice: Invoice) => string;
}) {
  return (
    <DataTable
      label="Invoices"
      rows={invoices}
      rowKey={({ id }) => id}
      columns={[
        {
          header: "Number",
          cell: (invoice) => (
            <div>
              {linkOf ? (
                <RowLink to={linkOf(invoice)}>{invoice.number}</RowLink>
              ) : (
                <a href={pdfOf(invoice)}>{invoice.number}</a>
              )}
              <Text size="sm" c="dimmed">
                {kindLabels[invoice.kind]}
                {invoice.corrects_number != null && ` for ${invoice.corrects_number}`}
              </Text>
            </div>
          ),
        },
        { header: "Order", cell: ({ order_number }) => order_number },
        {
          header: "Issued",
          cell: ({ issued_on }) => formatDateRange(issued_on, issued_on),
          kind: "dim",
        },
        {
          header: "Tax",
          cell: (one) => (one.shows_tax ? formatMoney(one.tax) : "–"),
          kind: "number",
        },
        { header: "Amount", cell: (one) => formatMoney(signed(one)), kind: "number" },
      ]}
    />
  );
}

/** Where the PDF of an invoice is. */
export function pdfOf({ tenant_id, id }: Invoice): string {
  return `${apiRoot}/providers/${tenant_id}/invoices/${id}/pdf`;
}

/** What an invoice adds to what was invoiced. */
function signed({ kind, total }: Invoice) {
  return kind === "credit_note" ? { ...total, amount: -total.amount } : total;
}

function queryString(query: Record<string, string | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
