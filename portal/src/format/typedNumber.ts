/**
 * Numbers as people of each country type or paste them. Nothing is guessed: what can be read in two
 * ways is a question, and what cannot be read is an error that says how to write it.
 */
import { formatMoney } from "./money";
import { formatCount } from "./numbers";
import { minorDigits } from "./reference";
import { formatDuration } from "./time";

/** What a text means: nothing, one number, several possible numbers, or none of them. */
export type Reading =
  | { state: "empty" }
  | { state: "read"; value: number }
  /** Each choice in the unit of `value`, the one with thousands first. */
  | { state: "ambiguous"; choices: [number, number] }
  | { state: "unreadable"; problem: string };

/** Numbers of more digits lose precision in JavaScript. */
const maxDigits = 15;
/** The end of "38,–" and "38.-", which are whole amounts. */
const dashForZeros = /[.,] ?-{1,2}(?=\D*$)/;

/** Reads an amount of money. `value` is in minor units of the currency. */
export function readMoney(text: string, currency: string): Reading {
  const { rest, foreign } = withoutCurrency(plainText(text), currency);
  if (foreign !== null)
    return unreadable(
      currency === ""
        ? "Choose the currency, and enter digits only."
        : `“${foreign}” is not ${currency}. Enter an amount such as ${example(currency)}.`,
    );
  const reading = readScaled(rest, minorDigits(currency));
  return reading.state === "unreadable"
    ? unreadable(`${reading.problem} Enter an amount such as ${example(currency)}.`)
    : reading;
}

/** Reads a whole number of units, days or people. */
export function readWhole(text: string): Reading {
  const reading = readScaled(plainText(text), 0);
  return reading.state === "unreadable"
    ? unreadable(`${reading.problem} Enter a whole number, such as 250.`)
    : reading;
}

/** Reads minutes: "10", "1:40" or "1.5". `value` is in seconds. */
export function readMinutes(text: string): Reading {
  const [, minutes, seconds] = /^(\d{1,6}):([0-5]\d)$/.exec(plainText(text)) ?? [];
  if (minutes !== undefined)
    return { state: "read", value: Number(minutes) * 60 + Number(seconds) };
  const reading = readScaled(plainText(text), 1);
  if (reading.state === "unreadable")
    return unreadable(`${reading.problem} Enter minutes, such as 10 or 1:30.`);
  const ofTenths = (tenths: number) => tenths * 6;
  if (reading.state === "read") return { state: "read", value: ofTenths(reading.value) };
  if (reading.state === "empty") return reading;
  const [grouped, decimal] = reading.choices;
  return { state: "ambiguous", choices: [ofTenths(grouped), ofTenths(decimal)] };
}

/** The minutes as a field shows them for editing: "10", "1:40". */
export function minutesText(seconds: number): string {
  const rest = seconds % 60;
  const minutes = String(Math.floor(seconds / 60));
  return rest === 0 ? minutes : `${minutes}:${String(rest).padStart(2, "0")}`;
}

/** The amount as a field shows it for editing: "1390.00". It reads back as the same amount. */
export function moneyText(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(minor).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The minor units of a text; null while it is empty or cannot be read. */
export function moneyValue(text: string, currency: string): number | null {
  const reading = readMoney(text, currency);
  return reading.state === "read" ? reading.value : null;
}

/** The seconds of a text for minutes; null while it is empty or cannot be read. */
export function minutesValue(text: string): number | null {
  const reading = readMinutes(text);
  return reading.state === "read" ? reading.value : null;
}

/** The whole number of a text; null while it is empty or cannot be read. */
export function wholeValue(text: string): number | null {
  const reading = readWhole(text);
  return reading.state === "read" ? reading.value : null;
}

/** Why a text is not one number, and what to do; null for a number and for an empty text. */
export function readingProblem(
  text: string,
  reading: Reading,
  format: (value: number) => string,
): string | null {
  if (reading.state === "unreadable") return reading.problem;
  if (reading.state !== "ambiguous") return null;
  const [grouped, decimal] = reading.choices;
  return `“${text.trim()}” can be ${format(grouped)} or ${format(decimal)}. Choose one.`;
}

/** The error in a field for money: `missing` when it is empty, unless it may be. */
export function moneyError(text: string, currency: string, missing: string | null): string | null {
  const reading = readMoney(text, currency);
  if (reading.state === "empty") return missing;
  return readingProblem(text, reading, (amount) => formatMoney({ amount, currency }));
}

interface Range {
  min?: number;
  max?: number;
  /** The error when the field is empty; null if it may be. */
  missing: string | null;
}

/** The error in a field for a whole number. */
export function wholeError(text: string, range: Range): string | null {
  return rangeError(text, readWhole(text), range, (value) => formatCount(value));
}

/** The error in a field for minutes. The range is in seconds. */
export function minutesError(text: string, range: Range): string | null {
  return rangeError(text, readMinutes(text), range, (seconds) => formatDuration(seconds));
}

function rangeError(
  text: string,
  reading: Reading,
  { min = 0, max = Number.MAX_SAFE_INTEGER, missing }: Range,
  format: (value: number) => string,
): string | null {
  if (reading.state === "empty") return missing;
  if (reading.state !== "read") return readingProblem(text, reading, format);
  if (reading.value >= min && reading.value <= max) return null;
  return max === Number.MAX_SAFE_INTEGER
    ? `Enter ${format(min)} or more.`
    : `Enter a number from ${format(min)} to ${format(max)}.`;
}

function unreadable(problem: string): Reading {
  return { state: "unreadable", problem };
}

function example(currency: string): string {
  return moneyText(139_000, currency);
}

/** The text with one form of each digit, space, apostrophe and dash, and without marks. */
function plainText(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02bc\u02b9\u2032\u00b4`\u066c]/g, "'")
    .normalize("NFKC")
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/\p{Cf}/gu, "")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
}

/** The ASCII digit of a decimal digit of any script. Their blocks of ten begin with the zero. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(code - zero);
}

/** Locales whose names and signs of a currency people type, besides those of the currency. */
const signLocales = [
  "en",
  "de",
  "fr",
  "ja",
  "zh",
  "ar",
  "da",
  "sv",
  "pl",
  "cs",
  "tr",
  "he",
  "hi",
  "bg",
];
const signsByCurrency = new Map<string, Set<string>>();

/** Every sign, code and short name of a currency, in lower case without dots. */
function signsOf(currency: string): Set<string> {
  const known = signsByCurrency.get(currency);
  if (known) return known;
  const signs = new Set(
    signLocales.flatMap((locale) =>
      (["symbol", "narrowSymbol", "code", "name"] as const).flatMap((currencyDisplay) => {
        try {
          const format = new Intl.NumberFormat(locale, {
            style: "currency",
            currency,
            currencyDisplay,
          });
          return [1, 5].flatMap((count) =>
            format
              .formatToParts(count)
              .filter(({ type }) => type === "currency")
              .map(({ value }) => signKey(value)),
          );
        } catch {
          return [];
        }
      }),
    ),
  );
  signs.add("");
  if (currency === "CHF") ["fr", "sfr"].forEach((sign) => signs.add(sign));
  signsByCurrency.set(currency, signs);
  return signs;
}

function signKey(sign: string): string {
  return plainText(sign).toLowerCase().replace(/[. -]/g, "");
}

/** The text without the sign of its currency at either end; `foreign` is any other text there. */
function withoutCurrency(text: string, currency: string): { rest: string; foreign: string | null } {
  if (!/\d/.test(text)) return { rest: text, foreign: null };
  const whole = text.replace(dashForZeros, "");
  const lead = /^\D*/.exec(whole)?.[0] ?? "";
  const tail = /\D*$/.exec(whole)?.[0] ?? "";
  // A point right before the digits is decimal unless it ends an abbreviation such as "Fr.".
  const before = lead.replace(/(?<!\p{L})[-+]?[.,]?$/u, "");
  const after = tail.replace(/^[.,]?/, "");
  const foreign = [before, after]
    .map((sign) => sign.trim())
    .find((sign) => !signsOf(currency).has(signKey(sign)));
  const rest = whole.slice(before.length, whole.length - after.length).trim();
  return { rest: /-/.test(before + after) ? `-${rest}` : rest, foreign: foreign ?? null };
}

/** Reads digits with separators as a number of 10^-digits. */
function readScaled(text: string, digits: number): Reading {
  if (text === "") return { state: "empty" };
  if (/^-/.test(text)) return unreadable("It must not be negative.");
  const shape = /^\+?([\d.,' \u066b]*)$/.exec(text)?.[1];
  if (shape === undefined || !/\d/.test(shape)) return unreadable("This is not a plain number.");
  if (shape.replace(/\D/g, "").length > maxDigits) return unreadable("This is too large.");
  const grouped = wholeOf(shape);
  const decimal = fractionOf(shape, digits);
  const values = [grouped === null ? null : grouped * 10 ** digits, decimal].filter(
    (value) => value !== null && Number.isSafeInteger(value),
  ) as number[];
  const [first, second] = values;
  if (first === undefined) return unreadable(whyNot(shape, digits));
  if (second === undefined || second === first) return { state: "read", value: first };
  // Thousands of a currency without decimals; the full form of one with three, as fields show it.
  if (digits === 0) return { state: "read", value: first };
  if (digits === 3 && shape.includes(".")) return { state: "read", value: second };
  return { state: "ambiguous", choices: [first, second] };
}

const thousands = /^\d{1,3}([.,' ])\d{3}(?:\1\d{3})*$/;
/** "1,00,000": South Asian groups of two before the last three. */
const lakhs = /^\d{1,2}(?:,\d{2})*,\d{3}$/;

/** The whole number a text means if none of its separators is decimal; null if it cannot be one. */
function wholeOf(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  // Nobody writes thousands behind a zero.
  if (text.startsWith("0")) return null;
  return thousands.test(text) || lakhs.test(text) ? Number(text.replace(/\D/g, "")) : null;
}

/**
 * The number of 10^-digits a text means if its last separator is decimal; null if it cannot be one.
 * Zeros beyond the digits are allowed, because they change nothing.
 */
function fractionOf(text: string, digits: number): number | null {
  const [, separator = "", fraction = ""] = /([.,\u066b])(\d*)$/.exec(text) ?? [];
  if (separator === "") return null;
  const before = text.slice(0, -1 - fraction.length);
  if (before.includes(separator) || (before === "" && fraction === "")) return null;
  const whole = before === "" ? 0 : wholeOf(before);
  if (whole === null || /[1-9]/.test(fraction.slice(digits))) return null;
  return whole * 10 ** digits + Number(fraction.slice(0, digits).padEnd(digits, "0"));
}

function whyNot(text: string, digits: number): string {
  const fraction = /[.,\u066b](\d+)$/.exec(text)?.[1] ?? "";
  if (digits === 0 && fraction !== "") return "This has decimals.";
  return fraction.length > digits
    ? `This has more than ${digits} decimals.`
    : "The thousands separators are not where they belong.";
}
