import { Text } from "@mantine/core";
import { LineChart } from "@mantine/charts";
import { ReferenceArea } from "recharts";
import type { SaleStatistics } from "../api/types";
import { plural } from "../format/text";
import { formatHour, formatZoned } from "../format/time";
import styles from "./statistics.module.css";

const chartHeightPx = 260;

/** Visits and purchases over time. The time the sale is live is shaded. */
export function VisitsChart({ statistics: { series, sale } }: { statistics: SaleStatistics }) {
  if (series.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No visits yet.
      </Text>
    );
  const visits = series.reduce((sum, point) => sum + point.visits, 0);
  const purchases = series.reduce((sum, point) => sum + point.purchases, 0);
  const shaded = windowWithin(
    series.map(({ at }) => at),
    sale.starts_at,
    sale.ends_at,
  );
  return (
    <figure
      style={{ margin: 0 }}
      aria-label={`Over time: ${plural(visits, "visit")}, ${plural(purchases, "purchase")}.`}
    >
      <div className={styles.legend}>
        <span style={{ "--ink": "var(--smp-chart-main)" } as React.CSSProperties}>Visits</span>
        <span style={{ "--ink": "var(--smp-chart-second)" } as React.CSSProperties}>Purchases</span>
        <span style={{ "--ink": "var(--smp-quiet)" } as React.CSSProperties}>Sale is live</span>
      </div>
      <div aria-hidden>
        <LineChart
          h={chartHeightPx}
          mt="sm"
          data={series}
          dataKey="at"
          series={[
            { name: "visits", label: "Visits", color: "var(--smp-chart-main)" },
            {
              name: "purchases",
              label: "Purchases",
              color: "var(--smp-chart-second)",
              yAxisId: "right",
            },
          ]}
          withRightYAxis
          curveType="step"
          withDots={false}
          strokeWidth={2}
          gridAxis="x"
          tickLine="none"
          xAxisProps={{ tickFormatter: (at: string) => formatHour(at), minTickGap: 40 }}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          rightYAxisProps={{ allowDecimals: false, width: 36 }}
          tooltipProps={{ labelFormatter: (at) => (typeof at === "string" ? formatZoned(at) : "") }}
          lineChartProps={{ accessibilityLayer: false }}
          lineProps={{ isAnimationActive: false }}
        >
          {shaded && (
            <ReferenceArea
              x1={shaded.from}
              x2={shaded.to}
              fill="var(--smp-quiet)"
              fillOpacity={0.14}
              ifOverflow="hidden"
            />
          )}
        </LineChart>
      </div>
    </figure>
  );
}

/** The first and last chart points within the sale; null if fewer than two are. */
export function windowWithin(
  points: string[],
  startsAt: string,
  endsAt: string,
): { from: string; to: string } | null {
  const starts = Date.parse(startsAt);
  const ends = Date.parse(endsAt);
  const inside = points.filter((at) => Date.parse(at) >= starts && Date.parse(at) <= ends);
  const from = inside[0];
  const to = inside.at(-1);
  return from !== undefined && to !== undefined && from !== to ? { from, to } : null;
}
