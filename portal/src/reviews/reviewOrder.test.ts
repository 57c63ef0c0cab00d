import { expect, it } from "vitest";
import type { Sale } from "../api/types";
import { saleWith } from "../testing/portal";
import { byStart, startWarning } from "./reviewOrder";

it("sorts submissions by their start, and those not known last", () => {
  const starts: Record<string, string | undefined> = {
    late: "2026-12-02T10:00:00Z",
    unknown: undefined,
    soon: "2026-11-28T10:00:00Z",
    zoned: "2026-11-29T11:00:00+02:00",
  };
  expect(byStart(Object.keys(starts), (name) => starts[name])).toEqual([
    "soon",
    "zoned",
    "late",
    "unknown",
  ]);
});

it.each<[Partial<Sale>, string | null]>([
  [{ state: "approved", phase: "live" }, "Live now"],
  [{ state: "submitted", phase: null, starts_at: "2026-11-28T13:00:00Z" }, "Starts in 3 hours"],
  [{ state: "submitted", phase: null, starts_at: "2026-11-29T10:00:00Z" }, "Starts tomorrow"],
  [{ state: "submitted", phase: null, starts_at: "2026-11-29T10:00:01Z" }, null],
  [{ state: "submitted", phase: null, starts_at: "2026-11-28T09:59:00Z" }, "The start has passed"],
])("warns of a sale that starts soon (%j)", (parts, warning) => {
  expect(startWarning(saleWith(parts), Date.parse("2026-11-28T10:00:00Z"))).toBe(warning);
});
