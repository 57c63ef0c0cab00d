import type { Asset, Offer, OfferInput } from "../api/types";
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
  currency: "EUR",
  items: [emptyItem],
  assets: [],
};

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
