import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPortal, tenant } from "../testing/portal";
import { InvoicePage } from "./InvoicePage";
import { InvoicesPage } from "./InvoicesPage";
import { InvoicingPage } from "./InvoicingPage";
import { OrderInvoices } from "./OrderInvoices";
import { readRate, writeRate } from "./rate";

const money = (amount: number) => ({ amount, currency: "EUR" });
const invoice = {
  id: "i1",
  kind: "invoice",
  number: "OAK-2026-000001",
  order_number: "SMP-7K3M-2QXF",
  tenant_id: tenant.id,
  parcel_id: "p1",
  issuer: { legal_name: "Oak & Sons GmbH" },
  buyer: {
    address: {
      name: "Mara Lind",
      line1: "Lindenallee 14",
      city: "Berlin",
      postal_code: "10435",
      country: "DE",
    },
    vat_id: "DE987654321",
  },
  lines: [
    {
      position: 1,
      description: "Oak bowl",
      sku: "BOWL",
      quantity: 2,
      unit_price_minor: 4900,
      discount_minor: 0,
      net_minor: 8235,
      tax_rate_ppm: 190000,
      tax_minor: 1565,
      gross_minor: 9800,
    },
  ],
  total: money(9800),
  net: money(8235),
  tax: money(1565),
  shows_tax: true,
  supplied_at: "2026-11-20T09:00:00Z",
  issued_at: "2026-11-20T09:00:01Z",
  issued_on: "2026-11-20",
};
const note = {
  ...invoice,
  id: "i2",
  kind: "credit_note",
  number: "OAK-2026-000002",
  total: money(1000),
  corrects_number: invoice.number,
};
const invoicing = {
  invoiced_by: "smp",
  legal_name: "",
  line1: "",
  line2: "",
  postal_code: "",
  city: "",
  country: "DE",
  tax_id: "",
  register: "",
  prefix_is_final: false,
  missing: ["legal_name", "line1", "city", "number_prefix"],
  waiting: 2,
  version: 0,
};
const path = `/providers/${tenant.id}`;

afterEach(() => vi.restoreAllMocks());

describe("an owner", () => {
  it("sees the invoices, what waits, and gets them as CSV", async () => {
    const asked: string[] = [];
    const pages = [{ path: "invoices", Component: InvoicesPage }];
    renderPortal("owner", "/p/oak/invoices?kind=credit_note&q=OAK", pages, {
      [`GET ${path}/invoices`]: (request: Request) => {
        asked.push(new URL(request.url).search);
        return { items: [note, invoice], next_cursor: null };
      },
      [`GET ${path}/invoicing`]: invoicing,
    });
    const link = await screen.findByRole("link", { name: invoice.number });
    expect(link.getAttribute("href")).toBe("/p/oak/invoices/i1");
    screen.getByText(`Credit note for ${invoice.number}`);
    screen.getByText("-€10.00");
    await screen.findByText("2 invoices wait for your data");
    expect(asked[0]).toContain("kind=credit_note");
    const csv = screen.getByRole("link", { name: "Download CSV" }).getAttribute("href");
    expect(csv).toBe(`/api/v1${path}/invoices.csv?q=OAK&kind=credit_note`);
  });

  it("reads an invoice and downloads it", async () => {
    const pages = [{ path: "invoices/:invoice", Component: InvoicePage }];
    renderPortal("owner", "/p/oak/invoices/i1", pages, { [`GET ${path}/invoices/i1`]: invoice });
    await screen.findByText("Oak bowl");
    screen.getByText("19 %");
    screen.getByText("€15.65");
    const pdf = screen.getByRole("link", { name: "Download PDF" });
    expect(pdf.getAttribute("href")).toBe(`/api/v1${path}/invoices/i1/pdf`);
  });

  it("enters what invoices say of the provider", async () => {
    const pages = [{ path: "invoices/settings", Component: InvoicingPage }];
    const sent = renderPortal("owner", "/p/oak/invoices/settings", pages, {
      [`GET ${path}/invoicing`]: invoicing,
      [`PUT ${path}/invoicing`]: { ...invoicing, missing: [], waiting: 0, version: 1 },
    });
    const user = userEvent.setup();
    await screen.findByText("2 invoices wait until you have entered this:");
    await user.type(screen.getByLabelText("Legal name"), "Oak & Sons GmbH");
    await user.type(screen.getByLabelText("Tax in your prices"), "nineteen");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("Enter a percentage from 0 to 100, like 19");
    expect(sent).toEqual([]);
    await user.clear(screen.getByLabelText("Tax in your prices"));
    await user.type(screen.getByLabelText("Tax in your prices"), "19");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body).toMatchObject({
      invoiced_by: "smp",
      legal_name: "Oak & Sons GmbH",
      tax_rate_ppm: 190000,
    });
  });

  it("may issue them itself", async () => {
    const pages = [{ path: "invoices/settings", Component: InvoicingPage }];
    const sent = renderPortal("owner", "/p/oak/invoices/settings", pages, {
      [`GET ${path}/invoicing`]: invoicing,
      [`PUT ${path}/invoicing`]: { ...invoicing, invoiced_by: "provider", version: 1 },
    });
    const user = userEvent.setup();
    await user.click(await screen.findByLabelText("You do; SMP tells shoppers so"));
    expect(screen.queryByLabelText("Legal name")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent[0]?.body).toMatchObject({ invoiced_by: "provider" }));
  });
});

it("shows SMP's team the invoices of an order, and whose come from elsewhere", async () => {
  const Page = () => <OrderInvoices number="SMP-1" />;
  renderPortal("support", "/smp/orders/SMP-1", [{ path: "orders/:number", Component: Page }], {
    "GET /orders/SMP-1/invoices": { items: [invoice], by_provider: ["Kiln"], waiting: ["Loom"] },
  });
  const link = await screen.findByRole("link", { name: invoice.number });
  expect(link.getAttribute("href")).toBe(`/api/v1${path}/invoices/i1/pdf`);
  screen.getByText("The invoice comes from Kiln.");
  screen.getByText("The invoice of Loom waits for the provider’s data.");
});

it("reads a rate as people type it", () => {
  expect(readRate("19")).toBe(190_000);
  expect(readRate(" 7,5 % ")).toBe(75_000);
  expect(readRate("")).toBeNull();
  for (const bad of ["x", "101", "-1", "1.23456"]) expect(readRate(bad)).toBeUndefined();
  expect(writeRate(75_000)).toBe("7.5");
  expect(writeRate(undefined)).toBe("");
});
