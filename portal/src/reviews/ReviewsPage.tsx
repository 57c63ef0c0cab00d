import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ReviewEntry, ReviewState } from "../api/types";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { stateOptions } from "../components/states";
import { formatAge, formatZoned } from "../format/time";
import { plural } from "../format/text";
import { kindNames } from "../sales/saleFormValues";
import { startWarning } from "./reviewOrder";

const filterStates: ReviewState[] = ["submitted", "approved", "changes_requested", "rejected"];
const decidedStates = filterStates.filter((state) => state !== "submitted");

export function ReviewsPage() {
  const [chosen, setState] = useChoice("state", filterStates);
  const state = chosen ?? "submitted";
  const reviews = $api.useInfiniteQuery(
    "get",
    "/reviews",
    { params: { query: { state } } },
    { ...byCursor, refetchInterval: 30_000 },
  );
  const open = reviews.data?.pages[0]?.open_count;
  return (
    <>
      <PageHeader
        title="Reviews"
        lead={
          open === undefined
            ? "Submissions from providers, the next to start first."
            : open === 0
              ? "No submissions are waiting."
              : `${plural(open, "submission")} waiting, the next to start first.`
        }
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="Waiting for review"
          value={chosen === "submitted" ? undefined : chosen}
          onChange={setState}
          options={stateOptions(decidedStates)}
        />
      </FilterBar>
      <PagedList
        query={reviews}
        empty={
          state === "submitted" ? (
            <EmptyState title="All reviewed">New submissions will appear here.</EmptyState>
          ) : (
            <EmptyState title="No submissions">No submission has this state.</EmptyState>
          )
        }
      >
        {(entries) => <SubmissionTable entries={entries} waiting={state === "submitted"} />}
      </PagedList>
    </>
  );
}

function SubmissionTable({ entries, waiting }: { entries: ReviewEntry[]; waiting: boolean }) {
  return (
    <DataTable
      label="Submissions"
      rows={entries}
      rowKey={({ revision }) => revision.id}
      columns={[
        {
          header: "Sale",
          cell: (entry) => {
            const { revision } = entry;
            return (
              <div>
                <RowLink
                  to={`${staffBase}/reviews/${revision.tenant.id}/${revision.sale_id}/${revision.id}`}
                >
                  {revision.title}
                </RowLink>
                <Text size="sm" c="dimmed">
                  {revision.tenant.name}, revision {revision.number}
                </Text>
              </div>
            );
          },
        },
        {
          header: "Kind",
          cell: (entry) => (
            <div>
              {entry.sale_state === "submitted" ? "New sale" : "Changes"}
              <Text size="sm" c="dimmed">
                {kindNames[entry.revision.kind]}
              </Text>
            </div>
          ),
        },
        { header: "Starts", cell: (entry) => <StartCell entry={entry} waiting={waiting} /> },
        { header: "Note", cell: ({ revision }) => revision.note, kind: "dim" },
        { header: "Submitted by", cell: ({ revision }) => revision.submitted_by_name },
        waiting
          ? { header: "Waiting", cell: ({ age_seconds }) => formatAge(age_seconds), kind: "number" }
          : {
              header: "Decided",
              cell: ({ revision }) =>
                revision.decided_at == null ? "–" : <Timestamp at={revision.decided_at} />,
            },
        { header: "State", cell: ({ revision }) => <StateBadge state={revision.state} /> },
      ]}
    />
  );
}

/** When the sale starts, with a warning if shoppers see it already or will within a day. */
function StartCell({ entry, waiting }: { entry: ReviewEntry; waiting: boolean }) {
  const warning = waiting ? startWarning(entry) : null;
  return (
    <div>
      {formatZoned(entry.revision.starts_at)}
      {warning !== null && (
        <Text size="sm" fw={550} c="var(--mantine-color-error)">
          {warning}
        </Text>
      )}
    </div>
  );
}
