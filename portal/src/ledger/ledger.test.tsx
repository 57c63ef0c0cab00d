import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPortal } from "../testing/portal";
import { CommissionPage } from "./CommissionPage";
import { MoneyPanel } from "./MoneyPanel";
import { formatPpm, ppmOf } from "./percent";
import { ReconciliationPage } from "./ReconciliationPage";

const eur = (amount: number) => ({ amount, currency: "EUR" });
const general = { id: "r1", ppm: 125000, fixed_minor: 0, set_at: "2026-11-20T09:00:00Z" };
const ofOak = {
  ...general,
  id: "r2",
  provider_id: "t1",
  provider_name: "Oak & Sons",
  kind: "voucher",
  currency: "EUR",
  ppm: 50000,
  fixed_minor: 30,
};
const difference = {
  id: "d1",
  source: "stripe",
  kind: "payment",
  subject: "pi_1",
  expected: eur(4900),
  found: eur(4800),
  state: "open",
  found_at: "2026-11-20T09:00:00Z",
};

afterEach(() => vi.restoreAllMocks());

describe("percentages", () => {
  it("are read exactly, and written as they were", () => {
    expect([ppmOf("12.5"), ppmOf("12,5 %"), ppmOf("0"), ppmOf("100"), ppmOf("0.0001")]).toEqual([
      125000, 125000, 0, 1000000, 1,
    ]);
    expect([ppmOf(""), ppmOf("101"), ppmOf("-1"), ppmOf("1.00001")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(formatPpm(125000, "en-GB")).toBe("12.5%");
  });
});

describe("commission", () => {
  const show = (items: unknown[], more: Record<string, unknown> = {}) =>
    renderPortal(
      "finance",
      "/smp/commission",
      [{ path: "commission", Component: CommissionPage }],
      { "GET /commission-rules": { items }, ...more },
    );

  it("is shown by whom it is for, and what it takes", async () => {
    show([general, ofOak]);
    const row = (await screen.findByText("Oak & Sons, Vouchers")).closest("tr");
    expect(row?.textContent).toContain("€0.30 a unit");
    screen.getByText("Everything");
  });

  it("is set in millionths and minor units", async () => {
    const sent = show([], { "PUT /commission-rules": { items: [general] } });
    await userEvent.click(await screen.findByRole("button", { name: "Set a rule" }));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Set rule" }));
    dialog.getByText(/Enter a percentage from 0 to 100/);
    await userEvent.type(dialog.getByLabelText("Share of the line"), "12.5");
    await userEvent.selectOptions(dialog.getByLabelText("Currency"), "EUR");
    await userEvent.type(dialog.getByLabelText("For each unit"), "0.30");
    await userEvent.click(dialog.getByRole("button", { name: "Set rule" }));
    await vi.waitFor(() => {
      expect(sent).toEqual([
        {
          path: "PUT /commission-rules",
          body: { ppm: 125000, currency: "EUR", fixed_minor: 30 },
        },
      ]);
    });
  });
});

describe("a difference", () => {
  it("is explained with a note", async () => {
    const sent = renderPortal(
      "finance",
      "/smp/reconciliation",
      [{ path: "reconciliation", Component: ReconciliationPage }],
      {
        "GET /ledger-differences": { items: [difference] },
        "PUT /ledger-differences/d1/note": { ...difference, state: "explained", note: "A test" },
      },
    );
    await screen.findByText("Report of Stripe: pi_1");
    await userEvent.click(screen.getByRole("button", { name: "Explain: pi_1" }));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Save note" }));
    dialog.getByText("Enter why it differs.");
    await userEvent.type(dialog.getByLabelText("Why it differs"), "A test");
    await userEvent.click(dialog.getByRole("button", { name: "Save note" }));
    await vi.waitFor(() => {
      expect(sent).toEqual([{ path: "PUT /ledger-differences/d1/note", body: { note: "A test" } }]);
    });
  });
});

describe("the money of an order", () => {
  it("is told in words without signs", async () => {
    renderPortal(
      "finance",
      "/smp/money",
      [{ path: "money", element: <MoneyPanel number="SMP-1" /> }],
      {
        "GET /orders/SMP-1/ledger": {
          transfers: [
            {
              key: "sale:y1",
              kind: "sale",
              note: "Order SMP-1: paid",
              posted_at: "2026-11-20T09:00:00Z",
              entries: [
                { account: "gateway_cash", gateway: "stripe", amount: eur(4900) },
                { account: "provider_payable", provider_name: "Oak & Sons", amount: eur(-4410) },
                { account: "commission", provider_name: "Oak & Sons", amount: eur(-490) },
              ],
            },
          ],
        },
      },
    );
    await screen.findByText("Paid (Order SMP-1: paid)");
    screen.getByText("Received by Stripe: €49.00");
    screen.getByText("SMP owes, Oak & Sons: €44.10");
    screen.getByText("Commission, Oak & Sons: €4.90");
  });
});
