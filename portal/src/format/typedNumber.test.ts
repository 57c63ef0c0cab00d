import { beforeEach, describe, expect, it } from "vitest";
import { reference } from "../testing/reference";
import { minorDigits, setReference } from "./reference";
import {
  minutesText,
  moneyError,
  moneyText,
  readMinutes,
  readMoney,
  readWhole,
  wholeError,
  type Reading,
} from "./typedNumber";

const more = [
  { code: "CHF", name: "Swiss franc", minor_digits: 2 },
  { code: "DKK", name: "Danish krone", minor_digits: 2 },
  { code: "INR", name: "Indian rupee", minor_digits: 2 },
  { code: "PLN", name: "Zloty", minor_digits: 2 },
  { code: "USD", name: "US dollar", minor_digits: 2 },
];

beforeEach(() => setReference({ ...reference, currencies: [...reference.currencies, ...more] }));

const outcome = (reading: Reading): number | number[] | string =>
  reading.state === "read"
    ? reading.value
    : reading.state === "ambiguous"
      ? reading.choices
      : reading.state;

describe("an amount as it is typed or pasted", () => {
  it.each<[string, string, number]>([
    ["1,390.00", "EUR", 139_000],
    ["1.390,00", "EUR", 139_000],
    ["1.234,50", "EUR", 123_450],
    ["38,50", "EUR", 3_850],
    ["38.5", "EUR", 3_850],
    ["38", "EUR", 3_800],
    ["1 390,00", "EUR", 139_000],
    ["1\u00a0390,00\u00a0€", "EUR", 139_000],
    ["1\u202f390,00 €", "EUR", 139_000],
    ["1'390.00", "EUR", 139_000],
    ["1’390.00", "EUR", 139_000],
    ["1´390.00", "EUR", 139_000],
    ["  €1,390.00 ", "EUR", 139_000],
    ["EUR 1.390,00", "EUR", 139_000],
    ["38,50 Euro", "EUR", 3_850],
    ["38,- €", "EUR", 3_800],
    ["38,–", "EUR", 3_800],
    ["€.50", "EUR", 50],
    [",5", "EUR", 50],
    ["0.500", "EUR", 50],
    ["1390.000", "EUR", 139_000],
    ["1,395", "EUR", 139_500],
    ["1,234,567.89", "EUR", 123_456_789],
    ["1.234.567", "EUR", 123_456_700],
    ["1390", "EUR", 139_000],
    ["+12", "EUR", 1_200],
    ["$1,390.00", "USD", 139_000],
    ["US$ 12", "USD", 1_200],
    ["Fr. 38.50", "CHF", 3_850],
    ["Fr.38.-", "CHF", 3_800],
    ["CHF 1’390.00", "CHF", 139_000],
    ["38,50 kr.", "DKK", 3_850],
    ["1 234,50 zł", "PLN", 123_450],
    ["₹1,00,000.50", "INR", 10_000_050],
    ["１，３９０．００", "EUR", 139_000],
    ["١٬٣٩٠٫٥٠", "EUR", 139_050],
    ["१,३९०.५०", "INR", 139_050],
    ["1,390", "JPY", 1_390],
    ["1.390", "JPY", 1_390],
    ["1.000", "JPY", 1_000],
    ["￥1,390", "JPY", 1_390],
    ["4,900円", "JPY", 4_900],
    ["49.00", "JPY", 49],
    ["1.234", "KWD", 1_234],
    ["12.5", "KWD", 12_500],
    ["1,234.500", "KWD", 1_234_500],
    ["KWD 0.250", "KWD", 250],
    ["1٫250", "KWD", 1_250],
  ])("reads %s in %s", (text, currency, minor) => {
    expect(outcome(readMoney(text, currency))).toBe(minor);
  });

  it.each<[string, string, [number, number]]>([
    ["1,390", "EUR", [139_000, 139]],
    ["1.390", "EUR", [139_000, 139]],
    ["12.500 €", "EUR", [1_250_000, 1_250]],
    ["1,390", "KWD", [1_390_000, 1_390]],
  ])("asks what %s in %s means", (text, currency, choices) => {
    expect(outcome(readMoney(text, currency))).toEqual(choices);
  });

  it.each([
    ["1e3", "EUR"],
    ["abc", "EUR"],
    ["€", "EUR"],
    ["-5", "EUR"],
    ["-€5.00", "EUR"],
    ["5.00-", "EUR"],
    ["10-20", "EUR"],
    ["1,23,4", "EUR"],
    ["1.2.3", "EUR"],
    ["1,390.0.0", "EUR"],
    ["12 34", "EUR"],
    ["1 390'000", "EUR"],
    ["138.5051", "EUR"],
    ["$38.50", "EUR"],
    ["£5", "USD"],
    ["49.50", "JPY"],
    ["1.2345", "KWD"],
    ["½", "EUR"],
    ["0x10", "EUR"],
    ["9999999999999999", "EUR"],
    ["Infinity", "EUR"],
  ])("refuses %s in %s", (text, currency) => {
    expect(readMoney(text, currency).state).toBe("unreadable");
  });

  it("takes an empty field for empty", () => {
    expect(readMoney(" \u00a0", "EUR").state).toBe("empty");
    expect(moneyError("", "EUR", "Enter a price.")).toBe("Enter a price.");
    expect(moneyError("", "EUR", null)).toBeNull();
  });

  it("says what is wrong and how to write it", () => {
    expect(moneyError("1,390", "EUR", null)).toBe("“1,390” can be €1,390.00 or €1.39. Choose one.");
    expect(moneyError("$5", "EUR", null)).toBe("“$” is not EUR. Enter an amount such as 1390.00.");
    expect(moneyError("49.50", "JPY", null)).toContain("has decimals");
    expect(moneyError("1.2345", "KWD", null)).toContain("more than 3 decimals");
    expect(moneyError("-5", "EUR", null)).toContain("must not be negative");
  });
});

const locales = [
  ..."ar-EG ar-KW bg-BG bn-BD ca-ES cs-CZ da-DK de-AT de-CH de-DE el-GR en-GB en-IN en-US en-ZA".split(
    " ",
  ),
  ..."es-ES es-MX et-EE fa-IR fi-FI fr-CH fr-FR ga-IE he-IL hi-IN hr-HR hu-HU it-CH it-IT ja-JP".split(
    " ",
  ),
  ..."ko-KR lt-LT lv-LV mr-IN my-MM nb-NO ne-NP nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sl-SI".split(
    " ",
  ),
  ..."sr-RS sv-SE th-TH tr-TR uk-UA vi-VN zh-CN zh-TW".split(" "),
];

describe.each(locales)("an amount formatted for %s", (locale) => {
  it.each(["EUR", "USD", "CHF", "JPY", "KWD"])("reads back in %s", (currency) => {
    const digits = minorDigits(currency);
    let seed = 7;
    const amounts = Array.from({ length: 60 }, (_, index) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 10 ** (1 + (index % 10));
    });
    const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    for (const options of [
      { style: "currency", currency, ...fixed },
      { style: "currency", currency, currencyDisplay: "code", ...fixed },
      { style: "decimal", ...fixed },
    ] as const) {
      const format = new Intl.NumberFormat(locale, options);
      for (const minor of amounts) {
        const text = format.format(minor / 10 ** digits);
        const reading = readMoney(text, currency);
        const means = outcome(reading);
        // "1,234" dinars are asked about, with the amount among the choices.
        expect(
          digits === 3 && Array.isArray(means) ? means : [means],
          `${text} (${minor})`,
        ).toContain(minor);
      }
    }
  });

  it("reads back as a whole number", () => {
    const format = new Intl.NumberFormat(locale);
    for (const value of [0, 7, 250, 1_000, 12_345, 1_234_567])
      expect(outcome(readWhole(format.format(value))), format.format(value)).toBe(value);
  });
});

describe("the text of a stored amount", () => {
  it("reads back as the same amount, and has all decimals", () => {
    expect(moneyText(1_234, "KWD")).toBe("1.234");
    expect(moneyText(5, "EUR")).toBe("0.05");
    expect(moneyText(4_900, "JPY")).toBe("4900");
    for (const currency of ["EUR", "JPY", "KWD"])
      for (const minor of [0, 1, 29, 100, 1_999, 139_000, 1_234_567, 10_000_000_000])
        expect(outcome(readMoney(moneyText(minor, currency), currency))).toBe(minor);
  });
});

describe("a whole number", () => {
  it.each<[string, number | string]>([
    ["250", 250],
    ["1,000", 1_000],
    ["1.000", 1_000],
    ["1 000", 1_000],
    ["200.0", 200],
    ["", "empty"],
    ["1.5", "unreadable"],
    ["1e3", "unreadable"],
    ["-1", "unreadable"],
    ["12 pieces", "unreadable"],
  ])("%s means %s", (text, expected) => {
    expect(outcome(readWhole(text))).toBe(expected);
  });

  it("must be within its range", () => {
    expect(wholeError("0", { min: 1, missing: null })).toBe("Enter 1 or more.");
    expect(wholeError("366", { min: 1, max: 365, missing: null })).toBe(
      "Enter a number from 1 to 365.",
    );
    expect(wholeError("365", { min: 1, max: 365, missing: null })).toBeNull();
    expect(wholeError("", { missing: "Enter it." })).toBe("Enter it.");
  });
});

describe("minutes", () => {
  it.each<[string, number | string]>([
    ["10", 600],
    ["0:30", 30],
    ["1:40", 100],
    ["1.5", 90],
    ["1,5", 90],
    ["1,440", 86_400],
    ["", "empty"],
    ["ten", "unreadable"],
    ["1:75", "unreadable"],
  ])("%s are %s seconds", (text, seconds) => {
    expect(outcome(readMinutes(text))).toBe(seconds);
  });

  it("keep their seconds in a field", () => {
    for (const seconds of [30, 60, 90, 100, 600, 86_400])
      expect(outcome(readMinutes(minutesText(seconds)))).toBe(seconds);
  });
});
