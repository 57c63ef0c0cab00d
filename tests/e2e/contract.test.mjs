// Before anything is sold: from a lead to a provider under contract, whose first sale goes live.
import assert from "node:assert/strict";
import { button, dialog, panel, signedIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import { vetted as actors } from "./story/actors.mjs";
import * as browsing from "./story/browsing.mjs";
import * as onboarding from "./story/onboarding.mjs";
import * as planning from "./story/planning.mjs";
import { uploadAssets } from "./story/uploads.mjs";
import * as vetting from "./story/vetting.mjs";

const { business, offer } = actors;
const [item] = offer.items;
const refusal = "Whose count is it, and of which day?";

story("A lead becomes a provider under contract", "contract", async (stage, step) => {
  /** @type {Record<string, import("./support/stage.mjs").Person>} */
  const people = {};

  await step("SMP defines what it asks of makers of leather goods", async () => {
    people.manager = await signedIn(stage, "manager");
    await vetting.define(people.manager, {
      title: "Liability insurance",
      code: "liability_insurance",
      method: "Document",
      category: business.category,
      months: "12",
    });
    await vetting.define(people.manager, {
      title: "Origin of the hides",
      code: "hide_origin",
      method: "Confirmation by name",
      category: business.category,
    });
  });

  await step("A manager notes a lead, contacts it and invites it", async () => {
    await vetting.noteLead(people.manager, business, actors.owner);
    await vetting.inviteLead(people.manager, business);
  });

  await step("The owner accepts and begins the application", async () => {
    people.owner = await stage.person("owner", "desktop");
    await onboarding.acceptInvitation(people.owner, actors.owner);
    await onboarding.beginApplication(people.owner, business);
  });

  await step("On another visit the owner finishes it, answers and sends it", async () => {
    const { owner } = people;
    await owner.page.reload();
    const number = owner.page.getByLabel("Registration number");
    await number.waitFor();
    assert.notEqual(await number.inputValue(), "", "the first visit was saved");
    await onboarding.finishApplication(owner, business);
    await vetting.answerWithDocument(owner, "Liability insurance", "policy-2024.pdf");
    await vetting.confirm(owner, "Origin of the hides", actors.owner.name);
    await owner.look("application");
    await onboarding.sendApplication(owner);
  });

  await step("A manager takes it, refuses the document and says why", async () => {
    await vetting.takeFromQueue(people.manager, business);
    await vetting.decide(
      people.manager,
      "Liability insurance",
      "Reject",
      "It ended in June; send the policy in force.",
    );
  });

  await step("The owner reads why, and answers again", async () => {
    const { owner } = people;
    await owner.page.reload();
    await owner.page.getByText("It ended in June").first().waitFor();
    await vetting.answerWithDocument(owner, "Liability insurance", "policy-2026.pdf");
  });

  await step("The manager accepts it, waives the other, and approves the provider", async () => {
    const { manager } = people;
    await manager.page.reload();
    await vetting.decide(manager, "Liability insurance", "Accept", "In force until next year.");
    await vetting.decide(manager, "Origin of the hides", "Waive", "We visited the tannery.");
    for (const title of ["Business registration", "Product category", "References", "Regions"])
      await vetting.decide(manager, title, "Accept", "Seen.");
    await manager.look("vetting");
    await vetting.approve(manager);
    await vetting.leadIs(manager, business, "Approved");
  });

  await step("The owner plans a sale; the proof of its stock is refused", async () => {
    const { owner, manager } = people;
    const pictures = await uploadAssets(owner, actors.drawings, actors.descriptions);
    await planning.writeOffer(owner, offer, pictures);
    await planning.planSale(owner, offer, { slug: actors.slug, mode: "hosted" });
    await owner.page.getByText("No contract is in force").waitFor();
    await owner.look("no-contract");
    await planning.submit(owner, "Our first sale with you.");
    await planning.openReview(manager, offer);
    await button(manager, "Refuse this proof").click();
    await dialog(manager).getByLabel("Reason").fill(refusal);
    await dialog(manager).getByRole("button", { name: "Refuse proof" }).click();
    await button(manager, "Verify after all").waitFor();
    await manager.look("proof-refused");
    await planning.askForChanges(manager, refusal);
  });

  await step("The owner answers; the proof is verified, but there is no contract", async () => {
    const { owner, manager } = people;
    await planning.readReason(owner, offer, refusal);
    await owner.page
      .getByRole("group", { name: item.name, exact: true })
      .getByLabel("Evidence", { exact: true })
      .fill("Counted by Jutta Rohr on the first of the month; the list is in the office.");
    await button(owner, "Save sale").click();
    await panel(owner, "Ready for review?").waitFor();
    await planning.submit(owner, "Who counted, and when.");
    await planning.openReview(manager, offer);
    await manager.expecting(409, "/decision", async () => {
      await button(manager, "Approve").click();
      await manager.page.getByText("This provider has no contract in force").waitFor();
    });
    await manager.look("not-without-a-contract");
  });

  await step("Both sign the contract, and the sale goes live", async () => {
    const { owner, manager } = people;
    await onboarding.signContract(owner, manager, business, actors.owner);
    await planning.openSale(owner, offer);
    await planning.openReview(manager, offer);
    await planning.approve(manager);
    await planning.openSale(owner, offer);
    const startsAt = await planning.startSoon(owner);
    await planning.submit(owner, "We are ready to start now.");
    await planning.openReview(manager, offer);
    await planning.approve(manager);
    people.shopper = await stage.person("shopper", "phone");
    await people.shopper.goto(`/sales/${actors.slug}`);
    await browsing.becomesLive(people.shopper, startsAt);
    await people.shopper.look("live");
  });
});
