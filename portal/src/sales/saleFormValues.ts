import type { Offer, Provider, Sale, SaleInput } from "../api/types";
import { humanize } from "../format/text";
import { fromLocalInput, toLocalInput } from "../format/time";

export type SaleKind = SaleInput["kind"];

export const kindNames: Record<SaleKind, string> = {
  while_supplies_last: "While supplies last",
  aggregated: "Made to order",
  reservation: "Dated packages",
  voucher: "Vouchers",
};

/** The name of a type of sale as a revision stores it: as a plain string. */
export function kindName(kind: string): string {
  return kind in kindNames ? kindNames[kind as SaleKind] : humanize(kind);
}

export interface SaleItemFormValues {
  item_id: string;
  name: string;
  /** The offer's currency (ISO 4217). */
  currency: string;
  price_minor: number | null;
  capacity: number | string;
  limit_per_shopper: number | string;
  /** Values of `date` fields; only for dated packages. */
  slot_starts_on: string;
  slot_ends_on: string;
  /** Empty means the capacity. */
  guaranteed_quantity: number | string;
  evidence: string;
  evidence_asset_id: string;
}

export interface SaleFormValues {
  offer_id: string;
  mode: SaleInput["mode"];
  slug: string;
  /** `datetime-local` values, in the reader's zone. */
  starts_at: string;
  ends_at: string;
  hold_minutes: number | string;
  /** `datetime-local` values; both are empty for a sale without registration. */
  registration_opens_at: string;
  registration_closes_at: string;
  registered_only: boolean;
  waitlist_offer_minutes: number | string;
  redirect_url: string;
  countries: string[];
  items: SaleItemFormValues[];
  kind: SaleKind;
  target_quantity: number | string;
  ship_min_days: number | string;
  ship_max_days: number | string;
  voucher_valid_days: number | string;
}

const defaultHoldMinutes = 10;
const defaultWaitlistOfferMinutes = 10;
const defaultLimitPerShopper = 2;

export const apiToFormField = {
  hold_seconds: "hold_minutes",
  waitlist_offer_seconds: "waitlist_offer_minutes",
};

/** The initial values of the optional fields of an item. */
export const itemDefaults = {
  slot_starts_on: "",
  slot_ends_on: "",
  guaranteed_quantity: "",
  evidence: "",
  evidence_asset_id: "",
};

const emptySale: SaleFormValues = {
  kind: "while_supplies_last",
  target_quantity: "",
  ship_min_days: "",
  ship_max_days: "",
  voucher_valid_days: "",
  offer_id: "",
  mode: "hosted",
  slug: "",
  starts_at: "",
  ends_at: "",
  hold_minutes: defaultHoldMinutes,
  redirect_url: "",
  countries: [],
  items: [],
  registration_opens_at: "",
  registration_closes_at: "",
  registered_only: false,
  waitlist_offer_minutes: defaultWaitlistOfferMinutes,
};

/** A new sale, open to the countries that its provider ships to. */
export function newSale({ regions }: Pick<Provider, "regions">): SaleFormValues {
  return { ...emptySale, countries: regions };
}

export function toFormValues(sale: Sale): SaleFormValues {
  return {
    offer_id: sale.offer_id,
    mode: sale.mode,
    slug: sale.slug,
    starts_at: toLocalInput(sale.starts_at),
    ends_at: toLocalInput(sale.ends_at),
    hold_minutes: sale.hold_seconds / 60,
    registration_opens_at: sale.registration_opens_at
      ? toLocalInput(sale.registration_opens_at)
      : "",
    registration_closes_at: sale.registration_closes_at
      ? toLocalInput(sale.registration_closes_at)
      : "",
    registered_only: sale.registered_only,
    waitlist_offer_minutes: sale.waitlist_offer_seconds / 60,
    redirect_url: sale.redirect_url ?? "",
    countries: sale.countries,
    items: sale.items.map(
      ({
        item_id,
        name,
        price,
        capacity,
        limit_per_shopper,
        slot_starts_on,
        slot_ends_on,
        guaranteed_quantity,
        evidence,
        evidence_asset_id,
      }) => ({
        item_id,
        name,
        currency: price.currency,
        price_minor: price.amount,
        capacity,
        limit_per_shopper,
        evidence,
        slot_starts_on: slot_starts_on ?? "",
        slot_ends_on: slot_ends_on ?? "",
        guaranteed_quantity: guaranteed_quantity ?? "",
        evidence_asset_id: evidence_asset_id ?? "",
      }),
    ),
    kind: sale.kind,
    target_quantity: sale.target_quantity ?? "",
    ship_min_days: sale.ship_min_days ?? "",
    ship_max_days: sale.ship_max_days ?? "",
    voucher_valid_days: sale.voucher_valid_days ?? "",
  };
}

/** The form values for all items of an offer, at the offer's prices. */
export function itemsOfOffer(offer: Offer): SaleItemFormValues[] {
  return offer.items.map(({ id, name, price }) => ({
    item_id: id,
    name,
    currency: price.currency,
    price_minor: price.amount,
    capacity: "",
    limit_per_shopper: defaultLimitPerShopper,
    ...itemDefaults,
  }));
}

export function toSaleInput(values: SaleFormValues): SaleInput {
  const slug = values.slug.trim();
  const redirectUrl = values.redirect_url.trim();
  const registrationOpens = fromLocalInput(values.registration_opens_at);
  const registrationCloses = fromLocalInput(values.registration_closes_at);
  return {
    offer_id: values.offer_id,
    mode: values.mode,
    kind: values.kind,
    starts_at: fromLocalInput(values.starts_at) ?? "",
    ends_at: fromLocalInput(values.ends_at) ?? "",
    hold_seconds: Math.round(Number(values.hold_minutes) * 60),
    registered_only: values.registered_only,
    waitlist_offer_seconds: Math.round(Number(values.waitlist_offer_minutes) * 60),
    countries: values.countries,
    items: values.items.map((item) => itemInput(item, values.kind)),
    ...(registrationOpens !== null && { registration_opens_at: registrationOpens }),
    ...(registrationCloses !== null && { registration_closes_at: registrationCloses }),
    ...(values.kind === "aggregated" && {
      target_quantity: Number(values.target_quantity),
      ship_min_days: Number(values.ship_min_days),
      ship_max_days: Number(values.ship_max_days),
    }),
    ...(values.kind === "voucher" && { voucher_valid_days: Number(values.voucher_valid_days) }),
    ...(slug !== "" && { slug }),
    ...(values.mode === "redirect" && { redirect_url: redirectUrl }),
  };
}

/** An item as API input, without the fields that its sale's type does not have. */
function itemInput(item: SaleItemFormValues, kind: SaleKind): SaleInput["items"][number] {
  const evidence = item.evidence.trim();
  return {
    item_id: item.item_id,
    price_minor: item.price_minor ?? 0,
    capacity: Number(item.capacity),
    limit_per_shopper: Number(item.limit_per_shopper),
    ...(kind === "reservation" && {
      slot_starts_on: item.slot_starts_on,
      slot_ends_on: item.slot_ends_on,
    }),
    ...(kind !== "aggregated" &&
      item.guaranteed_quantity !== "" && { guaranteed_quantity: Number(item.guaranteed_quantity) }),
    ...(evidence !== "" && { evidence }),
    ...(item.evidence_asset_id !== "" && { evidence_asset_id: item.evidence_asset_id }),
  };
}

const isPositiveInteger = (value: number | string) =>
  value !== "" && Number.isInteger(Number(value)) && Number(value) > 0;

const isNonNegativeInteger = (value: number | string) =>
  value !== "" && Number.isInteger(Number(value)) && Number(value) >= 0;

export const saleValidation = {
  offer_id: (value: string) => (value === "" ? "Choose an offer." : null),
  starts_at: (value: string) =>
    fromLocalInput(value) === null ? "Enter when the sale starts." : null,
  ends_at: (value: string, values: SaleFormValues) => {
    const ends = fromLocalInput(value);
    if (ends === null) return "Enter when the sale ends.";
    const starts = fromLocalInput(values.starts_at);
    return starts !== null && ends <= starts ? "The sale must end after it starts." : null;
  },
  hold_minutes: (value: number | string, values: SaleFormValues) =>
    values.mode === "hosted" && !(Number(value) > 0) ? "Enter how long stock is held." : null,
  registration_opens_at: (value: string, values: SaleFormValues) => {
    if (fromLocalInput(value) !== null) return null;
    if (values.registration_closes_at !== "")
      return "Enter when registration opens, or clear when it closes.";
    return values.registered_only
      ? "Enter when registration opens, because the sale is for registered shoppers only."
      : null;
  },
  registration_closes_at: (value: string, values: SaleFormValues) => {
    const [opens, closes] = [fromLocalInput(values.registration_opens_at), fromLocalInput(value)];
    if (closes === null)
      return opens === null ? null : "Enter when registration closes, or clear when it opens.";
    if (opens !== null && closes <= opens) return "Registration must close after it opens.";
    const ends = fromLocalInput(values.ends_at);
    return ends !== null && closes > ends
      ? "Registration must close no later than the sale ends."
      : null;
  },
  waitlist_offer_minutes: (value: number | string, values: SaleFormValues) =>
    values.mode === "hosted" && !(Number(value) >= 1 && Number(value) <= 1440)
      ? "Enter a number of minutes from 1 to 1440."
      : null,
  redirect_url: (value: string, values: SaleFormValues) =>
    values.mode === "redirect" && !/^https?:\/\//.test(value.trim())
      ? "Enter the full URL of the page in your cart, beginning with https://."
      : null,
  countries: (value: string[]) => (value.length === 0 ? "Choose at least one country." : null),
  target_quantity: (value: number | string, { kind }: SaleFormValues) =>
    kind === "aggregated" && !isPositiveInteger(value) ? "Enter a target quantity." : null,
  ship_min_days: (value: number | string, { kind }: SaleFormValues) =>
    kind === "aggregated" && !isNonNegativeInteger(value) ? "Enter a number of days." : null,
  ship_max_days: (value: number | string, { kind, ship_min_days }: SaleFormValues) => {
    if (kind !== "aggregated") return null;
    if (!isPositiveInteger(value)) return "Enter a number of days.";
    return Number(value) < Number(ship_min_days) ? "Must not be before the first day." : null;
  },
  voucher_valid_days: (value: number | string, { kind }: SaleFormValues) =>
    kind === "voucher" && !isPositiveInteger(value)
      ? "Enter how many days a voucher is valid."
      : null,
  items: {
    slot_starts_on: (value: string, { kind }: SaleFormValues) =>
      kind === "reservation" && value === "" ? "Enter the first day." : null,
    slot_ends_on: (value: string, { kind, items }: SaleFormValues, path: string) => {
      if (kind !== "reservation") return null;
      if (value === "") return "Enter the last day.";
      const item = items[Number(path.split(".")[1])];
      return item && value < item.slot_starts_on ? "Must not be before the first day." : null;
    },
    guaranteed_quantity: (value: number | string) =>
      value === "" || isPositiveInteger(value)
        ? null
        : "Enter a whole number, or leave empty for the full capacity.",
    price_minor: (value: number | null) => (value === null ? "Enter a price." : null),
    capacity: (value: number | string) =>
      isPositiveInteger(value) ? null : "Enter a whole number.",
    limit_per_shopper: (value: number | string) =>
      isPositiveInteger(value) ? null : "Enter a whole number.",
  },
};
