import type { Revenue } from "../api/types";
import type { Figure } from "../components/Figures";
import { formatMonies } from "../format/money";
import { formatPercent } from "../format/numbers";

/**
 * Revenue on one line. Hosted and reported amounts stay apart:
 * "€12.00, €8.00 reported".
 */
export function formatRevenue({ hosted, reported }: Revenue): string {
  const parts = [];
  if (hosted.length > 0) parts.push(formatMonies(hosted));
  if (reported.length > 0) parts.push(`${formatMonies(reported)} reported`);
  return parts.length > 0 ? parts.join(", ") : "–";
}

/** Revenue as figures: one for each way to buy that a sale has or has had. */
export function revenueFigures(
  { hosted, reported }: Revenue,
  ways: { hosted: boolean; reported: boolean },
): Figure[] {
  const figures: Figure[] = [];
  if (ways.hosted || hosted.length > 0)
    figures.push({ label: "Revenue", value: formatMonies(hosted), note: "less refunds" });
  if (ways.reported || reported.length > 0)
    figures.push({
      label: "Reported revenue",
      value: formatMonies(reported),
      note: "less reversals",
    });
  return figures;
}

/** Buyers among visitors; "–" without visitors. */
export function formatConversionRate(percent: number | null | undefined): string {
  return percent == null ? "–" : formatPercent(percent, 100);
}
