import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { ProblemResponse, renderPortal } from "../testing/portal";
import { PaymentsPage } from "./PaymentsPage";

const money = { amount: 9800, currency: "EUR" };
const entry = {
  order_number: "SMP-7K3M-2QXF",
  customer_name: "Mara Lind",
  email: "mara@example.com",
  fee: { amount: 314, currency: "EUR" },
  payment: {
    id: "y1",
    gateway: "sandbox",
    state: "failed",
    amount: money,
    failure: "Your bank declined the card.",
    created_at: "2026-11-20T09:00:00Z",
  },
};

function show(answer: (request: Request) => unknown, path = "/smp/payments") {
  renderPortal("finance", path, [{ path: "payments", Component: PaymentsPage }], {
    "GET /payments": answer,
  });
}

afterEach(() => vi.restoreAllMocks());

it("lists attempts with why they failed, and links to their orders", async () => {
  show(() => ({ items: [entry], next_cursor: null }));
  const link = await screen.findByRole("link", { name: "SMP-7K3M-2QXF" });
  expect(link.getAttribute("href")).toBe("/smp/orders/SMP-7K3M-2QXF");
  screen.getByText("Your bank declined the card.");
  screen.getByText("mara@example.com");
  screen.getByText("€98.00");
  screen.getByText("€3.14");
});

it("asks for what its filters say", async () => {
  const asked: string[] = [];
  show((request) => {
    asked.push(new URL(request.url).search);
    return { items: [], next_cursor: null };
  }, "/smp/payments?state=failed&order=smp7k3m2qxf");
  await screen.findByText(/None match/);
  expect(asked[0]).toContain("state=failed");
  expect(asked[0]).toContain("order=smp7k3m2qxf");
  await userEvent.selectOptions(screen.getByLabelText("Gateway"), "sandbox");
  await waitFor(() => expect(asked.at(-1)).toContain("gateway=sandbox"));
});

it("says that there are none, and that they could not be loaded", async () => {
  show(() => ({ items: [], next_cursor: null }));
  await screen.findByText("Attempts to pay are listed here once there are any.");
  vi.restoreAllMocks();
  document.body.replaceChildren();
  show(() => new ProblemResponse(503, { title: "Busy", detail: "Try again in a moment." }));
  await screen.findByText("This couldn’t be loaded", undefined, { timeout: 10_000 });
}, 20_000);
