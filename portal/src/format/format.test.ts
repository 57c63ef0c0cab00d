import { beforeEach, describe, expect, it } from "vitest";
import { reference } from "../testing/reference";
import { discountPercent, formatMoney, toMajor, toMinor } from "./money";
import { formatBytes, formatPercent } from "./numbers";
import {
  countryName,
  countryOptions,
  currencyOptions,
  minorDigits,
  setReference,
} from "./reference";
import { formatAge, formatDuration, formatMilliseconds, formatRelative, formatZoned } from "./time";
import { plural, humanize } from "./text";

beforeEach(() => setReference(reference));

describe("reference data", () => {
  it("names every country of the API, in the order of the names", () => {
    expect(countryName("LI")).toBe("Liechtenstein");
    expect(countryName("XX")).toBe("XX");
    expect(countryOptions().map(({ label }) => label)).toEqual([
      "Austria",
      "France",
      "Germany",
      "Liechtenstein",
    ]);
  });

  it("has every currency of the API with its minor digits", () => {
    expect(currencyOptions()).toContainEqual({ value: "KWD", label: "KWD – Kuwaiti dinar" });
    expect(["EUR", "JPY", "KWD"].map(minorDigits)).toEqual([2, 0, 3]);
  });
});

describe("money", () => {
  it.each([
    ["EUR", 4900, "€49.00"],
    ["JPY", 4900, "JP¥4,900"],
    ["KWD", 1234, "KWD\u00a01.234"],
  ])("formats %s with its minor digits", (currency, amount, text) => {
    expect(formatMoney({ amount, currency }, "en-GB")).toBe(text);
  });

  it("takes the minor digits from the API, not from the browser", () => {
    const euro = { code: "EUR", name: "Euro", minor_digits: 3 };
    setReference({ ...reference, currencies: [euro] });
    expect(formatMoney({ amount: 4900, currency: "EUR" }, "en-GB")).toBe("€4.900");
  });

  it("shows an unknown currency by its code", () => {
    expect(formatMoney({ amount: 100, currency: "nope" }, "en-GB")).toBe("1 nope");
  });

  it("rounds to whole minor units despite binary fractions", () => {
    expect(toMinor(19.99, "EUR")).toBe(1999);
    expect(toMinor(0.07 * 100, "JPY")).toBe(7);
    expect(toMinor(1.234, "KWD")).toBe(1234);
    expect(toMajor(1234, "KWD")).toBe(1.234);
    for (const currency of ["EUR", "JPY", "KWD"])
      for (const minor of [0, 1, 29, 1999, 123_456_789])
        expect(toMinor(toMajor(minor, currency), currency)).toBe(minor);
  });

  it("reports a discount only when the price is lower", () => {
    expect(discountPercent(6900, 11900)).toBe(42);
    expect(discountPercent(6900, 6900)).toBeNull();
    expect(discountPercent(6900, null)).toBeNull();
  });
});

describe("time", () => {
  it("names the time zone", () => {
    expect(formatZoned("2026-11-22T17:30:00Z", "en-GB", "Europe/Berlin")).toMatch(
      /Sun,? 22 Nov,? 18:30 (CET|GMT\+1)/,
    );
  });

  it.each([
    [0.42, "0.4 ms"],
    [38.2, "38 ms"],
    [999, "999 ms"],
    [1238, "1.24 sec"],
    [18_940, "18.9 sec"],
  ])("formats %d ms as %s", (ms, text) => {
    expect(formatMilliseconds(ms, "en")).toBe(text);
  });

  it("formats ages and durations", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    expect(formatRelative("2026-11-22T09:00:00Z", now, "en")).toBe("3 hours ago");
    expect(formatRelative("2026-11-24T12:00:00Z", now, "en")).toBe("in 2 days");
    expect(formatRelative("2026-11-22T12:00:20Z", now, "en")).toBe("now");
    expect(formatAge(30)).toBe("just now");
    expect(formatAge(59 * 60, "en")).toBe("59 min");
    expect(formatAge(26 * 3600, "en")).toBe("1 day");
    expect(formatDuration(94.4, "en")).toBe("1 min 34 sec");
    expect(formatDuration(600, "en")).toBe("10 min");
  });
});

describe("sizes and text", () => {
  it("formats bytes and percentages", () => {
    expect(formatBytes(512, "en")).toBe("512 bytes");
    expect(formatBytes(2_516_582, "en")).toBe("2.4 MB");
    expect(formatPercent(40, 4213, "en")).toBe("0.9%");
    expect(formatPercent(1, 0, "en")).toBe("–");
  });

  it("makes labels of wire names", () => {
    expect(humanize("while_supplies_last")).toBe("While supplies last");
    expect(plural(1, "file")).toBe("1 file");
    expect(plural(3, "file")).toBe("3 files");
  });
});
