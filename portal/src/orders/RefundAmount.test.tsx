import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Order } from "../api/types";
import { renderPortal } from "../testing/portal";
import { RefundDialog } from "./RefundDialog";

const euros = (amount: number) => ({ amount, currency: "EUR" });
const order = {
  number: "SMP-1",
  total: euros(150_000),
  paid: euros(150_000),
  refunded: euros(0),
  parcels: [],
} as unknown as Order;

function show() {
  const Page = () => <RefundDialog order={order} opened onClose={() => undefined} />;
  return renderPortal("finance", "/smp/refund", [{ path: "refund", Component: Page }], {
    "POST /orders/SMP-1/refunds": { amount: euros(100_000) },
  });
}

afterEach(() => vi.restoreAllMocks());

it("refunds the amount that it shows", async () => {
  const sent = show();
  const user = userEvent.setup();
  await user.click(await screen.findByLabelText("Part of it"));
  await user.type(screen.getByLabelText("Amount"), "1.000");
  await user.type(screen.getByLabelText("Reason for the shopper"), "Late.");
  await user.click(screen.getByRole("button", { name: /^Refund/ }));
  await screen.findByText("“1.000” can be €1,000.00 or €1.00. Choose one.");
  expect(sent).toEqual([]);
  await user.type(screen.getByLabelText("Amount"), ",00");
  await user.click(await screen.findByRole("button", { name: "Refund €1,000.00" }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ amount_minor: 100_000 }));
});
