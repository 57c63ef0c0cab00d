import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "../api/client";
import type { Contract, ContractTemplate } from "../api/types";
import { ProblemResponse, renderPortal, saleWith, tenant } from "../testing/portal";
import { OwnerContractNotice, SaleContractNotice } from "./ContractNotice";
import { ContractPage, StaffContractPage } from "./ContractPage";
import { ContractsPage } from "./ContractsPage";
import { ProviderContracts } from "./ProviderContracts";
import { StaffContractsPage } from "./StaffContractsPage";
import { NewTemplatePage, TemplatePage } from "./TemplatePage";
import { TemplatesPage } from "./TemplatesPage";

afterEach(() => vi.restoreAllMocks());

function contractWith(parts: Partial<Contract> = {}): Contract {
  return {
    id: "c1",
    provider: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    number: 2,
    state: "offered",
    title: "Contract for selling on SMP",
    document: "# Contract for selling on SMP\n\nOak & Sons delivers within 14 days.\n\n- Vouchers",
    document_hash: "ab".repeat(32),
    delivery_days: 14,
    honour_days: 365,
    offered_at: "2026-11-01T09:00:00Z",
    in_force: false,
    ...parts,
  };
}

const draft: ContractTemplate = {
  id: "v1",
  state: "draft",
  title: "Contract",
  body: "{{delivery_days}} {{honour_days}}",
  delivery_days: 14,
  honour_days: 365,
  version: 3,
  created_at: "2026-11-01T09:00:00Z",
};

const list = (parts: object = {}) => ({ in_force: false, items: [contractWith()], ...parts });
const contractAt = "GET /providers/t1/contracts/c1";

describe("the owner", () => {
  it("signs the document that is shown, with a typed name", async () => {
    const sent = renderPortal(
      "owner",
      "/p/oak/contracts/c1",
      [{ path: "contracts/:contract", Component: ContractPage }],
      {
        [contractAt]: contractWith(),
        "POST /providers/t1/contracts/c1/signature": contractWith({ state: "signed" }),
      },
    );
    const user = userEvent.setup();
    await screen.findByText("Oak & Sons delivers within 14 days.");
    expect(screen.getByRole("listitem").textContent).toBe("Vouchers");
    await user.click(screen.getByRole("button", { name: "Sign contract" }));
    await screen.findByText("Type your full name.");
    expect(sent).toEqual([]);
    await user.type(screen.getByLabelText("Your full name"), " Nora Lindqvist ");
    await user.click(screen.getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: "Sign contract" }));
    await waitFor(() =>
      expect(sent).toEqual([
        {
          path: "POST /providers/t1/contracts/c1/signature",
          body: { name: "Nora Lindqvist", document_hash: "ab".repeat(32) },
        },
      ]),
    );
  });

  it("reads why a signature was refused, and keeps what was typed", async () => {
    renderPortal(
      "owner",
      "/p/oak/contracts/c1",
      [{ path: "contracts/:contract", Component: ContractPage }],
      {
        [contractAt]: contractWith(),
        "POST /providers/t1/contracts/c1/signature": new ProblemResponse(409, {
          type: "urn:smp:document_changed",
          detail: "SMP published a newer version of this contract.",
        }),
      },
    );
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText("Your full name"), "Nora Lindqvist");
    await user.click(screen.getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: "Sign contract" }));
    expect((await screen.findByRole("alert")).textContent).toContain("newer version");
    screen.getByDisplayValue("Nora Lindqvist");
  });

  it("sees what is to be signed until when", async () => {
    renderPortal("owner", "/p/oak/contracts", [{ path: "contracts", Component: ContractsPage }], {
      "GET /providers/t1/contracts": list({
        in_force: true,
        in_force_until: "2026-12-24T11:00:00Z",
      }),
    });
    await screen.findByText("A new contract is ready to sign");
    screen.getByText(/stays in force until/);
    const link = screen.getByRole("link", { name: "Read and sign the contract" });
    expect(link.getAttribute("href")).toBe("/p/oak/contracts/c1");
  });

  const Overview = () => (
    <>
      <h1>Overview</h1>
      <OwnerContractNotice />
    </>
  );
  const showOverview = (contracts: object) =>
    renderPortal("owner", "/p/oak/overview", [{ path: "overview", Component: Overview }], {
      "GET /providers/t1/contracts": contracts,
    });

  it("is told on the overview while nothing is in force", async () => {
    showOverview(list());
    await screen.findByText("Your contract is not signed");
  });

  it("is told nothing on the overview once a contract is in force", async () => {
    const signed = contractWith({ state: "countersigned", in_force: true });
    showOverview(list({ in_force: true, items: [signed] }));
    await screen.findByRole("heading", { name: "Overview" });
    await waitFor(() => expect(queryClient.isFetching()).toBe(0));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("a manager", () => {
  it("counter-signs what was signed", async () => {
    const sent = renderPortal(
      "manager",
      "/smp/contracts/t1/c1",
      [{ path: "contracts/:tenant/:contract", Component: StaffContractPage }],
      {
        [contractAt]: contractWith({
          state: "signed",
          signature: {
            name: "Nora Lindqvist",
            signed_at: "2026-11-02T09:00:00Z",
            address_hash: "cd",
          },
        }),
        "POST /providers/t1/contracts/c1/countersignature": contractWith({
          state: "countersigned",
        }),
      },
    );
    const user = userEvent.setup();
    await screen.findByText(/Nora Lindqvist, /);
    expect(screen.getByRole("link", { name: "Download PDF" }).getAttribute("href")).toBe(
      "/api/v1/providers/t1/contracts/c1/pdf",
    );
    await user.type(screen.getByLabelText("Your full name"), "Ines Aalto");
    await user.click(screen.getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: "Counter-sign contract" }));
    await waitFor(() => expect(sent[0]?.body).toEqual({ name: "Ines Aalto" }));
  });

  it("finds what waits for SMP", async () => {
    renderPortal(
      "manager",
      "/smp/contracts?state=signed",
      [{ path: "contracts", Component: StaffContractsPage }],
      { "GET /contracts": { items: [contractWith({ state: "signed" })] } },
    );
    const link = await screen.findByRole("link", { name: "Oak & Sons" });
    expect(link.getAttribute("href")).toBe("/smp/contracts/t1/c1");
  });

  it("sees on a provider’s page that nothing is in force", async () => {
    const Page = () => <ProviderContracts tenant="t1" />;
    renderPortal("manager", "/smp/providers/t1", [{ path: "providers/t1", Component: Page }], {
      "GET /providers/t1/contracts": list(),
    });
    await screen.findByText(/No contract is in force/);
  });

  it("writes a version", async () => {
    const sent = renderPortal(
      "manager",
      "/smp/contract-templates/new",
      [{ path: "contract-templates/new", Component: NewTemplatePage }],
      {
        "POST /contract-templates": new ProblemResponse(422, {
          detail: "Some fields are wrong.",
          errors: [{ field: "body", message: "Must guarantee the delivery" }],
        }),
      },
    );
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText("Title"), "Contract");
    await user.type(screen.getByLabelText("Delivery within (days)"), "14");
    await user.type(screen.getByLabelText("Vouchers honoured for (days)"), "365");
    await user.type(screen.getByLabelText("Text"), "Nothing.");
    await user.click(screen.getByRole("button", { name: "Save draft" }));
    await screen.findByText(/guarantee the delivery/);
    expect(sent[0]?.body).toEqual({
      title: "Contract",
      body: "Nothing.",
      delivery_days: 14,
      honour_days: 365,
    });
  });

  it("is told which numbers of days a version cannot have", async () => {
    const sent = renderPortal(
      "manager",
      "/smp/contract-templates/new",
      [{ path: "contract-templates/new", Component: NewTemplatePage }],
      {},
    );
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText("Title"), "Contract");
    await user.type(screen.getByLabelText("Delivery within (days)"), "366");
    await user.type(screen.getByLabelText("Text"), "Nothing.");
    await user.click(screen.getByRole("button", { name: "Save draft" }));
    await screen.findByText("Enter a number from 1 to 365.");
    screen.getByText("Enter for how many days vouchers and reservations are honoured.");
    expect(sent).toEqual([]);
  });

  it("publishes a draft once it is confirmed", async () => {
    const sent = renderPortal(
      "manager",
      "/smp/contract-templates/v1",
      [{ path: "contract-templates/:template", Component: TemplatePage }],
      {
        "GET /contract-templates/v1": draft,
        "GET /providers": { items: [] },
        "POST /contract-templates/v1/publication": { ...draft, state: "published", number: 1 },
      },
    );
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Publish" }));
    expect(sent).toEqual([]);
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Publish version" }));
    await waitFor(() => expect(sent[0]?.body).toEqual({}));
  });

  it("cannot change a published version", async () => {
    renderPortal(
      "manager",
      "/smp/contract-templates/v1",
      [{ path: "contract-templates/:template", Component: TemplatePage }],
      {
        "GET /contract-templates/v1": { ...draft, state: "published", number: 1 },
        "GET /providers": { items: [] },
      },
    );
    await screen.findByText("Contract, version 1");
    for (const name of ["Save draft", "Publish", "Delete draft"])
      expect(screen.queryByRole("button", { name })).toBeNull();
  });

  it("lists every version", async () => {
    renderPortal(
      "manager",
      "/smp/contract-templates",
      [{ path: "contract-templates", Component: TemplatesPage }],
      { "GET /contract-templates": { items: [draft] } },
    );
    const link = await screen.findByRole("link", { name: "Contract" });
    expect(link.getAttribute("href")).toBe("/smp/contract-templates/v1");
  });
});

describe("a sale", () => {
  it.each([
    ["missing", "No contract is in force"],
    ["ending", "The contract ends before this sale does"],
  ] as const)("says that its contract is %s", async (contract, text) => {
    const Page = () => <SaleContractNotice sale={saleWith({ contract })} />;
    renderPortal("owner", "/p/oak/sales/s1", [{ path: "sales/s1", Component: Page }], {});
    await screen.findByText(text);
    expect(screen.getByRole("link").getAttribute("href")).toBe("/p/oak/contracts");
  });
});
