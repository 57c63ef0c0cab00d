import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Order, Shipment } from "../api/types";
import { renderPortal } from "../testing/portal";
import { OrderPage } from "./OrderPage";

const money = (amount: number) => ({ amount, currency: "EUR" });
const address = {
  name: "Mara Lind",
  line1: "Lindenallee 14",
  city: "Berlin",
  postal_code: "10435",
  country: "DE",
};
const shipment: Shipment = {
  id: "h1",
  carrier: "DHL",
  tracking_number: "1",
  state: "in_transit",
  created_at: "2026-11-21T09:00:00Z",
  events: [],
};

function orderWith(shipments: Shipment[]): Order {
  return {
    number: "SMP-1",
    state: "confirmed",
    status: shipments.length > 0 ? "shipped" : "confirmed",
    customer_name: "Mara Lind",
    email: "mara@example.com",
    shipping_address: address,
    total: money(9800),
    price: { subtotal: money(9800), components: [], total: money(9800) },
    due_now: money(9800),
    paid: money(9800),
    rest_is_due: false,
    refunded: money(0),
    pay_by: "2026-11-20T09:00:00Z",
    cancel_offered: false,
    clock_stopped: false,
    created_at: "2026-11-20T09:00:00Z",
    confirmed_at: "2026-11-20T09:00:00Z",
    parcels: [
      {
        id: "p1",
        provider_name: "Oak & Sons",
        provider_slug: "oak",
        state: shipments.length > 0 ? "shipped" : "to_ship",
        status: shipments.length > 0 ? "shipped" : "to_ship",
        subtotal: money(9800),
        lines: [],
        shipments,
        refund_offered: false,
      },
    ],
    payments: [
      {
        id: "y1",
        gateway: "sandbox",
        state: "succeeded",
        part: "whole",
        amount: money(9800),
        created_at: "2026-11-20T09:00:00Z",
      },
    ],
    refunds: [],
    vouchers: [],
  };
}

afterEach(() => vi.restoreAllMocks());

it.each([
  ["goes back on sale unless told otherwise when it was never shipped", [], true],
  ["stays off sale unless told otherwise once it was shipped", [shipment], false],
])("a refunded order %s", async (_, shipments, restock) => {
  const sent = renderPortal(
    "finance",
    "/smp/orders/SMP-1",
    [{ path: "orders/:number", Component: OrderPage }],
    {
      "GET /orders/SMP-1": orderWith(shipments),
      "POST /orders/SMP-1/refunds": { id: "r1", amount: money(9800), state: "succeeded" },
    },
  );
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Refund" }));
  await user.type(await screen.findByLabelText("Reason for the shopper"), "Broken.");
  await user.type(screen.getByLabelText("Internal note"), "Kiln accident.");
  await user.click(screen.getByRole("button", { name: "Refund €98.00" }));
  await waitFor(() =>
    expect(sent.map(({ body }) => body)).toEqual([
      { reason: "Broken.", note: "Kiln accident.", restock },
    ]),
  );
});

it("refunds units with what became of them, at the price that it shows", async () => {
  const line = {
    id: "l1",
    title: "Oak bowls",
    item_name: "Small",
    sku: "OAK-S",
    quantity: 3,
    refunded_quantity: 0,
    unit_price: money(1000),
    total: money(3000),
  };
  const part = { kind: "line", payer: "shopper", line_id: "l1", included: false };
  const base = orderWith([shipment]);
  const sent = renderPortal(
    "finance",
    "/smp/orders/SMP-1",
    [{ path: "orders/:number", Component: OrderPage }],
    {
      "GET /orders/SMP-1": {
        ...base,
        price: { ...base.price, components: [{ ...part, amount: money(3000) }] },
        parcels: [{ ...base.parcels[0], lines: [line] }],
      },
      "POST /orders/SMP-1/refunds": { id: "r1", amount: money(2000), state: "succeeded" },
    },
  );
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Refund" }));
  await user.click(await screen.findByLabelText("Some units"));
  await user.type(screen.getByLabelText("Reason for the shopper"), "Too small.");
  await user.type(screen.getByLabelText("Units to refund"), "2");
  await user.selectOptions(screen.getByLabelText("What became of them"), "came_back");
  await user.click(screen.getByRole("button", { name: "Refund €20.00" }));
  await waitFor(() =>
    expect(sent.map(({ body }) => body)).toEqual([
      {
        reason: "Too small.",
        note: "",
        lines: [{ line_id: "l1", quantity: 2, amount_minor: 2000, restock: "came_back" }],
      },
    ]),
  );
});
