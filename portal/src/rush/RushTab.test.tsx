import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Role, Sale } from "../api/types";
import { StaffSalePage, ProviderSalePage } from "../sales/SalePage";
import { renderPortal, ProblemResponse, saleWith, type Responses } from "../testing/portal";
import { RushTab } from "./RushTab";

const saleApi = "/providers/t1/sales/s1";
const waitlistPath = `GET ${saleApi}/items/i1/waitlist`;
const rehearsalsPath = `${saleApi}/rehearsals`;

const item = {
  sale_item_id: "i1",
  item_name: "Small",
  capacity: 40,
  held: 3,
  sold: 37,
  waiting: 2,
  agrees: true,
};
const entryWith = (id: string, quantity: number) => ({
  id,
  sale_item_id: "i1",
  quantity,
  accept_fewer: false,
  created_at: "2026-11-22T05:00:00Z",
});
const defaultResponses: Responses = {
  [`GET ${saleApi}/stock`]: { items: [item], agrees: true },
  [waitlistPath]: { items: [entryWith("w1", 1), entryWith("w2", 2)], next_after: null },
  [`GET ${rehearsalsPath}`]: { items: [] },
};
const report = {
  slug: "rehearsal-oak-bowls-x",
  shoppers: 300,
  units: 40,
  held: 40,
  waiting: 260,
  refused: 0,
  errors: 0,
  oversold: 0,
  agrees: true,
  receipt: "holds",
  took_ms: 753,
  p50_ms: 12.4,
  p90_ms: 40,
  p99_ms: 91,
  max_ms: 120,
  moments: [],
};
const rehearsal = (id: string, state: string, parts: object = {}) => ({
  id,
  state,
  sale_id: "s1",
  shoppers: 300,
  units: 40,
  started_at: "2026-11-22T05:00:00Z",
  ...parts,
});

function show(role: Role, sale: Sale, answers: Responses = {}) {
  const tabs = [{ path: "rush", Component: RushTab }];
  const provider = role === "owner" || role === "analyst";
  return renderPortal(
    role,
    provider ? "/p/oak/sales/s1/rush" : "/smp/sales/t1/s1/rush",
    [
      { path: "sales/:sale", Component: ProviderSalePage, children: tabs },
      { path: "sales/:tenant/:sale", Component: StaffSalePage, children: tabs },
    ],
    { [`GET ${saleApi}`]: sale, ...defaultResponses, ...answers },
  );
}

const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

afterEach(() => vi.restoreAllMocks());

describe("the stock of a sale", () => {
  it("is shown per item, with the result of the recount", async () => {
    show("analyst", saleWith());
    const table = await screen.findByRole("table", { name: "Stock" });
    expect(cells(within(table).getAllByRole("row")[1] as HTMLElement)).toEqual([
      "Small",
      "40",
      "3",
      "37",
      "0",
      "2",
      "Matches",
    ]);
    expect(screen.queryByText("The recount does not match")).toBeNull();
  });

  it("warns when the recount differs", async () => {
    show("manager", saleWith(), {
      [`GET ${saleApi}/stock`]: { items: [{ ...item, agrees: false }], agrees: false },
    });
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The recount does not match");
    expect(alert.textContent).toContain("Small");
  });

  it("can be requested again after an error", async () => {
    let tries = 0;
    show("manager", saleWith(), {
      [`GET ${saleApi}/stock`]: () =>
        tries++ === 0
          ? new ProblemResponse(403, { title: "Forbidden", detail: "Not for this role." })
          : { items: [item], agrees: true },
    });
    expect((await screen.findByRole("alert")).textContent).toContain("Not for this role.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("table", { name: "Stock" });
  });

  it("is absent before the first approval", async () => {
    show("owner", saleWith({ state: "draft", phase: null }));
    await screen.findByText("Not approved yet");
    screen.getByRole("link", { name: "Rush" });
  });

  it("is absent when shoppers buy in the provider’s own cart", async () => {
    show("owner", saleWith({ mode: "redirect" }));
    await screen.findByText("SMP holds no stock for this sale");
    expect(screen.queryByRole("link", { name: "Rush" })).toBeNull();
  });
});

describe("the receipt", () => {
  it("says when it will be published", async () => {
    show("analyst", saleWith());
    await screen.findByText(/It will be published when the sale ends, on .*22/);
    expect(screen.queryByRole("link", { name: "Download receipt" })).toBeNull();
  });

  it("is linked once the sale is over", async () => {
    show("analyst", saleWith({ phase: "ended" }));
    expect(
      (await screen.findByRole("link", { name: "Download receipt" })).getAttribute("href"),
    ).toBe("/api/v1/sales/oak-bowls/receipt");
  });
});

describe("the waitlist", () => {
  it("shows positions to everyone, but lets only managers move entries", async () => {
    show("owner", saleWith());
    const table = await screen.findByRole("table", { name: "Waitlist" });
    expect(
      within(table)
        .getAllByRole("row")
        .slice(1)
        .map((row) => cells(row).slice(0, 3)),
    ).toEqual([
      ["1", "1", "1"],
      ["2", "2", "All 2 or none"],
    ]);
    expect(screen.queryByRole("button", { name: "Move position 1" })).toBeNull();
  });

  it("loads the next page from where the last one ended", async () => {
    show("owner", saleWith(), {
      [waitlistPath]: (request: Request) =>
        new URL(request.url).searchParams.get("after") === null
          ? { items: [entryWith("w1", 1)], next_after: 4096 }
          : { items: [entryWith("w2", 2)], next_after: null },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
    await waitFor(() =>
      expect(
        within(screen.getByRole("table", { name: "Waitlist" })).getAllByRole("row"),
      ).toHaveLength(3),
    );
    expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
  });

  it("is reordered only with a reason", async () => {
    const sent = show("manager", saleWith(), { [`POST ${saleApi}/waitlist/w2/move`]: null });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Move position 2" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Move" }));
    within(dialog).getByText("Choose a position.");
    within(dialog).getByText("Give a reason. It is recorded in the audit log.");
    expect(sent).toEqual([]);
    await user.selectOptions(within(dialog).getByLabelText("New position"), "To the front");
    await user.type(within(dialog).getByLabelText("Reason"), " Our own mistake. ");
    await user.click(within(dialog).getByRole("button", { name: "Move" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(sent).toEqual([
      {
        path: `POST ${saleApi}/waitlist/w2/move`,
        body: { before: "w1", reason: "Our own mistake." },
      },
    ]);
  });

  it("shows a field error at its field", async () => {
    const problem = {
      title: "Invalid",
      detail: "x",
      errors: [{ field: "before", message: "Must be another entry on the same waitlist" }],
    };
    show("manager", saleWith(), {
      [`POST ${saleApi}/waitlist/w1/move`]: new ProblemResponse(422, problem),
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Move position 1" }));
    const dialog = await screen.findByRole("dialog");
    await user.selectOptions(within(dialog).getByLabelText("New position"), "To the end");
    await user.type(within(dialog).getByLabelText("Reason"), "Asked to.");
    await user.click(within(dialog).getByRole("button", { name: "Move" }));
    await within(dialog).findByText("Must be another entry on the same waitlist");
    expect(within(dialog).getByLabelText("New position").getAttribute("aria-invalid")).toBe("true");
  });
});

describe("rehearsals", () => {
  it("start only with valid numbers", async () => {
    let started = false;
    const sent = show("owner", saleWith({ phase: "countdown" }), {
      [`POST ${rehearsalsPath}`]: () => ((started = true), rehearsal("r1", "running")),
      [`GET ${rehearsalsPath}`]: () => ({ items: started ? [rehearsal("r1", "running")] : [] }),
    });
    const user = userEvent.setup();
    const shoppers = await screen.findByRole("textbox", { name: "Shoppers" });
    await user.clear(shoppers);
    await user.type(shoppers, "600000");
    await user.click(screen.getByRole("button", { name: "Start rehearsal" }));
    screen.getByText(/Enter a number from 1 to 100.000/);
    expect(sent).toEqual([]);
    await user.clear(shoppers);
    await user.type(shoppers, "300");
    await user.click(screen.getByRole("button", { name: "Start rehearsal" }));
    await screen.findByText("300 shoppers rushing for 40 units");
    expect(sent).toEqual([{ path: `POST ${rehearsalsPath}`, body: { shoppers: 300, units: 40 } }]);
    expect(screen.queryByRole("button", { name: "Start rehearsal" })).toBeNull();
  });

  it("ask for confirmation while the sale is live", async () => {
    const sent = show("manager", saleWith(), {
      [`POST ${rehearsalsPath}`]: rehearsal("r1", "running"),
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Start rehearsal" }));
    await user.click(await screen.findByRole("button", { name: "Rehearse now" }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("say when one is already running", async () => {
    const problem = {
      type: "urn:smp:rehearsal_running",
      title: "Conflict",
      detail: "A rehearsal is running already. Wait for its report.",
    };
    show("owner", saleWith({ phase: "countdown" }), {
      [`POST ${rehearsalsPath}`]: new ProblemResponse(409, problem),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Start rehearsal" }));
    await screen.findByText("One rehearsal at a time");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("are read-only for analysts", async () => {
    show("analyst", saleWith());
    await screen.findByText("No rehearsals yet.");
    expect(screen.queryByRole("button", { name: "Start rehearsal" })).toBeNull();
  });

  it("show the latest report, or the selected one", async () => {
    show("analyst", saleWith(), {
      [`GET ${rehearsalsPath}`]: {
        items: [
          rehearsal("r2", "done", { report, ended_at: "2026-11-22T05:00:02Z" }),
          rehearsal("r1", "failed", {
            failure: "The sale is not approved any more.",
            shoppers: 20,
            units: 4,
            started_at: "2026-11-22T04:00:00Z",
            ended_at: "2026-11-22T04:00:01Z",
          }),
        ],
      },
    });
    await screen.findByRole("heading", { name: "300 shoppers for 40 units" });
    screen.getByText("Ready for the rush");
    screen.getByText("91 ms", { selector: "span" });
    await userEvent.click(
      within(screen.getByRole("table", { name: "All rehearsals" })).getAllByRole(
        "link",
      )[1] as HTMLElement,
    );
    await screen.findByRole("heading", { name: "20 shoppers for 4 units" });
    screen.getByText("This rehearsal did not finish");
    screen.getByText(/^The sale is not approved any more\. The real sale was not affected/);
  });

  it("name the faults found", async () => {
    show("analyst", saleWith(), {
      [`GET ${rehearsalsPath}`]: {
        items: [
          rehearsal("r1", "done", {
            report: { ...report, oversold: 2, receipt: "line 9: oversold" },
          }),
        ],
      },
    });
    await screen.findByText("This rehearsal found a problem");
    screen.getByText("Oversold by 2 units: only 40 on sale.");
    screen.getByText("Not verified");
  });
});
