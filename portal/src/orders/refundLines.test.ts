import { expect, it } from "vitest";
import type { Order } from "../api/types";
import {
  amountOf,
  linesOfOrder,
  restockChoices,
  totalOf,
  unitsOf,
  type RefundableLine,
} from "./refundLines";

const line: RefundableLine = {
  id: "l1",
  name: "Oak bowls, Small",
  unitsLeft: 3,
  left: 1000,
  wasShipped: false,
};

it("splits a line so that its parts add up to it", () => {
  const first = amountOf(line, 1);
  const second = amountOf({ ...line, unitsLeft: 2, left: line.left - first }, 1);
  expect([first, second, line.left - first - second]).toEqual([333, 333, 334]);
  expect(amountOf(line, 3)).toBe(1000);
});

it("takes no more units than are left", () => {
  expect(["", "0", "3", "4", "1.5", "-1"].map((typed) => unitsOf(line, typed))).toEqual([
    0,
    0,
    3,
    null,
    null,
    null,
  ]);
  const chosen = { l1: { quantity: "4", restock: "lost" as const } };
  expect(totalOf([line], chosen)).toBe(0);
});

it("offers to put back on sale only what did not leave the house, or came back", () => {
  expect(restockChoices(line)).toEqual(["never_sold", "lost"]);
  expect(restockChoices({ ...line, wasShipped: true })).toEqual(["came_back", "lost"]);
});

it("takes off what was refunded of a line", () => {
  const euros = (amount: number) => ({ amount, currency: "EUR" });
  const refund = (state: string, amount: number) => ({
    state,
    lines: [{ line_id: "l1", quantity: 1, amount: euros(amount) }],
  });
  const order = {
    price: {
      components: [
        { line_id: "l1", included: false, amount: euros(9000) },
        { line_id: "l1", included: true, amount: euros(1437) },
        { line_id: "l2", included: false, amount: euros(500) },
      ],
    },
    refunds: [refund("succeeded", 3000), refund("failed", 3000)],
    parcels: [
      {
        shipments: [],
        lines: [
          { id: "l1", title: "Oak bowls", item_name: "Small", quantity: 3, refunded_quantity: 1 },
          { id: "l2", title: "Cups", item_name: "Ash", quantity: 1, refunded_quantity: 1 },
        ],
      },
    ],
  } as unknown as Order;
  expect(linesOfOrder(order)).toMatchObject([{ id: "l1", unitsLeft: 2, left: 6000 }]);
});
