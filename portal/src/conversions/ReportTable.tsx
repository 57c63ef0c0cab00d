import { Text } from "@mantine/core";
import type { Report, ReportStanding } from "../api/types";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";

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
            </div>
          ),
        },
      ]}
    />
  );
}
