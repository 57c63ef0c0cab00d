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
  /** `datetime-local` values; both empty: no registration. */
  registration_opens_at: string;
  registration_closes_at: string;
  registered_only: boolean;
  waitlist_offer_minutes: number | string;
  redirect_url: string;
  countries: string[];
  items: SaleItemValues[];
}

const defaultHoldMinutes = 10;
const defaultWaitlistOfferMinutes = 10;
const defaultLimitPerShopper = 2;

export const apiToForm = { hold_seconds: "hold_minutes", waitlist_offer_seconds: "waitlist_offer_minutes" };

export const emptySale: SaleValues = {
  offer_id: "", mode: "hosted", slug: "", starts_at: "", ends_at: "", hold_minutes: defaultHoldMinutes, redirect_url: "", countries: ["DE"], items: [],
  registration_opens_at: "", registration_closes_at: "", registered_only: false, waitlist_offer_minutes: defaultWaitlistOfferMinutes,
};

export function valuesOf(sale: Sale): SaleValues {
  return {
    offer_id: sale.offer_id,
    mode: sale.mode,
    slug: sale.slug,
    starts_at: toLocalInput(sale.starts_at),
    ends_at: toLocalInput(sale.ends_at),
    hold_minutes: sale.hold_seconds / 60,
    registration_opens_at: sale.registration_opens_at ? toLocalInput(sale.registration_opens_at) : "",
    registration_closes_at: sale.registration_closes_at ? toLocalInput(sale.registration_closes_at) : "",
    registered_only: sale.registered_only,
    waitlist_offer_minutes: sale.waitlist_offer_seconds / 60,
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
  const registrationOpens = fromLocalInput(values.registration_opens_at);
  const registrationCloses = fromLocalInput(values.registration_closes_at);
  return {
    offer_id: values.offer_id,
    mode: values.mode,
    kind: "while_supplies_last",
    starts_at: fromLocalInput(values.starts_at) ?? "",
    ends_at: fromLocalInput(values.ends_at) ?? "",
    hold_seconds: Math.round(Number(values.hold_minutes) * 60),
    registered_only: values.registered_only,
    waitlist_offer_seconds: Math.round(Number(values.waitlist_offer_minutes) * 60),
    countries: values.countries,
    items: values.items.map(({ item_id, price_minor, capacity, limit_per_shopper }) => ({
      item_id, price_minor: price_minor ?? 0, capacity: Number(capacity), limit_per_shopper: Number(limit_per_shopper),
    })),
    ...(registrationOpens !== null && { registration_opens_at: registrationOpens }),
    ...(registrationCloses !== null && { registration_closes_at: registrationCloses }),
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
  registration_opens_at: (value: string, values: SaleValues) => {
    if (fromLocalInput(value) !== null) return null;
    if (values.registration_closes_at !== "") return "Enter when registration opens, or leave out when it closes.";
    return values.registered_only ? "Enter when one can register, because only the registered can buy." : null;
  },
  registration_closes_at: (value: string, values: SaleValues) => {
    const [opens, closes] = [fromLocalInput(values.registration_opens_at), fromLocalInput(value)];
    if (closes === null) return opens === null ? null : "Enter when registration closes, or leave out when it opens.";
    if (opens !== null && closes <= opens) return "Registration must close after it opens.";
    const ends = fromLocalInput(values.ends_at);
    return ends !== null && closes > ends ? "Registration must close when the sale ends, at the latest." : null;
  },
  waitlist_offer_minutes: (value: number | string, values: SaleValues) =>
    values.mode === "hosted" && !(Number(value) >= 1 && Number(value) <= 1440) ? "Enter from 1 to 1440 minutes." : null,
  redirect_url: (value: string, values: SaleValues) =>
    values.mode === "redirect" && !/^https?:\/\//.test(value.trim()) ? "Enter the full address of the page in your cart." : null,
  countries: (value: string[]) => (value.length === 0 ? "Choose one country at least." : null),
  items: {
    price_minor: (value: number | null) => (value === null ? "Enter a price." : null),
    capacity: (value: number | string) => (isWhole(value) ? null : "Enter a whole number."),
    limit_per_shopper: (value: number | string) => (isWhole(value) ? null : "Enter a whole number."),
  },
};
