import type { Rehearsal, RehearsalReport } from "../api/types";
import { formatCount } from "../format/numbers";
import { plural } from "../format/text";

export const rehearsalsPath = "/providers/{tenant}/sales/{sale}/rehearsals";

export const maxShoppers = 100_000;
export const maxUnits = 1_000_000;

/** What the API reports for a receipt without a fault; any other value names the fault. */
const receiptVerified = "holds";

export function isReceiptVerified({ receipt }: Pick<RehearsalReport, "receipt">): boolean {
  return receipt === receiptVerified;
}

/** Each fault a rehearsal found, as a sentence; empty when the sale is ready for its rush. */
export function faultsIn(report: RehearsalReport): string[] {
  const faults: string[] = [];
  if (report.oversold > 0)
    faults.push(
      `Oversold by ${plural(report.oversold, "unit")}: only ${formatCount(report.units)} on sale.`,
    );
  if (!report.agrees) faults.push("The stock counters do not match the holds.");
  if (!isReceiptVerified(report))
    faults.push(`The receipt could not be verified: ${report.receipt.replace(/\.$/, "")}.`);
  if (report.errors > 0)
    faults.push(`${plural(report.errors, "shopper")} got an error or no response.`);
  return faults;
}

/** The rehearsal whose report is shown: the selected one, otherwise the latest that finished. */
export function shownRehearsal(rehearsals: Rehearsal[], id: string): Rehearsal | undefined {
  const finished = rehearsals.filter(({ state }) => state !== "running");
  return finished.find((rehearsal) => rehearsal.id === id) ?? finished[0];
}
