import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Offer, OfferInput } from "../api/types";
import { ProblemResponse, renderPortal } from "../testing/portal";
import { NewOfferPage, OfferPage } from "./OfferPage";

const offer: Offer = {
  id: "o1",
  title: "Oak bowls",
  summary: "Six glazes.",
  description: "",
  terms: "",
  state: "draft",
  currency: "KWD",
  items: [
    {
      id: "x1",
      sku: "OAK-S",
      name: "Small",
      attributes: {},
      price: { amount: 1234, currency: "KWD" },
    },
  ],
  assets: [],
  version: 1,
  created_at: "2026-11-01T09:00:00Z",
  updated_at: "2026-11-01T09:00:00Z",
};

function show(path: string, responses: Record<string, unknown> = {}) {
  return renderPortal(
    "owner",
    `/p/oak/offers/${path}`,
    [
      { path: "offers/new", Component: NewOfferPage },
      { path: "offers/:offer", Component: OfferPage },
    ],
    {
      "GET /providers/t1/offers/o1": offer,
      "POST /providers/t1/offers": offer,
      "PUT /providers/t1/offers/o1": offer,
      ...responses,
    },
  );
}

const price = () => screen.getByLabelText<HTMLInputElement>("Price");

afterEach(() => vi.restoreAllMocks());

it("asks for the currency of a new offer and sends the price in its minor units", async () => {
  const sent = show("new");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Title"), "Oak bowls");
  await user.type(screen.getByLabelText("Summary"), "Six glazes.");
  await user.type(screen.getByLabelText("Name"), "Small");
  await user.type(screen.getByLabelText("SKU"), "OAK-S");
  await user.type(price(), "12");
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await screen.findByText("Choose a currency.");
  expect(sent).toEqual([]);
  await user.selectOptions(screen.getByLabelText("Currency"), "JPY");
  expect(price().value).toBe("12");
  await user.selectOptions(screen.getByLabelText("Currency"), "KWD");
  expect(price().value).toBe("12");
  await screen.findByText("KWD\u00a012.000", { normalizer: (text) => text });
  await user.clear(price());
  await user.type(price(), "1.234");
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  const body = sent[0]?.body as OfferInput;
  expect(body.currency).toBe("KWD");
  expect(body.items[0]?.price_minor).toBe(1234);
});

it("shows a stored price of three decimals and sends it back unchanged", async () => {
  const sent = show("o1");
  expect((await screen.findByLabelText<HTMLInputElement>("Price")).value).toBe("1.234");
  await userEvent.click(screen.getByRole("button", { name: "Save offer" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect((sent[0]?.body as OfferInput).items[0]?.price_minor).toBe(1234);
});

it("says what will be saved, and refuses decimals that the currency does not have", async () => {
  const sent = show("o1");
  const user = userEvent.setup();
  await user.clear(await screen.findByLabelText("Price"));
  await user.type(price(), "49");
  await user.selectOptions(screen.getByLabelText("Currency"), "JPY");
  await screen.findByText("¥49");
  await user.type(price(), ".50");
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await screen.findByText(/This has decimals\./);
  expect(sent).toEqual([]);
  await user.clear(price());
  await user.type(price(), "49");
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toMatchObject({ currency: "JPY", items: [{ price_minor: 49 }] });
});

it("asks what an amount means that can be read in two ways", async () => {
  const sent = show("o1");
  const user = userEvent.setup();
  await user.selectOptions(await screen.findByLabelText("Currency"), "EUR");
  await user.clear(price());
  await user.type(price(), "1,390");
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await screen.findByText("“1,390” can be €1,390.00 or €1.39. Choose one.");
  expect(document.activeElement).toBe(price());
  expect(sent).toEqual([]);
  await user.click(screen.getByRole("button", { name: "€1,390.00?" }));
  await user.click(screen.getByRole("button", { name: "Save offer" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect((sent[0]?.body as OfferInput).items[0]?.price_minor).toBe(139_000);
});

describe("when someone else saved the offer first", () => {
  const item = (id: string, name: string): Offer["items"][number] => ({
    id,
    sku: id,
    name,
    attributes: {},
    price: { amount: 1000, currency: "EUR" },
  });
  const mine = { ...offer, currency: "EUR", items: [item("x1", "Small")] };
  const theirs = { ...mine, version: 2, items: [item("x1", "Small"), item("x2", "Large")] };
  const changed = { version: 2, by: "Nora Lind", at: "2026-11-28T09:41:00Z", fields: ["items"] };

  /** Opens the offer, types, and saves from the old version. */
  async function collide(type: { field: string; text: string }) {
    let stored = mine;
    const versions: (string | null)[] = [];
    const sent = show("o1", {
      "GET /providers/t1/offers/o1": () => stored,
      "PUT /providers/t1/offers/o1": (request: Request) => {
        versions.push(request.headers.get("If-Match"));
        return request.headers.get("If-Match") === '"2"'
          ? { ...theirs, version: 3 }
          : new ProblemResponse(412, { type: "urn:smp:changed_meanwhile", changed });
      },
    });
    const user = userEvent.setup();
    const field = await screen.findByLabelText(type.field);
    await user.clear(field);
    await user.type(field, type.text);
    stored = theirs;
    await user.click(screen.getByRole("button", { name: "Save offer" }));
    const notice = await screen.findByRole("alert");
    return { user, sent, versions, notice };
  }
  const items = (body: unknown) => (body as OfferInput).items.map(({ name }) => name);

  it("says who, when and what, and keeps what was typed", async () => {
    const { notice, versions } = await collide({ field: "Title", text: "Oak plates" });
    expect(notice.textContent).toContain("Nora Lind changed this on");
    expect(notice.textContent).toContain("Changed by Nora Lind: items.");
    expect(notice.textContent).not.toContain("both of you");
    expect(screen.getByLabelText<HTMLInputElement>("Title").value).toBe("Oak plates");
    expect(versions).toEqual(['"1"']);
    expect(document.activeElement).toBe(notice);
  });

  it("keeps both changes when they are of different fields", async () => {
    const { user, sent, versions } = await collide({ field: "Title", text: "Oak plates" });
    await user.click(screen.getByRole("button", { name: "Keep both changes" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(versions).toEqual(['"1"', '"2"']);
    expect(sent[1]?.body).toMatchObject({ title: "Oak plates" });
    expect(items(sent[1]?.body)).toEqual(["Small", "Large"]);
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });

  it("asks whose items to keep when both changed them", async () => {
    const { user, sent, notice } = await collide({ field: "Name", text: "Tiny" });
    expect(notice.textContent).toContain("Changed by both of you: items.");
    expect(screen.queryByRole("button", { name: "Keep both changes" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Overwrite with mine" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(items(sent[1]?.body)).toEqual(["Tiny"]);
  });

  it("takes theirs, and saves from their version then", async () => {
    const { user, sent, versions } = await collide({ field: "Name", text: "Tiny" });
    await user.click(screen.getByRole("button", { name: "Use theirs" }));
    const names = screen.getAllByLabelText<HTMLInputElement>("Name").map(({ value }) => value);
    expect(names).toEqual(["Small", "Large"]);
    expect(sent).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "Save offer" }));
    await waitFor(() => expect(versions).toEqual(['"1"', '"2"']));
  });
});
