import { describe, expect, it } from "vitest";
import type { WaitlistPageEntry, Rehearsal, RehearsalReport } from "../api/types";
import { isOver } from "../sales/saleWords";
import { takes } from "./LinePanel";
import { destinations } from "./MoveDialog";
import { chosen, findings, formatMs } from "./rushWords";

const report: RehearsalReport = {
  slug: "rehearsal-oak-bowls-x",
  shoppers: 300,
  units: 40,
  held: 40,
  waiting: 260,
  refused: 0,
  errors: 0,
  oversold: 0,
  agrees: true,
  receipt: "holds",
  took_ms: 753,
  p50_ms: 12.4,
  p90_ms: 40,
  p99_ms: 91,
  max_ms: 120,
  moments: [{ at_ms: 20, held: 40, waiting: 260, other: 0 }],
};

describe("latency", () => {
  it.each([
    [0.42, "0.4 ms"],
    [38.2, "38 ms"],
    [999, "999 ms"],
    [1238, "1.24 s"],
    [18_940, "18.9 s"],
  ])("%d ms is %s", (ms, words) => {
    expect(formatMs(ms, "en")).toBe(words);
  });
});

describe("findings", () => {
  it("are none when all went well", () => {
    expect(findings(report)).toEqual([]);
  });

  it("name each thing that went wrong", () => {
    expect(
      findings({
        ...report,
        oversold: 1,
        agrees: false,
        receipt: "line 3: sold above what was published",
        errors: 2,
      }),
    ).toEqual([
      "1 unit was given above the 40 there were.",
      "The counters are not the sum of the holds.",
      "The receipt does not hold: line 3: sold above what was published.",
      "2 shoppers heard of an error, or nothing at all.",
    ]);
  });
});

describe("the rehearsal that is shown", () => {
  const rehearsal = (id: string, state: Rehearsal["state"]): Rehearsal => ({
    id,
    state,
    sale_id: "s1",
    shoppers: 1,
    units: 1,
    started_at: "2026-11-22T05:00:00Z",
  });
  const all = [rehearsal("c", "running"), rehearsal("b", "done"), rehearsal("a", "failed")];
  it("is the one asked for, else the latest that ended", () => {
    expect(chosen(all, "a")?.id).toBe("a");
    expect(chosen(all, "")?.id).toBe("b");
    expect(chosen(all, "c")?.id).toBe("b");
    expect(chosen([], "a")).toBeUndefined();
  });
});

describe("the end of a sale", () => {
  const at = { ends_at: "2026-11-22T09:00:00Z" };
  it("is by its phase, its cancellation, or the clock while it is halted", () => {
    expect(isOver({ ...at, state: "approved", phase: "live" })).toBe(false);
    expect(isOver({ ...at, state: "approved", phase: "ended" })).toBe(true);
    expect(isOver({ ...at, state: "cancelled" })).toBe(true);
    expect(isOver({ ...at, state: "halted" }, Date.parse("2026-11-22T08:59:00Z"))).toBe(false);
    expect(isOver({ ...at, state: "halted" }, Date.parse("2026-11-22T09:00:00Z"))).toBe(true);
  });
});

describe("places in line", () => {
  const place = (id: string): WaitlistPageEntry => ({
    id,
    sale_item_id: "i1",
    quantity: 2,
    accept_fewer: false,
    created_at: "2026-11-22T05:00:00Z",
  });
  const [one, two, three] = [place("1"), place("2"), place("3")];
  const values = (entry: WaitlistPageEntry, more: boolean) =>
    destinations(entry, [one, two, three], more).map(({ value }) => value);

  it("say what a shopper takes", () => {
    expect(takes({ quantity: 1, accept_fewer: true })).toBe("One");
    expect(takes({ quantity: 3, accept_fewer: true })).toBe("All 3, or fewer");
    expect(takes({ quantity: 3, accept_fewer: false })).toBe("All 3 or none");
  });

  it("can go wherever they are not already", () => {
    expect(values(one, false)).toEqual(["3", "end"]);
    expect(values(two, false)).toEqual(["1", "end"]);
    expect(values(three, false)).toEqual(["1", "2"]);
    expect(values(three, true)).toEqual(["1", "2", "end"]);
  });

  it("can all be chosen for one that has left the list", () => {
    expect(values(place("9"), false)).toEqual(["1", "2", "3", "end"]);
  });
});
