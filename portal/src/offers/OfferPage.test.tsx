import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Offer, OfferInput } from "../api/types";
import { renderPortal } from "../testing/portal";
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
  created_at: "2026-11-01T09:00:00Z",
  updated_at: "2026-11-01T09:00:00Z",
};

function show(path: string) {
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
