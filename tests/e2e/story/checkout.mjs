// From the cart to a paid order.
import assert from "node:assert/strict";

/** @typedef {import("../support/stage.mjs").Person} Person */

export const cards = {
  accepted: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  asks: "4000 0000 0000 3220",
};
export const bankCode = "123456";

export const address = {
  name: "Jule Hartmann",
  line1: "Hauptstraße 12",
  city: "Ulm",
  postal_code: "89073",
  country: "DE",
};

/** Removes an item from the cart. @param {Person} shopper @param {string} item */
export async function release({ page }, item) {
  await page
    .getByRole("listitem")
    .filter({ hasText: item })
    .getByRole("button", { name: "Remove" })
    .click();
  await page.getByRole("status").waitFor();
  await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
}

/**
 * Submits the address form, first empty and then complete.
 * @param {Person} shopper
 * @param {string} total
 */
export async function giveAddress(shopper, total) {
  const { page } = shopper;
  await page.getByRole("button", { name: "Check out" }).click();
  await page.getByRole("heading", { name: "Delivery address" }).waitFor();
  await page.getByLabel("Full name").fill("");
  await shopper.expecting(422, "/checkout", async () => {
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  });
  await shopper.look("04-address-refused");
  await fillAddress(shopper);
  await page.getByText(total).first().waitFor();
  await shopper.look("04-address", { both: true });
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
}

/** @param {Person} shopper */
export async function fillAddress({ page }) {
  await page.getByLabel("Full name").fill(address.name);
  await page.getByLabel("Address line 1").fill(address.line1);
  await page.getByLabel("Postal code").fill(address.postal_code);
  await page.getByLabel("City").fill(address.city);
  await page.getByLabel("Country").selectOption(address.country);
}

/** @param {Person} shopper @param {string} card @param {string} total */
export async function tryCard({ page }, card, total) {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry (MM/YY)").fill("12/30");
  await page.getByLabel("Security code").fill("123");
  await page.getByRole("button", { name: `Pay ${total}` }).click();
}

/** Pays with a card that the bank declines. @param {Person} shopper @param {string} total */
export async function declinedCard(shopper, total) {
  await shopper.expecting(402, "/payment", async () => {
    await tryCard(shopper, cards.declined, total);
    await showsRefusal(shopper);
  });
  assert.equal(
    await shopper.page.getByLabel("Card number").inputValue(),
    "",
    "card numbers are not kept",
  );
  await shopper.look("04-card-declined");
}

/**
 * Pays with a card that needs a code, and enters a wrong one.
 * @param {Person} shopper
 * @param {string} total
 */
export async function wrongCode(shopper, total) {
  await tryCard(shopper, cards.asks, total);
  await shopper.page.getByRole("heading", { name: "Confirm the payment" }).waitFor();
  await shopper.look("04-authentication");
  await shopper.page.getByLabel("Code from your bank").fill("654321");
  await shopper.page.getByRole("button", { name: "Confirm" }).click();
  await showsRefusal(shopper);
}

/**
 * Pays with the same card and the right code. Returns the order number.
 * @param {Person} shopper
 * @param {string} total
 */
export async function payWithCode(shopper, total) {
  const { page } = shopper;
  await tryCard(shopper, cards.asks, total);
  await page.getByLabel("Code from your bank").fill(bankCode);
  await page.getByRole("button", { name: "Confirm" }).click();
  return confirmedOrder(shopper, total);
}

/**
 * Waits for the confirmation page. Returns the order number.
 * @param {Person} shopper
 * @param {string} total
 */
export async function confirmedOrder({ page }, total) {
  await page.getByRole("heading", { name: "Thank you for your order" }).waitFor();
  await page.getByText(`Paid ${total}`).waitFor();
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

async function showsRefusal(/** @type {Person} */ { page }) {
  await page.getByRole("heading", { name: "The payment did not go through" }).waitFor();
  await page.getByText("Nothing was charged, and your items are still held for you.").waitFor();
}
