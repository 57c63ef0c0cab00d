import { isNotEmpty } from "@mantine/form";
import type { Asset, Offer, OfferInput } from "../api/types";
import { moneyError, moneyText, moneyValue } from "../format/typedNumber";
import { formatAttributes, parseAttributes } from "./attributes";

export interface OfferItemFormValues {
  id?: string | undefined;
  sku: string;
  name: string;
  attributes: string;
  /** Amounts as typed; the second may be empty. */
  price: string;
  compare_at: string;
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
  price: "",
  compare_at: "",
};

export const apiToFormField = {
  asset_ids: "assets",
  price_minor: "price",
  compare_at_minor: "compare_at",
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
      price: moneyText(item.price.amount, currency),
      compare_at: item.compare_at ? moneyText(item.compare_at.amount, currency) : "",
    })),
  };
}

export function toOfferInput({ assets, items, ...texts }: OfferFormValues): OfferInput {
  const { currency } = texts;
  return {
    ...texts,
    asset_ids: assets.map(({ id }) => id),
    items: items.map(({ id, sku, name, attributes, price, compare_at }) => {
      const compareAt = moneyValue(compare_at, currency);
      return {
        ...(id !== undefined && { id }),
        sku: sku.trim(),
        name: name.trim(),
        attributes: parseAttributes(attributes),
        price_minor: moneyValue(price, currency) ?? 0,
        ...(compareAt !== null && { compare_at_minor: compareAt }),
      };
    }),
  };
}

export const offerValidation = {
  title: isNotEmpty("Enter a title."),
  summary: isNotEmpty("Enter a summary."),
  currency: isNotEmpty("Choose a currency."),
  items: {
    sku: isNotEmpty("Enter a SKU."),
    name: isNotEmpty("Enter a name."),
    price: (value: string, { currency }: OfferFormValues) =>
      moneyError(value, currency, "Enter a price."),
    compare_at: (value: string, { currency }: OfferFormValues) => moneyError(value, currency, null),
  },
};
