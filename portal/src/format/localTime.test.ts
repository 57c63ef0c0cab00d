import { describe, expect, it } from "vitest";
import { formatInstant, instantsOf, isSkipped, toLocalInput, zoneName } from "./localTime";

describe("an instant in its field", () => {
  it.each([
    ["2026-11-22T17:30:00.000Z", "Europe/Berlin", "2026-11-22T18:30"],
    ["2026-07-01T10:00:00.000Z", "Europe/Berlin", "2026-07-01T12:00"],
    ["2026-11-22T17:30:15.000Z", "Europe/Berlin", "2026-11-22T18:30:15"],
    ["2026-11-22T20:00:00.000Z", "Asia/Kathmandu", "2026-11-23T01:45"],
    ["2026-12-31T23:30:00.000Z", "Pacific/Auckland", "2027-01-01T12:30"],
    ["2026-11-22T00:00:00.000Z", "America/Los_Angeles", "2026-11-21T16:00"],
  ])("%s in %s is %s, and back", (instant, zone, local) => {
    expect(toLocalInput(instant, zone)).toBe(local);
    expect(instantsOf(local, zone)).toEqual([instant]);
  });

  it("is in the reader's zone unless another is named", () => {
    expect(toLocalInput("2026-11-22T17:30:00.000Z")).toBe("2026-11-22T18:30");
    expect(zoneName(new Date("2026-11-22T10:00:00Z"))).toBe("Europe/Berlin (GMT+1)");
    expect(zoneName(new Date("2026-07-22T10:00:00Z"), "America/New_York")).toBe(
      "America/New_York (GMT-4)",
    );
  });

  it("is empty while there is none", () => {
    expect(toLocalInput("")).toBe("");
    expect(toLocalInput("soon")).toBe("");
    expect(instantsOf("")).toEqual([]);
    expect(instantsOf("2026-11")).toEqual([]);
  });
});

describe.each([
  ["Europe/Berlin", "2026-10-25T02:30", ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]],
  [
    "America/New_York",
    "2026-11-01T01:15",
    ["2026-11-01T05:15:00.000Z", "2026-11-01T06:15:00.000Z"],
  ],
  [
    "Australia/Lord_Howe",
    "2026-04-05T01:45",
    ["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"],
  ],
])("the repeated hour of an autumn night in %s", (zone, local, instants) => {
  it("means two instants, which have the same wall clock", () => {
    expect(instantsOf(local, zone)).toEqual(instants);
    for (const instant of instants) expect(toLocalInput(instant, zone)).toBe(local);
  });

  it("is told apart by the zone's abbreviation", () => {
    const [first = "", second = ""] = instants;
    expect(formatInstant(first, "en-GB", zone)).not.toBe(formatInstant(second, "en-GB", zone));
  });
});

describe.each([
  ["Europe/Berlin", "2027-03-28T02:30"],
  ["America/New_York", "2027-03-14T02:15"],
  ["Africa/Cairo", "2027-04-30T00:30"],
])("the skipped hour of a spring night in %s", (zone, local) => {
  it("means no instant", () => {
    expect(instantsOf(local, zone)).toEqual([]);
    expect(isSkipped(local, zone)).toBe(true);
    expect(isSkipped("2027-06-01T12:00", zone)).toBe(false);
    expect(isSkipped("", zone)).toBe(false);
  });
});

it("comes back from every quarter of an hour of the nights when the clocks change", () => {
  const zones = ["Europe/Berlin", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe"];
  const nights = [
    "2026-10-24T12:00Z",
    "2026-10-31T18:00Z",
    "2027-03-27T12:00Z",
    "2026-04-04T00:00Z",
  ];
  for (const zone of zones)
    for (const night of nights)
      for (let quarter = 0; quarter < 120; quarter += 1) {
        const instant = new Date(Date.parse(night) + quarter * 900_000).toISOString();
        expect(instantsOf(toLocalInput(instant, zone), zone)).toContain(instant);
      }
});

it("shows the seconds of an instant that has them", () => {
  expect(formatInstant("2026-11-22T17:30:15Z", "en-GB", "Europe/Berlin")).toContain("18:30:15");
  expect(formatInstant("2026-11-22T17:30:00Z", "en-GB", "Europe/Berlin")).not.toContain("18:30:00");
});
