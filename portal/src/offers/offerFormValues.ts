import type { Asset, Offer, OfferInput } from "../api/types";
import { toMajor, toMinor } from "../format/money";
import { formatAttributes, parseAttributes } from "./attributes";

export interface OfferItemFormValues {
  id?: string | undefined;
  sku: string;
  name: string;
  attributes: string;
  price_minor: number | null;
  compare_at_minor: number | null;
}

export interface OfferFormValues {
  title: string;
  summary: string;
  description: string;
  terms: string;
  currency: string;
  items: OfferItemFormValues[];
  assets: Asset[];
}

export const emptyItem: OfferItemFormValues = {
  sku: "",
  name: "",
  attributes: "",
  price_minor: null,
  compare_at_minor: null,
};

export const emptyOffer: OfferFormValues = {
  title: "",
  summary: "",
  description: "",
  terms: "",
  currency: "",
  items: [emptyItem],
  assets: [],
};

/** The items with the same figures in another currency, rounded to its minor digits. */
export function itemsInCurrency(
  items: OfferItemFormValues[],
  from: string,
  to: string,
): OfferItemFormValues[] {
  const converted = (minor: number | null) =>
    minor === null ? null : toMinor(toMajor(minor, from), to);
  return items.map((item) => ({
    ...item,
    price_minor: converted(item.price_minor),
    compare_at_minor: converted(item.compare_at_minor),
  }));
}

export function toFormValues(offer: Offer): OfferFormValues {
  const { title, summary, description, terms, currency, assets } = offer;
  return {
    title,
    summary,
    description,
    terms,
    currency,
    assets,
    items: offer.items.map((item) => ({
      id: item.id,
      sku: item.sku,
      name: item.name,
      attributes: formatAttributes(item.attributes),
      price_minor: item.price.amount,
      compare_at_minor: item.compare_at?.amount ?? null,
    })),
  };
}

export function toOfferInput({ assets, items, ...texts }: OfferFormValues): OfferInput {
  return {
    ...texts,
    asset_ids: assets.map(({ id }) => id),
    items: items.map(({ id, sku, name, attributes, price_minor, compare_at_minor }) => ({
      ...(id !== undefined && { id }),
      sku: sku.trim(),
      name: name.trim(),
      attributes: parseAttributes(attributes),
      price_minor: price_minor ?? 0,
      ...(compare_at_minor !== null && { compare_at_minor }),
    })),
  };
}
