/** Reference data: the countries and currencies that forms offer. */

const countryCodes = [
  "AT",
  "AU",
  "BE",
  "BG",
  "CA",
  "CH",
  "CY",
  "CZ",
  "DE",
  "DK",
  "EE",
  "ES",
  "FI",
  "FR",
  "GB",
  "GR",
  "HR",
  "HU",
  "IE",
  "IS",
  "IT",
  "JP",
  "LI",
  "LT",
  "LU",
  "LV",
  "MT",
  "NL",
  "NO",
  "NZ",
  "PL",
  "PT",
  "RO",
  "SE",
  "SI",
  "SK",
  "US",
];

export const currencyCodes = ["EUR", "CHF", "CZK", "DKK", "GBP", "NOK", "PLN", "SEK", "USD"];

const countryNames = new Intl.DisplayNames(["en-GB"], { type: "region" });

/** The English name of an ISO 3166-1 code; the code itself when it is not one. */
export function countryName(code: string): string {
  try {
    return countryNames.of(code) ?? code;
  } catch {
    return code;
  }
}

export const countryOptions: { value: string; label: string }[] = countryCodes
  .map((value) => ({ value, label: countryName(value) }))
  .sort((a, b) => a.label.localeCompare(b.label));
