import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Order } from "../api/types";
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
const order: Order = {
  number: "SMP-1",
  state: "awaiting_payment",
  status: "awaiting_payment",
  customer_name: "Mara Lind",
  email: "mara@example.com",
  shipping_address: address,
  total: money(9800),
  price: { subtotal: money(9800), components: [], total: money(9800) },
  refunded: money(0),
  due_now: money(9800),
  paid: money(0),
  rest_is_due: false,
  pay_by: "2026-11-20T09:00:00Z",
  cancel_offered: true,
  clock_stopped: false,
  created_at: "2026-11-20T09:00:00Z",
  parcels: [],
  payments: [],
  refunds: [],
  vouchers: [],
};

function show(more: Partial<Order>) {
  renderPortal("support", "/smp/orders/SMP-1", [{ path: "orders/:number", Component: OrderPage }], {
    "GET /orders/SMP-1": { ...order, ...more },
    "GET /orders/SMP-1/history": { items: [] },
    "GET /orders/SMP-1/ledger": { transfers: [] },
  });
}

afterEach(() => vi.restoreAllMocks());

it("shows whom an order is billed to", async () => {
  show({
    phone: "+49305550142",
    billing_address: { ...address, name: "Lind GmbH", line1: "Am Markt 1" },
    vat_id: "DE123456789",
  });
  await screen.findByText("Bill to");
  for (const text of ["Lind GmbH", "+49305550142", "DE123456789 (not verified)"])
    expect(screen.queryAllByText(text)).toHaveLength(1);
});

it("leaves out what was not given", async () => {
  show({});
  await screen.findByText("Ship to");
  for (const term of ["Bill to", "VAT ID", "Phone"]) expect(screen.queryByText(term)).toBeNull();
});
