import type { SaleFigures } from "../api/types";
import { formatCount } from "../format/size";
import styles from "./statistics.module.css";

const shownAtMost = 8;

/** The most visited sales, as bars of one scale. */
export function SalesCompared({ sales }: { sales: SaleFigures[] }) {
  const first = [...sales].sort((a, b) => b.visits - a.visits).slice(0, shownAtMost);
  const widest = Math.max(1, ...first.map((sale) => sale.visits));
  return (
    <ul className={styles.funnel}>
      {first.map((sale) => (
        <li key={sale.sale_id}>
          <span>{sale.title}</span>
          <span className={styles.track} aria-hidden><span className={styles.fill} style={{ width: `${(sale.visits / widest) * 100}%` }} /></span>
          <span className={styles.count}>{formatCount(sale.visits)}</span>
          <span className={styles.share}>{formatCount(sale.purchases)} bought</span>
        </li>
      ))}
    </ul>
  );
}
