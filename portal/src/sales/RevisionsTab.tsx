import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { EmptyState, Loaded } from "../components/ListStates";
import { RowLink, DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { useSale } from "./SalePage";

export function RevisionsTab() {
  const { sale, path } = useSale();
  const { kind } = useWorkspace();
  const revisions = $api.useQuery("get", "/providers/{tenant}/sales/{sale}/revisions", {
    params: { path: { tenant: sale.tenant.id, sale: sale.id } },
  });
  const linkTo = (id: string) =>
    kind === "staff"
      ? `${staffBase}/reviews/${sale.tenant.id}/${sale.id}/${id}`
      : `${path}/revisions/${id}`;
  return (
    <Loaded query={revisions}>
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState title="Not submitted yet">
            Each submission is kept here with SMP’s decision.
          </EmptyState>
        ) : (
          <DataTable
            label="Revisions"
            rows={items}
            rowKey={(revision) => revision.id}
            columns={[
              {
                header: "Revision",
                cell: (revision) => (
                  <div>
                    <RowLink to={linkTo(revision.id)}>Revision {revision.number}</RowLink>
                    {revision.note !== "" && (
                      <Text size="sm" c="dimmed">
                        {revision.note}
                      </Text>
                    )}
                  </div>
                ),
              },
              {
                header: "Submitted",
                cell: (revision) => (
                  <>
                    <Timestamp at={revision.submitted_at} /> by {revision.submitted_by_name}
                  </>
                ),
              },
              { header: "State", cell: (revision) => <StateBadge state={revision.state} /> },
              { header: "Reason", cell: (revision) => revision.reason ?? "", kind: "dim" },
            ]}
          />
        )
      }
    </Loaded>
  );
}
