import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { SaleStatistics } from "../api/types";
import { formatCount, formatPercent } from "../format/numbers";
import styles from "./statistics.module.css";

export interface Bar {
  key: string;
  label: ReactNode;
  /** Its length, as a share of the longest. */
  share: number;
  value: string;
  note: string;
}

/** Numbers as bars of one scale. */
export function BarList({
  bars,
  ordered = false,
  second = false,
}: {
  bars: Bar[];
  ordered?: boolean;
  second?: boolean;
}) {
  const List = ordered ? "ol" : "ul";
  return (
    <List className={styles.funnel}>
      {bars.map(({ key, label, share, value, note }) => (
        <li key={key}>
          <span>{label}</span>
          <span className={styles.track} aria-hidden>
            <span
              className={`${styles.fill} ${second ? styles.second : ""}`}
              style={{ width: `${share * 100}%` }}
            />
          </span>
          <span className={styles.count}>{value}</span>
          <span className={styles.share}>{note}</span>
        </li>
      ))}
    </List>
  );
}

/** How many got how far. */
export function Funnel({ steps }: { steps: SaleStatistics["funnel"] }) {
  const widest = Math.max(1, ...steps.map((step) => step.count));
  const first = steps[0]?.count ?? 0;
  const bars = steps.map(({ step, label, count }) => ({
    key: step,
    label,
    share: count / widest,
    value: formatCount(count),
    note: formatPercent(count, first),
  }));
  return <BarList ordered bars={bars} />;
}

export function VisitsByAccessPoint({ points }: { points: SaleStatistics["by_access_point"] }) {
  if (points.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No visits yet. Create access points and place their links.
      </Text>
    );
  const total = points.reduce((sum, point) => sum + point.visits, 0);
  const widest = Math.max(1, ...points.map((point) => point.visits));
  const bars = [...points]
    .sort((a, b) => b.visits - a.visits)
    .map(({ access_point_id, name, visits }) => ({
      key: access_point_id ?? name,
      label: name,
      share: visits / widest,
      value: formatCount(visits),
      note: formatPercent(visits, total),
    }));
  return <BarList second bars={bars} />;
}
