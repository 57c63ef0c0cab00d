import { Alert, Anchor, List, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { lazy, Suspense, type ReactNode } from "react";
import type { RehearsalReport } from "../api/types";
import { Figures } from "../components/Figures";
import { LoadingRows } from "../components/ListStates";
import { formatCount, formatPercent } from "../format/numbers";
import { plural } from "../format/text";
import { formatMilliseconds } from "../format/time";
import { BarList } from "../statistics/BarList";
import { receiptPath } from "./ReceiptPanel";
import { faultsIn, isReceiptVerified } from "./rehearsals";

const ResponsesChart = lazy(async () => ({
  default: (await import("./ResponsesChart")).ResponsesChart,
}));

/** The report of a rehearsal: verdict, figures, response times and answers over time. */
export function RehearsalReportView({ report }: { report: RehearsalReport }) {
  const of = (part: number) => `${formatPercent(part, report.shoppers)} of shoppers`;
  return (
    <Stack gap="xl">
      <Verdict report={report} />
      <Figures
        figures={[
          { label: "Got units", value: formatCount(report.held), note: of(report.held) },
          {
            label: "On the waitlist",
            value: formatCount(report.waiting),
            note: of(report.waiting),
          },
          { label: "Turned away", value: formatCount(report.refused), note: of(report.refused) },
          { label: "Errors", value: formatCount(report.errors), note: of(report.errors) },
          {
            label: "Oversold",
            value: formatCount(report.oversold),
            note: `of ${plural(report.units, "unit")}`,
          },
          {
            label: "Receipt",
            value: isReceiptVerified(report) ? "Verified" : "Not verified",
            note: isReceiptVerified(report) ? "no one jumped the queue" : "see above",
          },
        ]}
      />
      <ReportSection title="Response times">
        <ResponseTimes report={report} />
      </ReportSection>
      <ReportSection
        title={`Responses over time, the last after ${formatMilliseconds(report.took_ms)}`}
      >
        <Suspense fallback={<LoadingRows rows={4} />}>
          <ResponsesChart report={report} />
        </Suspense>
      </ReportSection>
      <Text size="sm" c="dimmed">
        The rehearsal has its own receipt.{" "}
        <Anchor href={receiptPath(report.slug)} download underline="always" inherit>
          Download it
        </Anchor>
      </Text>
    </Stack>
  );
}

function ReportSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Verdict({ report }: { report: RehearsalReport }) {
  const faults = faultsIn(report);
  if (faults.length === 0) {
    return (
      <Alert
        color="gray"
        icon={<IconCircleCheck color="var(--smp-good)" aria-hidden />}
        title="Ready for the rush"
      >
        Every shopper got an answer, nothing was oversold, and no one jumped the queue.
      </Alert>
    );
  }
  return (
    <Alert
      color="brick"
      icon={<IconAlertTriangle aria-hidden />}
      title="This rehearsal found a problem"
    >
      <List size="sm">
        {faults.map((fault) => (
          <List.Item key={fault}>{fault}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function ResponseTimes({ report }: { report: RehearsalReport }) {
  const widest = Math.max(report.max_ms, Number.EPSILON);
  const bar = (label: string, ms: number, note: string) => ({
    key: note,
    label,
    share: ms / widest,
    value: formatMilliseconds(ms),
    note,
  });
  return (
    <BarList
      ordered
      bars={[
        bar("50% within", report.p50_ms, "p50"),
        bar("90% within", report.p90_ms, "p90"),
        bar("99% within", report.p99_ms, "p99"),
        bar("Slowest", report.max_ms, "max"),
      ]}
    />
  );
}
