import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { Timestamp } from "../components/Timestamp";
import { auditActionLabel } from "./actionLabels";
import { formatDetails } from "./formatDetails";

export function AuditPage() {
  const audit = $api.useInfiniteQuery("get", "/audit", { params: { query: {} } }, byCursor);
  return (
    <>
      <PageHeader title="Audit" lead="Actions by staff and sellers, newest first." />
      <PagedList query={audit} empty={<EmptyState title="Nothing recorded yet" />}>
        {(items) => (
          <DataTable
            label="Audit"
            rows={items}
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
              { header: "By", cell: (entry) => entry.actor_name ?? entry.actor },
              {
                header: "Subject",
                cell: (entry) => (
                  <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                    {entry.subject}
                  </Text>
                ),
                kind: "dim",
              },
              {
                header: "Details",
                cell: (entry) => (
                  <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                    {formatDetails(entry.details)}
                  </Text>
                ),
                kind: "dim",
              },
              { header: "When", cell: (entry) => <Timestamp at={entry.created_at} />, kind: "dim" },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}
