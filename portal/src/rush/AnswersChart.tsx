import { BarChart } from "@mantine/charts";
import type { RehearsalReport } from "../api/types";
import { formatCount } from "../format/size";
import styles from "../statistics/statistics.module.css";
import { formatMs } from "./rushWords";

const chartHeightPx = 240;

/** How many shoppers were answered when, by what they heard. */
export function AnswersChart({ report }: { report: RehearsalReport }) {
  const others = report.refused + report.errors;
  const series = [
    { name: "held", label: "Were given units", color: "var(--smp-chart-main)" },
    { name: "waiting", label: "In line", color: "var(--smp-chart-second)" },
    ...(others > 0
      ? [{ name: "other", label: "Told no, or an error", color: "var(--smp-bad)" }]
      : []),
  ];
  const summary = `Answers over time: ${formatCount(report.held)} were given units, ${formatCount(report.waiting)} came in line, ${formatCount(others)} heard something else, within ${formatMs(report.took_ms)}.`;
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
          xAxisProps={{ tickFormatter: (ms: number) => formatMs(ms), minTickGap: 40 }}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          tooltipProps={{
            labelFormatter: (ms) => (typeof ms === "number" ? `Until ${formatMs(ms)}` : ""),
          }}
          barChartProps={{ accessibilityLayer: false, barCategoryGap: 1 }}
          barProps={{ isAnimationActive: false }}
        />
      </div>
    </figure>
  );
}
