import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ProblemResponse, renderPortal, tenant } from "../testing/portal";
import { BalancePanel } from "./BalancePanel";
import { BankAccountPanel } from "./BankAccountPanel";
import { StaffStatementPage, StatementPage } from "./StatementPage";
import { StatementsPage } from "./StatementsPage";

const euros = (amount: number) => ({ amount, currency: "EUR" });
const statement = {
  id: "s1",
  number: "ST-10001",
  provider: { id: tenant.id, slug: tenant.slug, name: tenant.name },
  amount: euros(184250),
  carried: euros(-1250),
  period_from: "2026-12-07T04:00:00Z",
  period_to: "2026-12-14T04:00:00Z",
  lines: 600,
  state: "drafted",
  drafted_at: "2026-12-14T04:00:00Z",
  attempt: 1,
};
const line = {
  entry_id: "e1",
  kind: "sale",
  order_number: "SMP-7K3M-2QXF",
  parcel_id: "x1",
  note: "",
  amount: euros(185500),
  posted_at: "2026-11-20T09:00:00Z",
  matured_at: "2026-12-10T09:00:00Z",
};
const one = `/providers/${tenant.id}/statements/s1`;
const account = `/providers/${tenant.id}/bank-account`;

afterEach(() => vi.restoreAllMocks());

describe("an owner", () => {
  it("reads what is owed, and when it is paid", async () => {
    const Page = () => <BalancePanel tenant={tenant.id} />;
    renderPortal("owner", "/p/oak/payouts", [{ path: "payouts", Component: Page }], {
      [`GET /providers/${tenant.id}/payouts/balance`]: {
        next_drafted_at: "2026-12-21T04:00:00Z",
        items: [
          {
            owed: euros(50_000),
            in_statements: euros(0),
            ready: euros(400),
            upcoming: [{ drafted_at: "2026-12-28T04:00:00Z", amount: euros(30_000) }],
            waiting: [{ evidence: "dispute", amount: euros(19_600) }],
            minimum: euros(1000),
          },
        ],
      },
    });
    await screen.findByText("€500.00");
    screen.getByText("€4.00: less than €10.00 is carried over");
    screen.getByText(/Statement of .*28.*2026/);
    screen.getByText("Waits for the end of a dispute");
    expect(screen.queryByText("In statements")).toBeNull();
  });

  it("reads a statement with its lines, and has them as CSV", async () => {
    const pages = [{ path: "payouts/:statement", Component: StatementPage }];
    renderPortal("owner", "/p/oak/payouts/s1", pages, {
      [`GET ${one}`]: { statement, lines: [line] },
    });
    await screen.findByText("€1,842.50");
    screen.getByText("-€12.50");
    const lines = screen.getByRole("table", { name: "Lines" });
    const link = within(lines).getByRole("link", { name: "SMP-7K3M-2QXF" });
    expect(link.getAttribute("href")).toBe("/p/oak/parcels/x1");
    screen.getByText(/the first 1 of 600 lines/);
    const csv = screen.getByRole("link", { name: "Download CSV" });
    expect(csv.getAttribute("href")).toContain(`${one}/lines.csv`);
    expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
  });

  it("corrects a bank account that has a typing error", async () => {
    let answer: unknown = new ProblemResponse(422, {
      title: "Unprocessable",
      detail: "Some values are invalid",
      errors: [{ field: "iban", message: "Has a typing error" }],
    });
    let kept: unknown = { account: null };
    const Page = () => <BankAccountPanel tenant={tenant.id} />;
    const sent = renderPortal("owner", "/p/oak/payouts", [{ path: "payouts", Component: Page }], {
      [`GET ${account}`]: () => kept,
      [`PUT ${account}`]: () => answer,
    });
    await userEvent.click(await screen.findByRole("button", { name: "Enter a bank account" }));
    await userEvent.type(screen.getByLabelText("Account holder"), "Oak");
    await userEvent.type(screen.getByLabelText("IBAN"), "DE1");
    await userEvent.type(screen.getByLabelText("BIC"), "COBADEFF");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText(/typing error/);

    kept = answer = {
      account: {
        holder: "Oak",
        iban: "DE•• •••• 3000",
        bic: "COBADEFF",
        changed_at: "2999-01-01T00:00:00Z",
        payable_from: "2999-01-04T00:00:00Z",
      },
    };
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("DE•• •••• 3000");
    screen.getByText(/nothing is paid to it before/);
    expect(sent.at(-1)?.body).toEqual({ holder: "Oak", iban: "DE1", bic: "COBADEFF" });
  });
});

describe("finance", () => {
  const pages = [{ path: "statements/:tenant/:statement", Component: StaffStatementPage }];
  const show = (state: string, answers: Record<string, unknown>, role: "finance" | "manager") =>
    renderPortal(role, `/smp/statements/${tenant.id}/s1`, pages, {
      [`GET ${one}`]: { statement: { ...statement, state }, lines: [] },
      ...answers,
    });

  it("reads why it cannot approve what it drafted", async () => {
    const refused = new ProblemResponse(409, {
      title: "Conflict",
      detail: "You drafted this statement, so somebody else of finance has to approve it.",
    });
    show("drafted", { [`POST ${one}/approval`]: refused }, "finance");
    await userEvent.click(await screen.findByRole("button", { name: "Approve" }));
    await screen.findByText(/somebody else of finance has to approve it/);
  });

  it("sends after a confirmation", async () => {
    const answers = { [`POST ${one}/transfer`]: { ...statement, state: "sent" } };
    const sent = show("approved", answers, "finance");
    await userEvent.click(await screen.findByRole("button", { name: "Send by transfer" }));
    expect(sent).toEqual([]);
    await userEvent.click(await screen.findByRole("button", { name: "Transfer" }));
    await vi.waitFor(() => expect(sent.map(({ path }) => path)).toEqual([`POST ${one}/transfer`]));
  });

  it("leaves the steps to finance", async () => {
    show("approved", {}, "manager");
    await screen.findByText("€1,842.50");
    expect(screen.queryByRole("button", { name: "Send by transfer" })).toBeNull();
  });

  it("makes a bank file and reads what it leaves out", async () => {
    const file = {
      id: "f1",
      payments: 2,
      amount: euros(9000),
      created_at: "2026-12-14T09:00:00Z",
      created_by: "Rosa",
    };
    let files: unknown[] = [];
    const left = {
      id: "s1",
      number: "ST-10001",
      tenant_id: tenant.id,
      amount: euros(500),
      reason: "The provider has not entered a bank account.",
    };
    const sent = renderPortal(
      "finance",
      "/smp/statements",
      [{ path: "statements", Component: StatementsPage }],
      {
        "GET /statements": { items: [statement], next_cursor: null },
        "GET /bank-files": () => ({ items: files, next_cursor: null }),
        "POST /bank-files": () => {
          files = [file];
          return { file, left_out: [left] };
        },
      },
    );
    const link = await screen.findByRole("link", { name: "ST-10001" });
    expect(link.getAttribute("href")).toBe(`/smp/statements/${tenant.id}/s1`);
    await userEvent.click(await screen.findByRole("button", { name: "Make a file" }));
    await userEvent.click(await screen.findByRole("button", { name: "Make the file" }));
    await screen.findByText(/ST-10001: The provider has not entered a bank account/);
    const download = await screen.findByRole("link", { name: "Download" });
    expect(download.getAttribute("href")).toContain("/bank-files/f1");
    expect(sent.at(-1)?.body).toEqual({ currency: "EUR" });
  });
});
