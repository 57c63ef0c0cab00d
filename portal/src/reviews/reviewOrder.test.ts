import { expect, it } from "vitest";
import type { ReviewEntry } from "../api/types";
import { startWarning } from "./reviewOrder";

const ends_at = "2026-12-01T10:00:00Z";

it.each<[ReviewEntry["sale_state"], string, string | null]>([
  ["approved", "2026-11-28T09:00:00Z", "Live now"],
  ["submitted", "2026-11-28T13:00:00Z", "Starts in 3 hours"],
  ["submitted", "2026-11-29T10:00:00Z", "Starts tomorrow"],
  ["submitted", "2026-11-29T10:00:01Z", null],
  ["submitted", "2026-11-28T09:59:00Z", "The start has passed"],
])("warns of a sale that starts soon (%s, %s)", (sale_state, starts_at, warning) => {
  const now = Date.parse("2026-11-28T10:00:00Z");
  expect(startWarning({ sale_state, revision: { starts_at, ends_at } }, now)).toBe(warning);
});
