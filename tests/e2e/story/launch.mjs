// From an offer to an approved sale that starts within two minutes. Both modes share this.
import { signIn } from "../support/portal.mjs";
import * as planning from "./planning.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

const firstReason = "Please say how long delivery takes; shoppers will ask.";
const delivery = "Ships within two working days.";
const addition = "Numbered and signed by its maker.";

/**
 * Reviews a new sale: SMP asks for changes, the editor makes them, SMP approves.
 * @param {{ manager: Person, editor: Person }} people
 * @param {import("./planning.mjs").Offer} offer
 * @param {import("./planning.mjs").SalePlan} plan
 * @param {string[]} pictures
 * @param {RegExp} buyName
 */
export async function reviewedSale({ manager, editor }, offer, plan, pictures, buyName) {
  await planning.writeOffer(editor, offer, pictures);
  await planning.planSale(editor, offer, plan);
  await planning.submit(editor, "Our first sale with you.");

  await planning.openReview(manager, offer);
  await planning.openPreview(manager, offer, buyName);
  await planning.askForChanges(manager, firstReason);

  await planning.readReason(editor, offer, firstReason);
  await planning.changeOffer(editor, offer, { terms: `${delivery} ${offer.terms}` });
  await planning.openSale(editor, offer);
  await planning.submit(editor, "Delivery time added to the terms.");

  await planning.openReview(manager, offer);
  await manager.page.getByText(delivery).first().waitFor();
  await planning.approve(manager);
}

/**
 * Submits a third revision with a longer text and an earlier start. The manager compares and
 * approves it.
 * @param {{ manager: Person, editor: Person }} people
 * @param {import("./planning.mjs").Offer} offer
 */
export async function startsSooner({ manager, editor }, offer) {
  await planning.openSale(editor, offer);
  const links = await planning.createAccessPoints(editor);
  await planning.changeOffer(editor, offer, { description: `${offer.description} ${addition}` });
  await planning.openSale(editor, offer);
  const startsAt = await planning.startSoon(editor);
  await planning.submit(editor, "Signed pieces, and we are ready to start now.");

  await planning.openReview(manager, offer);
  await planning.compareRevisions(manager, addition, ["Description", "Starts"].length);
  await planning.approve(manager);
  return { links, startsAt };
}

/**
 * Signs in the demo's manager and checks the landing page.
 * @param {import("../support/stage.mjs").Stage} stage
 */
export async function managerAtWork(stage) {
  const manager = await stage.person("manager", "desktop");
  await signIn(manager, stage.login("manager"));
  await manager.page.getByRole("heading", { name: "Reviews", level: 1 }).waitFor();
  return manager;
}
