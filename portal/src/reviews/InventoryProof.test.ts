import { describe, expect, it } from "vitest";
import type { Proof, RevisionContent } from "../api/types";
import { findingsOf, guaranteedQuantities, verifiedQuantityError } from "./InventoryProof";

const item = {
  sale_item_id: "s1",
  item_id: "i1",
  sku: "BWL",
  name: "Sea",
  attributes: {},
  price_minor: 1900,
  capacity: 200,
  limit_per_shopper: 6,
  evidence: "",
};
const content = {
  mode: "hosted",
  kind: "while_supplies_last",
  items: [item, { ...item, sale_item_id: "s2", guaranteed_quantity: 250 }],
} as unknown as RevisionContent;

describe("verifying inventory", () => {
  it("starts from the guaranteed quantities and sends those entered", () => {
    const verified = guaranteedQuantities(content);
    expect(verified).toEqual({ s1: "200", s2: "250" });
    expect(findingsOf(content, { ...verified, s2: "220" }, [])).toEqual([
      { sale_item_id: "s1", decision: "verify", quantity: 200 },
      { sale_item_id: "s2", decision: "verify", quantity: 220 },
    ]);
  });

  it("leaves a refused proof refused", () => {
    const refused = { sale_item_id: "s1", state: "refused" } as Proof;
    expect(findingsOf(content, guaranteedQuantities(content), [refused])).toEqual([
      { sale_item_id: "s2", decision: "verify", quantity: 250 },
    ]);
  });

  it("reports a verified quantity below the capacity", () => {
    expect(verifiedQuantityError(item, "200")).toBeNull();
    expect(verifiedQuantityError(item, "199")).toContain("ask for changes");
    expect(verifiedQuantityError(item, "")).toContain("whole number");
  });
});
