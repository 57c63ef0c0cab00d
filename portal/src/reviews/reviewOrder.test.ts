import { expect, it } from "vitest";
import { byStart, startsSoon } from "./reviewOrder";

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

it("warns of a start within a day", () => {
  const now = Date.parse("2026-11-28T10:00:00Z");
  expect(startsSoon("2026-11-28T10:00:01Z", now)).toBe(true);
  expect(startsSoon("2026-11-29T10:00:00Z", now)).toBe(true);
  expect(startsSoon("2026-11-29T10:00:01Z", now)).toBe(false);
  expect(startsSoon("2026-11-28T09:59:00Z", now)).toBe(false);
});
