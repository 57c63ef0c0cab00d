import { describe, expect, it } from "vitest";
import type { WaitlistPageEntry, Rehearsal, RehearsalReport } from "../api/types";
import { isOver } from "../sales/saleState";
import { acceptedQuantity } from "./WaitlistPanel";
import { destinations } from "./MoveDialog";
import { faultsIn, shownRehearsal } from "./rehearsals";

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

describe("the faults in a rehearsal report", () => {
  it("are empty when all went well", () => {
    expect(faultsIn(report)).toEqual([]);
  });

  it("name each thing that went wrong", () => {
    expect(
      faultsIn({
        ...report,
        oversold: 1,
        agrees: false,
        receipt: "line 3: sold above what was published",
        errors: 2,
      }),
    ).toEqual([
      "Oversold by 1 unit: only 40 on sale.",
      "The stock counters do not match the holds.",
      "The receipt could not be verified: line 3: sold above what was published.",
      "2 shoppers got an error or no response.",
    ]);
  });
});

describe("the rehearsal shown", () => {
  const rehearsal = (id: string, state: Rehearsal["state"]): Rehearsal => ({
    id,
    state,
    sale_id: "s1",
    shoppers: 1,
    units: 1,
    started_at: "2026-11-22T05:00:00Z",
  });
  const all = [rehearsal("c", "running"), rehearsal("b", "done"), rehearsal("a", "failed")];
  it("is the selected one, otherwise the latest that finished", () => {
    expect(shownRehearsal(all, "a")?.id).toBe("a");
    expect(shownRehearsal(all, "")?.id).toBe("b");
    expect(shownRehearsal(all, "c")?.id).toBe("b");
    expect(shownRehearsal([], "a")).toBeUndefined();
  });
});

describe("the end of a sale", () => {
  const at = { ends_at: "2026-11-22T09:00:00Z" };
  it("comes with its phase, its cancellation, or its end time while it is halted", () => {
    expect(isOver({ ...at, state: "approved", phase: "live" })).toBe(false);
    expect(isOver({ ...at, state: "approved", phase: "ended" })).toBe(true);
    expect(isOver({ ...at, state: "cancelled" })).toBe(true);
    expect(isOver({ ...at, state: "halted" }, Date.parse("2026-11-22T08:59:00Z"))).toBe(false);
    expect(isOver({ ...at, state: "halted" }, Date.parse("2026-11-22T09:00:00Z"))).toBe(true);
  });
});

describe("waitlist entries", () => {
  const entryWith = (id: string): WaitlistPageEntry => ({
    id,
    sale_item_id: "i1",
    quantity: 2,
    accept_fewer: false,
    created_at: "2026-11-22T05:00:00Z",
  });
  const [one, two, three] = [entryWith("1"), entryWith("2"), entryWith("3")];
  const values = (entry: WaitlistPageEntry, hasMore: boolean) =>
    destinations(entry, [one, two, three], hasMore).map(({ value }) => value);

  it("say what quantity the shopper accepts", () => {
    expect(acceptedQuantity({ quantity: 1, accept_fewer: true })).toBe("1");
    expect(acceptedQuantity({ quantity: 3, accept_fewer: true })).toBe("3 or fewer");
    expect(acceptedQuantity({ quantity: 3, accept_fewer: false })).toBe("All 3 or none");
  });

  it("can move to any other position", () => {
    expect(values(one, false)).toEqual(["3", "end"]);
    expect(values(two, false)).toEqual(["1", "end"]);
    expect(values(three, false)).toEqual(["1", "2"]);
    expect(values(three, true)).toEqual(["1", "2", "end"]);
  });

  it("can all be the destination of an entry that has left the loaded list", () => {
    expect(values(entryWith("9"), false)).toEqual(["1", "2", "3", "end"]);
  });
});
