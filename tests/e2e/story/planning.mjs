// Writing an offer, planning a sale of it, and SMP's review.
import assert from "node:assert/strict";
import { button, dialog, heading, open, panel, row, waiting } from "../support/portal.mjs";
import { until } from "../support/until.mjs";

/**
 * @typedef {import("../support/stage.mjs").Person} Person
 * @typedef {{ name: string, sku: string, attributes: string, usual: string, before: string, price:
 *   string, capacity: number, limit: number }} Item
 * @typedef {{ title: string, summary: string, description: string, terms: string, items: Item[] }}
 *   Offer
 * @typedef {{ slug: string, mode: "hosted" | "redirect", redirectUrl?: string, refusedUrl?: string
 *   }} SalePlan
 */

/**
 * @param {Person} editor
 * @param {Offer} offer
 * @param {string[]} pictures file names, the main picture first
 */
export async function writeOffer(editor, offer, pictures) {
  const { page } = editor;
  await open(editor, "Offers");
  await page.getByRole("link", { name: "New offer" }).first().click();
  await heading(editor, "New offer").waitFor();
  await button(editor, "Save offer").click();
  await page.getByText("Enter a title.").waitFor();
  await page.getByLabel("Title").fill(offer.title);
  await page.getByLabel("Summary").fill(offer.summary);
  await page.getByLabel("Description").fill(offer.description);
  await page.getByLabel("Terms of sale").fill(offer.terms);
  await page.getByLabel("Currency").selectOption("EUR");
  for (const [index, item] of offer.items.entries()) {
    if (index > 0) await button(editor, "Add item").click();
    const group = page.getByRole("group", { name: `Item ${index + 1}`, exact: true });
    await group.getByLabel("Name").fill(item.name);
    await group.getByLabel("SKU").fill(item.sku);
    await group.getByLabel("Price", { exact: true }).fill(item.usual);
    await group.getByLabel("Compare-at price").fill(item.before);
    await group.getByLabel("Attributes").fill(item.attributes);
  }
  await button(editor, "Choose assets").click();
  for (const name of pictures) await dialog(editor).getByRole("button", { name }).click();
  await dialog(editor)
    .getByRole("button", {
      name: `Use ${pictures.length} asset${pictures.length === 1 ? "" : "s"}`,
    })
    .click();
  await dialog(editor).waitFor({ state: "detached" });
  await button(editor, "Save offer").click();
  await heading(editor, offer.title).waitFor();
  await editor.look("00-offer");
}

/**
 * Plans a sale of the offer that starts tomorrow and lasts three days.
 * @param {Person} editor @param {Offer} offer @param {SalePlan} plan
 */
export async function planSale(editor, offer, plan) {
  const { page } = editor;
  await open(editor, "Sales");
  await page.getByRole("link", { name: "New sale" }).first().click();
  await heading(editor, "New sale").waitFor();
  await page.getByLabel("Offer", { exact: true }).selectOption({ label: offer.title });
  if (plan.mode === "redirect") await page.getByText("In our own cart").click();
  await page.getByLabel("Page address").fill(plan.slug);
  await page.getByLabel("Starts").fill(await localTime(editor, Date.now() + 86_400_000));
  await page.getByLabel("Ends").fill(await localTime(editor, Date.now() + 4 * 86_400_000));
  await page.getByRole("combobox", { name: "Countries" }).click();
  await page.getByRole("option", { name: "Austria" }).click();
  await page.keyboard.press("Escape");
  for (const item of offer.items) {
    const group = page.getByRole("group", { name: item.name, exact: true });
    await group.getByLabel("Sale price").fill(item.price);
    await group.getByLabel("Capacity").fill(String(item.capacity));
    await group.getByLabel("Limit per shopper").fill(String(item.limit));
    await group.getByLabel("Evidence", { exact: true }).fill("Counted in the warehouse.");
  }
  if (plan.refusedUrl) {
    await page.getByLabel("Redirect URL").fill(plan.refusedUrl);
    await editor.expecting(422, "/sales", async () => {
      await button(editor, "Save sale").click();
      await page
        .getByText(/approved|cart address/i)
        .and(page.locator("[class*=error], [role=alert] *"))
        .first()
        .waitFor();
    });
    await editor.look("00-redirect-url-refused");
  }
  if (plan.redirectUrl) await page.getByLabel("Redirect URL").fill(plan.redirectUrl);
  await editor.look("00-sale");
  await button(editor, "Save sale").click();
  await heading(editor, offer.title).waitFor();
  await panel(editor, "Ready for review?").waitFor();
}

/** Submits the sale that is open. @param {Person} editor @param {string} note */
export async function submit(editor, note) {
  await editor.page.getByLabel("Note for the reviewer").fill(note);
  await button(editor, "Submit for review").click();
  await editor.page.getByText(/^SMP is reviewing/).waitFor();
}

/**
 * The manager opens the submission from the review queue and checks the menu's badge.
 * @param {Person} manager
 * @param {Offer} offer
 */
export async function openReview(manager, offer) {
  await manager.goto("/portal/smp/reviews");
  // The queue is sorted by the start of the sales.
  const line = row(manager, "Submissions", offer.title).last();
  await line.waitFor();
  const badge = await until("a badge beside Reviews", () =>
    waiting(manager, "Reviews").getAttribute("aria-label"),
  );
  assert.ok(Number.parseInt(badge, 10) >= 1, badge);
  await manager.look("00-review-queue");
  await line.getByRole("link", { name: offer.title }).click();
  await heading(manager, offer.title).waitFor();
}

/**
 * Opens the preview of the page.
 * @param {Person} manager
 * @param {Offer} offer
 * @param {RegExp} buyName
 */
export async function openPreview(manager, offer, buyName) {
  const preview = await manager.newTab(() =>
    manager.page.getByRole("link", { name: "Open preview" }).click(),
  );
  await preview.getByRole("heading", { name: offer.title, level: 1 }).waitFor();
  await preview.getByText("Shoppers cannot see this page").waitFor();
  assert.ok(
    await preview.getByRole("button", { name: buyName }).isDisabled(),
    "a preview has no working Buy button",
  );
  await manager.look("00-preview", { page: preview });
  await preview.close();
}

/** @param {Person} manager @param {string} reason */
export async function askForChanges(manager, reason) {
  await button(manager, "Ask for changes").click();
  await manager.page.getByText("Explain what should change, or why you reject the sale.").waitFor();
  await manager.page.getByLabel("Reason").fill(reason);
  await manager.look("00-review");
  await button(manager, "Ask for changes").click();
  await heading(manager, "Reviews").waitFor();
}

/** @param {Person} manager */
export async function approve(manager) {
  await button(manager, "Approve").click();
  await heading(manager, "Reviews").waitFor();
}

/**
 * The editor reads why SMP asked for changes.
 * @param {Person} editor
 * @param {Offer} offer
 * @param {string} reason
 */
export async function readReason(editor, offer, reason) {
  await openSale(editor, offer);
  const notice = editor.page.getByRole("status").filter({ hasText: "SMP has asked for changes" });
  await notice.getByText(reason).waitFor();
  await editor.look("00-changes-requested");
}

/** @param {Person} editor @param {Offer} offer @param {Partial<Offer>} change */
export async function changeOffer(editor, offer, change) {
  await open(editor, "Offers");
  await row(editor, "Offers", offer.title).getByRole("link").click();
  await heading(editor, offer.title).waitFor();
  if (change.description) await editor.page.getByLabel("Description").fill(change.description);
  if (change.terms) await editor.page.getByLabel("Terms of sale").fill(change.terms);
  await button(editor, "Save offer").click();
  await editor.page
    .getByText("Offer saved. Its sales will show the changes after their next review.")
    .waitFor();
}

/** @param {Person} editor @param {Offer} offer */
export async function openSale(editor, offer) {
  await open(editor, "Sales");
  await row(editor, "Sales", offer.title).getByRole("link").click();
  await heading(editor, offer.title).waitFor();
}

/**
 * Moves the start of the open sale to shortly after the review, so that shoppers see a countdown.
 * @param {Person} editor
 */
export async function startSoon(editor) {
  const reviewMs = 120_000;
  const start = Math.ceil((Date.now() + reviewMs) / 1_000) * 1_000;
  await editor.page.getByLabel("Starts").fill(await localTime(editor, start));
  await button(editor, "Save sale").click();
  await panel(editor, "Your changes are not public yet").waitFor();
  return start;
}

/**
 * Compares the approved and the submitted revision.
 * @param {Person} manager
 * @param {string} addedText
 * @param {number} changes
 */
export async function compareRevisions(manager, addedText, changes) {
  const { page } = manager;
  await page.getByRole("heading", { name: "Approved: revision 2" }).waitFor();
  await page.getByRole("heading", { name: "Submitted: revision 3" }).waitFor();
  await page.getByText(`${changes} changes since the approved revision.`).waitFor();
  assert.ok(
    await page.locator("ins").filter({ hasText: addedText }).first().isVisible(),
    "added text is marked",
  );
  assert.ok((await page.locator("del").count()) > 0, "removed text is marked");
  await page.getByLabel("Changes only").check();
  assert.equal(await page.getByText("Changed", { exact: true }).count(), changes);
  await manager.look("00-side-by-side");
}

const placements = {
  social: "Autumn post",
  newsletter: "November newsletter",
  landing: "Campaign page",
  sidebar: "Magazine sidebar",
};

/**
 * Creates one access point per placement.
 * @param {Person} editor
 * @returns {Promise<Record<keyof typeof placements, string>>}
 */
export async function createAccessPoints(editor) {
  await editor.page.getByRole("link", { name: "Access points" }).click();
  for (const [placement, name] of Object.entries(placements)) {
    await editor.page.getByLabel("Name").fill(name);
    await editor.page.getByLabel("Placement").selectOption(placement);
    await button(editor, "Create access point").click();
    await row(editor, "Access points", name).waitFor();
  }
  await editor.look("01-access-points");
  const links = {};
  for (const [placement, name] of Object.entries(placements)) {
    links[placement] = (
      await row(editor, "Access points", name).getByRole("cell").nth(2).innerText()
    ).trim();
  }
  return links;
}

/**
 * An instant as the value of a datetime-local field, in the time zone of the shop.
 * @param {Person} person
 * @param {number} instant
 */
function localTime({ page }, instant) {
  return page.evaluate(async (at) => {
    const read = async (/** @type {string} */ path) => (await fetch(`/api/v1${path}`)).json();
    const { roles } = await read("/me");
    const provider = await read(`/providers/${roles[0].tenant.id}`);
    const format = new Intl.DateTimeFormat("sv", {
      timeZone: provider.time_zone ?? undefined,
      dateStyle: "short",
      timeStyle: "medium",
    });
    // The field leaves out seconds that are zero.
    return format.format(new Date(at)).replace(" ", "T").replace(/:00$/, "");
  }, instant);
}
