// What hands do between the sale and the thank-you page: press twice, stop, go back, reload, open two
// tabs, lose the connection or an answer, let the clock run out. Nothing is bought twice, nothing
// typed is lost, and every page says what happened.
import assert from "node:assert/strict";
import { atOnce } from "./support/at-once.mjs";
import { liveSales } from "./support/sales.mjs";
import { story } from "./support/story.mjs";
import { until } from "./support/until.mjs";
import { Shopper, nameOf } from "./story/hands.mjs";
import { letTheClockRunOut } from "./story/late.mjs";

/** @typedef {import("./story/hands.mjs").Step} Step */
/** @typedef {import("./support/sales.mjs").MadeSale} MadeSale */
/** @typedef {import("./story/hands.mjs").Arrive} Arrive */

const ways = [true, false];

story("Hands that press, stop, go back and wait too long", "hands", async (stage, step) => {
  /** @type {MadeSale[]} */
  let [calm, quick] = [];
  /** @type {Promise<void>} The clocks run while the rest goes on. */
  let clocks = Promise.resolve();
  const arrive = /** @type {Arrive} */ (
    (name, options) => Shopper.arrive(stage, name, calm, options)
  );

  await step("Two sales begin", async () => {
    [calm, quick] = await liveSales(stage, [
      { holdSeconds: 600, capacity: 200, limit: 4 },
      { holdSeconds: 60, capacity: 50, limit: 4 },
    ]);
    const late = (/** @type {string} */ name, options = {}) =>
      Shopper.arrive(stage, name, quick, options);
    clocks = letTheClockRunOut(late, () => calm);
    clocks.catch(() => undefined);
  });

  await step("Pressed twice at each step", () =>
    atOnce(ways, async (script) => {
      const shopper = await arrive(nameOf("twice", { script }), { script });
      await shopper.goThrough((at) => shopper.button(at).dblclick());
    }),
  );

  await step("The answer is lost at each step, then Reload", () =>
    atOnce(ways, async (script) => {
      const options = { script, proxied: true };
      const shopper = await arrive(nameOf("lost-reload", { script }), options);
      await shopper.goThrough(async (at) => {
        await loseAnswer(shopper, at);
        await shopper.page.reload();
      });
    }),
  );

  await step("The answer is lost at each step, then the page again", () =>
    atOnce(ways, async (script) => {
      const options = { script, proxied: true };
      const shopper = await arrive(nameOf("lost-again", { script }), options);
      await shopper.goThrough(async (at) => {
        const url = shopper.page.url();
        await loseAnswer(shopper, at);
        await shopper.person.goto(url);
        // The bank's page leads on to the order, which is paid.
        if (at === "bank") return;
        assert.ok(await shopper.isTyped(at), "what was typed is there");
        await shopper.press(at);
      });
    }),
  );

  await step("Stopped at each step, then pressed again", async () => {
    const shopper = await arrive("stop", { proxied: true });
    await shopper.goThrough(async (at) => {
      await stop(shopper, at);
      assert.ok(await shopper.isTyped(at), "what was typed is there");
      await shopper.press(at);
    });
  });

  await step("Offline at each step", () =>
    atOnce(ways, async (script) => {
      const shopper = await arrive(nameOf("offline", { script }), { script });
      await shopper.goThrough((at) => offline(shopper, { step: at, script }));
    }),
  );

  await step("Back and Reload after the purchase", () =>
    atOnce(ways, (script) => afterwards(arrive, script)),
  );

  await step("Back before the purchase", () => atOnce(ways, (script) => backwards(arrive, script)));

  await step("Two tabs", () =>
    atOnce([payInBoth, approveInBoth, payReplacedOrder, payCancelledOrder], (act) => act(arrive)),
  );

  await step("Buy, and the sale's page again", () =>
    atOnce(ways, (script) => buyAgain(arrive, script)),
  );

  await step("Cancelling and asking for help, each with a lost answer", () =>
    atOnce([cancelOnce, askOnce], (act) => act(arrive)),
  );

  await step("The clock runs out at each step", () => clocks);

  await step("The stock is what the shoppers have", async () => {
    // A job gives back what has expired.
    await until("all units back", async () => (await quick.stock()).held === 0);
    assert.deepEqual(await quick.stock(), { agrees: true, held: 0, sold: 1 });
    const { agrees, held } = await calm.stock();
    // Two of those who were late hold a unit again.
    assert.deepEqual({ agrees, held }, { agrees: true, held: 2 });
  });
});

/** Presses, and the server's answer never comes. @param {Shopper} shopper @param {Step} step */
async function loseAnswer(shopper, step) {
  const { proxy } = shopper;
  assert.ok(proxy);
  const path = step === "address" ? "/checkout" : new URL(shopper.page.url()).pathname;
  await shopper.person.expecting(0, path, async () => {
    proxy.lost = path;
    await shopper.press(step);
    await shopper.sawNoAnswer();
    proxy.lost = "";
  });
  assert.ok(proxy.spoiled > 0);
}

/** Presses, and stops the browser while it waits. @param {Shopper} shopper @param {Step} step */
async function stop({ page, person, proxy }, step) {
  assert.ok(proxy);
  const session = await person.context.newCDPSession(page);
  const before = proxy.spoiled;
  proxy.stalled = new URL(page.url()).pathname;
  await page.evaluate((name) => {
    document.addEventListener("submission-stopped", () =>
      Object.assign(globalThis, { wasStopped: true }),
    );
    const buttons = [...document.querySelectorAll("form.stack button")];
    const button = buttons.find(({ textContent }) => textContent?.trim().startsWith(name));
    setTimeout(() => button instanceof HTMLElement && button.click());
  }, { address: "Continue", payment: "Pay", bank: "Approve" }[step]);
  await until("the press to be under way", async () => proxy.spoiled > before);
  await session.send("Page.stopLoading");
  await until("the button to be back", () => page.evaluate(() => "wasStopped" in globalThis));
  proxy.stalled = "";
}

/** @param {Shopper} shopper @param {{ step: Step, script: boolean }} way */
async function offline(shopper, { step, script }) {
  const { page, person } = shopper;
  await person.context.setOffline(true);
  if (script) {
    await shopper.press(step);
    await page.getByText("You’re offline, so nothing was sent.").waitFor();
    assert.ok(await shopper.isTyped(step), "what was typed is there");
    await person.look(`offline-${step}`, { both: true });
    await person.context.setOffline(false);
    await page.getByText("You’re offline, so nothing was sent.").waitFor({ state: "detached" });
    await shopper.press(step);
    return;
  }
  const path = new URL(page.url()).pathname;
  await person.expecting(0, path, async () => {
    await shopper.press(step);
    await shopper.sawNoAnswer();
  });
  await person.context.setOffline(false);
  await page.reload();
}

/** @param {Arrive} arrive @param {boolean} script */
async function afterwards(arrive, script) {
  const shopper = await arrive(nameOf("afterwards", { script }), { script });
  const { page, person } = shopper;
  await shopper.at("address");
  await shopper.press("address");
  await shopper.press("payment");
  await shopper.press("bank");
  await page.getByRole("heading", { name: "Thank you for your order" }).waitFor();
  await page.reload();
  await page.getByText("Confirmed", { exact: true }).waitFor();
  await shopper.isConfirmed();

  // Back to the bank: whichever copy the browser shows, pressing there does not charge again.
  await page.goBack();
  if (script) await shopper.isPaid();
  else {
    const approve = shopper.button("bank");
    const thanks = page.getByRole("heading", { name: "Thank you for your order" });
    await approve.or(thanks).first().waitFor();
    if (await approve.isVisible()) await shopper.press("bank");
    await shopper.isPaid();
  }
  // The address and the cart by their own addresses.
  await person.goto("/checkout");
  await shopper.isPaid();
  await person.goto("/cart");
  await page.getByText("Your cart is empty").waitFor();
  await shopper.leave();
}

/** @param {Arrive} arrive @param {boolean} script */
async function backwards(arrive, script) {
  const shopper = await arrive(nameOf("backwards", { script }), { script });
  const { page } = shopper;
  await shopper.at("address");
  await shopper.press("address");
  await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Delivery address" }).waitFor();
  assert.ok(await shopper.isTyped("address"));
  await shopper.press("address");
  // From the bank's page back to the payment.
  await shopper.press("payment");
  await shopper.isAtBank();
  await page.reload();
  await shopper.isAtBank();
  await page.goBack();
  await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
  await shopper.press("payment");
  await shopper.press("bank");
  await page.getByRole("heading", { name: "Thank you for your order" }).waitFor();
  await shopper.isPaid();
  await shopper.leave();
}

/** @param {Arrive} arrive */
async function payInBoth(arrive) {
  const shopper = await arrive("tabs-pay");
  await shopper.at("payment");
  const other = await shopper.person.context.newPage();
  await other.goto(shopper.paymentUrl);
  await shopper.press("payment");
  await shopper.press("bank");
  await shopper.isPaid();
  await shopper.press("payment", other);
  await other.getByText("is paid already. You were charged once.").waitFor();
  await shopper.person.look("paid-already", { page: other, both: true });
  await shopper.isPaid();
  await shopper.leave();
}

/** @param {Arrive} arrive */
async function approveInBoth(arrive) {
  const shopper = await arrive("tabs-bank", { device: "desktop" });
  await shopper.at("bank");
  const other = await shopper.person.context.newPage();
  await other.goto(shopper.paymentUrl);
  // A moment later, it is the same payment, or one that takes its place: either is charged once.
  await shopper.press("payment", other);
  await shopper.isAtBank(other);
  await shopper.is({ orders: 1, paid: 0, charges: 0, held: 1 });
  await shopper.press("bank", other);
  await other.getByRole("heading", { name: "Thank you for your order" }).waitFor();
  await shopper.press("bank");
  await shopper.isPaid();
  await shopper.leave();
}

/** Pays an order in one tab after buying more in the other. @param {Arrive} arrive */
async function payReplacedOrder(arrive) {
  const shopper = await arrive("tabs-replaced");
  await shopper.at("payment");
  const first = shopper.number;
  await shopper.hold(1);
  await shopper.place();
  assert.notEqual(shopper.number, first);
  await shopper.press("payment");
  await shopper.page.getByText(`a newer order took the place of ${first}`).waitFor();
  await shopper.page.getByText(`Order ${shopper.number} is waiting for payment`).waitFor();
  await shopper.person.look("replaced", { both: true });
  await shopper.is({ orders: 1, paid: 0, charges: 0, held: 2 });
  await shopper.page.getByRole("link", { name: "Finish paying" }).click();
  await shopper.press("payment");
  await shopper.press("bank");
  await shopper.isPaid();
  await shopper.leave();
}

/** Pays an order in one tab that was cancelled in the other. @param {Arrive} arrive */
async function payCancelledOrder(arrive) {
  const shopper = await arrive("tabs-cancelled", { device: "desktop" });
  await shopper.at("payment");
  const other = await shopper.person.context.newPage();
  await other.goto(shopper.paymentUrl);
  await other.getByRole("button", { name: "Cancel this order" }).click();
  await other.getByText(`Order ${shopper.number} is cancelled`).waitFor();
  await shopper.person.expecting(409, "/payment", async () => {
    await shopper.press("payment");
    await shopper.page.getByRole("heading", { name: "This order is cancelled" }).waitFor();
  });
  await shopper.page.getByText("Nothing was charged.").waitFor();
  await shopper.page.getByRole("link", { name: "Back to the sale" }).waitFor();
  await shopper.person.look("cancelled", { both: true });
  await shopper.is({ orders: 0, paid: 0, charges: 0, held: 0 });
  await shopper.leave();
}

/** @param {Arrive} arrive @param {boolean} script */
async function buyAgain(arrive, script) {
  const shopper = await arrive(nameOf("buy", { script }), { script });
  const { page, person } = shopper;
  const buy = page.getByRole("button", { name: "Buy now", exact: true });
  await person.goto(`/sales/${shopper.sale.slug}`);
  await buy.dblclick();
  await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
  await shopper.is({ orders: 0, paid: 0, charges: 0, held: 1 });
  await page.goBack();
  await buy.waitFor();
  if (script) {
    await page.getByText("is held for you").waitFor();
    await page.getByRole("link", { name: "Go to cart" }).click();
  } else {
    // The browser's copy of the page has the key of the first press.
    await page.getByLabel("Quantity").fill("2");
    await buy.click();
    const again = page.getByText("You had pressed Buy on this page before");
    const cart = page.getByRole("heading", { name: "Cart", level: 1 });
    await again.or(cart).first().waitFor();
    if (await again.isVisible()) {
      assert.equal(await page.getByLabel("Quantity").inputValue(), "2");
      await shopper.is({ orders: 0, paid: 0, charges: 0, held: 1 });
      await person.photo("pressed-before");
    }
    await person.goto("/cart");
  }
  const remove = page.getByRole("button", { name: "Remove" });
  for (let left = await remove.count(); left > 0; left -= 1) {
    await remove.first().click();
    await until("one line fewer", async () => (await remove.count()) === left - 1);
  }
  await page.getByText("Your cart is empty").waitFor();
  await shopper.is({ orders: 0, paid: 0, charges: 0, held: 0 });
  await shopper.leave();
}

/** @param {Arrive} arrive */
async function cancelOnce(arrive) {
  const shopper = await arrive("cancel", { proxied: true });
  const { page, person, proxy } = shopper;
  assert.ok(proxy);
  await shopper.at("payment");
  await person.expecting(0, "/cancel", async () => {
    proxy.lost = "/cancel";
    await page.getByRole("button", { name: "Cancel this order" }).click();
    await shopper.sawNoAnswer();
    proxy.lost = "";
  });
  await page.reload();
  await page.getByText(`Order ${shopper.number} is cancelled already.`).waitFor();
  await shopper.is({ orders: 0, paid: 0, charges: 0, held: 0 });
  await shopper.leave();
}

/** @param {Arrive} arrive */
async function askOnce(arrive) {
  const shopper = await arrive("ask", { proxied: true });
  const { page, person, proxy } = shopper;
  assert.ok(proxy);
  await person.goto("/help");
  await page.getByLabel("Subject").fill("Where is it?");
  await page.getByLabel("Message", { exact: true }).fill("I have been waiting.");
  const send = page.getByRole("button", { name: "Send" });
  await person.expecting(0, "/help", async () => {
    proxy.lost = "/help";
    await send.click();
    await shopper.sawNoAnswer();
    proxy.lost = "";
  });
  await page.reload();
  await page.getByRole("heading", { name: "Where is it?" }).waitFor();
  const path = new URL(page.url()).pathname;
  await page.getByLabel("Message", { exact: true }).fill("Still waiting.");
  await person.expecting(0, path, async () => {
    proxy.lost = path;
    await send.click();
    await shopper.sawNoAnswer();
    proxy.lost = "";
  });
  await page.reload();
  await page.getByText("Still waiting.").waitFor();
  const conversations = (await person.api("/me/conversations")).items;
  assert.equal(conversations.length, 1, "one conversation");
  const { messages } = await person.api(`/me/conversations/${conversations[0].id}`);
  assert.equal(messages.length, 2, "each message once");
  await shopper.leave();
}
