import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { PayoutAccount, PayoutState } from "../api/types";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { stateLabel } from "../components/states";
import { formatDate } from "../format/time";

const states: PayoutState[] = ["none", "onboarding", "restricted", "enabled", "disabled"];

/** Who can be paid, for SMP's team. */
export function StaffPayoutsPage() {
  const [state, setState] = useChoice("state", states);
  const accounts = $api.useInfiniteQuery(
    "get",
    "/payout-accounts",
    { params: { query: { state } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Payouts"
        lead="Which providers can be paid, and what is missing of the others."
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={states.map((value) => ({ value, label: stateLabel(`payouts_${value}`) }))}
        />
      </FilterBar>
      <PagedList
        query={accounts}
        empty={
          <EmptyState title="No providers">
            {state === undefined
              ? "Providers are listed here once they are invited."
              : "Choose another state."}
          </EmptyState>
        }
      >
        {(items) => <Accounts accounts={items} />}
      </PagedList>
    </>
  );
}

function Accounts({ accounts }: { accounts: PayoutAccount[] }) {
  return (
    <DataTable
      label="Payouts"
      rows={accounts}
      rowKey={({ provider }) => provider.id}
      columns={[
        {
          header: "Provider",
          cell: ({ provider }) => (
            <RowLink to={`${staffBase}/providers/${provider.id}`}>{provider.name}</RowLink>
          ),
        },
        {
          header: "State",
          cell: ({ state, sandbox }) => (
            <div>
              <StateBadge state={`payouts_${state}`} />
              {sandbox && state !== "none" && (
                <Text size="sm" c="dimmed">
                  Test account
                </Text>
              )}
            </div>
          ),
        },
        {
          header: "Missing",
          cell: ({ requirements, due_at }) => (
            <div>
              {requirements.map(({ what }) => what).join("; ") || "–"}
              {due_at != null && (
                <Text size="sm" c="dimmed">
                  until {formatDate(due_at)}
                </Text>
              )}
            </div>
          ),
        },
      ]}
    />
  );
}
