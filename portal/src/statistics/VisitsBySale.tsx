import type { SaleFigures } from "../api/types";
import { formatCount } from "../format/numbers";
import { plural } from "../format/text";
import { BarList } from "./BarList";

const maxBars = 8;

/** The most visited sales, as bars. */
export function VisitsBySale({ sales }: { sales: SaleFigures[] }) {
  const first = [...sales].sort((a, b) => b.visits - a.visits).slice(0, maxBars);
  const widest = Math.max(1, ...first.map((sale) => sale.visits));
  const bars = first.map((sale) => ({
    key: sale.sale_id,
    label: sale.title,
    share: sale.visits / widest,
    value: formatCount(sale.visits),
    note: plural(sale.purchases, "purchase"),
  }));
  return <BarList bars={bars} />;
}
