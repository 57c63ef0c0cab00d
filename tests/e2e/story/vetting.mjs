// Vetting: leads, requirements, answers and decisions.
import { button, dialog, heading, open, panel, row } from "../support/portal.mjs";

/**
 * @typedef {import("../support/stage.mjs").Person} Person
 * @typedef {import("./onboarding.mjs").Business} Business
 * @typedef {import("./onboarding.mjs").Colleague} Colleague
 */

/**
 * A manager defines a requirement.
 * @param {Person} manager
 * @param {{ title: string, code: string, method: string, category: string, months?: string }} what
 */
export async function define(manager, { title, code, method, category, months }) {
  await open(manager, "Requirements");
  await button(manager, "New requirement").click();
  const form = dialog(manager);
  await form.getByLabel("Title").fill(title);
  await form.getByLabel("Code").fill(code);
  await form.getByLabel("Met by").selectOption({ label: method });
  const categories = form.getByRole("combobox", { name: "For these product categories" });
  await categories.fill(category);
  await categories.press("Enter");
  if (months) await form.getByLabel("Valid for months").fill(months);
  await form.getByRole("button", { name: "Save requirement" }).click();
  await row(manager, "Requirements", title).waitFor();
}

/** @param {Person} manager @param {Business} business @param {Colleague} owner */
export async function noteLead(manager, business, owner) {
  await open(manager, "Leads");
  await button(manager, "New lead").click();
  const form = dialog(manager);
  await form.getByLabel("Company").fill(business.name);
  await form.getByLabel("Contact").fill(owner.name);
  await form.getByLabel("Email").fill(owner.email);
  await form.getByLabel("Country").selectOption({ label: "Germany" });
  await form.getByLabel("Product category").fill(business.category);
  await form.getByLabel("Source").fill("Fair in Offenbach");
  await form.getByRole("button", { name: "Save lead" }).click();
  await heading(manager, business.name).waitFor();
  await button(manager, "Mark as contacted").click();
  await manager.page.getByText("Contacted", { exact: true }).first().waitFor();
  await manager.look("lead");
}

/** @param {Person} manager @param {Business} business */
export async function inviteLead(manager, business) {
  await button(manager, "Invite").click();
  await dialog(manager).getByLabel("Slug").fill(business.slug);
  await dialog(manager).getByRole("button", { name: "Send invitation" }).click();
  await panel(manager, "Vetting").waitFor();
  await leadIs(manager, business, "Invited");
}

/** @param {Person} manager @param {Business} business @param {string} state */
export async function leadIs(manager, business, state) {
  await open(manager, "Leads");
  await row(manager, "Leads", business.name).getByText(state, { exact: true }).waitFor();
}

/** @param {Person} owner @param {string} title */
const answerTo = (owner, title) =>
  owner.page.getByRole("form", { name: `Answer: ${title}`, exact: true });

/** @param {Person} owner @param {string} title @param {string} filename */
export async function answerWithDocument(owner, title, filename) {
  const form = answerTo(owner, title);
  await form.locator('input[type="file"]').setInputFiles({
    name: filename,
    mimeType: "application/pdf",
    buffer: Buffer.from(
      "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    ),
  });
  await form.getByRole("button", { name: `Send answer: ${title}` }).click();
  await owner.page.getByRole("link", { name: filename }).waitFor();
}

/** @param {Person} owner @param {string} title @param {string} name */
export async function confirm(owner, title, name) {
  const form = answerTo(owner, title);
  await form.getByLabel("I confirm this for our business.").check();
  await form.getByLabel("Your name").fill(name);
  await form.getByRole("button", { name: `Send answer: ${title}` }).click();
  await owner.page.getByText(`Confirmed by ${name}`).waitFor();
}

/** A manager finds the application in the queue. @param {Person} manager @param {Business} business */
export async function takeFromQueue(manager, business) {
  await open(manager, "Vetting");
  await row(manager, "Vetting", business.name).getByText("Application to take").waitFor();
  await manager.page.getByRole("link", { name: business.name }).click();
  await button(manager, "Take for review").click();
  await button(manager, "Ask for more").waitFor();
}

/**
 * @param {Person} manager
 * @param {string} title
 * @param {"Accept" | "Waive" | "Reject"} decision
 * @param {string} note
 */
export async function decide(manager, title, decision, note) {
  const { page } = manager;
  const line = panel(manager, "Vetting")
    .locator("ul > li")
    .filter({ has: page.getByText(title, { exact: true }) });
  await page.getByLabel(`Note on ${title.toLowerCase()}`).fill(note);
  await button(manager, `${decision}: ${title}`).click();
  await button(manager, decision).click();
  await line.getByRole("list").getByText(note).waitFor();
}

/** @param {Person} manager */
export async function approve(manager) {
  await button(manager, "Approve provider").click();
  await dialog(manager).getByLabel("Reason").fill("Tannery visited, policy in force.");
  await dialog(manager).getByRole("button", { name: "Approve provider" }).click();
  await button(manager, "Suspend").waitFor();
}
