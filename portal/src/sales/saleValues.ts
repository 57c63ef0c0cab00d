import type { Offer, Sale, SaleInput } from "../api/types";
import { fromLocalInput, toLocalInput } from "../format/time";

export interface SaleItemValues {
  item_id: string;
  name: string;
  price_minor: number | null;
  capacity: number | string;
  limit_per_shopper: number | string;
}

export interface SaleValues {
  offer_id: string;
  mode: SaleInput["mode"];
  slug: string;
  /** `datetime-local` values, in the reader's zone. */
  starts_at: string;
  ends_at: string;
  hold_minutes: number | string;
  redirect_url: string;
  countries: string[];
  items: SaleItemValues[];
}

const defaultHoldMinutes = 10;
const defaultLimitPerShopper = 2;

export const apiToForm = { hold_seconds: "hold_minutes" };

export const emptySale: SaleValues = {
  offer_id: "", mode: "hosted", slug: "", starts_at: "", ends_at: "", hold_minutes: defaultHoldMinutes, redirect_url: "", countries: ["DE"], items: [],
};

export function valuesOf(sale: Sale): SaleValues {
  return {
    offer_id: sale.offer_id,
    mode: sale.mode,
    slug: sale.slug,
    starts_at: toLocalInput(sale.starts_at),
    ends_at: toLocalInput(sale.ends_at),
    hold_minutes: sale.hold_seconds / 60,
    redirect_url: sale.redirect_url ?? "",
    countries: sale.countries,
    items: sale.items.map(({ item_id, name, price, capacity, limit_per_shopper }) => ({
      item_id, name, price_minor: price.amount, capacity, limit_per_shopper,
    })),
  };
}

/** A sale starts from the offer's items at the offer's prices. */
export function itemsOfOffer(offer: Offer): SaleItemValues[] {
  return offer.items.map(({ id, name, price }) => ({
    item_id: id, name, price_minor: price.amount, capacity: "", limit_per_shopper: defaultLimitPerShopper,
  }));
}

export function inputOf(values: SaleValues): SaleInput {
  const slug = values.slug.trim();
  const redirectUrl = values.redirect_url.trim();
  return {
    offer_id: values.offer_id,
    mode: values.mode,
    kind: "while_supplies_last",
    starts_at: fromLocalInput(values.starts_at) ?? "",
    ends_at: fromLocalInput(values.ends_at) ?? "",
    hold_seconds: Math.round(Number(values.hold_minutes) * 60),
    countries: values.countries,
    items: values.items.map(({ item_id, price_minor, capacity, limit_per_shopper }) => ({
      item_id, price_minor: price_minor ?? 0, capacity: Number(capacity), limit_per_shopper: Number(limit_per_shopper),
    })),
    ...(slug !== "" && { slug }),
    ...(values.mode === "redirect" && { redirect_url: redirectUrl }),
  };
}

const isWhole = (value: number | string) => value !== "" && Number.isInteger(Number(value)) && Number(value) > 0;

export const saleChecks = {
  offer_id: (value: string) => (value === "" ? "Choose what is sold." : null),
  starts_at: (value: string) => (fromLocalInput(value) === null ? "Enter when the sale starts." : null),
  ends_at: (value: string, values: SaleValues) => {
    const ends = fromLocalInput(value);
    if (ends === null) return "Enter when the sale ends.";
    const starts = fromLocalInput(values.starts_at);
    return starts !== null && ends <= starts ? "The sale must end after it starts." : null;
  },
  hold_minutes: (value: number | string, values: SaleValues) => (values.mode === "hosted" && !(Number(value) > 0) ? "Enter how long stock is held." : null),
  redirect_url: (value: string, values: SaleValues) =>
    values.mode === "redirect" && !/^https?:\/\//.test(value.trim()) ? "Enter the full address of the page in your cart." : null,
  countries: (value: string[]) => (value.length === 0 ? "Choose one country at least." : null),
  items: {
    price_minor: (value: number | null) => (value === null ? "Enter a price." : null),
    capacity: (value: number | string) => (isWhole(value) ? null : "Enter a whole number."),
    limit_per_shopper: (value: number | string) => (isWhole(value) ? null : "Enter a whole number."),
  },
};
