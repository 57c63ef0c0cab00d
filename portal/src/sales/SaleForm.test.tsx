import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Sale, SaleInput } from "../api/types";
import { ProblemResponse, providerWith, renderPortal, saleWith } from "../testing/portal";
import { SaleDetailsTab } from "./SaleDetailsTab";
import { ProviderSalePage, StaffSalePage } from "./SalePage";

const saleApi = "/providers/t1/sales/s1";
const draft = (parts: Partial<Sale> = {}) => saleWith({ state: "draft", phase: null, ...parts });

function show(sale: Sale, responses: Record<string, unknown> = {}) {
  const tabs = [{ index: true, Component: SaleDetailsTab }];
  return renderPortal(
    "owner",
    "/p/oak/sales/s1",
    [{ path: "sales/:sale", Component: ProviderSalePage, children: tabs }],
    {
      [`GET ${saleApi}`]: sale,
      "GET /providers/t1": providerWith(),
      "GET /providers/t1/offers": { items: [], next_cursor: null },
      "GET /providers/t1/assets": { items: [], next_cursor: null },
      [`PUT ${saleApi}`]: sale,
      ...responses,
    },
  );
}

const refused = (...errors: { field: string; message: string }[]) =>
  new ProblemResponse(422, { title: "Invalid values", errors });
const save = async () => userEvent.click(await screen.findByRole("button", { name: "Save sale" }));

afterEach(() => vi.restoreAllMocks());

describe("an error from the server", () => {
  it("of a country is shown at the countries, which take the focus", async () => {
    show(draft({ countries: ["LI"] }), {
      [`PUT ${saleApi}`]: refused({ field: "countries.0", message: "Not served." }),
    });
    await save();
    await screen.findByText("“LI”: Not served.");
    await waitFor(() =>
      expect(document.activeElement?.getAttribute("data-path")).toBe("countries"),
    );
  });

  it("of a field that the form does not show is shown at the top, with the focus", async () => {
    show(draft(), {
      [`PUT ${saleApi}`]: refused(
        { field: "redirect_url", message: "Only a redirect sale has this" },
        { field: "voucher_valid_days", message: "Only vouchers have this" },
      ),
    });
    await save();
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toBe(
      "Redirect url: Only a redirect sale has this. Voucher valid days: Only vouchers have this.",
    );
    await waitFor(() => expect(document.activeElement).toBe(alert));
  });

  it("of the list of items is shown at the list", async () => {
    show(draft(), {
      [`PUT ${saleApi}`]: refused({ field: "items.0.item_id", message: "Is not in the offer" }),
    });
    await save();
    await screen.findByText(/Is not in the offer$/);
  });
});

describe("a sale that is saved", () => {
  it("keeps its times to the microsecond, its numbers, and every country", async () => {
    const sale = draft({
      starts_at: "2026-10-25T01:30:07.123456Z",
      ends_at: "2026-10-26T01:30:00Z",
      countries: [],
      hold_seconds: 100,
    });
    const sent = show(sale);
    expect((await screen.findByLabelText<HTMLInputElement>("Starts")).value).toMatch(
      /^2026-10-25T02:30:07/,
    );
    expect(screen.getByLabelText<HTMLInputElement>("Open to every country").checked).toBe(true);
    await save();
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body as SaleInput).toMatchObject({
      starts_at: sale.starts_at,
      ends_at: sale.ends_at,
      countries: [],
      hold_seconds: 100,
    });
  });

  it("starts in the hour that was chosen of a night with two of them", async () => {
    const sent = show(
      draft({ starts_at: "2026-10-25T00:30:00Z", ends_at: "2026-10-26T01:30:00Z" }),
    );
    const choice = await screen.findByRole("group", { name: "This time comes twice that night" });
    await userEvent.click(within(choice).getByRole("button", { name: /^Second/ }));
    await save();
    await waitFor(() => expect(sent).toHaveLength(1));
    expect((sent[0]?.body as SaleInput).starts_at).toBe("2026-10-25T01:30:00.000Z");
  });

  it("cannot be submitted before it is saved", async () => {
    show(draft());
    const submit = await screen.findByRole<HTMLButtonElement>("button", {
      name: "Submit for review",
    });
    await userEvent.type(await screen.findByLabelText("Capacity"), "0");
    await screen.findByText(/You have changes that are not saved/);
    expect(submit.disabled).toBe(true);
  });
});

describe("a published sale with an edit", () => {
  const item = {
    sale_item_id: "i1",
    item_id: "x1",
    sku: "OAK-S",
    name: "Small",
    attributes: {},
    price_minor: 4_950,
    capacity: 40,
    limit_per_shopper: 2,
    evidence: "",
  };
  const sale = saleWith({
    has_unsubmitted_changes: true,
    items: saleWith().items.map((one) => ({
      ...one,
      price: { amount: 3_600, currency: "EUR" },
      limit_per_shopper: 3,
    })),
  });
  const { title, mode, kind, starts_at, ends_at, countries } = sale;
  const content = {
    ...{ title, mode, kind, starts_at, ends_at, countries, currency: "EUR" },
    ...{ hold_seconds: 600, waitlist_offer_seconds: 600, registered_only: false },
    ...{ summary: "", description: "", terms: "", assets: [], items: [item] },
  };

  it("shows the approved values as live and the others as draft", async () => {
    renderPortal(
      "manager",
      "/smp/sales/t1/s1",
      [
        {
          path: "sales/:tenant/:sale",
          Component: StaffSalePage,
          children: [{ index: true, Component: SaleDetailsTab }],
        },
      ],
      {
        [`GET ${saleApi}`]: sale,
        [`GET ${saleApi}/revisions`]: {
          items: [
            { id: "r1", number: 1, state: "approved" },
            { id: "r2", number: 2, state: "approved" },
            { id: "r3", number: 3, state: "withdrawn" },
          ],
        },
        [`GET ${saleApi}/revisions/r2`]: { revision: { id: "r2", content }, approved: null },
      },
    );
    const items = await screen.findByRole("table", { name: "Items on sale" });
    within(items).getByText("€49.50");
    expect(within(items).queryByText("€36.00")).toBeNull();
    const changes = screen.getByRole("table", { name: "Draft changes" });
    const rows = within(changes)
      .getAllByRole("row")
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole("cell")
          .map((cell) => cell.textContent),
      );
    expect(rows).toEqual([
      ["Small: price", "€49.50", "€36.00"],
      ["Small: limit per shopper", "2", "3"],
    ]);
  });
});
