import { Anchor, Button, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { Link } from "react-router";
import { $api, apiRoot } from "../api/client";
import { byCursor } from "../api/pages";
import type { AuditEntry } from "../api/types";
import { staffBase } from "../app/workspace";
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
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { SearchSelect, useSearchText } from "../components/SearchSelect";
import { Timestamp } from "../components/Timestamp";
import { auditActionLabel, auditActions } from "./actionLabels";
import { auditDetails, auditSubject } from "./auditWords";

const maxProviders = 100;

export function AuditPage() {
  const [q] = useFilter("q");
  const [by, setBy] = useFilter("by");
  const [action, setAction] = useChoice("action", auditActions);
  const [tenant, setTenant] = useFilter("provider");
  const [first, setFirst] = useFilter("from");
  const [last, setLast] = useFilter("to");
  const query = {
    q: q || undefined,
    by: by || undefined,
    action,
    tenant: tenant || undefined,
    since: startOfDay(first),
    until: startOfDay(last, 1),
  };
  const audit = $api.useInfiniteQuery("get", "/audit", { params: { query } }, byCursor);
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return (
    <>
      <PageHeader
        title="Audit"
        lead="Actions by staff and sellers, newest first."
        actions={
          <Button
            component="a"
            variant="default"
            href={`${apiRoot}/audit.csv${queryString(query)}`}
            download
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download CSV
          </Button>
        }
      />
      <FilterBar>
        <SearchField label="Search subjects and details" />
        <TextFilter label="By (name, email or API key)" value={by} onChange={setBy} />
        <ChoiceFilter
          label="Action"
          all="All actions"
          value={action}
          onChange={setAction}
          options={auditActions.map((value) => ({ value, label: auditActionLabel(value) }))}
        />
        <ProviderFilter value={tenant} onChange={setTenant} />
        <TextFilter label="From" type="date" value={first} onChange={setFirst} />
        <TextFilter label="To" type="date" value={last} onChange={setLast} />
      </FilterBar>
      <PagedList
        query={audit}
        empty={
          isFiltered ? (
            <EmptyState title="No matches">Change the filters.</EmptyState>
          ) : (
            <EmptyState title="Nothing recorded yet" />
          )
        }
      >
        {(items) => <AuditTable entries={items} />}
      </PagedList>
    </>
  );
}

/** The provider whose entries are shown, found by name. */
function ProviderFilter({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const [q, search] = useSearchText();
  const providers = $api.useQuery("get", "/providers", {
    params: { query: { q: q || undefined } },
  });
  const chosen = $api.useQuery(
    "get",
    "/providers/{tenant}",
    { params: { path: { tenant: value } } },
    { enabled: value !== "" },
  );
  return (
    <SearchSelect
      aria-label="Provider"
      placeholder="All providers"
      clearable
      value={value}
      onChange={onChange}
      current={value === "" ? null : { value, label: chosen.data?.name ?? "The chosen provider" }}
      found={(providers.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      onSearch={search}
      w={{ base: "100%", xs: 190 }}
    />
  );
}

/** The beginning of a day in the reader's zone, or of the one `later` days after; undefined for none. */
function startOfDay(day: string, later = 0): string | undefined {
  const start = new Date(`${day}T00:00`);
  start.setDate(start.getDate() + later);
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

function queryString(query: Record<string, string | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

function AuditTable({ entries }: { entries: AuditEntry[] }) {
  const titleOf = useSaleTitles(entries);
  const providers = $api.useQuery("get", "/providers", {
    params: { query: { limit: maxProviders } },
  });
  const providerOf = ({ tenant_id }: AuditEntry) =>
    providers.data?.items.find(({ id }) => id === tenant_id)?.name;
  return (
    <DataTable
      label="Audit"
      rows={entries}
      rowKey={(entry) => entry.id}
      columns={[
        {
          header: "Action",
          cell: (entry) => (
            <Text span fw={550}>
              {auditActionLabel(entry.action)}
            </Text>
          ),
        },
        {
          header: "By",
          cell: (entry) => entry.actor_name ?? actorNames[entry.actor] ?? entry.actor,
        },
        {
          header: "Subject",
          cell: (entry) => (
            <Subject entry={entry} title={titleOf(entry)} provider={providerOf(entry)} />
          ),
        },
        {
          header: "Details",
          cell: (entry) => (
            <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
              {auditDetails(entry.details)}
            </Text>
          ),
          kind: "dim",
        },
        { header: "When", cell: (entry) => <Timestamp at={entry.created_at} />, kind: "dim" },
      ]}
    />
  );
}

const actorNames: Record<string, string> = {
  api_key: "A provider’s server",
  system: "SMP, by itself",
};

interface SubjectProps {
  entry: AuditEntry;
  title: string | undefined;
  provider: string | undefined;
}

function Subject({ entry, title, provider }: SubjectProps) {
  const { kind, name, page } = auditSubject(entry);
  const isProvider = page?.startsWith("/providers/") === true && kind === "Provider";
  const own = isProvider ? (provider ?? name) : (name ?? title ?? null);
  const text = own === null ? kind : `${kind}: ${own}`;
  return (
    <div style={{ overflowWrap: "anywhere", minWidth: "11rem" }}>
      {page === null ? (
        text
      ) : (
        <Anchor component={Link} to={staffBase + page} underline="always" inherit>
          {text}
        </Anchor>
      )}
      {!isProvider && provider !== undefined && (
        <Text size="sm" c="dimmed">
          {provider}
        </Text>
      )}
    </div>
  );
}

/** The titles of the sales that the entries are about, for those that do not name them. */
function useSaleTitles(entries: AuditEntry[]): (entry: AuditEntry) => string | undefined {
  const wanted = new Map<string, string>();
  for (const entry of entries) {
    const { saleId, name } = auditSubject(entry);
    if (saleId !== null && name === null && entry.tenant_id) wanted.set(saleId, entry.tenant_id);
  }
  const sales = useQueries({
    queries: [...wanted].map(([sale, tenant]) => ({
      ...$api.queryOptions("get", "/providers/{tenant}/sales/{sale}", {
        params: { path: { tenant, sale } },
      }),
      staleTime: Infinity,
    })),
  });
  return (entry) => {
    const { saleId } = auditSubject(entry);
    return sales.find(({ data }) => data?.id === saleId)?.data?.title;
  };
}
