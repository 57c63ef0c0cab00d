import { screen, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Parcel } from "../api/types";
import { renderPortal } from "../testing/portal";
import { ParcelPage } from "./ParcelPage";

const price = { amount: 4_900, currency: "EUR" };
const line = {
  title: "Oak bowls",
  item_name: "Small",
  sku: "OAK-S",
  quantity: 1,
  unit_price: price,
};
const voucher = { ...line, title: "An afternoon", sku: "VOUCHER", voucher_valid_days: 365 };

function show(status: Parcel["status"], lines: object[]) {
  const parcel = {
    id: "p1",
    order_number: "SMP-1",
    state: "to_ship",
    status,
    created_at: "2026-11-20T09:00:00Z",
    subtotal: price,
    shipping_address: { name: "Ada", line1: "1 Row", postal_code: "1", city: "Ulm", country: "DE" },
    shipments: [],
    lines,
  } as unknown as Parcel;
  renderPortal(
    "fulfilment",
    "/p/oak/parcels/p1",
    [{ path: "parcels/:parcel", Component: ParcelPage }],
    {
      "GET /providers/t1/parcels/p1": parcel,
    },
  );
}

afterEach(() => vi.restoreAllMocks());

it("has nothing to pack and nowhere to ship for vouchers alone", async () => {
  show("issued", [voucher]);
  await screen.findByRole("heading", { name: "Vouchers" });
  expect(screen.queryByRole("heading", { name: "What to pack" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "Ship to" })).toBeNull();
});

it("packs the goods of a parcel that has vouchers, too", async () => {
  show("to_ship", [line, voucher]);
  const pack = await screen.findByRole("heading", { name: "What to pack" });
  screen.getByRole("heading", { name: "Ship to" });
  const panel = pack.closest("section") as HTMLElement;
  within(panel).getByText("Oak bowls");
  expect(within(panel).queryByText("An afternoon")).toBeNull();
});

it("keeps a parcel whose rest is not paid", async () => {
  show("awaiting_rest", [line]);
  await screen.findByRole("heading", { name: "Kept until the rest is paid: do not ship yet" });
  expect(screen.queryByRole("button", { name: /ship/i })).toBeNull();
});
