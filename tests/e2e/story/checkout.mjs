// From the cart to a paid order.
import { openMessage } from "../support/outbox.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

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
  await page.getByRole("textbox", { name: "Full name" }).fill("");
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
  await page.getByRole("combobox", { name: "Country" }).selectOption(address.country);
  // What is below the fields moves when they are those of the country.
  await page.locator("#address-fields[aria-busy]").waitFor({ state: "detached" });
  await page.getByRole("textbox", { name: "Full name" }).fill(address.name);
  await page.getByRole("textbox", { name: "Address line 1" }).fill(address.line1);
  await page.getByRole("textbox", { name: "Postal code" }).fill(address.postal_code);
  await page.getByRole("textbox", { name: "City" }).fill(address.city);
}

/**
 * Confirms the email address on the payment step, with a wrong code first. The items are held no
 * longer for it.
 * @param {Person} shopper
 * @param {string} email
 * @param {() => Promise<void>} seeRefusal
 */
export async function confirmEmail(
  shopper,
  email,
  // Without JavaScript too.
  seeRefusal = () => shopper.photo("04-confirm-email"),
) {
  const { page } = shopper;
  const heading = page.getByRole("heading", { name: "First, confirm your email address" });
  await heading.waitFor();
  const url = page.url();
  const heldUntil = () => page.locator("[data-until]").first().getAttribute("data-until");
  const before = await heldUntil();
  const { text } = await openMessage(shopper, email, /^Your code for/);
  const code = /\d{6}/.exec(text)?.[0] ?? "";
  await shopper.goto(url);
  await page.getByLabel("Code").fill(code === "000000" ? "000001" : "000000");
  await shopper.expecting(422, "/verify", async () => {
    await page.getByRole("button", { name: "Confirm", exact: true }).click();
    await page.getByText("4 tries left").first().waitFor();
  });
  await seeRefusal();
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  await page.getByText("Your email address is confirmed.").waitFor();
  await page.getByRole("button", { name: /^Pay / }).waitFor();
  if ((await heldUntil()) !== before) throw new Error("the hold was made longer or shorter");
}

/** Chooses a way to pay. @param {Person} shopper @param {string | RegExp} label */
export async function payBy({ page }, label) {
  // The label covers its radio, to be a larger touch target.
  await page.locator(".choice label").filter({ hasText: label }).click();
}

/**
 * Presses Pay, and one of the test bank's buttons.
 * @param {Person} shopper
 * @param {"Approve" | "Decline" | "Cancel and go back"} answer
 * @param {string} total
 */
export async function payAtBank(shopper, answer, total) {
  const { page } = shopper;
  await page.getByRole("button", { name: `Pay ${total}` }).click();
  await page.getByRole("heading", { name: "Confirm the payment" }).waitFor();
  await page.getByRole("button", { name: answer, exact: true }).click();
}

/** Pays, and the bank declines. @param {Person} shopper @param {string} total */
export async function declined(shopper, total) {
  await payAtBank(shopper, "Decline", total);
  await showsRefusal(shopper);
  await shopper.look("04-declined");
}

/** Pays, and changes the mind at the bank. @param {Person} shopper @param {string} total */
export async function cancelledAtBank(shopper, total) {
  const { page } = shopper;
  await page.getByRole("button", { name: `Pay ${total}` }).click();
  await page.getByRole("heading", { name: "Confirm the payment" }).waitFor();
  await shopper.look("04-bank", { both: true });
  await page.getByRole("button", { name: "Cancel and go back" }).click();
  await showsRefusal(shopper);
}

/**
 * Pays, and the bank approves. Returns the order number.
 * @param {Person} shopper
 * @param {string} total
 */
export async function pay(shopper, total) {
  await payAtBank(shopper, "Approve", total);
  return confirmedOrder(shopper, total);
}

/**
 * Waits for the confirmation page. Returns the order number.
 * @param {Person} shopper
 * @param {string} total
 */
export async function confirmedOrder({ page }, total) {
  await page.getByRole("heading", { name: "Thank you for your order" }).waitFor();
  await page.getByText(`Paid ${total}`).first().waitFor();
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

async function showsRefusal(/** @type {Person} */ { page }) {
  await page.getByRole("heading", { name: "The payment did not go through" }).waitFor();
  await page.getByText("Nothing was charged, and your items are still held for you.").waitFor();
}
