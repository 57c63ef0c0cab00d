// From an invitation to an approved provider with a team.
import assert from "node:assert/strict";
import { linkFrom } from "../support/outbox.mjs";
import { button, dialog, heading, open, panel, row } from "../support/portal.mjs";

/**
 * @typedef {import("../support/stage.mjs").Person} Person
 * @typedef {{ name: string, slug: string, category: string, about: string, supportEmail: string,
 *   supportPhone: string }} Business
 * @typedef {{ name: string, email: string, password: string }} Colleague
 */

/**
 * A manager invites a provider's owner.
 * @param {Person} manager
 * @param {Business} business
 * @param {Colleague} owner
 */
export async function inviteProvider(manager, business, owner) {
  await open(manager, "Providers");
  await button(manager, "Invite provider").click();
  const form = dialog(manager);
  await form.getByRole("button", { name: "Send invitation" }).click();
  await form.getByText("Enter the name shoppers will see.").waitFor();
  await form.getByLabel("Name").fill(business.name);
  assert.notEqual(await form.getByLabel("Slug").inputValue(), "", "the slug follows the name");
  await form.getByLabel("Slug").fill(business.slug);
  await form.getByLabel("Country").selectOption({ label: "Germany" });
  await form.getByLabel("Product category").fill(business.category);
  await form.getByLabel("Owner’s email").fill(owner.email);
  await manager.look("00-invite-provider");
  await form.getByRole("button", { name: "Send invitation" }).click();
  await heading(manager, business.name).waitFor();
  await manager.page.getByText("Invited", { exact: true }).first().waitFor();
}

/**
 * Follows an invitation from the outbox and lands in the portal.
 * @param {Person} person
 * @param {Colleague} colleague
 * @param {string} [picture]
 */
export async function acceptInvitation(person, { name, email, password }, picture) {
  await person.goto(await linkFrom(person, email, "invites you", "/portal/invitations/"));
  await person.page.getByLabel("Your name").fill(name);
  await person.page.getByLabel("Password", { exact: true }).fill("short");
  await button(person, "Accept invitation").click();
  await person.page.getByText("Enter at least 10 characters.").waitFor();
  if (picture) await person.look(picture);
  await person.page.getByLabel("Password", { exact: true }).fill(password);
  await button(person, "Accept invitation").click();
  await person.page.getByRole("navigation", { name: "Main" }).waitFor();
}

/** The owner's application. @param {Person} owner @param {Business} business */
export async function apply(owner, business) {
  const { page } = owner;
  await heading(owner, "Application").waitFor();
  await button(owner, "Send application").click();
  await page.getByText("Enter at least one reference.").waitFor();
  await page.getByLabel("Registration number").fill("HRB 24 117, Amtsgericht Ulm");
  await page.getByLabel("About", { exact: true }).fill(business.about);
  await page
    .getByLabel("References")
    .fill(
      "Kaufhaus Ritter, Ms Ebner, +49 731 555 0117. Hotel Zur Post, Mr Aigner, +43 662 555 0142.",
    );
  await page.getByLabel("Support email").fill(business.supportEmail);
  await page.getByLabel("Support phone").fill(business.supportPhone);
  await owner.look("00-application");
  await button(owner, "Send application").click();
  await panel(owner, "What SMP checks").waitFor();
}

/**
 * The manager decides every requirement and approves the provider. An earlier approval is rejected.
 * @param {Person} manager
 * @param {string[]} cartOrigins
 */
export async function vetAndApprove(manager, cartOrigins = []) {
  const { page } = manager;
  await page.reload();
  const approve = async () => {
    await button(manager, "Approve provider").click();
    await dialog(manager)
      .getByLabel("Reason")
      .fill("Register entry seen, both references spoken to.");
    await dialog(manager).getByRole("button", { name: "Approve provider" }).click();
  };
  await manager.expecting(409, "/decision", async () => {
    await approve();
    await dialog(manager).getByRole("alert").waitFor();
  });
  await dialog(manager).getByRole("button", { name: "Cancel" }).click();
  const decisions = /** @type {const} */ ({
    "Business registration": ["Accept", "Register entry of 12 November seen."],
    References: ["Accept", "Both called, both glad of them."],
    "Product category": ["Waive", "New to us; we try it with this sale."],
    Regions: ["Accept", "Ships to both countries already."],
  });
  for (const [requirement, [decision, note]] of Object.entries(decisions)) {
    const line = panel(manager, "Vetting")
      .getByRole("listitem")
      .filter({ has: page.getByText(requirement, { exact: true }) });
    if (decision === "Waive") {
      await manager.expecting(422, "/requirements/", async () => {
        await button(manager, `Waive: ${requirement}`).click();
        await button(manager, "Waive").click();
        await line.getByRole("alert").waitFor();
      });
    }
    await page.getByLabel(`Note on ${requirement.toLowerCase()}`).fill(note);
    await button(manager, `${decision}: ${requirement}`).click();
    await button(manager, decision).click();
    await line.getByText(note).waitFor();
  }
  for (const [index, origin] of cartOrigins.entries()) {
    await button(manager, "Add address").click();
    await page.getByLabel(`Cart address ${index + 1}`, { exact: true }).fill(origin);
  }
  if (cartOrigins.length > 0) {
    await button(manager, "Save addresses").click();
    await page.getByText("Cart addresses saved.").waitFor();
  }
  await manager.look("00-vetting");
  await approve();
  await button(manager, "Suspend").waitFor();
}

/**
 * The owner invites the team.
 * @param {Person} owner
 * @param {Record<string, Colleague>} team by role
 */
export async function inviteTeam(owner, team) {
  await owner.goto("/portal");
  await open(owner, "Team");
  for (const [role, { email }] of Object.entries(team)) {
    await owner.page.getByLabel("Email").fill(email);
    await owner.page.getByLabel("Role").selectOption(role);
    await button(owner, "Send invitation").click();
    await row(owner, "Invitations", email).waitFor();
  }
  await owner.look("00-team");
}

/**
 * The owner creates an API key for the shop's server. Its secret is shown once.
 * @param {Person} owner
 */
export async function createApiKey(owner) {
  await open(owner, "API keys");
  await owner.page.getByText("No keys yet").waitFor();
  await owner.page.getByLabel("Name").fill("Web shop");
  await button(owner, "Create key").click();
  const secret = (await owner.page.getByTestId("api-key-secret").innerText()).trim();
  assert.match(secret, /^smp_[\w-]{20,}/);
  await owner.look("00-api-key");
  await button(owner, "I’ve copied it").click();
  await row(owner, "API keys", "Web shop").waitFor();
  return secret;
}
