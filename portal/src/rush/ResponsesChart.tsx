import { BarChart } from "@mantine/charts";
import type { RehearsalReport } from "../api/types";
import { formatCount } from "../format/numbers";
import { formatMilliseconds } from "../format/time";
import styles from "../statistics/statistics.module.css";

const chartHeightPx = 240;

/** How many shoppers were answered in each moment, by outcome. */
export function ResponsesChart({ report }: { report: RehearsalReport }) {
  const others = report.refused + report.errors;
  const series = [
    { name: "held", label: "Got units", color: "var(--smp-chart-main)" },
    { name: "waiting", label: "On the waitlist", color: "var(--smp-chart-second)" },
    ...(others > 0
      ? [{ name: "other", label: "Turned away or error", color: "var(--smp-bad)" }]
      : []),
  ];
  const summary = [
    `Responses over time, all within ${formatMilliseconds(report.took_ms)}:`,
    `${formatCount(report.held)} shoppers got units,`,
    `${formatCount(report.waiting)} joined the waitlist,`,
    `${formatCount(others)} were turned away or got an error.`,
  ].join(" ");
  return (
    <figure style={{ margin: 0 }} aria-label={summary}>
      <div className={styles.legend}>
        {series.map(({ name, label, color }) => (
          <span key={name} style={{ "--ink": color } as React.CSSProperties}>
            {label}
          </span>
        ))}
      </div>
      <div aria-hidden>
        <BarChart
          h={chartHeightPx}
          mt="sm"
          data={report.moments}
          dataKey="at_ms"
          type="stacked"
          series={series}
          gridAxis="x"
          tickLine="none"
          xAxisProps={{ tickFormatter: (ms: number) => formatMilliseconds(ms), minTickGap: 40 }}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          tooltipProps={{
            labelFormatter: (ms) =>
              typeof ms === "number" ? `Up to ${formatMilliseconds(ms)}` : "",
          }}
          barChartProps={{ accessibilityLayer: false, barCategoryGap: 1 }}
          barProps={{ isAnimationActive: false }}
        />
      </div>
    </figure>
  );
}
