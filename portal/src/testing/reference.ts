import type { Reference } from "../api/types";

/** A part of what the API answers to GET /reference. */
export const reference: Reference = {
  countries: [
    { code: "AT", name: "Austria" },
    { code: "DE", name: "Germany" },
    { code: "FR", name: "France" },
    { code: "LI", name: "Liechtenstein" },
  ],
  currencies: [
    { code: "EUR", name: "Euro", minor_digits: 2 },
    { code: "JPY", name: "Yen", minor_digits: 0 },
    { code: "KWD", name: "Kuwaiti dinar", minor_digits: 3 },
  ],
};
