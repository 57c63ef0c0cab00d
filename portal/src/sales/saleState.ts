import type { Sale, SalePhase, SaleState } from "../api/types";
import { formatDateRange, formatZoned } from "../format/time";

export const saleStates: SaleState[] = [
  "draft",
  "submitted",
  "changes_requested",
  "approved",
  "halted",
  "rejected",
  "cancelled",
];
export const salePhases: SalePhase[] = [
  "announced",
  "registration",
  "countdown",
  "live",
  "sold_out",
  "ended",
];

/** The states a list shows: the phases of an approved sale in place of "approved". */
export const displayedStates = [
  ...saleStates.filter((state) => state !== "approved"),
  ...salePhases,
] as const;

/** The state to display: the phase of an approved sale, otherwise its state. */
export function displayedState(sale: Pick<Sale, "state" | "phase">): string {
  return sale.state === "approved" ? (sale.phase ?? sale.state) : sale.state;
}

/** Whether the sale has ever been approved. Its stock, waitlist and receipt exist from then on. */
export function wasPublished({ state }: Pick<Sale, "state">): boolean {
  return state === "approved" || state === "halted" || state === "cancelled";
}

/** Whether a public sale has a draft with other terms than shoppers see. */
export function showsDraft(
  sale: Pick<Sale, "state" | "has_unsubmitted_changes" | "in_review">,
): boolean {
  return wasPublished(sale) && (sale.has_unsubmitted_changes || sale.in_review);
}

export function isOver(
  { state, phase, ends_at }: Pick<Sale, "state" | "phase" | "ends_at">,
  now: number = Date.now(),
): boolean {
  return (
    state === "cancelled" || phase === "ended" || (state === "halted" && Date.parse(ends_at) <= now)
  );
}

export function modeName(mode: Sale["mode"]): string {
  return mode === "hosted" ? "Paid at SMP" : "Provider’s cart";
}

/** The dates of a dated package; null for any other item. */
export function slotDates({
  slot_starts_on,
  slot_ends_on,
}: {
  slot_starts_on?: string | null;
  slot_ends_on?: string | null;
}): string | null {
  return slot_starts_on && slot_ends_on ? formatDateRange(slot_starts_on, slot_ends_on) : null;
}

/** "28 to 42 days after the end"; null for a sale without a promised date. */
export function shipWindow({
  ship_min_days,
  ship_max_days,
}: {
  ship_min_days?: number | null;
  ship_max_days?: number | null;
}): string | null {
  return ship_min_days == null || ship_max_days == null
    ? null
    : `${ship_min_days} to ${ship_max_days} days after the end`;
}

export function saleWindow(sale: Pick<Sale, "starts_at" | "ends_at">): string {
  return `${formatZoned(sale.starts_at)} – ${formatZoned(sale.ends_at)}`;
}

export function isSelling(sale: Pick<Sale, "state" | "phase">): boolean {
  return sale.state === "approved" && (sale.phase === "live" || sale.phase === "sold_out");
}

export function isEditable({ state, in_review }: Pick<Sale, "state" | "in_review">): boolean {
  if (in_review) return false;
  return state === "draft" || state === "changes_requested" || state === "approved";
}
