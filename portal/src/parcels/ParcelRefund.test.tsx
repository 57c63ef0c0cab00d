import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Parcel } from "../api/types";
import { renderPortal } from "../testing/portal";
import { ParcelRefund } from "./ParcelRefund";

const price = { amount: 4_900, currency: "EUR" };
const line = {
  id: "l1",
  title: "Oak bowls",
  item_name: "Small",
  sku: "OAK-S",
  quantity: 3,
  refunded_quantity: 1,
  unit_price: price,
};

function show(role: "fulfilment" | "editor", more: object = {}) {
  const parcel = {
    id: "p1",
    order_number: "SMP-1",
    status: "to_ship",
    subtotal: price,
    shipments: [],
    lines: [line],
    ...more,
  } as unknown as Parcel;
  const Page = () => (
    <>
      <p>The parcel</p>
      <ParcelRefund parcel={parcel} />
    </>
  );
  return renderPortal(role, "/p/oak/refund", [{ path: "refund", Component: Page }], {
    "POST /providers/t1/parcels/p1/refunds": { id: "r1", state: "succeeded", amount: price },
  });
}

afterEach(() => vi.restoreAllMocks());

it("refunds units that are left, with a total that follows what is typed", async () => {
  const sent = show("fulfilment");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Refund" }));
  await user.type(await screen.findByLabelText("Units to refund"), "3");
  await screen.findByText("Enter 0 to 2.");
  await user.clear(screen.getByLabelText("Units to refund"));
  await user.type(screen.getByLabelText("Units to refund"), "1");
  await user.click(screen.getByRole("button", { name: "Refund up to €49.00" }));
  await screen.findByText("Give a reason. The shopper will read it.");
  expect(sent).toEqual([]);
  await user.type(screen.getByLabelText("Reason for the shopper"), "Sold twice.");
  await user.click(screen.getByRole("button", { name: "Refund up to €49.00" }));
  await waitFor(() =>
    expect(sent.map(({ body }) => body)).toEqual([
      {
        reason: "Sold twice.",
        note: "",
        lines: [{ line_id: "l1", quantity: 1, restock: "never_sold" }],
      },
    ]),
  );
});

it.each([
  ["editor", {}],
  ["fulfilment", { status: "refunded" }],
  ["fulfilment", { cash: { amount: price, outcome: null } }],
  ["fulfilment", { lines: [{ ...line, refunded_quantity: 3 }] }],
] as const)("is not offered to %s with %j", async (role, more) => {
  show(role, more);
  await screen.findByText("The parcel");
  expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
});
