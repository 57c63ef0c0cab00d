import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderPortal } from "../testing/portal";
import { FailedRefundsPage } from "./FailedRefundsPage";

const refund = {
  id: "r1",
  order_number: "SMP-1",
  customer_name: "Mara Lind",
  email: "mara@example.com",
  amount: { amount: 9_800, currency: "EUR" },
  gateway: "sandbox",
  method_brand: "visa",
  method_last4: "4242",
  reason: "Broken.",
  note: "",
  failure: "The card is closed.",
  failed_at: "2026-11-20T09:00:00Z",
};

function show() {
  return renderPortal(
    "finance",
    "/smp/failed-refunds",
    [{ path: "failed-refunds", Component: FailedRefundsPage }],
    {
      "GET /refunds/failed": { items: [refund] },
      "POST /refunds/r1/retry": { id: "r2", state: "succeeded", amount: refund.amount },
      "POST /refunds/r1/settle-elsewhere": { id: "r1", state: "settled_elsewhere" },
    },
  );
}

afterEach(() => vi.restoreAllMocks());

it("says why a refund failed, and tries it again once that is confirmed", async () => {
  const sent = show();
  const user = userEvent.setup();
  await screen.findByText("The card is closed.");
  screen.getByText("To Visa ending in 4242");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(sent).toEqual([]);
  const dialog = await screen.findByRole("dialog");
  const buttons = [...dialog.querySelectorAll("button")];
  await user.click(buttons.find(({ textContent }) => textContent === "Try again") as HTMLElement);
  await waitFor(() => expect(sent).toHaveLength(1));
});

it("notes that it was paid another way, with how", async () => {
  const sent = show();
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Paid another way" }));
  await user.click(await screen.findByRole("button", { name: "Note as paid" }));
  await screen.findByText("Say how it was paid.");
  expect(sent).toEqual([]);
  await user.type(screen.getByLabelText("How it was paid"), "By transfer, 4711.");
  await user.click(screen.getByRole("button", { name: "Note as paid" }));
  await waitFor(() =>
    expect(sent.map(({ body }) => body)).toEqual([{ note: "By transfer, 4711." }]),
  );
});
