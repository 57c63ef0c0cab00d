/**
 * Reference data: the API's countries and currencies. `SignedIn` loads them before it shows a page.
 */
import type { Reference } from "../api/types";

export interface Option {
  value: string;
  label: string;
}

interface Lists {
  countryNames: Map<string, string>;
  minorDigits: Map<string, number>;
  countryOptions: Option[];
  currencyOptions: Option[];
}

/** Before a currency is chosen, and for one that is newer than the lists of an open page. */
const usualMinorDigits = 2;

let lists: Lists | null = null;

export function setReference({ countries, currencies }: Reference): void {
  lists = {
    countryNames: new Map(countries.map(({ code, name }) => [code, name])),
    minorDigits: new Map(currencies.map(({ code, minor_digits }) => [code, minor_digits])),
    countryOptions: countries
      .map(({ code, name }) => ({ value: code, label: name }))
      .sort((a, b) => a.label.localeCompare(b.label, "en")),
    currencyOptions: currencies.map(({ code, name }) => ({
      value: code,
      label: `${code} – ${name}`,
    })),
  };
}

function loaded(): Lists {
  if (lists === null)
    throw new Error("No countries and currencies yet: call setReference first (SignedIn does)");
  return lists;
}

/** The English name of an ISO 3166-1 code; the code itself when it is not one. */
export function countryName(code: string): string {
  return loaded().countryNames.get(code) ?? code;
}

/** Every country, by name. */
export function countryOptions(): Option[] {
  return loaded().countryOptions;
}

/** Every currency, by code. */
export function currencyOptions(): Option[] {
  return loaded().currencyOptions;
}

/** Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  return loaded().minorDigits.get(currency) ?? usualMinorDigits;
}
