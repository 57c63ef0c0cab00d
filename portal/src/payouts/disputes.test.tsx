import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ProblemResponse, renderPortal } from "../testing/portal";
import { DisputePage } from "./DisputePage";

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
  evidence_submitted: false,
  accepted: false,
  evidence_due_at: "2026-12-01T22:59:59Z",
  opened_at: "2026-11-20T09:00:00Z",
  updated_at: "2026-11-20T09:00:00Z",
  dashboard_url: "https://dashboard.stripe.com/disputes/du_1",
};
const prefilled = {
  product_description: "2 × Oak bowls, Small (OAK-S): €98.00",
  customer_name: "Mara Lind",
  customer_email: "mara@example.com",
  shipping_carrier: "DHL",
  shipping_tracking_number: "00340434161094",
  shipping_date: "2026-11-12",
  receipt: "Order SMP-7K3M-2QXF",
  uncategorized_text: "",
  version: 0,
  edited_at: null,
  editable: true,
  being_sent: false,
};
const saved = { ...prefilled, uncategorized_text: "It was signed for.", version: 1 };

const show = (role: "finance" | "support", responses: Record<string, unknown>) =>
  renderPortal(role, "/smp/disputes/d1", [{ path: "disputes/:dispute", Component: DisputePage }], {
    "GET /disputes/d1": dispute,
    "GET /disputes/d1/evidence": prefilled,
    ...responses,
  });
const field = (label: string) => screen.findByLabelText<HTMLInputElement>(label);

describe("the evidence of a dispute", () => {
  it("begins with what the order says, and leads to the dashboard", async () => {
    show("finance", {});
    expect((await field("Carrier")).value).toBe("DHL");
    expect((await field("Customer’s name")).value).toBe("Mara Lind");
    await screen.findByText(/submit it once, or accept the dispute/);
    const link = screen.getByRole("link", { name: "Open in Stripe’s dashboard" });
    expect(link.getAttribute("href")).toBe(dispute.dashboard_url);
    const submit = screen.getByRole("button", { name: "Submit to the bank" });
    expect(submit).toHaveProperty("disabled", true);
  });

  it("is saved as a draft, and then submitted as it was saved", async () => {
    let stored = prefilled;
    const seen: (string | null)[] = [];
    const sent = show("finance", {
      "GET /disputes/d1/evidence": () => stored,
      "PUT /disputes/d1/evidence": (request: Request) => {
        seen.push(request.headers.get("If-Match"));
        return (stored = saved);
      },
      "POST /disputes/d1/submission": (request: Request) => {
        seen.push(request.headers.get("If-Match"));
        stored = { ...saved, editable: false };
        return { ...dispute, state: "under_review", evidence_submitted: true };
      },
    });
    await userEvent.type(await field("Whatever else speaks for us"), "It was signed for.");
    await userEvent.click(screen.getByRole("button", { name: "Save draft" }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body).toMatchObject({
      uncategorized_text: "It was signed for.",
      shipping_carrier: "DHL",
    });
    const submit = screen.getByRole("button", { name: "Submit to the bank" });
    await vi.waitFor(() => expect(submit).toHaveProperty("disabled", false));
    await userEvent.click(submit);
    await userEvent.click(await screen.findByRole("button", { name: "Submit" }));
    await vi.waitFor(() => expect(screen.queryByText("Evidence for the bank")).toBeNull());
    expect(seen).toEqual(['"0"', '"1"']);
  });

  it("keeps what was typed when it is refused, and says at which field why", async () => {
    show("finance", {
      "PUT /disputes/d1/evidence": new ProblemResponse(422, {
        type: "urn:smp:invalid",
        title: "Invalid values",
        errors: [{ field: "customer_email", message: "Is not an email address" }],
      }),
    });
    const email = await field("Customer’s email");
    await userEvent.clear(email);
    await userEvent.type(email, "nobody");
    await userEvent.click(screen.getByRole("button", { name: "Save draft" }));
    await screen.findByText(/Is not an email address/);
    expect(email.value).toBe("nobody");
  });

  it("says what to do when Stripe gave no answer", async () => {
    const submitted = vi.fn();
    show("finance", {
      "GET /disputes/d1/evidence": { ...saved, being_sent: true },
      "POST /disputes/d1/submission": () => {
        submitted();
        return new ProblemResponse(409, {
          title: "Conflict",
          detail: "Evidence counted until Monday.",
        });
      },
    });
    await screen.findByText("It was sent, and Stripe gave no answer");
    expect(screen.getByRole("button", { name: "Save draft" })).toHaveProperty("disabled", true);
    await userEvent.click(screen.getByRole("button", { name: "Submit to the bank" }));
    await userEvent.click(await screen.findByRole("button", { name: "Submit" }));
    await screen.findByText(/Evidence counted until Monday/);
    expect(submitted).toHaveBeenCalledOnce();
  });

  it("is drafted by support, and submitted by finance", async () => {
    show("support", {});
    await screen.findByText("Finance submits it once it is saved.");
    expect(screen.queryByRole("button", { name: "Submit to the bank" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Accept the dispute" })).toBeNull();
  });

  it("is only read once it was submitted, and when its time is over", async () => {
    show("finance", {
      "GET /disputes/d1": {
        ...dispute,
        state: "under_review",
        needs_response: false,
        evidence_submitted: true,
      },
      "GET /disputes/d1/evidence": { ...saved, editable: false },
    });
    await screen.findByText("It was signed for.");
    expect(screen.queryByRole("button", { name: "Save draft" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Accept the dispute" })).toBeNull();
  });
});

describe("a dispute that is accepted", () => {
  it("is asked for once more, and shows how it ended", async () => {
    let stored = dispute;
    show("finance", {
      "GET /disputes/d1": () => stored,
      "POST /disputes/d1/acceptance": () => {
        stored = { ...dispute, state: "lost", closed: true, needs_response: false, accepted: true };
        return stored;
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Accept the dispute" }));
    await screen.findByText(/This cannot be undone/);
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Accept the dispute" }));
    await screen.findByText(/We accepted the dispute/);
  });
});
