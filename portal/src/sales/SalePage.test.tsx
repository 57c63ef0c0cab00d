import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Role, Sale } from "../api/types";
import { renderPortal, saleWith } from "../testing/portal";
import { ProviderSalePage, StaffSalePage } from "./SalePage";
import { SalesPage } from "./SalesPage";
import { StaffSalesPage } from "./StaffSalesPage";

const saleApi = "/providers/t1/sales/s1";
const halted = saleWith({
  state: "halted",
  phase: null,
  halt_reason: "Two bowls came back cracked.",
});
const pages = [
  { path: "sales", Component: StaffSalesPage },
  { path: "own-sales", Component: SalesPage },
  { path: "sales/:sale", Component: ProviderSalePage },
  { path: "sales/:tenant/:sale", Component: StaffSalePage },
];

function show(role: Role, path: string, sale: Sale) {
  return renderPortal(role, path, pages, {
    [`GET ${saleApi}`]: sale,
    "GET /sales-overview": { items: [sale], next_cursor: null },
    "GET /providers/t1/sales": { items: [sale], next_cursor: null },
    [`POST ${saleApi}/resume`]: null,
    [`POST ${saleApi}/withdraw`]: null,
    [`POST ${saleApi}/halt`]: sale,
    [`POST ${saleApi}/cancel`]: sale,
    [`DELETE ${saleApi}`]: null,
  });
}

afterEach(() => vi.restoreAllMocks());

describe("a halted sale", () => {
  it("shows the reason on its page, to its provider too", async () => {
    show("owner", "/p/oak/sales/s1", halted);
    expect((await screen.findByRole("alert")).textContent).toContain(
      "Two bowls came back cracked.",
    );
    expect(screen.queryByRole("button", { name: "Resume" })).toBeNull();
  });

  it("is resumed by a manager after confirmation", async () => {
    const sent = show("manager", "/smp/sales/t1/s1", halted);
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Resume" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("Two bowls came back cracked.");
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Resume sale" }));
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual([`POST ${saleApi}/resume`]));
  });

  it.each<[Role, number]>([
    ["manager", 1],
    ["marketing", 0],
  ])(
    "shows the reason in the list of SMP’s team; %s has %d button to resume it",
    async (role, buttons) => {
      show(role, "/smp/sales", halted);
      await screen.findByText("Halted: Two bowls came back cracked.");
      expect(screen.queryAllByRole("button", { name: "Resume Oak bowls" })).toHaveLength(buttons);
    },
  );

  it("shows the reason in the list of its provider", async () => {
    show("analyst", "/p/oak/own-sales", halted);
    await screen.findByText("Halted: Two bowls came back cracked.");
  });
});

describe("a provider", () => {
  it("pauses its own sale with a reason", async () => {
    const sent = show("owner", "/p/oak/sales/s1", saleWith());
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Pause" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Pause sale" }));
    expect(sent).toEqual([]);
    await user.type(within(dialog).getByLabelText("Reason"), "A wrong price.");
    await user.click(within(dialog).getByRole("button", { name: "Pause sale" }));
    await waitFor(() =>
      expect(sent).toEqual([{ path: `POST ${saleApi}/halt`, body: { reason: "A wrong price." } }]),
    );
  });

  it("resumes what it paused itself, and not what SMP halted", async () => {
    const sent = show("editor", "/p/oak/sales/s1", { ...halted, halted_by_provider: true });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Resume" }));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Resume sale" }),
    );
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual([`POST ${saleApi}/resume`]));
  });

  it("deletes a draft after confirmation", async () => {
    const draft = saleWith({ state: "draft", phase: null, can_be_deleted: true });
    const sent = show("owner", "/p/oak/sales/s1", draft);
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    expect(sent).toEqual([]);
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete sale" }),
    );
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual([`DELETE ${saleApi}`]));
  });

  it("deletes a cancelled sale that nobody took part in, and says what goes with it", async () => {
    const unused = saleWith({ state: "cancelled", phase: null, can_be_deleted: true });
    show("owner", "/p/oak/sales/s1", unused);
    await userEvent.setup().click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("Nobody took part in it.");
  });

  it.each<[Role, Sale["state"], boolean, string[]]>([
    ["owner", "approved", false, ["Duplicate", "Pause", "Cancel sale"]],
    ["analyst", "approved", false, []],
    ["owner", "halted", false, ["Duplicate"]],
    ["owner", "draft", true, ["Duplicate", "Delete"]],
    ["owner", "cancelled", true, ["Duplicate", "Delete"]],
    ["owner", "cancelled", false, ["Duplicate"]],
    ["analyst", "cancelled", true, []],
  ])("%s of a %s sale (deletable: %s) has the actions %s", async (role, state, can, actions) => {
    const phase = state === "approved" ? "live" : null;
    show(role, "/p/oak/sales/s1", saleWith({ state, phase, can_be_deleted: can }));
    await screen.findByRole("navigation", { name: "Sale" });
    const names = ["Duplicate", "Delete", "Pause", "Cancel sale"];
    const shown = names.filter((name) => screen.queryByRole("button", { name }) !== null);
    expect(shown).toEqual(names.filter((name) => actions.includes(name)));
  });
});

describe("featuring a sale", () => {
  it("says which sale loses its place, and waits for a confirmation", async () => {
    const featured = saleWith({
      id: "s2",
      title: "Clay cups",
      featured: true,
      featured_at: "2026-11-20T09:00:00Z",
    });
    const sent = renderPortal("marketing", "/smp/sales/t1/s1", pages, {
      [`GET ${saleApi}`]: saleWith(),
      "GET /sales-overview": { items: [featured, saleWith()], next_cursor: null },
      [`PUT ${saleApi}/featured`]: null,
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Feature" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("in place of Clay cups, which comes back");
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Feature sale" }));
    await waitFor(() =>
      expect(sent).toEqual([{ path: `PUT ${saleApi}/featured`, body: { featured: true } }]),
    );
  });
});

describe("a featured sale that is taken away", () => {
  it("says which sale comes back: the last of those that are not over", async () => {
    const before = (id: string, day: number, parts: Partial<Sale>) =>
      saleWith({ id, featured_at: `2026-11-${day}T09:00:00Z`, ...parts });
    const sale = saleWith({ featured: true, featured_at: "2026-11-22T09:00:00Z" });
    renderPortal("marketing", "/smp/sales/t1/s1", pages, {
      [`GET ${saleApi}`]: sale,
      "GET /sales-overview": {
        items: [
          before("s2", 18, { title: "Linen" }),
          before("s3", 19, { title: "Clay cups" }),
          before("s4", 20, { title: "Spoons", phase: "ended" }),
          sale,
        ],
        next_cursor: null,
      },
    });
    await userEvent.setup().click(await screen.findByRole("button", { name: "Stop featuring" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("leads with Clay cups again");
  });
});

describe("the provider's list", () => {
  it("asks the server for the sales in a phase", async () => {
    const ended = saleWith({ id: "s2", title: "Clay cups", phase: "ended" });
    renderPortal("owner", "/p/oak/own-sales?state=ended", pages, {
      "GET /providers/t1/sales": (request: Request) => ({
        items: new URL(request.url).searchParams.get("phase") === "ended" ? [ended] : [saleWith()],
        next_cursor: null,
      }),
    });
    await screen.findByText("Clay cups");
    expect(screen.queryByText("Oak bowls")).toBeNull();
  });
});

describe("a cancelled sale", () => {
  it("shows the reason and cannot be resumed", async () => {
    show(
      "manager",
      "/smp/sales/t1/s1",
      saleWith({ state: "cancelled", phase: null, halt_reason: "The maker closed." }),
    );
    expect((await screen.findByRole("alert")).textContent).toContain("The maker closed.");
    expect(screen.queryByRole("button", { name: "Resume" })).toBeNull();
  });
});

describe("a submission", () => {
  it.each<[Sale["state"], Sale["phase"]]>([
    ["submitted", null],
    ["approved", "live"],
    ["halted", null],
    ["changes_requested", null],
  ])("can be withdrawn while it is in review, in the state %s", async (state, phase) => {
    const sent = show(
      "editor",
      "/p/oak/sales/s1",
      saleWith({ state, phase: phase ?? null, in_review: true }),
    );
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Withdraw" }));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Withdraw" }),
    );
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual([`POST ${saleApi}/withdraw`]));
  });

  it("cannot be withdrawn by an analyst", async () => {
    show("analyst", "/p/oak/sales/s1", saleWith({ in_review: true }));
    await screen.findByText("SMP is reviewing your changes");
    expect(screen.queryByRole("button", { name: "Withdraw" })).toBeNull();
  });
});
