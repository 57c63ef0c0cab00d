import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemResponse, renderPortal, saleWith, tenant } from "../testing/portal";
import { DisputesPage } from "./DisputesPage";
import { leaveFor } from "./leaveFor";
import { PayoutsPage } from "./PayoutsPage";
import { SalePayoutsNotice } from "./SalePayoutsNotice";
import { StaffPayoutsPage } from "./StaffPayoutsPage";

vi.mock("./leaveFor");

const none = {
  provider: { id: tenant.id, slug: tenant.slug, name: tenant.name },
  gateway: "stripe",
  state: "none",
  sandbox: false,
  required: true,
  missing: "This provider has not set up its payouts.",
  requirements: [],
  payouts_enabled: false,
};
const restricted = {
  ...none,
  state: "restricted",
  requirements: [
    { what: "a bank account for payouts", past_due: true },
    { what: "a date of birth", past_due: false },
  ],
  due_at: "2026-12-24T09:00:00Z",
};
const dispute = {
  id: "d1",
  reference: "du_1",
  payment_id: "y1",
  order_number: "SMP-7K3M-2QXF",
  amount: { amount: 9800, currency: "EUR" },
  reason: "product_not_received",
  state: "needs_response",
  closed: false,
  needs_response: true,
  evidence_due_at: "2026-12-01T22:59:59Z",
  opened_at: "2026-11-20T09:00:00Z",
  updated_at: "2026-11-20T09:00:00Z",
  dashboard_url: "https://dashboard.stripe.com/disputes/du_1",
};

const path = `/providers/${tenant.id}/payouts`;
const showPayouts = (responses: Record<string, unknown>) =>
  renderPortal("owner", "/p/oak/payouts", [{ path: "payouts", Component: PayoutsPage }], {
    [`GET ${path}/balance`]: { items: [], next_drafted_at: "2026-12-21T04:00:00Z" },
    [`GET /providers/${tenant.id}/statements`]: { items: [], next_cursor: null },
    [`GET /providers/${tenant.id}/bank-account`]: { account: null },
    ...responses,
  });

beforeEach(() => void vi.mocked(leaveFor).mockReset());
afterEach(() => vi.restoreAllMocks());

describe("an owner", () => {
  it("leaves for the gateway's form with one press", async () => {
    showPayouts({
      [`GET ${path}`]: none,
      [`POST ${path}/onboarding`]: { url: "https://connect.stripe.example/1", account: none },
    });
    await screen.findByText("Your hosted sales wait for this");
    await userEvent.click(screen.getByRole("button", { name: "Set up payouts" }));
    await vi.waitFor(() => {
      expect(leaveFor).toHaveBeenCalledWith("https://connect.stripe.example/1");
    });
  });

  it("reads what is missing, since when and until when, and continues", async () => {
    showPayouts({ [`GET ${path}`]: restricted });
    await screen.findByText("a bank account for payouts (overdue)");
    screen.getByText("a date of birth");
    screen.getByText(/Asked for until .*24.*2026/);
    screen.getByRole("button", { name: "Continue" });
    screen.getByRole("button", { name: "Open Stripe’s dashboard" });
  });

  it("makes a test account where there is no gateway", async () => {
    let account = { ...none, gateway: "sandbox", sandbox: true, required: false };
    showPayouts({
      [`GET ${path}`]: () => account,
      [`POST ${path}/onboarding`]: () => {
        account = { ...account, state: "enabled" };
        return { url: null, account };
      },
    });
    await screen.findByText("A test installation");
    await userEvent.click(screen.getByRole("button", { name: "Make a test account" }));
    await screen.findByText("The test account is ready.");
    expect(leaveFor).not.toHaveBeenCalled();
    expect(screen.queryByRole("button", { name: "Make a test account" })).toBeNull();
  });

  it("reads why the gateway refused", async () => {
    showPayouts({
      [`GET ${path}`]: none,
      [`POST ${path}/onboarding`]: new ProblemResponse(409, {
        title: "Conflict",
        detail: "Stripe refused this: no accounts in this country.",
      }),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Set up payouts" }));
    await screen.findByText(/no accounts in this country/);
  });
});

describe("a hosted sale", () => {
  const notice = (payouts_ready: boolean) => {
    const Page = () => (
      <>
        <p>The sale</p>
        <SalePayoutsNotice sale={saleWith({ payouts_ready })} />
      </>
    );
    renderPortal("owner", "/p/oak/sales/s1", [{ path: "sales/s1", Component: Page }], {});
  };

  it("says before its submission that payouts are not set up", async () => {
    notice(false);
    await screen.findByText("Payouts are not set up");
    expect(screen.getByRole("link").getAttribute("href")).toBe("/p/oak/payouts");
  });

  it("says nothing when they are", async () => {
    notice(true);
    await screen.findByText("The sale");
    expect(screen.queryByText("Payouts are not set up")).toBeNull();
  });
});

describe("finance", () => {
  it("sees who can be paid, and what is missing", async () => {
    const pages = [{ path: "payouts", Component: StaffPayoutsPage }];
    renderPortal("finance", "/smp/payouts", pages, {
      "GET /payout-accounts": { items: [restricted], next_cursor: null },
    });
    const link = await screen.findByRole("link", { name: tenant.name });
    expect(link.getAttribute("href")).toBe(`/smp/providers/${tenant.id}`);
    screen.getByText(/a bank account for payouts; a date of birth/);
  });

  it("sees the disputes and until when to answer", async () => {
    const asked: string[] = [];
    const pages = [{ path: "disputes", Component: DisputesPage }];
    renderPortal("finance", "/smp/disputes?standing=open", pages, {
      "GET /disputes": (request: Request) => {
        asked.push(new URL(request.url).search);
        return { items: [dispute], next_cursor: null };
      },
    });
    const link = await screen.findByRole("link", { name: "SMP-7K3M-2QXF" });
    expect(link.getAttribute("href")).toBe("/smp/disputes/d1");
    screen.getByText("Product not received");
    expect(asked[0]).toContain("open=true");
  });
});
