import type { Offer, Provider, Sale, SaleInput } from "../api/types";
import { humanize } from "../format/text";
import {
  minutesError,
  minutesText,
  minutesValue,
  moneyError,
  moneyText,
  moneyValue,
  wholeError,
  wholeValue,
} from "../format/typedNumber";

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

/** Numbers and amounts are texts as typed. */
export interface SaleItemFormValues {
  item_id: string;
  name: string;
  /** The offer's currency (ISO 4217). */
  currency: string;
  price: string;
  capacity: string;
  limit_per_shopper: string;
  /** Values of `date` fields; only for dated packages. */
  slot_starts_on: string;
  slot_ends_on: string;
  /** Empty means the capacity. */
  guaranteed_quantity: string;
  evidence: string;
  evidence_asset_id: string;
  /** Not for vouchers in SMP's cart; empty: the whole price is due at once. */
  deposit: string;
  /** The value of a `date` field. */
  rest_due_on: string;
  /** In SMP's cart: the deposit goes back when the rest is not paid. */
  deposit_refundable: boolean;
}

/** Numbers are texts as typed; times are instants in ISO 8601, empty while there is none. */
export interface SaleFormValues {
  offer_id: string;
  mode: SaleInput["mode"];
  slug: string;
  starts_at: string;
  ends_at: string;
  hold_minutes: string;
  /** Both are empty for a sale without registration. */
  registration_opens_at: string;
  registration_closes_at: string;
  registered_only: boolean;
  waitlist_offer_minutes: string;
  redirect_url: string;
  sold_out_at_guarantee: boolean;
  /** Open to every country; `countries` are kept but not sent. */
  everywhere: boolean;
  countries: string[];
  items: SaleItemFormValues[];
  kind: SaleKind;
  target_quantity: string;
  when_target_missed: "refund" | "wait";
  ship_min_days: string;
  ship_max_days: string;
  voucher_valid_days: string;
}

const defaultHoldMinutes = "10";
const defaultWaitlistOfferMinutes = "10";
const defaultLimitPerShopper = "2";

export const apiToFormField = {
  hold_seconds: "hold_minutes",
  waitlist_offer_seconds: "waitlist_offer_minutes",
  price_minor: "price",
  deposit_minor: "deposit",
};

/** The initial values of the optional fields of an item. */
export const itemDefaults = {
  slot_starts_on: "",
  slot_ends_on: "",
  guaranteed_quantity: "",
  evidence: "",
  evidence_asset_id: "",
  deposit: "",
  rest_due_on: "",
  deposit_refundable: false,
};

const emptySale: SaleFormValues = {
  kind: "while_supplies_last",
  target_quantity: "",
  when_target_missed: "wait",
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
  sold_out_at_guarantee: false,
  everywhere: false,
  countries: [],
  items: [],
  registration_opens_at: "",
  registration_closes_at: "",
  registered_only: false,
  waitlist_offer_minutes: defaultWaitlistOfferMinutes,
};

/** A new sale, of the offer if one is chosen, open to the countries that its provider ships to. */
export function newSale({ regions }: Pick<Provider, "regions">, offer?: Offer): SaleFormValues {
  const ofOffer =
    offer?.state === "draft" ? { offer_id: offer.id, items: itemsOfOffer(offer) } : {};
  return { ...emptySale, countries: regions, ...ofOffer };
}

export function toFormValues(sale: Sale): SaleFormValues {
  return {
    offer_id: sale.offer_id,
    mode: sale.mode,
    slug: sale.slug,
    starts_at: sale.starts_at,
    ends_at: sale.ends_at,
    hold_minutes: minutesText(sale.hold_seconds),
    registration_opens_at: sale.registration_opens_at ?? "",
    registration_closes_at: sale.registration_closes_at ?? "",
    registered_only: sale.registered_only,
    waitlist_offer_minutes: minutesText(sale.waitlist_offer_seconds),
    redirect_url: sale.redirect_url ?? "",
    sold_out_at_guarantee: sale.sold_out_at_guarantee,
    everywhere: sale.countries.length === 0,
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
        deposit_minor,
        rest_due_on,
        deposit_refundable,
      }) => ({
        item_id,
        name,
        currency: price.currency,
        price: moneyText(price.amount, price.currency),
        capacity: String(capacity),
        limit_per_shopper: String(limit_per_shopper),
        evidence,
        slot_starts_on: slot_starts_on ?? "",
        slot_ends_on: slot_ends_on ?? "",
        guaranteed_quantity: textOf(guaranteed_quantity),
        evidence_asset_id: evidence_asset_id ?? "",
        deposit: deposit_minor == null ? "" : moneyText(deposit_minor, price.currency),
        rest_due_on: rest_due_on ?? "",
        deposit_refundable,
      }),
    ),
    kind: sale.kind,
    target_quantity: textOf(sale.target_quantity),
    when_target_missed: sale.when_target_missed ?? "wait",
    ship_min_days: textOf(sale.ship_min_days),
    ship_max_days: textOf(sale.ship_max_days),
    voucher_valid_days: textOf(sale.voucher_valid_days),
  };
}

function textOf(value: number | null | undefined): string {
  return value == null ? "" : String(value);
}

/** The form values for all items of an offer, at the offer's prices. */
export function itemsOfOffer(offer: Offer): SaleItemFormValues[] {
  return offer.items.map(({ id, name, price }) => ({
    item_id: id,
    name,
    currency: price.currency,
    price: moneyText(price.amount, price.currency),
    capacity: "",
    limit_per_shopper: defaultLimitPerShopper,
    ...itemDefaults,
  }));
}

export function toSaleInput(values: SaleFormValues): SaleInput {
  const slug = values.slug.trim();
  const redirectUrl = values.redirect_url.trim();
  const { registration_opens_at: opens, registration_closes_at: closes } = values;
  return {
    offer_id: values.offer_id,
    mode: values.mode,
    kind: values.kind,
    starts_at: values.starts_at,
    ends_at: values.ends_at,
    hold_seconds: minutesValue(values.hold_minutes) ?? 0,
    registered_only: values.registered_only,
    waitlist_offer_seconds: minutesValue(values.waitlist_offer_minutes) ?? 0,
    sold_out_at_guarantee: values.mode === "redirect" && values.sold_out_at_guarantee,
    countries: values.everywhere ? [] : values.countries,
    items: values.items.map((item) => itemInput(item, values)),
    ...(opens !== "" && { registration_opens_at: opens }),
    ...(closes !== "" && { registration_closes_at: closes }),
    ...(values.kind === "aggregated" && {
      target_quantity: wholeValue(values.target_quantity) ?? 0,
      ship_min_days: wholeValue(values.ship_min_days) ?? 0,
      ship_max_days: wholeValue(values.ship_max_days) ?? 0,
      ...(values.mode === "hosted" && { when_target_missed: values.when_target_missed }),
    }),
    ...(values.kind === "voucher" && {
      voucher_valid_days: wholeValue(values.voucher_valid_days) ?? 0,
    }),
    ...(slug !== "" && { slug }),
    ...(values.mode === "redirect" && { redirect_url: redirectUrl }),
  };
}

/** A voucher's code is issued by SMP when the whole price is paid. */
export function takesDeposit({ kind, mode }: Pick<SaleFormValues, "kind" | "mode">): boolean {
  return mode === "redirect" || kind !== "voucher";
}

/** An item as API input, without the fields that its sale's type does not have. */
function itemInput(
  item: SaleItemFormValues,
  { kind, mode }: Pick<SaleFormValues, "kind" | "mode">,
): SaleInput["items"][number] {
  const deposit = moneyValue(item.deposit, item.currency);
  const evidence = item.evidence.trim();
  const guaranteed = wholeValue(item.guaranteed_quantity);
  return {
    item_id: item.item_id,
    price_minor: moneyValue(item.price, item.currency) ?? 0,
    capacity: wholeValue(item.capacity) ?? 0,
    limit_per_shopper: wholeValue(item.limit_per_shopper) ?? 0,
    ...(kind === "reservation" && {
      slot_starts_on: item.slot_starts_on,
      slot_ends_on: item.slot_ends_on,
    }),
    ...(kind !== "aggregated" && guaranteed !== null && { guaranteed_quantity: guaranteed }),
    ...(evidence !== "" && { evidence }),
    ...(item.evidence_asset_id !== "" && { evidence_asset_id: item.evidence_asset_id }),
    ...(takesDeposit({ kind, mode }) && {
      ...(deposit !== null && { deposit_minor: deposit }),
      ...(item.rest_due_on !== "" && { rest_due_on: item.rest_due_on }),
      ...(mode === "hosted" &&
        deposit !== null &&
        item.deposit_refundable && { deposit_refundable: true }),
    }),
  };
}

const holdSeconds = { min: 30, max: 3_600, missing: "Enter how long stock is held." };
const waitlistOfferSeconds = { min: 60, max: 86_400, missing: "Enter a number of minutes." };
const aWholeNumber = { min: 1, missing: "Enter a whole number." };
const shipDays = { max: 365, missing: "Enter a number of days." };
const voucherDays = { min: 1, max: 3_650, missing: "Enter how many days a voucher is valid." };

const later = (one: string, other: string) => Date.parse(one) > Date.parse(other);

export const saleValidation = {
  offer_id: (value: string) => (value === "" ? "Choose an offer." : null),
  starts_at: (value: string) => (value === "" ? "Enter when the sale starts." : null),
  ends_at: (value: string, { starts_at }: SaleFormValues) => {
    if (value === "") return "Enter when the sale ends.";
    return starts_at !== "" && !later(value, starts_at)
      ? "The sale must end after it starts."
      : null;
  },
  hold_minutes: (value: string, { mode }: SaleFormValues) =>
    mode === "hosted" ? minutesError(value, holdSeconds) : null,
  registration_opens_at: (value: string, values: SaleFormValues) => {
    if (value !== "") return null;
    if (values.registration_closes_at !== "")
      return "Enter when registration opens, or clear when it closes.";
    return values.registered_only
      ? "Enter when registration opens, because the sale is for registered shoppers only."
      : null;
  },
  registration_closes_at: (closes: string, values: SaleFormValues) => {
    const { registration_opens_at: opens, ends_at: ends } = values;
    if (closes === "")
      return opens === "" ? null : "Enter when registration closes, or clear when it opens.";
    if (opens !== "" && !later(closes, opens)) return "Registration must close after it opens.";
    return ends !== "" && later(closes, ends)
      ? "Registration must close no later than the sale ends."
      : null;
  },
  waitlist_offer_minutes: (value: string, { mode }: SaleFormValues) =>
    mode === "hosted" ? minutesError(value, waitlistOfferSeconds) : null,
  redirect_url: (value: string, values: SaleFormValues) =>
    values.mode === "redirect" && !/^https?:\/\//.test(value.trim())
      ? "Enter the full URL of the page in your cart, beginning with https://."
      : null,
  countries: (value: string[], { everywhere }: SaleFormValues) =>
    !everywhere && value.length === 0
      ? "Choose at least one country, or open the sale to every country."
      : null,
  target_quantity: (value: string, { kind }: SaleFormValues) =>
    kind === "aggregated"
      ? wholeError(value, { min: 1, missing: "Enter a target quantity." })
      : null,
  ship_min_days: (value: string, { kind }: SaleFormValues) =>
    kind === "aggregated" ? wholeError(value, shipDays) : null,
  ship_max_days: (value: string, { kind, ship_min_days }: SaleFormValues) => {
    if (kind !== "aggregated") return null;
    const problem = wholeError(value, { ...shipDays, min: 1 });
    if (problem !== null) return problem;
    return (wholeValue(value) ?? 0) < (wholeValue(ship_min_days) ?? 0)
      ? "Must not be before the first day."
      : null;
  },
  voucher_valid_days: (value: string, { kind }: SaleFormValues) =>
    kind === "voucher" ? wholeError(value, voucherDays) : null,
  items: {
    slot_starts_on: (value: string, { kind }: SaleFormValues) =>
      kind === "reservation" && value === "" ? "Enter the first day." : null,
    slot_ends_on: (value: string, { kind, items }: SaleFormValues, path: string) => {
      if (kind !== "reservation") return null;
      if (value === "") return "Enter the last day.";
      const item = items[Number(path.split(".")[1])];
      return item && value < item.slot_starts_on ? "Must not be before the first day." : null;
    },
    guaranteed_quantity: (value: string) => wholeError(value, { min: 1, missing: null }),
    price: (value: string, { items }: SaleFormValues, path: string) =>
      moneyError(value, items[Number(path.split(".")[1])]?.currency ?? "", "Enter a price."),
    deposit: (value: string, { kind, mode, items }: SaleFormValues, path: string) => {
      const item = items[Number(path.split(".")[1])];
      if (!takesDeposit({ kind, mode }) || !item) return null;
      if (value !== "") return moneyError(value, item.currency, "Enter a deposit.");
      return item.rest_due_on === "" ? null : "Enter a deposit, or clear the date.";
    },
    rest_due_on: (value: string, { kind, mode, items }: SaleFormValues, path: string) =>
      takesDeposit({ kind, mode }) &&
      value === "" &&
      items[Number(path.split(".")[1])]?.deposit !== ""
        ? "Enter until when the rest is due."
        : null,
    capacity: (value: string) => wholeError(value, aWholeNumber),
    limit_per_shopper: (value: string) => wholeError(value, aWholeNumber),
  },
};
