// A shopper at a step of the checkout, who got there through the API, and what is true of them then.
import assert from "node:assert/strict";
import { confirmAddress } from "../support/outbox.mjs";
import { Proxy } from "../support/proxy.mjs";
import { until } from "../support/until.mjs";
import { address, fillAddress } from "./checkout.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */
/** @typedef {import("../support/sales.mjs").MadeSale} MadeSale */
/** @typedef {"address" | "payment" | "bank"} Step */
/** @typedef {(name: string, options?: Parameters<typeof Shopper.arrive>[3]) => Promise<Shopper>}
 *   Arrive */

const plain = { deviceScaleFactor: 1 };

/** What is pressed at each step. */
export const buttons = {
  address: "Continue to payment",
  payment: /^Pay /,
  bank: /^Approve$/,
};

/** @param {string} what @param {{ step?: string, script?: boolean }} way */
export const nameOf = (what, { step = "", script = true }) =>
  [what, step, script ? "" : "nojs"].filter(Boolean).join("-");

export class Shopper {
  /** The number of the order, from the payment on. */
  number = "";
  /** Until when the units are held, in milliseconds. */
  heldUntil = 0;

  /**
   * @param {import("../support/stage.mjs").Stage} stage
   * @param {string} name
   * @param {MadeSale} sale
   * @param {{ script?: boolean, proxied?: boolean, device?: "phone" | "desktop" }} options
   */
  static async arrive(stage, name, sale, options = {}) {
    const { script = true, proxied = false, device = "phone" } = options;
    const proxy = proxied ? await Proxy.start(stage.world.base_url) : undefined;
    const baseURL = proxy?.url ?? stage.world.base_url;
    const context = { ...plain, baseURL, javaScriptEnabled: script };
    const shopper = new Shopper();
    shopper.person = await stage.person(name, device, context);
    shopper.proxy = proxy;
    shopper.sale = sale;
    const email = `${name}-${Math.random().toString(36).slice(2)}@shopper.example`;
    await shopper.post("/accounts", { email, name: "Nora Flink", password: "four words in a row" });
    await confirmAddress(shopper.person.context.request, email);
    return shopper;
  }

  get page() {
    return this.person.page;
  }

  /** @param {string} path @param {unknown} data @param {Record<string, string>} headers */
  async post(path, data, headers = {}) {
    const { request } = this.person.context;
    const answer = await request.post(`/api/v1${path}`, { data, headers });
    assert.ok(answer.ok(), `POST ${path} answered ${answer.status()}: ${await answer.text()}`);
    return answer.json();
  }

  /** Holds units. */
  async hold(quantity = 1, sale = this.sale) {
    const data = { sale_item_id: sale.item, quantity };
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const hold = await this.post(`/sales/${sale.slug}/holds`, data, key);
    this.heldUntil = Date.parse(hold.expires_at);
  }

  async place() {
    this.number = (await this.post("/me/orders", { shipping_address: address })).number;
  }

  get paymentUrl() {
    return `/checkout/${this.number}/payment`;
  }

  /** Goes to a step with everything filled in. @param {Step} step */
  async at(step) {
    await this.hold();
    if (step === "address") {
      await this.person.goto("/checkout");
      await fillAddress(this.person);
      return;
    }
    await this.place();
    await this.person.goto(this.paymentUrl);
    if (step === "payment") return;
    await this.press("payment");
    await this.isAtBank();
  }

  /** The test bank asks. */
  async isAtBank(page = this.page) {
    await page.getByRole("heading", { name: "Confirm the payment" }).waitFor();
  }

  /** @param {Step} step */
  button(step, page = this.page) {
    return page.getByRole("button", { name: buttons[step] });
  }

  /** @param {Step} step */
  async press(step, page = this.page) {
    await this.button(step, page).click();
  }

  /** Whether a step is still there, with what was typed at it. @param {Step} step */
  async isTyped(step) {
    if (step !== "address") return this.button(step).isVisible();
    return (
      (await this.page.getByRole("textbox", { name: "Address line 1" }).inputValue()) ===
      address.line1
    );
  }

  /**
   * Goes from the address to the thank-you page. `hand` does what leads on from each step.
   * @param {(step: Step) => Promise<void>} hand
   */
  async goThrough(hand) {
    await this.at("address");
    await hand("address");
    await this.page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
    const [order, ...more] = await this.orders();
    assert.deepEqual([order.shipping_address.line1, more.length], [address.line1, 0]);
    await hand("payment");
    await this.isAtBank();
    await this.is({ orders: 1, paid: 0, charges: 0, held: 1 });
    await hand("bank");
    await this.isPaid();
    await this.leave();
  }

  /** The page says that the order is paid, once. */
  async isPaid() {
    const thanks = this.page.getByRole("heading", { name: "Thank you for your order" });
    const already = this.page.getByText("is paid already. You were charged once.");
    await thanks.or(already).first().waitFor();
    await this.isConfirmed();
  }

  /** The page and the server say that one order is paid. */
  async isConfirmed() {
    await this.page
      .getByText(/Paid (with Test bank|€)/)
      .first()
      .waitFor();
    await this.is({ orders: 1, paid: 1, charges: 1, held: 0 });
  }

  async orders() {
    return (await this.person.api("/me/orders")).items;
  }

  /**
   * What the server says of the account: orders that are not cancelled, paid orders, payments that
   * took money, units held.
   * @param {{ orders: number, paid: number, charges: number, held: number }} expected
   */
  async is(expected) {
    const orders = await this.orders();
    const payments = orders.flatMap((order) => order.payments);
    const holds = (await this.person.api("/me/holds")).items;
    const actual = {
      orders: orders.filter(({ state }) => state !== "cancelled").length,
      paid: orders.filter(({ state }) => state === "confirmed").length,
      charges: payments.filter(({ state }) => state === "succeeded").length,
      held: holds.reduce((sum, { quantity }) => sum + quantity, 0),
    };
    assert.deepEqual(actual, expected, this.person.name);
  }

  /** Waits until the units are held no more. */
  async timeIsUp() {
    const isUp = async () => (await this.person.api("/me/holds")).items.length === 0;
    await until("the time to be up", isUp, 120_000);
  }

  /** Waits for the browser's own page for an answer that did not come. */
  async sawNoAnswer() {
    await until("the browser's error page", () => this.page.url().startsWith("chrome-error:"));
  }

  async leave() {
    await this.person.leave();
    this.proxy?.stop();
  }
}
