import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Dispute } from "../api/types";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";

const standings = ["open", "closed"] as const;

/** Payments that shoppers' banks take back or ask about, for SMP's finance. */
export function DisputesPage() {
  const [standing, setStanding] = useChoice("standing", standings);
  const open = standing === undefined ? undefined : standing === "open";
  const disputes = $api.useInfiniteQuery(
    "get",
    "/disputes",
    { params: { query: { open } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Disputes"
        lead="Payments that shoppers’ banks take back, or ask about. Their pages say what to do, and until when."
      />
      <FilterBar>
        <ChoiceFilter
          label="Standing"
          all="Open and closed"
          value={standing}
          onChange={setStanding}
          options={standings.map((value) => ({ value, label: humanize(value) }))}
        />
      </FilterBar>
      <PagedList
        query={disputes}
        empty={
          <EmptyState title="No disputes">
            {standing === undefined
              ? "They are listed here as soon as a bank opens one."
              : "None match. Change the filter."}
          </EmptyState>
        }
      >
        {(items) => <Disputes disputes={items} />}
      </PagedList>
    </>
  );
}

function Disputes({ disputes }: { disputes: Dispute[] }) {
  return (
    <DataTable
      label="Disputes"
      rows={disputes}
      rowKey={({ id }) => id}
      columns={[
        {
          header: "Order",
          cell: ({ id, order_number, reason }) => (
            <div>
              <RowLink to={`${staffBase}/disputes/${id}`}>{order_number}</RowLink>
              <Text size="sm" c="dimmed">
                {humanize(reason)}
              </Text>
            </div>
          ),
        },
        {
          header: "Opened",
          cell: ({ opened_at }) => <Timestamp at={opened_at} />,
          kind: "dim",
        },
        {
          header: "Answer until",
          cell: ({ needs_response, evidence_due_at }) =>
            needs_response && evidence_due_at != null ? <Timestamp at={evidence_due_at} /> : "–",
        },
        { header: "Amount", cell: ({ amount }) => formatMoney(amount), kind: "number" },
        { header: "State", cell: ({ state }) => <StateBadge state={`dispute_${state}`} /> },
      ]}
    />
  );
}
