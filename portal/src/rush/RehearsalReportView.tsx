import { Alert, Anchor, List, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { lazy, Suspense, type ReactNode } from "react";
import type { RehearsalReport } from "../api/types";
import { Figures } from "../elements/Facts";
import { LoadingRows } from "../elements/ListStates";
import { formatCount, formatPercent } from "../format/size";
import { Bars } from "../statistics/Bars";
import { receiptPath } from "./ReceiptPanel";
import { findings, formatMs, holds } from "./rushWords";

const AnswersChart = lazy(async () => ({ default: (await import("./AnswersChart")).AnswersChart }));

/** What came of a rehearsal: the verdict, the numbers, how long shoppers waited, and the course of it. */
export function RehearsalReportView({ report }: { report: RehearsalReport }) {
  const of = (part: number) => `${formatPercent(part, report.shoppers)} of shoppers`;
  return (
    <Stack gap="xl">
      <Verdict report={report} />
      <Figures
        figures={[
          { label: "Were given units", value: formatCount(report.held), note: of(report.held) },
          { label: "In line", value: formatCount(report.waiting), note: of(report.waiting) },
          { label: "Told no", value: formatCount(report.refused), note: of(report.refused) },
          { label: "Errors", value: formatCount(report.errors), note: of(report.errors) },
          {
            label: "Oversold",
            value: formatCount(report.oversold),
            note: `of ${formatCount(report.units)} units`,
          },
          {
            label: "Receipt",
            value: holds(report) ? "Holds" : "Broken",
            note: holds(report) ? "nobody overtaken" : "see above",
          },
        ]}
      />
      <Part title="How long shoppers waited for their answer">
        <Latency report={report} />
      </Part>
      <Part title={`Answers over time, the last after ${formatMs(report.took_ms)}`}>
        <Suspense fallback={<LoadingRows rows={4} />}>
          <AnswersChart report={report} />
        </Suspense>
      </Part>
      <Text size="sm" c="dimmed">
        The copy has a receipt of its own.{" "}
        <Anchor href={receiptPath(report.slug)} download underline="always" inherit>
          Download it
        </Anchor>
      </Text>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
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
  const found = findings(report);
  if (found.length === 0) {
    return (
      <Alert
        color="gray"
        icon={<IconCircleCheck color="var(--smp-good)" aria-hidden />}
        title="Ready for the rush"
      >
        Every shopper was answered, nothing was oversold, and nobody was overtaken.
      </Alert>
    );
  }
  return (
    <Alert
      color="brick"
      icon={<IconAlertTriangle aria-hidden />}
      title="This rehearsal found something"
    >
      <List size="sm">
        {found.map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Latency({ report }: { report: RehearsalReport }) {
  const widest = Math.max(report.max_ms, Number.EPSILON);
  const bar = (label: string, ms: number, note: string) => ({
    key: note,
    label,
    share: ms / widest,
    value: formatMs(ms),
    note,
  });
  return (
    <Bars
      ordered
      bars={[
        bar("Half of them at most", report.p50_ms, "p50"),
        bar("9 in 10 at most", report.p90_ms, "p90"),
        bar("99 in 100 at most", report.p99_ms, "p99"),
        bar("The slowest", report.max_ms, "max"),
      ]}
    />
  );
}
