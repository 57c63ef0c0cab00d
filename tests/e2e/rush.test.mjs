// The minute of the rush: signing in where one is, a press that was stopped, a stream that was cut.
import assert from "node:assert/strict";
import * as browsing from "./story/browsing.mjs";
import { Proxy } from "./support/proxy.mjs";
import { story } from "./support/story.mjs";
import { until } from "./support/until.mjs";

const plain = { deviceScaleFactor: 1 };
const pathOf = (/** @type {string} */ url) => new URL(url, "http://localhost").pathname;

/** @typedef {import("./support/stage.mjs").Person} Person */

/** @param {Person} visitor */
const dialog = ({ page }) => page.getByRole("dialog");

/** Marks the document, to see later whether it was left. @param {Person} visitor */
const mark = ({ page }) => page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

/** @param {Person} visitor */
const isMarked = ({ page }) => page.evaluate(() => "sameDocument" in globalThis);

/** @param {Person} visitor */
const createAccount = (visitor) =>
  browsing.createAccountInDialog(visitor, {
    name: "Nora Flink",
    email: `rush-${Math.random().toString(36).slice(2)}@shopper.example`,
    password: "four words in a row",
  });

/** @param {Person} shopper */
async function holds(shopper) {
  return (await shopper.api("/me/holds")).items;
}

story("The rush, for somebody without an account", "rush", async (stage, step) => {
  const { sales } = stage.world;

  await step("Before the sale, a visitor signs up without leaving its page", async () => {
    const visitor = await stage.person("early", "phone", plain);
    const { page } = visitor;
    await visitor.goto(sales.upcoming);
    await mark(visitor);
    const before = page.locator("[data-widget] .sign-first");
    await before.getByText("Sign in before it starts.").waitFor();
    await before.getByRole("link", { name: "Sign in" }).click();
    await dialog(visitor).getByRole("heading", { name: "Sign in" }).waitFor();
    await visitor.look("sign-in-dialog", { both: true });
    await dialog(visitor).getByRole("button", { name: "Sign in", exact: true }).click();
    await dialog(visitor).getByText("Enter your email address").waitFor();
    await page.keyboard.press("Escape");
    await dialog(visitor).waitFor({ state: "hidden" });
    await before.getByRole("link", { name: "Create account" }).click();
    await visitor.look("sign-up-dialog", { both: true });
    await createAccount(visitor);
    await page.getByRole("link", { name: "Your account" }).waitFor();
    assert.equal(await page.locator(".sign-first").count(), 0);
    assert.ok(await isMarked(visitor), "the page was not left");
    await visitor.leave();
  });

  await step("Buy, an account, and the units are held: one press", async () => {
    const visitor = await stage.person("quick", "phone", plain);
    const { page } = visitor;
    await visitor.goto(sales.hosted);
    await browsing.inState(visitor, "live");
    // Of another price than the first, which the bar has before.
    const item = (await page.locator(".choice label").nth(2).innerText()).trim();
    await browsing.choose(visitor, item, 2);
    const prices = await page.locator(".choice .price-now").allInnerTexts();
    assert.notEqual(prices[2], prices[0]);
    assert.equal(
      (await page.locator("[data-panel] .action-price .price-now").innerText()).trim(),
      prices[2].trim(),
      "the bar has the chosen item's price",
    );
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await dialog(visitor).getByText("You needn’t press Buy again").waitFor();
    await dialog(visitor).getByRole("button", { name: "Create account" }).click();
    await createAccount(visitor);
    await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
    await page.getByText(item).first().waitFor();
    const held = await holds(visitor);
    assert.deepEqual(
      held.map(({ quantity }) => quantity),
      [2],
      "the units are held once",
    );
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("Your cart is empty").waitFor();
    await visitor.leave();
  });

  await step("After Stop, Buy works again", async () => {
    const proxy = await Proxy.start(stage.world.base_url);
    const visitor = await stage.person("stopped", "desktop", { ...plain, baseURL: proxy.url });
    const { page } = visitor;
    await visitor.goto(pathOf(sales.hosted));
    await browsing.widget(visitor).getByRole("link", { name: "Create account" }).click();
    await createAccount(visitor);
    await page.getByRole("link", { name: "Your account" }).waitFor();
    const session = await visitor.context.newCDPSession(page);
    await mark(visitor);
    proxy.stalled = "/buy";
    await page.evaluate(() => {
      document.addEventListener("submission-stopped", () =>
        Object.assign(globalThis, { wasStopped: true }),
      );
      setTimeout(() => document.querySelector("form.buy-form")?.querySelector("button")?.click());
    });
    await until("the press to be under way", async () => proxy.spoiled === 1);
    // No script can be run in the page until then.
    await session.send("Page.stopLoading");
    await until("Buy to be back", () =>
      page.evaluate(
        () =>
          "wasStopped" in globalThis &&
          document.querySelector("form.buy-form")?.hasAttribute("data-sent") === false,
      ),
    );
    assert.ok(await isMarked(visitor), "without a reload");
    proxy.stalled = "";
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
    assert.equal((await holds(visitor)).length, 1);
    await page.goBack();
    await page.getByText("is held for you").waitFor();
    await visitor.leave();
    proxy.stop();
  });

  await step("A stream that was cut is taken up again, with what has changed", async () => {
    const proxy = await Proxy.start(stage.world.base_url);
    const visitor = await stage.person("cut-off", "desktop", { ...plain, baseURL: proxy.url });
    const stock = visitor.page.locator("[data-stock]").first();
    proxy.broken = "/live";
    await visitor.expecting(502, "/live", async () => {
      await visitor.goto(pathOf(sales.hosted));
      await until("several tries", async () => proxy.spoiled >= 3);
      // What the page shows is outdated by the time the stream is back.
      await stock.evaluate((label) => (label.textContent = "999 left"));
      proxy.broken = "";
      // The browser may learn of the last 502 after the proxy has sent it.
      await until("the stock of now", async () => (await stock.innerText()) !== "999 left");
    });
    await visitor.leave();
    proxy.stop();
  });

  await step(
    "A page that comes back from the browser's memory shows what is true now",
    async () => {
      const visitor = await stage.person("back", "phone", plain);
      const { page } = visitor;
      await visitor.goto(sales.hosted);
      await browsing.inState(visitor, "live");
      const key = () => page.locator("[data-panel] [name=idempotency_key]").inputValue();
      const first = await key();
      await page.getByLabel("Quantity").fill("2");
      await mark(visitor);
      await page.evaluate(() =>
        dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
      );
      await until("a new key", async () => (await key()) !== first);
      assert.equal(await page.getByLabel("Quantity").inputValue(), "2");
      assert.ok(await isMarked(visitor), "without a reload");
      await visitor.leave();
    },
  );
});
