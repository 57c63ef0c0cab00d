import type { ReviewEntry } from "../api/types";
import { formatRelative } from "../format/time";

const dayMs = 86_400_000;

/** What a warning about a submission is made from. */
interface Submission {
  sale_state: ReviewEntry["sale_state"];
  revision: Pick<ReviewEntry["revision"], "starts_at" | "ends_at">;
}

/** Why a submission is urgent: its sale is live, or starts within a day. Null if it is not. */
export function startWarning(
  { sale_state, revision }: Submission,
  now: number = Date.now(),
): string | null {
  const left = Date.parse(revision.starts_at) - now;
  if (left <= 0)
    return sale_state === "approved" && Date.parse(revision.ends_at) > now
      ? "Live now"
      : "The start has passed";
  return left <= dayMs ? `Starts ${formatRelative(revision.starts_at, now)}` : null;
}
