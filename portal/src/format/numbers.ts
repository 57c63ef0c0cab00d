import { readerLocale } from "./locale";

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** "512 bytes", "2.4 MB"; a unit is 1024 of the one before. */
export function formatBytes(bytes: number, locale = readerLocale): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: byteUnits[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

/** A number with its unit's short name: "5 min", "38 ms". */
export function formatUnit(
  value: number,
  unit: "millisecond" | "second" | "minute" | "hour" | "day",
  locale = readerLocale,
  maximumFractionDigits = 0,
): string {
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits,
  }).format(value);
}

export function formatCount(value: number, locale = readerLocale): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** A part of a whole in per cent, with one decimal below 10%; "–" when there is no whole. */
export function formatPercent(part: number, whole: number, locale = readerLocale): string {
  if (whole <= 0) return "–";
  return new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: part / whole < 0.1 ? 1 : 0,
  }).format(part / whole);
}

/** A share from 0 to 1 in whole per cent: "42%". */
export function formatShare(share: number, locale = readerLocale): string {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(share);
}
