// A voucher from its purchase to the till: the cashier looks it up, redeems it, takes a mistake back; its owner is told.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { button, dialog, heading, panel, row, signIn, signedIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import { fillAccount } from "./story/browsing.mjs";
import { confirmEmail, fillAddress, pay } from "./story/checkout.mjs";

const shopper = {
  name: "Nora Sand",
  email: `nora-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};
const title = "An afternoon at the wheel";
const receipt = `R-${Date.now().toString(36)}`;

story("A voucher, from its purchase to the till", "voucher", async (stage, step) => {
  const person = await stage.person("shopper", "phone");
  const { page } = person;
  /** @type {string[]} */
  let codes = [];
  let order = "";

  await step("The shopper buys two vouchers, and sees their codes", async () => {
    await person.goto("/sign-up?next=/sales/afternoon-at-the-wheel");
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: title }).waitFor();
    await page.getByLabel("Quantity").fill("2");
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByRole("button", { name: "Check out" }).click();
    await fillAddress(person);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await confirmEmail(person, shopper.email);
    const total = await page.getByRole("button", { name: /^Pay / }).innerText();
    order = await pay(person, total.replace("Pay ", ""));
    await person.goto(`/orders/${order}`);
    codes = await page.locator(".voucher-code").allInnerTexts();
    assert.equal(codes.length, 2);
  });

  const cashier = await signedIn(stage, "cashier");
  const lookUp = async (/** @type {string} */ code) => {
    await cashier.page.getByLabel("Voucher code").fill(code);
    await button(cashier, "Look up").click();
  };

  await step("A code that is none is refused, and stays in its field", async () => {
    await heading(cashier, "Vouchers").waitFor();
    await cashier.expecting(422, "/lookup", async () => {
      await lookUp("K7MP-2QXR-9DTW-HN4C");
      await cashier.page.getByText("None of your vouchers has this code").first().waitFor();
    });
    assert.equal(await cashier.page.getByLabel("Voucher code").inputValue(), "K7MP-2QXR-9DTW-HN4C");
    await cashier.look("1-unknown", { both: true });
  });

  await step("The cashier redeems a voucher, once", async () => {
    await lookUp(codes[0].toLowerCase().replaceAll("-", " "));
    await cashier.page.getByText("Can be redeemed").waitFor();
    await cashier.look("2-found", { both: true });
    await cashier.page.getByLabel("Receipt or booking number").fill(receipt);
    await button(cashier, "Redeem voucher").click();
    await cashier.page.getByText(/^Redeemed: /).waitFor();
    await row(cashier, "Redemptions", receipt).waitFor();
    await cashier.look("3-redeemed", { both: true });
    await lookUp(codes[0]);
    await cashier.page.getByText(`(reference ${receipt})`).waitFor();
    assert.equal(await button(cashier, "Redeem voucher").count(), 0);
  });

  await step("The shopper is told by email and on the order's page", async () => {
    const { text } = await openMessage(person, shopper.email, /was redeemed$/);
    assert.ok(text.includes(codes[0].slice(-4)) && !text.includes(codes[0]), text);
    await person.goto(`/orders/${order}`);
    await page.getByText(/redeemed on/).waitFor();
    await person.look("4-order", { both: true });
  });

  await step("A mistake is taken back", async () => {
    await row(cashier, "Redemptions", receipt)
      .getByRole("button", { name: /^Reverse/ })
      .click();
    await dialog(cashier).getByRole("textbox").fill("Scanned twice");
    await cashier.look("5-reverse", { both: true });
    await dialog(cashier).getByRole("button", { name: "Reverse redemption" }).click();
    await row(cashier, "Redemptions", "Scanned twice").waitFor();
    await panel(cashier, "Redemptions").scrollIntoViewIfNeeded();
    await cashier.look("6-reversed", { both: true });
    await openMessage(person, shopper.email, /^Reversed/);
    await person.goto(`/orders/${order}`);
    assert.equal(await page.getByText(/redeemed on/).count(), 0);
  });

  await step("At a till on a phone", async () => {
    const till = await stage.person("till", "phone");
    await signIn(till, stage.login("cashier"));
    await heading(till, "Vouchers").waitFor();
    await row(till, "Redemptions", receipt).waitFor();
    await till.look("7-phone", { both: true });
    assert.ok((await till.page.getByText(title, { exact: false }).count()) > 0);
  });
});
