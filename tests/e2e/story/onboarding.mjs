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

/**
 * The owner's application, saved and sent.
 * @param {Person} owner
 * @param {Business} business
 */
export async function apply(owner, business) {
  await heading(owner, "Application").waitFor();
  await beginApplication(owner, business);
  await finishApplication(owner, business);
  await owner.look("00-application");
  await sendApplication(owner);
}

/** A first visit: some of the application. @param {Person} owner @param {Business} business */
export async function beginApplication(owner, business) {
  const { page } = owner;
  await page.getByText("Enter your number in the commercial register").waitFor();
  assert(await button(owner, "Send application").isDisabled(), "nothing is sent incomplete");
  await page.getByLabel("Registration number").fill("HRB 24 117, Amtsgericht Ulm");
  await page.getByLabel("About", { exact: true }).fill(business.about);
  await saveApplication(owner);
}

/** A later visit: the rest of it. @param {Person} owner @param {Business} business */
export async function finishApplication(owner, business) {
  const { page } = owner;
  await page
    .getByLabel("References")
    .fill(
      "Kaufhaus Ritter, Ms Ebner, +49 731 555 0117. Hotel Zur Post, Mr Aigner, +43 662 555 0142.",
    );
  const regions = page.getByRole("combobox", { name: "Regions" });
  await regions.fill("Germany");
  await page.getByRole("option", { name: "Germany", exact: true }).click();
  await regions.press("Escape");
  await page.getByLabel("Support email").fill(business.supportEmail);
  await page.getByLabel("Support phone").fill(business.supportPhone);
  await page.getByLabel("Where shoppers buy").selectOption("both");
  await page.getByLabel("Units a month").fill("200");
  await saveApplication(owner);
}

/** @param {Person} owner */
async function saveApplication(owner) {
  const saved = owner.page.waitForResponse(
    (answer) => answer.request().method() === "PATCH" && answer.url().endsWith("/application"),
  );
  await button(owner, "Save").click();
  assert.equal((await saved).status(), 200);
}

/** @param {Person} owner */
export async function sendApplication(owner) {
  await button(owner, "Send application").click();
  await button(owner, "Send application").waitFor({ state: "detached" });
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
  await button(manager, "Take for review").click();
  await button(manager, "Ask for more").waitFor();
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
 * The owner signs the contract, and the manager counter-signs it.
 * @param {Person} owner
 * @param {Person} manager
 * @param {Business} business
 * @param {Colleague} signer
 */
export async function signContract(owner, manager, business, signer) {
  await owner.goto("/portal");
  await owner.page.getByText("Your contract is not signed").waitFor();
  await owner.page.getByRole("link", { name: "Read and sign the contract" }).click();
  await owner.page.getByText(`between SMP and ${business.name}`).waitFor();
  await button(owner, "Sign contract").click();
  await owner.page.getByText("Type your full name.").waitFor();
  await owner.page.getByRole("checkbox").check();
  await owner.page.getByLabel("Your full name").fill(signer.name);
  await owner.look("00-contract");
  await button(owner, "Sign contract").click();
  await panel(owner, "Signatures").getByText(signer.name).waitFor();
  await open(manager, "Contracts");
  await row(manager, "Contracts", business.name).getByRole("link").click();
  await manager.page.getByRole("checkbox").check();
  await manager.page.getByLabel("Your full name").fill("Jonas Weidmann");
  await manager.look("00-counter-sign");
  await button(manager, "Counter-sign contract").click();
  await manager.page.getByText("In force", { exact: true }).first().waitFor();
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
    await owner.page.getByLabel("Role", { exact: true }).selectOption(role);
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
  await owner.page.getByLabel("Report purchases").check();
  await button(owner, "Create key").click();
  const secret = (await owner.page.getByTestId("api-key-secret").innerText()).trim();
  assert.match(secret, /^smp_[\w-]{20,}/);
  await owner.look("00-api-key");
  await button(owner, "I’ve copied it").click();
  await row(owner, "API keys", "Web shop").waitFor();
  return secret;
}
