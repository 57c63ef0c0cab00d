// After a hosted purchase: shipping, tracking, questions, refunds and feedback.
import assert from "node:assert/strict";
import { openMessage } from "../support/outbox.mjs";
import { button, dialog, heading, open, panel, row, search, waiting } from "../support/portal.mjs";
import { until } from "../support/until.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

const trackingNumber = "00340434161094021501";

/**
 * Fulfilment lands on the parcels to ship and adds a shipment.
 * @param {Person} fulfilment
 * @param {string} order
 * @param {string} what
 */
export async function ship(fulfilment, order, what) {
  const { page } = fulfilment;
  await fulfilment.goto("/portal");
  await heading(fulfilment, "Parcels").waitFor();
  assert.equal(await waiting(fulfilment, "Parcels").getAttribute("aria-label"), "1 waiting");
  const line = row(fulfilment, "Parcels", order);
  await line.getByText(what).waitFor();
  await fulfilment.look("07-parcels");
  await line.getByRole("link", { name: order }).click();
  await panel(fulfilment, "Ship to").getByText("Hauptstraße 12").waitFor();
  await button(fulfilment, "Add shipment").click();
  await page.getByText("Enter the carrier.").waitFor();
  await page.getByLabel("Carrier").fill("DHL");
  await page.getByLabel("Tracking number").fill(trackingNumber);
  await page.getByLabel("Tracking URL").fill(`https://carrier.example/track/${trackingNumber}`);
  await button(fulfilment, "Add shipment").click();
  await panel(fulfilment, "Shipment").getByRole("link", { name: trackingNumber }).waitFor();
  await fulfilment.look("07-shipment");
}

/**
 * Adds a tracking event.
 * @param {Person} fulfilment
 * @param {string} state
 * @param {string} note
 * @param {string} label
 */
export async function addEvent(fulfilment, state, note, label) {
  await fulfilment.page.getByLabel("What happened").selectOption(state);
  await fulfilment.page.getByLabel("Note").fill(note);
  await button(fulfilment, "Add event").click();
  await fulfilment.page.getByText(`${label}: ${note}`).waitFor();
}

/**
 * The shopper's tracking page.
 * @param {Person} shopper
 * @param {string} order
 * @param {string} latest
 */
export async function track(shopper, order, latest) {
  const { page } = shopper;
  await shopper.goto(`/orders/${order}`);
  await page.getByRole("link", { name: "Track parcel" }).click();
  await page.getByRole("heading", { name: "Where is my parcel?" }).waitFor();
  await page.getByText(trackingNumber).waitFor();
  await page.locator(".timeline-latest").getByText(latest).waitFor();
}

/**
 * Asks a question about the order, after trying to send an empty one.
 * @param {Person} shopper
 * @param {string} order
 * @param {{ subject: string, body: string }} question
 */
export async function ask(shopper, order, { subject, body }) {
  const { page } = shopper;
  await shopper.goto(`/orders/${order}`);
  await page.getByRole("link", { name: "Contact us" }).click();
  await page.getByRole("heading", { name: "Help with this order" }).waitFor();
  await shopper.expecting(422, "/help", async () => {
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  });
  await page.getByLabel("Subject").fill(subject);
  await page.getByLabel("Message").fill(body);
  await shopper.look("09-question");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("heading", { name: subject, level: 1 }).waitFor();
}

/**
 * Support replies, with the order shown beside the conversation.
 * @param {Person} support
 * @param {{ subject: string, body: string }} question
 * @param {string} order
 * @param {string} reply
 */
export async function answer(support, { subject, body }, order, reply) {
  const { page } = support;
  await open(support, "Conversations");
  await row(support, "Conversations", subject).getByRole("link", { name: subject }).click();
  await heading(support, subject).waitFor();
  await page.getByRole("list", { name: "Messages" }).getByText(body).waitFor();
  await panel(support, `Order ${order}`).waitFor();
  await page.getByLabel("Reply").fill(reply);
  await button(support, "Send reply").click();
  await page.getByRole("list", { name: "Messages" }).getByText(reply).waitFor();
  await support.look("09-conversation-portal");
}

/** @param {Person} support */
export async function resolve(support) {
  await button(support, "Resolve").click();
  await support.page.getByText("Resolved", { exact: true }).first().waitFor();
}

/**
 * The shopper reads the reply and answers in the same conversation.
 * @param {Person} shopper
 * @param {string} email
 * @param {string} subject
 * @param {string} reply
 * @param {string} thanks
 */
export async function readAnswer(shopper, email, subject, reply, thanks) {
  const { page } = shopper;
  const { text, links } = await openMessage(shopper, email, `Re: ${subject}`);
  assert.ok(text.includes(reply), "the reply is in the email");
  await shopper.goto(links.find((link) => link.includes("/conversations/")) ?? "/account");
  await page.getByText(reply).waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill(thanks);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("list", { name: "Messages" }).getByText(thanks).waitFor();
  await shopper.look("09-conversation");
}

/**
 * Refunds the whole order.
 * @param {Person} finance
 * @param {string} order
 * @param {string} total
 * @param {string} reason
 */
export async function refundAll(finance, order, total, reason) {
  await open(finance, "Orders");
  await search(finance, "Search orders", order);
  await row(finance, "Orders", order).getByRole("link", { name: order }).click();
  await heading(finance, `Order ${order}`).waitFor();
  await button(finance, "Refund").click();
  await dialog(finance)
    .getByRole("button", { name: `Refund ${total}` })
    .click();
  await dialog(finance).getByText("Give a reason. The shopper will read it.").waitFor();
  await dialog(finance).getByLabel("Reason for the shopper").fill(reason);
  // It was shipped, so its units come back only when somebody says so.
  await dialog(finance).getByLabel("Put the units back on sale").check();
  await finance.look("10-refund");
  await dialog(finance)
    .getByRole("button", { name: `Refund ${total}` })
    .click();
  await panel(finance, "Refunds").getByText(reason).waitFor();
  assert.equal(await button(finance, "Refund").count(), 0, "nothing is left to refund");
  await finance.look("10-refunded-order");
}

/**
 * The shopper sees the refund.
 * @param {Person} shopper
 * @param {string} order
 * @param {string} total
 */
export async function seesRefund(shopper, order, total) {
  await shopper.goto(`/orders/${order}`);
  await shopper.page.getByRole("heading", { name: "Refunds" }).waitFor();
  await until("the refund to be done", async () => {
    await shopper.page.reload();
    return shopper.page.getByText(`${total} refunded to `).isVisible();
  });
  await shopper.look("10-order-refunded");
}

/**
 * Follows the order's link to the feedback form.
 * @param {Person} shopper
 * @param {string} title
 * @param {string} comments
 */
export async function giveFeedback(shopper, title, comments) {
  await shopper.page.getByRole("link", { name: `Give feedback on ${title}` }).click();
  await writeFeedback(shopper, comments);
}

/**
 * Sends a rating and comments to SMP's sales team.
 * @param {Person} shopper
 * @param {string} comments
 */
export async function writeFeedback(shopper, comments) {
  const { page } = shopper;
  await page.getByRole("heading", { name: "How was it?" }).waitFor();
  await shopper.expecting(422, "/feedback", async () => {
    await page.getByRole("button", { name: "Send feedback" }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  });
  await page.getByRole("radio", { name: "4 of 5" }).check({ force: true });
  await page.getByLabel("Comments (optional)").fill(comments);
  await shopper.look("11-feedback");
  await page.getByRole("button", { name: "Send feedback" }).click();
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
}

/**
 * The manager reads the feedback.
 * @param {Person} manager
 * @param {string} comments
 * @param {string} title
 */
export async function readFeedback(manager, comments, title) {
  await open(manager, "Feedback");
  const entry = manager.page
    .getByRole("list", { name: "Feedback" })
    .getByRole("listitem")
    .filter({ hasText: comments });
  await entry.getByRole("img", { name: "4 of 5 stars" }).waitFor();
  await entry.getByText(title).waitFor();
  await manager.look("11-feedback-portal");
}
