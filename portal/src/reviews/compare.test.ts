import { beforeAll, describe, expect, it } from "vitest";
import type { RevisionContent } from "../api/types";
import { setReference } from "../format/reference";
import { reference } from "../testing/reference";
import { compareContent } from "./compare";
import { diffWords } from "./diffWords";

beforeAll(() => setReference(reference));

const item = {
  sale_item_id: "s1",
  item_id: "i1",
  sku: "BWL",
  name: "Sea",
  attributes: { Glaze: "sea" },
  price_minor: 1900,
  capacity: 200,
  limit_per_shopper: 6,
  deposit_refundable: false,
  evidence: "",
};
const picture: RevisionContent["assets"][number] = {
  asset_id: "a1",
  kind: "image",
  alt: "A bowl",
  url: "/a1",
  thumbnail_url: "/a1",
  width_px: 800,
  height_px: 600,
};
const content: RevisionContent = {
  title: "Bowls",
  summary: "Six glazes.",
  description: "Thrown by hand.",
  terms: "Ships in five days.",
  mode: "hosted",
  kind: "while_supplies_last",
  currency: "EUR",
  starts_at: "2026-11-24T10:00:00Z",
  ends_at: "2026-11-26T10:00:00Z",
  hold_seconds: 600,
  registered_only: false,
  waitlist_offer_seconds: 600,
  sold_out_at_guarantee: false,
  countries: ["DE"],
  assets: [picture],
  items: [item],
};

const changed = (before: RevisionContent, after: RevisionContent) =>
  compareContent(before, after)
    .fields.filter(({ change }) => change !== "same")
    .map(({ label, change }) => [label, change]);

describe("comparing revisions", () => {
  it("finds no changes between equal revisions", () => {
    expect(compareContent(content, structuredClone(content)).changes).toBe(0);
  });

  it("counts no changes when there is no approved revision", () => {
    const first = compareContent(null, content);
    expect(first.changes).toBe(0);
    expect(
      [...first.fields, ...first.items, ...first.assets].every(({ change }) => change === "same"),
    ).toBe(true);
    expect(first.items[0]?.fields.find(({ label }) => label === "SKU")?.after).toBe("BWL");
  });

  it("names the fields that differ", () => {
    expect(
      changed(content, {
        ...content,
        summary: "Seven glazes.",
        countries: ["DE", "FR"],
        terms: "",
      }),
    ).toEqual([
      ["Summary", "changed"],
      ["Terms of sale", "removed"],
      ["Countries", "changed"],
    ]);
  });

  it("reports the fields that come and go with the mode", () => {
    expect(
      changed(content, {
        ...content,
        mode: "redirect",
        redirect_url: "https://shop.example/bowls",
      }),
    ).toEqual([
      ["Payment", "changed"],
      ["Redirect URL", "added"],
      ["Hold time", "removed"],
      ["Waitlist offer", "removed"],
    ]);
  });

  it("pairs items by id, not by order", () => {
    const other = { ...item, item_id: "i2", sku: "ASH", name: "Ash" };
    const added = { ...item, item_id: "i3", sku: "CLY", name: "Clay" };
    const { items, changes } = compareContent(
      { ...content, items: [item, other] },
      { ...content, items: [added, { ...item, price_minor: 1700 }] },
    );
    expect(items.map(({ name, change }) => [name, change])).toEqual([
      ["Clay", "added"],
      ["Sea", "changed"],
      ["Ash", "removed"],
    ]);
    expect(
      items[1]?.fields.filter(({ change }) => change !== "same").map(({ label }) => label),
    ).toEqual(["Sale price"]);
    expect(changes).toBe(3);
  });

  it("treats the same package on other dates as another item", () => {
    const slot = (first: string, last: string) => ({
      ...item,
      slot_starts_on: first,
      slot_ends_on: last,
    });
    const before = {
      ...content,
      items: [slot("2027-02-05", "2027-02-07"), slot("2027-02-12", "2027-02-14")],
    };
    const after = {
      ...content,
      items: [slot("2027-02-05", "2027-02-07"), slot("2027-02-19", "2027-02-21")],
    };
    expect(compareContent(before, after).items.map(({ change }) => change)).toEqual([
      "same",
      "added",
      "removed",
    ]);
  });

  it("reports added, removed and redescribed pictures", () => {
    const after = {
      ...content,
      assets: [
        { ...picture, alt: "A blue bowl" },
        { ...picture, asset_id: "a2" },
      ],
    };
    expect(compareContent(content, after).assets.map(({ change }) => change)).toEqual([
      "changed",
      "added",
    ]);
    expect(
      compareContent(content, { ...content, assets: [] }).assets.map(({ change }) => change),
    ).toEqual(["removed"]);
  });
});

describe("diffing words", () => {
  const sides = (before: string, after: string) => {
    const parts = diffWords(before, after);
    const without = (kind: string) =>
      parts
        .filter((part) => part.kind !== kind)
        .map(({ text }) => text)
        .join("");
    return { parts, before: without("added"), after: without("removed") };
  };

  it("marks only what differs", () => {
    expect(diffWords("fired twice in Caldas", "fired thrice in Caldas")).toEqual([
      { text: "fired ", kind: "same" },
      { text: "twice", kind: "removed" },
      { text: "thrice", kind: "added" },
      { text: " in Caldas", kind: "same" },
    ]);
  });

  it.each([
    ["", "new words"],
    ["old words", ""],
    ["a b c d", "c d a b"],
    ["one\n\ntwo  three", "one two three four"],
  ])("gives back both texts whole: %j and %j", (before, after) => {
    const result = sides(before, after);
    expect(result.before).toBe(before);
    expect(result.after).toBe(after);
  });

  it("handles very long texts", () => {
    const long = "word ".repeat(5_000);
    const result = sides(long, `${long}end`);
    expect(result.after).toBe(`${long}end`);
  });
});
