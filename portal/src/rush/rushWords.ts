import type { Rehearsal, RehearsalReport } from "../api/types";
import { formatCount } from "../format/size";
import { plural } from "../format/words";

export const rehearsalsPath = "/providers/{tenant}/sales/{sale}/rehearsals";

export const shoppersMax = 100_000;
export const unitsMax = 1_000_000;

/** "0.4 ms", "38 ms", "1.24 s". */
export function formatMs(ms: number, locale?: string): string {
  const digits = (maximumFractionDigits: number) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits });
  if (ms >= 1000) return `${digits(ms < 10_000 ? 2 : 1).format(ms / 1000)} s`;
  return `${digits(ms < 10 ? 1 : 0).format(ms)} ms`;
}

/** To the second, for what is counted again and again. */
export function formatClock(at: number, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone }).format(at);
}

const receiptHolds = "holds";

export function holds({ receipt }: Pick<RehearsalReport, "receipt">): boolean {
  return receipt === receiptHolds;
}

/** What a rehearsal found wrong, each as a sentence; nothing when the sale is ready for its rush. */
export function findings(report: RehearsalReport): string[] {
  const found: string[] = [];
  if (report.oversold > 0)
    found.push(
      `${plural(report.oversold, "unit was", "units were")} given above the ${formatCount(report.units)} there were.`,
    );
  if (!report.agrees) found.push("The counters are not the sum of the holds.");
  if (!holds(report))
    found.push(`The receipt does not hold: ${report.receipt.replace(/\.$/, "")}.`);
  if (report.errors > 0)
    found.push(`${plural(report.errors, "shopper")} heard of an error, or nothing at all.`);
  return found;
}

/** The rehearsal whose report is shown: the one asked for, else the latest that came to its end. */
export function chosen(rehearsals: Rehearsal[], id: string): Rehearsal | undefined {
  const ended = rehearsals.filter(({ state }) => state !== "running");
  return ended.find((rehearsal) => rehearsal.id === id) ?? ended[0];
}
