// Paying by card at the stand-in for Stripe.
import { payBy } from "./checkout.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

export const cards = {
  accepted: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  asks: "4000 0025 0000 3155",
};

/** Puts a unit into the cart and goes to its payment. @param {Person} shopper @param {string} slug */
export async function buy({ page }, slug) {
  await page.goto(`/sales/${slug}`);
  await page.getByRole("button", { name: "Buy now", exact: true }).click();
  await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Check out" }).click();
  await page.getByRole("heading", { name: "Delivery address" }).waitFor();
}

/** Chooses the card, and waits for its page. Returns the order's number. @param {Person} shopper */
export async function chooseCard(shopper) {
  const { page } = shopper;
  await payBy(shopper, /^Card( Test)?$/);
  await page.getByRole("button", { name: /^Pay / }).click();
  await page.getByRole("heading", { name: /^Pay / }).waitFor();
  return new URL(page.url()).pathname.split("/")[2] ?? "";
}

/** Fills in the fields for a card. @param {Person} shopper @param {string} number */
export async function fillCard({ page }, number) {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiration date").fill("12 / 34");
  await page.getByLabel("Security code").fill("123");
}

/** Fills them in, and presses Pay twice. @param {Person} shopper @param {string} number */
export async function payByCard(shopper, number) {
  await fillCard(shopper, number);
  await shopper.page.getByRole("button", { name: /^Pay / }).dblclick();
}

/**
 * Pays by a card that the bank asks about, and answers there.
 * @param {Person} shopper
 * @param {"Approve" | "Decline"} answer
 */
export async function payAtBank(shopper, answer) {
  const { page } = shopper;
  await payByCard(shopper, cards.asks);
  await page.getByRole("heading", { name: "Confirm a payment of" }).waitFor();
  await page.getByRole("button", { name: answer }).click();
}

/** Waits until the card's page says why nothing was paid. @param {Person} shopper @param {string} why */
export async function showsWhy({ page }, why) {
  const alert = page.getByRole("alert").filter({ hasText: "The payment did not go through" });
  await alert.getByText(`${why} Nothing was charged.`).waitFor();
  await page.getByRole("button", { name: /^Pay /, disabled: false }).waitFor();
}
