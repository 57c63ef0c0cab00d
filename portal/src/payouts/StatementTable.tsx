import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Statement } from "../api/types";
import { useWorkspace } from "../app/SignedIn";
import { DataTable, RowLink, type Column } from "../components/DataTable";
import { EmptyState } from "../components/ListStates";
import { PagedList } from "../components/PagedList";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatMoney } from "../format/money";
import { formatDate } from "../format/time";

/** A provider's statements, for its owner. */
export function OwnStatements({ tenant }: { tenant: string }) {
  const statements = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/statements",
    { params: { path: { tenant } } },
    byCursor,
  );
  return (
    <Panel title="Statements">
      <PagedList
        query={statements}
        empty={
          <EmptyState title="No statements yet">
            The first one comes once enough has become payable.
          </EmptyState>
        }
      >
        {(items) => <StatementTable statements={items} />}
      </PagedList>
    </Panel>
  );
}

/** Statements; those of several providers name the provider. */
export function StatementTable({ statements }: { statements: Statement[] }) {
  const { base, kind } = useWorkspace();
  const isStaff = kind === "staff";
  const provider: Column<Statement> = { header: "Provider", cell: ({ provider }) => provider.name };
  const columns: Column<Statement>[] = [
    {
      header: "Statement",
      cell: ({ id, number, provider }) => (
        <RowLink to={isStaff ? `${base}/statements/${provider.id}/${id}` : `${base}/payouts/${id}`}>
          {number}
        </RowLink>
      ),
    },
    ...(isStaff ? [provider] : []),
    { header: "Until", cell: ({ period_to }) => formatDate(period_to), kind: "dim" },
    { header: "Amount", cell: ({ amount }) => formatMoney(amount), kind: "number" },
    {
      header: "State",
      cell: ({ state, failure }) => (
        <div>
          <StateBadge state={`statement_${state}`} />
          {state === "failed" && failure != null && (
            <Text size="sm" c="dimmed">
              {failure}
            </Text>
          )}
        </div>
      ),
    },
  ];
  return (
    <DataTable label="Statements" rows={statements} rowKey={({ id }) => id} columns={columns} />
  );
}
