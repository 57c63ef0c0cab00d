import { Text } from "@mantine/core";
import type { Report, ReportStanding } from "../api/types";
import styles from "../components/components.module.css";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatBytes } from "../format/numbers";

const kinds: Record<Report["kind"], string> = {
  purchase: "Purchase",
  update: "Update",
  reversal: "Reversal",
};

const channels: Record<Report["channel"], string> = {
  api_key: "Postback",
  pixel: "Pixel",
  csv: "File",
  portal: "Portal",
};

/** The state that stands for what became of a report. */
export function standingState(standing: ReportStanding): string {
  return standing === "waiting" ? "waiting_for_purchase" : standing;
}

/** The body of a postback that cannot be read. */
function Sent({ request }: { request: NonNullable<Report["request"]> }) {
  return (
    <details>
      <summary>
        <Text span size="xs">
          What was sent
        </Text>
      </summary>
      <code
        className={styles.secret}
        style={{ display: "block", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
      >
        {request.body}
      </code>
      <Text size="xs" c="dimmed" mt={4}>
        {formatBytes(request.body_bytes)} as {request.content_type ?? "no type"}, by{" "}
        {request.user_agent ?? "an unnamed program"}
      </Text>
    </details>
  );
}

/** Reports as they were received, with what became of each. */
export function ReportTable({ reports }: { reports: Report[] }) {
  return (
    <DataTable
      label="Reports"
      rows={reports}
      rowKey={(report) => report.id}
      columns={[
        {
          header: "Report",
          cell: (report) => (
            <div>
              <Text span fw={550}>
                {kinds[report.kind]}
              </Text>
              {report.own_reference !== "" && (
                <Text size="xs" c="dimmed">
                  {report.own_reference}
                </Text>
              )}
              {report.test && (
                <Text size="xs" c="dimmed">
                  Test
                </Text>
              )}
            </div>
          ),
        },
        { header: "Reference", cell: (report) => report.reference || "–" },
        { header: "By", cell: (report) => channels[report.channel], kind: "dim" },
        {
          header: "Received",
          cell: (report) => (
            <div>
              <Timestamp at={report.received_at} />
              {report.received > 1 && (
                <Text size="xs" c="dimmed">
                  {report.received} times
                </Text>
              )}
            </div>
          ),
          kind: "dim",
        },
        {
          header: "State",
          cell: (report) => (
            <div>
              <StateBadge state={standingState(report.standing)} />
              {report.problem && (
                <Text size="xs" c="dimmed" mt={4}>
                  {report.problem}
                </Text>
              )}
              {report.request && <Sent request={report.request} />}
            </div>
          ),
        },
      ]}
    />
  );
}
