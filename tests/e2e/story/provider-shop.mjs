// The parts of a redirect sale that happen in the provider's own shop, and what SMP records of
// them.
import assert from "node:assert/strict";
import { open, row } from "../support/portal.mjs";
import { until } from "../support/until.mjs";
import { createAccountInDialog } from "./browsing.mjs";

/**
 * @typedef {import("../support/stage.mjs").Person} Person
 * @typedef {import("./shop-server.mjs").ShopServer} ShopServer
 */

/**
 * Creates an account from the header and returns.
 * @param {Person} shopper
 * @param {{ name: string, email: string, password: string }} account
 */
export async function signUp(shopper, account) {
  const { page } = shopper;
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Sign in" })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Create account" }).click();
  await createAccountInDialog(shopper, account);
  await page.getByRole("link", { name: "Your account" }).waitFor();
}

/**
 * Buy leads to the provider's cart, with a click token.
 * @param {Person} shopper
 * @param {ShopServer} shop
 * @param {{ sku: string }} item
 * @param {number} quantity
 */
export async function leaveForShop({ page }, shop, { sku }, quantity) {
  await page.getByRole("button", { name: `Buy at ${shop.name}` }).click();
  await page.getByRole("heading", { name: `${shop.name}: your cart` }).waitFor();
  const url = new URL(page.url());
  assert.equal(url.origin, shop.origin);
  assert.deepEqual(
    [url.searchParams.get("sku"), url.searchParams.get("quantity")],
    [sku, String(quantity)],
  );
  assert.ok((url.searchParams.get("click_token") ?? "").length > 20, "the URL has a click token");
}

/** Sends invalid postbacks and checks that each error names its cause. @param {ShopServer} shop */
export async function wrongPostbacks(shop) {
  const [purchase] = shop.purchases;
  const refused = async (
    /** @type {Promise<{ status: number, type: string, body: any }>} */ response,
    /** @type {number} */ status,
    /** @type {RegExp} */ pattern,
  ) => {
    const { status: got, type, body } = await response;
    assert.equal(got, status, JSON.stringify(body));
    assert.match(type, /application\/problem\+json/);
    assert.match(JSON.stringify(body), pattern);
  };
  await refused(shop.report(purchase, "smp_this-is-not-a-key"), 401, /key/i);
  await refused(
    shop.report({ ...purchase, clickToken: "made-up", reference: "X-1" }),
    422,
    /click_token/,
  );
  await refused(
    shop.report({ ...purchase, amountMinor: purchase.amountMinor + 1 }),
    409,
    /reference/i,
  );
  const early = await shop.reverse("unheard-of", "?");
  assert.equal(early.status, 202, "a reversal waits for its purchase");
  const again = await shop.report(purchase);
  assert.equal(again.status, 200, "the same report twice is one purchase");
}

/**
 * The owner sees the reported conversion.
 * @param {Person} owner
 * @param {string} reference
 * @param {string} state
 */
export async function seesConversion(owner, reference, state) {
  await open(owner, "Conversions");
  const line = row(owner, "Conversions", reference);
  await until(`${reference} to be ${state}`, async () => {
    await owner.page.reload();
    await line.waitFor();
    return line.getByText(state, { exact: true }).isVisible();
  });
}

/** A phone number without spaces. @param {string} phone */
export const withoutSpaces = (phone) => phone.replaceAll(" ", "");

/**
 * The shopper's account shows the purchase with its tracking and contact details.
 * @param {Person} shopper
 * @param {ShopServer} shop
 * @param {{ supportEmail: string, supportPhone: string }} business
 */
export async function seesPurchase({ page }, shop, { supportEmail, supportPhone }) {
  const [{ reference }] = shop.purchases;
  const line = page.getByRole("listitem").filter({ hasText: reference });
  await line.waitFor();
  assert.equal(
    await line.getByRole("link", { name: `Track at ${shop.name}` }).getAttribute("href"),
    shop.trackingUrl(reference),
  );
  await line.getByRole("link", { name: supportEmail }).waitFor();
  await line.getByRole("link", { name: withoutSpaces(supportPhone) }).waitFor();
}
