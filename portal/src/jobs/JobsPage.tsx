import { Button, Group, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { Job, JobState } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { stateOptions } from "../components/states";
import { Timestamp } from "../components/Timestamp";
import { humanize } from "../format/text";

const states = ["given_up", "retrying"] as const satisfies readonly JobState[];

const jobLabels: Record<string, string> = {
  event_deliver: "Deliver an event",
  event_deliver_bulk: "Deliver an event",
  message_send: "Send a message",
  message_send_bulk: "Send a message",
  payment_void: "Void a payment",
  refund_settle: "Settle a refund",
  statement_transfer_finish: "Finish a transfer to a provider",
  statement_reversal_finish: "Finish taking a transfer back",
  invitation_email: "Write an invitation",
  staff_invitation_email: "Write an invitation to SMP’s team",
  account_mail: "Write an email about an account",
  password_forgotten: "Answer a forgotten password",
  phone_code: "Send a code to a phone",
  data_export_bulk: "Write an export of a person’s data",
  erasure_email: "Write the link that confirms an erasure",
  account_erase_bulk: "Erase an account",
  rehearsal_run: "Run a rehearsal",
};

export function JobsPage() {
  const [state, setState] = useChoice("state", states);
  const jobs = $api.useInfiniteQuery("get", "/jobs", { params: { query: { state } } }, byCursor);
  return (
    <>
      <PageHeader
        title="Failing jobs"
        lead="Work in the background whose last try failed. SMP tries each twelve times, after ever longer pauses, and then gives up."
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="All"
          value={state}
          onChange={setState}
          options={stateOptions(states)}
        />
      </FilterBar>
      <PagedList
        query={jobs}
        empty={
          <EmptyState title="No failing jobs">
            {state ? "None in this state." : "Everything in the background works."}
          </EmptyState>
        }
      >
        {(items) => <JobTable jobs={items} />}
      </PagedList>
    </>
  );
}

function JobTable({ jobs }: { jobs: Job[] }) {
  return (
    <DataTable
      label="Failing jobs"
      rows={jobs}
      rowKey={(job) => `${job.lane}-${job.id}`}
      columns={[
        {
          header: "Job",
          cell: (job) => (
            <div>
              <Text fw={550}>{jobLabels[job.job] ?? humanize(job.job)}</Text>
              {job.event && (
                <Text size="sm" c="dimmed">
                  {humanize(job.event.replace(".", " "))}
                </Text>
              )}
            </div>
          ),
        },
        {
          header: "Last error",
          cell: (job) => (
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {job.error}
            </Text>
          ),
        },
        {
          header: "Tries",
          cell: (job) => `${job.attempts} of ${job.attempts_max}`,
          kind: "number",
        },
        { header: "State", cell: (job) => <StateBadge state={job.state} /> },
        {
          header: "Next try",
          cell: (job) => (job.next_try_at == null ? "–" : <Timestamp at={job.next_try_at} />),
          kind: "dim",
        },
        { header: "Action", kind: "number", cell: (job) => <JobActions job={job} /> },
      ]}
    />
  );
}

function JobActions({ job }: { job: Job }) {
  const done = (message: string) => async () => {
    await refresh("/jobs");
    notifySuccess(message);
  };
  const retry = $api.useMutation("post", "/jobs/{lane}/{id}/retry", {
    onSuccess: done("The job is tried again now."),
    onError: notifyError,
  });
  const discard = $api.useMutation("delete", "/jobs/{lane}/{id}", {
    onSuccess: done("The job is discarded."),
    onError: notifyError,
  });
  const params = { path: { lane: job.lane, id: job.id } };
  const label = jobLabels[job.job] ?? humanize(job.job);
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        loading={retry.isPending}
        onClick={() => retry.mutate({ params })}
        aria-label={`Try again: ${label}`}
      >
        Try again
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="brick"
        loading={discard.isPending}
        aria-label={`Discard: ${label}`}
        onClick={() =>
          confirmAction({
            title: "Discard this job?",
            message: "What it would have done is not done, and it cannot be brought back.",
            action: "Discard",
            onConfirm: () => discard.mutate({ params }),
          })
        }
      >
        Discard
      </Button>
    </Group>
  );
}
