import { readerLocale } from "./locale";
import { minorDigits } from "./reference";
import type { Money } from "../api/types";

export function toMajor(minor: number, currency: string): number {
  return minor / 10 ** minorDigits(currency);
}

export function toMinor(major: number, currency: string): number {
  return Math.round(major * 10 ** minorDigits(currency));
}

export function formatMoney(money: Money, locale = readerLocale): string {
  const { amount, currency } = money;
  const digits = minorDigits(currency);
  try {
    return new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(toMajor(amount, currency));
  } catch {
    return `${toMajor(amount, currency)} ${currency}`;
  }
}

/** The discount in whole per cent; null if the price is not lower. */
export function discountPercent(
  price: number,
  compareAt: number | null | undefined,
): number | null {
  if (compareAt == null || compareAt <= price || compareAt <= 0) return null;
  return Math.round((1 - price / compareAt) * 100);
}

/** Amounts in several currencies: "€12.00 + £3.00". */
export function formatMonies(monies: Money[], locale = readerLocale): string {
  return monies.length === 0 ? "–" : monies.map((money) => formatMoney(money, locale)).join(" + ");
}
