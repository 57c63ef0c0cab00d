import type { Sale } from "../api/types";
import { formatRelative } from "../format/time";
import { isSelling } from "../sales/saleState";

const dayMs = 86_400_000;

/** Why a submission is urgent: its sale is live, or starts within a day. Null if it is not. */
export function startWarning(
  sale: Pick<Sale, "state" | "phase" | "starts_at">,
  now: number = Date.now(),
): string | null {
  if (isSelling(sale)) return "Live now";
  const left = Date.parse(sale.starts_at) - now;
  if (left <= 0) return "The start has passed";
  return left <= dayMs ? `Starts ${formatRelative(sale.starts_at, now)}` : null;
}

/** The entries by their start, the earliest first; those without one come last, in their order. */
export function byStart<T>(entries: T[], startOf: (entry: T) => string | undefined): T[] {
  const time = (entry: T) => {
    const start = startOf(entry);
    return start === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(start);
  };
  return [...entries].sort((a, b) => time(a) - time(b));
}
