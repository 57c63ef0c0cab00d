import { beforeEach, describe, expect, it } from "vitest";
import { formatAttributes, parseAttributes } from "../offers/attributes";
import { isOrigin } from "../providers/CartOrigins";
import { setReference } from "../format/reference";
import { slugOf } from "../providers/slug";
import { reference } from "../testing/reference";
import { windowWithin } from "../statistics/VisitsChart";
import { providerWith, saleWith } from "../testing/portal";
import {
  newSale,
  toFormValues,
  toSaleInput,
  itemDefaults,
  takesDeposit,
  saleValidation,
  type SaleFormValues,
} from "./saleFormValues";

const values: SaleFormValues = {
  ...newSale({ regions: ["DE"] }),
  offer_id: "o1",
  starts_at: "2026-11-24T10:00:00.000Z",
  ends_at: "2026-11-26T10:00:00.000Z",
  items: [
    {
      item_id: "i1",
      name: "Sea",
      currency: "EUR",
      price: "1.900,00",
      capacity: "1,200",
      limit_per_shopper: "6",
      ...itemDefaults,
    },
  ],
};

beforeEach(() => setReference(reference));

describe("the input of a sale form", () => {
  it("has numbers as they were typed and minutes in seconds", () => {
    expect(toSaleInput(values)).toEqual({
      offer_id: "o1",
      mode: "hosted",
      kind: "while_supplies_last",
      starts_at: "2026-11-24T10:00:00.000Z",
      ends_at: "2026-11-26T10:00:00.000Z",
      hold_seconds: 600,
      registered_only: false,
      waitlist_offer_seconds: 600,
      sold_out_at_guarantee: false,
      countries: ["DE"],
      items: [{ item_id: "i1", price_minor: 190_000, capacity: 1_200, limit_per_shopper: 6 }],
    });
  });

  it("sells out at the guarantee only in a redirect sale", () => {
    const choice = { ...values, sold_out_at_guarantee: true };
    expect(toSaleInput(choice).sold_out_at_guarantee).toBe(false);
    expect(toSaleInput({ ...choice, mode: "redirect" }).sold_out_at_guarantee).toBe(true);
  });

  it("sends a redirect URL only for a redirect sale", () => {
    const url = { redirect_url: " https://shop.example/bowls " };
    expect(toSaleInput({ ...values, ...url })).not.toHaveProperty("redirect_url");
    expect(toSaleInput({ ...values, ...url, mode: "redirect" }).redirect_url).toBe(
      "https://shop.example/bowls",
    );
  });
});

describe("the values of a sale form", () => {
  it("begin with the countries that the provider ships to, or with none", () => {
    expect(newSale(providerWith({ regions: ["LI", "AT"] })).countries).toEqual(["LI", "AT"]);
    const emptySale = newSale(providerWith({ regions: [] }));
    expect(emptySale.countries).toEqual([]);
    expect(saleValidation.countries([], emptySale)).toContain("at least one country");
  });

  it("have the currency of the sale, also when its offer is not among those listed", () => {
    const [item] = saleWith().items;
    const items = item ? [{ ...item, price: { amount: 4900, currency: "JPY" } }] : [];
    expect(toFormValues(saleWith({ items })).items[0]).toMatchObject({
      price: "4900",
      currency: "JPY",
    });
  });

  it("keep a sale as it is when nothing is touched", () => {
    const [item] = saleWith().items;
    const sale = saleWith({
      starts_at: "2026-10-25T00:30:07.123456Z",
      ends_at: "2026-10-25T01:30:00Z",
      registration_opens_at: "2026-10-01T08:00:01Z",
      registration_closes_at: "2026-10-25T01:30:00Z",
      hold_seconds: 100,
      waitlist_offer_seconds: 90,
      countries: [],
      items: item
        ? [{ ...item, price: { amount: 139_000, currency: "EUR" }, capacity: 12_000 }]
        : [],
    });
    expect(toSaleInput(toFormValues(sale))).toMatchObject({
      starts_at: sale.starts_at,
      ends_at: sale.ends_at,
      registration_opens_at: sale.registration_opens_at,
      registration_closes_at: sale.registration_closes_at,
      hold_seconds: 100,
      waitlist_offer_seconds: 90,
      countries: [],
      items: [{ price_minor: 139_000, capacity: 12_000 }],
    });
    expect(saleValidation.countries([], toFormValues(sale))).toBeNull();
  });
});

describe("the registration period of a sale form", () => {
  const times = {
    registration_opens_at: "2026-11-20T10:00:00.000Z",
    registration_closes_at: "2026-11-26T10:00:00.000Z",
  };

  it("is sent with both times or not at all", () => {
    expect(toSaleInput(values)).not.toHaveProperty("registration_opens_at");
    expect(toSaleInput({ ...values, ...times, registered_only: true })).toMatchObject({
      registration_opens_at: "2026-11-20T10:00:00.000Z",
      registration_closes_at: "2026-11-26T10:00:00.000Z",
      registered_only: true,
    });
  });

  it("must lie before the end of the sale", () => {
    const { registration_opens_at: opens, registration_closes_at: closes } = saleValidation;
    expect(opens("", values)).toBeNull();
    expect(opens("", { ...values, registered_only: true })).toContain("registered shoppers only");
    expect(opens("", { ...values, ...times, registration_opens_at: "" })).toContain("opens");
    expect(closes("", { ...values, ...times })).toContain("closes");
    expect(closes(times.registration_closes_at, { ...values, ...times })).toBeNull();
    expect(closes("2026-11-26T10:01:00Z", { ...values, ...times })).toContain("no later than");
    expect(closes("2026-11-20T10:00:00Z", { ...values, ...times })).toContain("after it opens");
  });

  it("limits the duration of a waitlist offer", () => {
    expect(saleValidation.waitlist_offer_minutes("0", values)).not.toBeNull();
    expect(saleValidation.waitlist_offer_minutes("1441", values)).not.toBeNull();
    expect(saleValidation.waitlist_offer_minutes("10", values)).toBeNull();
  });
});

describe("the validation of a sale form", () => {
  it("requires an end after the start", () => {
    expect(saleValidation.ends_at("2026-11-24T10:00:00Z", values)).toContain("after it starts");
    expect(saleValidation.ends_at("2026-11-24T10:01:00Z", values)).toBeNull();
    expect(saleValidation.ends_at("", values)).toContain("when the sale ends");
  });

  it("requires positive whole numbers", () => {
    for (const bad of ["", "0", "-1", "1.5", "1e3", "x"])
      expect(saleValidation.items.capacity(bad)).not.toBeNull();
    expect(saleValidation.items.capacity("12")).toBeNull();
  });

  it("requires a full URL for a cart", () => {
    expect(
      saleValidation.redirect_url("shop.example", { ...values, mode: "redirect" }),
    ).not.toBeNull();
    expect(saleValidation.redirect_url("", values)).toBeNull();
  });
});

describe("the type of a sale in its form", () => {
  const item = {
    ...itemDefaults,
    item_id: "i1",
    name: "Sea",
    currency: "EUR",
    price: "19",
    capacity: "200",
    limit_per_shopper: "6",
  };
  const kinds = {
    target_quantity: "150",
    ship_min_days: "28",
    ship_max_days: "42",
    voucher_valid_days: "365",
  };
  const slot = { slot_starts_on: "2027-02-05", slot_ends_on: "2027-02-07" };

  it("sends only the fields of the sale's type", () => {
    expect(toSaleInput({ ...values, ...kinds, kind: "aggregated" })).toMatchObject({
      kind: "aggregated",
      target_quantity: 150,
      ship_min_days: 28,
      ship_max_days: 42,
      when_target_missed: "wait",
    });
    expect(toSaleInput({ ...values, ...kinds, kind: "aggregated" })).not.toHaveProperty(
      "voucher_valid_days",
    );
    expect(toSaleInput({ ...values, ...kinds, kind: "voucher" })).not.toHaveProperty(
      "target_quantity",
    );
    const dated = { ...values, items: [{ ...item, ...slot }] };
    expect(toSaleInput({ ...dated, kind: "reservation" }).items[0]).toMatchObject(slot);
    expect(toSaleInput(dated).items[0]).not.toHaveProperty("slot_starts_on");
  });

  it("sends a guarantee only for a sale from stock", () => {
    const guaranteed = {
      ...values,
      items: [
        { ...item, guaranteed_quantity: "250", evidence: " Counted. ", evidence_asset_id: "a1" },
      ],
    };
    expect(toSaleInput(guaranteed).items[0]).toMatchObject({
      guaranteed_quantity: 250,
      evidence: "Counted.",
      evidence_asset_id: "a1",
    });
    expect(toSaleInput({ ...guaranteed, kind: "aggregated" }).items[0]).not.toHaveProperty(
      "guaranteed_quantity",
    );
    expect(toSaleInput(values).items[0]).not.toHaveProperty("guaranteed_quantity");
  });

  it("requires the fields of the sale's type", () => {
    expect(saleValidation.target_quantity("", values)).toBeNull();
    expect(saleValidation.target_quantity("", { ...values, kind: "aggregated" })).not.toBeNull();
    expect(saleValidation.ship_min_days("0", { ...values, kind: "aggregated" })).toBeNull();
    expect(
      saleValidation.ship_max_days("20", { ...values, ...kinds, kind: "aggregated" }),
    ).toContain("before the first day");
    expect(saleValidation.voucher_valid_days("0", { ...values, kind: "voucher" })).not.toBeNull();
    const dated: SaleFormValues = { ...values, kind: "reservation", items: [{ ...item, ...slot }] };
    expect(saleValidation.items.slot_starts_on("", dated)).toContain("first day");
    expect(
      saleValidation.items.slot_ends_on("2027-02-04", dated, "items.0.slot_ends_on"),
    ).toContain("before");
    expect(
      saleValidation.items.slot_ends_on("2027-02-05", dated, "items.0.slot_ends_on"),
    ).toBeNull();
  });
});

describe("form helpers", () => {
  it("parses and formats attributes", () => {
    expect(parseAttributes("Colour: blue, Size: M , handmade,")).toEqual({
      Colour: "blue",
      Size: "M",
      handmade: "handmade",
    });
    expect(formatAttributes(parseAttributes("Colour: blue, handmade"))).toBe(
      "Colour: blue, handmade",
    );
    expect(parseAttributes("Link: https://x.example")).toEqual({ Link: "https://x.example" });
  });

  it("derives a slug from a name", () => {
    expect(slugOf("Käthe & Söhne, Gießen")).toBe("kathe-sohne-giessen");
    expect(slugOf("  ")).toBe("");
  });

  it("tells an origin from a page URL", () => {
    expect(isOrigin("https://shop.example")).toBe(true);
    expect(isOrigin("https://shop.example/cart")).toBe(false);
    expect(isOrigin("ftp://shop.example")).toBe(false);
    expect(isOrigin("shop.example")).toBe(false);
  });

  it("finds the chart points within the sale", () => {
    const points = [
      "2026-11-24T09:00:00Z",
      "2026-11-24T10:00:00Z",
      "2026-11-24T11:00:00Z",
      "2026-11-24T12:00:00Z",
    ];
    expect(windowWithin(points, "2026-11-24T09:30:00Z", "2026-11-24T11:30:00Z")).toEqual({
      from: points[1],
      to: points[2],
    });
    expect(windowWithin(points, "2026-11-25T09:30:00Z", "2026-11-25T11:30:00Z")).toBeNull();
  });
});

it("takes a deposit for everything but a voucher in SMP's cart", () => {
  expect(takesDeposit({ kind: "reservation", mode: "hosted" })).toBe(true);
  expect(takesDeposit({ kind: "aggregated", mode: "hosted" })).toBe(true);
  expect(takesDeposit({ kind: "voucher", mode: "hosted" })).toBe(false);
  expect(takesDeposit({ kind: "voucher", mode: "redirect" })).toBe(true);
});
