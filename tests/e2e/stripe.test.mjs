// Purchases by card at Stripe, for which a program of our own stands in: its fields, its bank, its webhooks. And without
// JavaScript, which its fields need.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { button, dialog, heading, open, panel, row, search, signedIn } from "./support/portal.mjs";
import { liveSales } from "./support/sales.mjs";
import { story } from "./support/story.mjs";
import {
  atStripe,
  openDispute,
  sendWebhooksTo,
  startStripe,
  webhooksTaken,
} from "./support/stripe.mjs";
import { until } from "./support/until.mjs";
import { seesRefund } from "./story/aftersale.mjs";
import { createAccountInDialog } from "./story/browsing.mjs";
import { buy, cards, chooseCard, fillCard, payAtBank, payByCard, showsWhy } from "./story/card.mjs";
import {
  confirmEmail,
  confirmedOrder,
  fillAddress,
  payAtBank as payAtTestBank,
  payBy,
} from "./story/checkout.mjs";

const shopper = {
  name: "Mira Albers",
  email: `mira-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};
const reason = "It came with a scratch.";
const spoken = "It was handed over at the door.";

await startStripe();

story("Purchases by card at Stripe", "stripe", async (stage, step) => {
  const person = await stage.person("shopper", "phone");
  const { page } = person;
  let slug = "";
  let total = "";
  /** @type {string[]} */
  const paid = [];
  /** @type {import("./support/stage.mjs").Person} */
  let finance;

  // No card number reaches the shop.
  person.context.on("request", (request) => {
    const sent = `${request.url()} ${request.postData()}`.replaceAll(/[^\d]/g, "");
    const isOurs = request.url().startsWith(stage.world.base_url);
    if (isOurs && Object.values(cards).some((card) => sent.includes(card.replaceAll(" ", ""))))
      person.watch.problems.push(`${request.url()} was sent a card number`);
  });

  const toCard = async () => {
    await buy(person, slug);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    return chooseCard(person);
  };

  await step("The card's fields are on a page of the shop", async () => {
    await sendWebhooksTo(stage.world);
    [{ slug }] = await liveSales(stage, [{ holdSeconds: 900, capacity: 50, limit: 20 }]);
    await person.goto(`/sales/${slug}`);
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await dialog(person).getByRole("button", { name: "Create account" }).click();
    await createAccountInDialog(person, shopper);
    await page.getByRole("button", { name: "Check out" }).click();
    await fillAddress(person);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await confirmEmail(person, shopper.email);
    const pay = page.getByRole("button", { name: /^Pay / });
    total = (await pay.innerText()).replace("Pay ", "");
    await person.look("1-payment", { both: true });
    await chooseCard(person);
    await page.getByLabel("Card number").waitFor();
    await person.look("2-card-phone", { both: true });
    await page.setViewportSize({ width: 1280, height: 800 });
    await person.look("2-card-desktop", { both: true });
    await page.setViewportSize({ width: 390, height: 844 });
  });

  await step("A declined card says so, and another one pays on the same page", async () => {
    const form = page.url();
    await page.getByRole("button", { name: `Pay ${total}` }).click();
    assert.ok(
      await page.getByLabel("Card number").evaluate((field) => field === document.activeElement),
      "the empty field has the focus",
    );
    await person.expecting(402, "/confirm", async () => {
      await payByCard(person, cards.declined);
      await showsWhy(person, "Your card was declined.");
    });
    await person.look("3-declined", { both: true });
    assert.equal(page.url(), form);
    await payByCard(person, cards.accepted);
    paid.push(await confirmedOrder(person, total));
    await person.look("4-order");
    const { confirmed } = await atStripe(paid[0]);
    assert.equal(confirmed, 2, "presses of Pay that reached Stripe, of two times two");
  });

  await step("After a reload and the back button, the same payment goes on", async () => {
    const order = await toCard();
    const form = page.url();
    await fillCard(person, cards.accepted);
    await page.reload();
    await page.getByLabel("Card number").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
    await page.goForward();
    await page.getByLabel("Card number").waitFor();
    assert.equal(page.url(), form);
    await payByCard(person, cards.accepted);
    assert.equal(await confirmedOrder(person, total), order);
    await page.goBack();
    assert.equal(await confirmedOrder(person, total), order, "back leads to the paid order");
    await person.goto(`/checkout/${order}/payment`);
    await page.getByText(`Order ${order} is paid already. You were charged once.`).waitFor();
    paid.push(order);
  });

  await step("The bank asks and its answer is yes", async () => {
    await toCard();
    await payAtBank(person, "Approve");
    paid.push(await confirmedOrder(person, total));
  });

  await step("The bank asks and its answer is no, then another card pays", async () => {
    const order = await toCard();
    await payAtBank(person, "Decline");
    await showsWhy(person, "Please choose a different payment method and try again.");
    await person.look("5-refused");
    await payByCard(person, cards.accepted);
    paid.push(await confirmedOrder(person, total));
    assert.equal(paid.at(-1), order);
  });

  await step("Closed after paying, the browser is not needed: a webhook tells", async () => {
    const order = await toCard();
    const other = await stage.person("closed", "phone", {
      storageState: await person.context.storageState(),
    });
    await other.page.route("**/payments/return/**", (route) => route.abort("aborted"));
    await other.goto(page.url());
    await other.page.getByLabel("Card number").waitFor();
    await Promise.all([
      other.page.waitForRequest(/\/payments\/return\//),
      payByCard(other, cards.accepted),
    ]);
    await other.leave();
    const { intents } = await atStripe(order);
    await until("the webhook", () => webhooksTaken("payment_intent.succeeded", intents[0].id));
    await page.reload();
    assert.equal(await confirmedOrder(person, total), order);
    const { text } = await openMessage(person, shopper.email, `Order ${order} is confirmed`);
    assert.match(text, /confirmed and paid/);
    paid.push(order);
  });

  await step("A payment that is given up for another is not charged", async () => {
    const order = await toCard();
    await page.getByRole("link", { name: "Pay another way" }).click();
    await payBy(person, "Test payment");
    await payAtTestBank(person, "Approve", total);
    await confirmedOrder(person, total);
    const { intents, charges } = await atStripe(order);
    assert.deepEqual(
      intents.map(({ status }) => status),
      ["canceled"],
    );
    assert.equal(charges.length, 0);
  });

  await step("The shopper sees a refund", async () => {
    finance = await signedIn(stage, "finance");
    const [order] = paid;
    await open(finance, "Orders");
    await search(finance, "Search orders", order);
    await row(finance, "Orders", order).getByRole("link", { name: order }).click();
    await heading(finance, `Order ${order}`).waitFor();
    await button(finance, "Refund").click();
    await dialog(finance).getByLabel("Reason for the shopper").fill(reason);
    await dialog(finance)
      .getByRole("button", { name: `Refund ${total}` })
      .click();
    await panel(finance, "Refunds").getByText(reason).waitFor();
    await finance.look("6-refunded-portal");
    await seesRefund(person, order, total);
    await openMessage(person, shopper.email, `Your refund of ${total} is on its way`);
    const [charge] = (await atStripe(order)).charges;
    assert.equal(charge.amount_refunded, charge.amount);
  });

  await step("Finance answers one dispute of a bank and accepts another", async () => {
    const [, answered, accepted] = paid;
    for (const order of [answered, accepted]) {
      const dispute = await openDispute(order);
      await until("the webhook", () => webhooksTaken("charge.dispute.created", dispute));
    }
    const openPage = async (/** @type {string} */ order) => {
      await open(finance, "Disputes");
      await row(finance, "Disputes", order).getByRole("link", { name: order }).click();
      await heading(finance, `Dispute of order ${order}`).waitFor();
    };
    await openPage(answered);
    await finance.look("8-dispute", { both: true });
    await finance.page.getByLabel("Whatever else speaks for us").fill(spoken);
    await button(finance, "Save draft").click();
    await finance.page.getByText("Evidence saved. It is not submitted yet.").waitFor();
    await button(finance, "Submit to the bank").click();
    await dialog(finance).getByRole("button", { name: "Submit", exact: true }).click();
    await panel(finance, "Evidence, as it was written here").getByText(spoken).waitFor();
    await finance.look("9-evidence", { both: true });

    await openPage(accepted);
    await button(finance, "Accept the dispute").click();
    await dialog(finance).getByRole("button", { name: "Accept the dispute" }).click();
    await finance.page.getByText("We accepted the dispute").waitFor();
    await finance.look("10-accepted", { both: true });
  });

  await step("Nothing was charged twice", async () => {
    for (const order of paid) {
      const { intents, charges } = await atStripe(order);
      assert.equal(intents.length, 1, `payments of ${order}`);
      assert.equal(charges.length, 1, `charges of ${order}`);
      assert.equal(charges[0].amount, intents[0].amount);
    }
  });

  await step(
    "Without JavaScript, the page says what it needs and leads to other ways",
    async () => {
      const plain = await stage.person("plain", "phone", {
        javaScriptEnabled: false,
        storageState: await person.context.storageState(),
      });
      await buy(plain, slug);
      await plain.page.getByRole("button", { name: "Continue to payment" }).click();
      const order = await chooseCard(plain);
      // Texts and roles are not looked for in a <noscript>.
      const notice = plain.page.locator("noscript .notice");
      await notice.filter({ hasText: "Paying by card needs JavaScript" }).waitFor();
      await plain.photo("7-without-javascript");
      await notice.locator("a").click();
      await plain.page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
      await plain.page.getByLabel("Cash on delivery").waitFor();
      await payBy(plain, "Test payment");
      await payAtTestBank(plain, "Approve", total);
      assert.equal(await confirmedOrder(plain, total), order);
      assert.equal((await atStripe(order)).charges.length, 0);
    },
  );
});
