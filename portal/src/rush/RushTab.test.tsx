import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Role, Sale } from "../api/types";
import { StaffSalePage, ProviderSalePage } from "../sales/SalePage";
import { open, Refusal, saleWith, type Answers } from "../testing/portal";
import { RushTab } from "./RushTab";

const saleApi = "/providers/t1/sales/s1";
const linePath = `GET ${saleApi}/items/i1/waitlist`;
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
const place = (id: string, quantity: number) => ({
  id,
  sale_item_id: "i1",
  quantity,
  accept_fewer: false,
  created_at: "2026-11-22T05:00:00Z",
});
const calm: Answers = {
  [`GET ${saleApi}/stock`]: { items: [item], agrees: true },
  [linePath]: { items: [place("w1", 1), place("w2", 2)], next_after: null },
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

function show(role: Role, sale: Sale, answers: Answers = {}) {
  const tabs = [{ path: "rush", Component: RushTab }];
  const provider = role === "owner" || role === "analyst";
  return open(
    role,
    provider ? "/p/oak/sales/s1/rush" : "/smp/sales/t1/s1/rush",
    [
      { path: "sales/:sale", Component: ProviderSalePage, children: tabs },
      { path: "sales/:tenant/:sale", Component: StaffSalePage, children: tabs },
    ],
    { [`GET ${saleApi}`]: sale, ...calm, ...answers },
  );
}

const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

afterEach(() => vi.restoreAllMocks());

describe("the stock of a sale", () => {
  it("is counted by item, beside its recount", async () => {
    show("analyst", saleWith());
    const table = await screen.findByRole("table", { name: "Stock" });
    expect(cells(within(table).getAllByRole("row")[1] as HTMLElement)).toEqual([
      "Small",
      "40",
      "3",
      "37",
      "0",
      "2",
      "Agrees",
    ]);
    expect(screen.queryByText("The recount does not agree")).toBeNull();
  });

  it("says plainly when the recount differs", async () => {
    show("manager", saleWith(), {
      [`GET ${saleApi}/stock`]: { items: [{ ...item, agrees: false }], agrees: false },
    });
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The recount does not agree");
    expect(alert.textContent).toContain("Small");
  });

  it("can be asked for again when it could not be had", async () => {
    let tries = 0;
    show("manager", saleWith(), {
      [`GET ${saleApi}/stock`]: () =>
        tries++ === 0
          ? new Refusal(403, { title: "Forbidden", detail: "Not for this role." })
          : { items: [item], agrees: true },
    });
    expect((await screen.findByRole("alert")).textContent).toContain("Not for this role.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("table", { name: "Stock" });
  });

  it("is not there before the first approval", async () => {
    show("owner", saleWith({ state: "draft", phase: null }));
    await screen.findByText("Not approved yet");
    screen.getByRole("link", { name: "Rush" });
  });

  it("is not kept for what is bought in the provider’s own cart", async () => {
    show("owner", saleWith({ mode: "redirect" }));
    await screen.findByText("No stock is kept here");
    expect(screen.queryByRole("link", { name: "Rush" })).toBeNull();
  });
});

describe("the receipt", () => {
  it("says when it is public", async () => {
    show("analyst", saleWith());
    await screen.findByText(/It is public once the sale is over, on .*22/);
    expect(screen.queryByRole("link", { name: "Download receipt" })).toBeNull();
  });

  it("is linked once the sale is over", async () => {
    show("analyst", saleWith({ phase: "ended" }));
    expect(
      (await screen.findByRole("link", { name: "Download receipt" })).getAttribute("href"),
    ).toBe("/api/v1/sales/oak-bowls/receipt");
  });
});

describe("the line", () => {
  it("shows everyone their number, and only managers a way to move them", async () => {
    show("owner", saleWith());
    const table = await screen.findByRole("table", { name: "Places in line" });
    expect(
      within(table)
        .getAllByRole("row")
        .slice(1)
        .map((row) => cells(row).slice(0, 3)),
    ).toEqual([
      ["1", "1", "One"],
      ["2", "2", "All 2 or none"],
    ]);
    expect(screen.queryByRole("button", { name: "Move place 1" })).toBeNull();
  });

  it("goes on where the page before ended", async () => {
    show("owner", saleWith(), {
      [linePath]: (request: Request) =>
        new URL(request.url).searchParams.get("after") === null
          ? { items: [place("w1", 1)], next_after: 4096 }
          : { items: [place("w2", 2)], next_after: null },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
    await waitFor(() =>
      expect(
        within(screen.getByRole("table", { name: "Places in line" })).getAllByRole("row"),
      ).toHaveLength(3),
    );
    expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
  });

  it("is moved for a reason", async () => {
    const sent = show("manager", saleWith(), { [`POST ${saleApi}/waitlist/w2/move`]: null });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Move place 2" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Move" }));
    within(dialog).getByText("Choose where it goes.");
    within(dialog).getByText("Give a reason; it is kept in the audit log.");
    expect(sent).toEqual([]);
    await user.selectOptions(within(dialog).getByLabelText("Where it goes"), "To the front");
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

  it("shows a refusal at the field it is about", async () => {
    const problem = {
      title: "Invalid",
      detail: "x",
      errors: [{ field: "before", message: "Must be another entry that waits in the same line" }],
    };
    show("manager", saleWith(), {
      [`POST ${saleApi}/waitlist/w1/move`]: new Refusal(422, problem),
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Move place 1" }));
    const dialog = await screen.findByRole("dialog");
    await user.selectOptions(
      within(dialog).getByLabelText("Where it goes"),
      "To the end of the line",
    );
    await user.type(within(dialog).getByLabelText("Reason"), "Asked to.");
    await user.click(within(dialog).getByRole("button", { name: "Move" }));
    await within(dialog).findByText("Must be another entry that waits in the same line");
    expect(within(dialog).getByLabelText("Where it goes").getAttribute("aria-invalid")).toBe(
      "true",
    );
  });
});

describe("rehearsals", () => {
  it("are started with numbers that can be", async () => {
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
    await screen.findByText("300 shoppers rush for 40 units");
    expect(sent).toEqual([{ path: `POST ${rehearsalsPath}`, body: { shoppers: 300, units: 40 } }]);
    expect(screen.queryByRole("button", { name: "Start rehearsal" })).toBeNull();
  });

  it("ask first while shoppers buy", async () => {
    const sent = show("manager", saleWith(), {
      [`POST ${rehearsalsPath}`]: rehearsal("r1", "running"),
    });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Start rehearsal" }));
    await user.click(await screen.findByRole("button", { name: "Rehearse now" }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("say kindly that one runs already", async () => {
    const problem = {
      type: "urn:smp:rehearsal_running",
      title: "Conflict",
      detail: "A rehearsal is running already. Wait for its report.",
    };
    show("owner", saleWith({ phase: "countdown" }), {
      [`POST ${rehearsalsPath}`]: new Refusal(409, problem),
    });
    await userEvent.click(await screen.findByRole("button", { name: "Start rehearsal" }));
    await screen.findByText("One rehearsal at a time");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("are read by others, not started", async () => {
    show("analyst", saleWith());
    await screen.findByText("There was none yet.");
    expect(screen.queryByRole("button", { name: "Start rehearsal" })).toBeNull();
  });

  it("show the report of the latest, and of one that is chosen", async () => {
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
    screen.getByText("This rehearsal did not come to its end");
    screen.getByText(/^The sale is not approved any more\. Nothing of the real sale was touched/);
  });

  it("name what a rehearsal found", async () => {
    show("analyst", saleWith(), {
      [`GET ${rehearsalsPath}`]: {
        items: [
          rehearsal("r1", "done", {
            report: { ...report, oversold: 2, receipt: "line 9: oversold" },
          }),
        ],
      },
    });
    await screen.findByText("This rehearsal found something");
    screen.getByText("2 units were given above the 40 there were.");
    screen.getByText("Broken");
  });
});
