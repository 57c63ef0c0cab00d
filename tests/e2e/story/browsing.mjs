// The shopper on the sale page, from an access point to Buy.
import assert from "node:assert/strict";
import { until } from "../support/until.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

/** @param {Person} shopper */
export const widget = ({ page }) => page.getByRole("region", { name: "Sale", exact: true });

/** Waits for the widget to be in a state. @param {Person} shopper @param {string} state */
export async function inState({ page }, state, timeout = 150_000) {
  await page.locator(`section[aria-label="Sale"][data-state="${state}"]`).waitFor({ timeout });
}

/**
 * Follows an access point's link.
 * @param {Person} shopper
 * @param {string} link
 * @param {string} title
 */
export async function arriveBy(shopper, link, title) {
  await shopper.goto(link);
  await shopper.page.getByRole("heading", { name: title, level: 1 }).waitFor();
  assert.match(new URL(shopper.page.url()).pathname, /^\/sales\//);
}

/**
 * Opens the landing page of an access point and continues to the sale.
 * @param {Person} visitor
 * @param {string} link
 * @param {string} title
 * @param {string} picture
 */
export async function arriveByLandingPage(visitor, link, title, picture) {
  await visitor.goto(`/l/${new URL(link).pathname.split("/").at(-1)}`);
  await visitor.page.getByRole("heading", { name: title, level: 1 }).waitFor();
  await visitor.look(picture, { both: true });
  await visitor.page.getByRole("link", { name: /See the sale|Go to the sale/ }).click();
  await widget(visitor).waitFor();
}

/**
 * Checks that the countdown runs and Buy is not there yet.
 * @param {Person} shopper
 * @param {string} picture
 */
export async function watchCountdown(shopper, picture) {
  await inState(shopper, "countdown");
  assert.equal(await shopper.page.getByRole("button", { name: /^Buy/ }).count(), 0);
  const clock = shopper.page.locator("[data-clock]");
  const first = await until(
    "a clock",
    async () => /^\d+:\d\d(:\d\d)?$/.test(await clock.innerText()) && clock.innerText(),
  );
  await until("the clock to move", async () => (await clock.innerText()) !== first);
  await shopper.look(picture, { both: true });
}

/** Adds a favourite and shares, without leaving the page. @param {Person} shopper */
export async function likeAndShare(shopper) {
  const { page } = shopper;
  await page.getByRole("button", { name: "Add to favourites" }).click();
  await page.getByRole("button", { name: "Remove from favourites" }).waitFor();
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/shares") && answer.status() === 204),
    page.getByRole("button", { name: "Copy link" }).click(),
  ]);
  await page.getByText("Link copied").first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /\/(sales|a)\//);
}

/**
 * Waits for the page to go live on time, without a reload.
 * @param {Person} shopper
 * @param {number} startsAt
 */
export async function becomesLive(shopper, startsAt) {
  await shopper.page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  await inState(shopper, "live", Math.max(0, startsAt - Date.now()) + 20_000);
  const late = Date.now() - startsAt;
  assert.ok(late > -1_000, `live ${-late} ms too early`);
  assert.ok(
    await shopper.page.evaluate(() => "sameDocument" in globalThis),
    "the page was not reloaded",
  );
}

/** How many units of an item are left, by the page. @param {Person} shopper @param {string} item */
export async function left({ page }, item) {
  const choice = page
    .locator(".choice")
    .filter({ has: page.getByRole("radio", { name: item, exact: true }) });
  const text = await choice.locator("[data-stock]").innerText();
  return text.startsWith("Sold out") ? 0 : Number.parseInt(text.replace(/^Only /, ""), 10);
}

/**
 * Waits for the page to show, without a reload, how many units are left.
 * @param {Person} shopper
 * @param {string} item
 * @param {number} count
 */
export async function showsLeft(shopper, item, count) {
  await until(`${count} left of ${item}`, async () => (await left(shopper, item)) === count);
}

/** @param {Person} shopper @param {string} item @param {number} quantity */
export async function choose({ page }, item, quantity) {
  // The label covers its radio, to be a larger touch target.
  await page.locator(".choice label").filter({ hasText: item }).click();
  assert.ok(await page.getByRole("radio", { name: item, exact: true }).isChecked());
  await page.getByLabel("Quantity").fill(String(quantity));
}

/**
 * Creates an account in the dialog that Buy opens. The press is made afterwards; returns its fields,
 * so that they can be sent again.
 * @param {Person} shopper
 * @param {{ name: string, email: string, password: string }} account
 */
export async function signUpDuringPurchase(shopper, { name, email, password }) {
  const { page } = shopper;
  const sent = await fieldsOfBuy(shopper);
  await page.getByRole("button", { name: "Buy now", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("You needn’t press Buy again").waitFor();
  await shopper.look("03-sign-in");
  await dialog.getByRole("button", { name: "Create account" }).click();
  await shopper.expecting(422, "/accounts", async () => {
    await createAccountInDialog(shopper, { name, email, password: "short" });
    await dialog.getByText("Use at least 10 characters").waitFor();
  });
  assert.ok(
    await dialog.getByLabel("Password").evaluate((field) => field === document.activeElement),
    "the wrong field has the focus",
  );
  await shopper.look("03-sign-up-refused");
  await createAccountInDialog(shopper, { name, email, password });
  await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
  return sent;
}

/**
 * Fills in the dialog of the sale's page, turned to “Create account”, and sends it.
 * @param {Person} shopper
 * @param {{ name: string, email: string, password: string }} account
 */
export async function createAccountInDialog({ page }, { name, email, password }) {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Email").fill(email);
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByRole("button", { name: "Create account" }).click();
}

/** The fields of the form with Buy. @param {Person} shopper */
async function fieldsOfBuy({ page }) {
  const form = page.locator("[data-panel] form.buy-form");
  const fields = await form.evaluate((node) =>
    Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (node)).entries()),
  );
  return /** @type {Record<string, string>} */ (fields);
}

/** @param {Person} shopper @param {{ name: string, email: string, password: string }} account */
export async function fillAccount({ page }, { name, email, password }) {
  await page.getByRole("heading", { name: "Create account", level: 1 }).waitFor();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
}

/**
 * Presses Buy and returns the fields of the form, so that they can be sent again.
 * @param {Person} shopper
 */
export async function pressBuy(shopper) {
  const { page } = shopper;
  const sent = await fieldsOfBuy(shopper);
  await page.getByRole("button", { name: "Buy now", exact: true }).dblclick();
  await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
  return sent;
}

/**
 * Sends the same form again, as after a double click or a lost response.
 * @param {Person} shopper
 * @param {string} saleUrl
 * @param {Record<string, string>} form
 */
export async function pressAgain(shopper, saleUrl, form) {
  const holds = async () => (await shopper.api("/me/holds")).items.map(({ id }) => id);
  const before = await holds();
  const answer = await shopper.context.request.post(`${saleUrl}/buy`, { form, maxRedirects: 0 });
  assert.equal(answer.status(), 303);
  assert.deepEqual(await holds(), before, "the second press holds no further units");
}

/** Checks that the hold counts down. @param {Person} shopper @param {number} units */
export async function clockRuns({ page }, units) {
  const clock = page.locator("[data-hold-time]").first();
  const first = await until(
    "the clock of the hold",
    async () => /^for \d?\d:\d\d$/.test(await clock.innerText()) && clock.innerText(),
  );
  await until("the clock to run", async () => (await clock.innerText()) !== first);
  await page.getByRole("link", { name: new RegExp(`^Cart ?${units} items?$`) }).waitFor();
}

/**
 * The same shopper an hour later, on a page left open.
 * @param {Person} shopper
 * @param {string} saleUrl
 */
export async function timeIsUp(shopper, saleUrl) {
  const late = await shopper.stage.person("late shopper", "phone", {
    storageState: await shopper.context.storageState(),
  });
  const { page } = late;
  await page.clock.install();
  await late.goto(saleUrl);
  const holds = page.locator("[data-held]");
  await holds.getByRole("link", { name: "Go to cart" }).waitFor();
  await page.clock.fastForward("01:00:00");
  await holds.getByText("the items went back on sale").waitFor();
  const link = holds.getByRole("link", { name: "See what’s left" });
  await late.photo("03-time-is-up");
  await Promise.all([page.waitForEvent("load"), link.click()]);
  assert.equal(page.url(), saleUrl, "the same page, reloaded");
  await late.context.close();
}
