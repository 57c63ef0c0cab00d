import { Anchor, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { AuditEntry } from "../api/types";
import { staffBase } from "../app/workspace";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { Timestamp } from "../components/Timestamp";
import { auditActionLabel } from "./actionLabels";
import { auditDetails, auditSubject } from "./auditWords";

const maxProviders = 100;

export function AuditPage() {
  const audit = $api.useInfiniteQuery("get", "/audit", { params: { query: {} } }, byCursor);
  return (
    <>
      <PageHeader title="Audit" lead="Actions by staff and sellers, newest first." />
      <PagedList query={audit} empty={<EmptyState title="Nothing recorded yet" />}>
        {(items) => <AuditTable entries={items} />}
      </PagedList>
    </>
  );
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
