import { expect, it } from "vitest";
import type { Sale } from "../api/types";
import { saleWith } from "../testing/portal";
import { offerState } from "./offerState";

const offer = { id: "o1", state: "draft" } as const;

it.each<[Partial<Sale>[], boolean, string | null]>([
  [[{ state: "approved", phase: "live" }], true, "on_sale"],
  [
    [
      { state: "approved", phase: "ended" },
      { state: "approved", phase: "sold_out" },
    ],
    true,
    "on_sale",
  ],
  [
    [
      { state: "approved", phase: "countdown" },
      { state: "draft", phase: null },
    ],
    true,
    "announced",
  ],
  [[{ state: "submitted", phase: null }], true, "submitted"],
  [[{ state: "changes_requested", phase: null }], true, "sale_planned"],
  [[{ state: "approved", phase: "ended" }], true, "not_on_sale"],
  [[{ state: "approved", phase: "live", offer_id: "other" }], true, "not_on_sale"],
  [[], false, null],
])("derives whether an offer is on sale from its sales (%#)", (sales, complete, state) => {
  expect(offerState(offer, sales.map(saleWith), complete)).toBe(state);
});

it("is archived whatever its sales are", () => {
  expect(offerState({ ...offer, state: "archived" }, [saleWith()], true)).toBe("archived");
});
