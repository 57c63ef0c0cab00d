import { Text } from "@mantine/core";
import type { SaleStatistics } from "../api/types";
import { formatCount, formatPercent } from "../format/size";
import styles from "./statistics.module.css";

/** How many got how far. */
export function Funnel({ steps }: { steps: SaleStatistics["funnel"] }) {
  const widest = Math.max(1, ...steps.map((step) => step.count));
  const first = steps[0]?.count ?? 0;
  return (
    <ol className={styles.funnel}>
      {steps.map(({ step, label, count }) => (
        <li key={step}>
          <span>{label}</span>
          <Track share={count / widest} />
          <span className={styles.count}>{formatCount(count)}</span>
          <span className={styles.share}>{formatPercent(count, first)}</span>
        </li>
      ))}
    </ol>
  );
}

export function AccessPointSplit({ points }: { points: SaleStatistics["by_access_point"] }) {
  if (points.length === 0) return <Text size="sm" c="dimmed">No visits yet. Create access points and place their links.</Text>;
  const total = points.reduce((sum, point) => sum + point.visits, 0);
  const widest = Math.max(1, ...points.map((point) => point.visits));
  return (
    <ul className={styles.funnel}>
      {[...points].sort((a, b) => b.visits - a.visits).map((point) => (
        <li key={point.access_point_id ?? point.name}>
          <span>{point.name}</span>
          <Track share={point.visits / widest} second />
          <span className={styles.count}>{formatCount(point.visits)}</span>
          <span className={styles.share}>{formatPercent(point.visits, total)}</span>
        </li>
      ))}
    </ul>
  );
}

function Track({ share, second = false }: { share: number; second?: boolean }) {
  return (
    <span className={styles.track} aria-hidden>
      <span className={`${styles.fill} ${second ? styles.second : ""}`} style={{ width: `${share * 100}%` }} />
    </span>
  );
}
