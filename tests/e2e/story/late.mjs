// Shoppers who are too slow, at each step of the checkout.
import assert from "node:assert/strict";
import { until } from "../support/until.mjs";
import { address } from "./checkout.mjs";
import { nameOf } from "./hands.mjs";

/** @typedef {import("../support/sales.mjs").MadeSale} MadeSale */
/** @typedef {import("./hands.mjs").Arrive} Arrive */
/** @typedef {import("./hands.mjs").Shopper} Shopper */

/**
 * Six shoppers who are too slow, or nearly, all at once.
 * @param {Arrive} late
 * @param {() => MadeSale} other a sale to buy from afterwards
 */
export async function letTheClockRunOut(late, other) {
  const nothing = { paid: 0, charges: 0, held: 0 };
  const street = "Weg am Ufer 9";
  const isOver = (/** @type {Shopper} */ { page }) =>
    page.getByText("Your hold has ended").waitFor({ timeout: 120_000 });
  const ranOut = async (/** @type {Shopper} */ { page }) => {
    await page.getByRole("heading", { name: "Your time ran out" }).waitFor();
    await page.getByText("Nothing was charged.").first().waitFor();
  };
  const atAddress = async (/** @type {boolean} */ script) => {
    const shopper = await late(nameOf("late-address", { script }), { script });
    const { page, person } = shopper;
    await shopper.at("address");
    await page.getByRole("textbox", { name: "Address line 1" }).fill(street);
    if (script) {
      await isOver(shopper);
      await person.look("late-address", { both: true });
    }
    await shopper.timeIsUp();
    await person.expecting(409, "/checkout", async () => {
      const name = script ? "Keep this address for later" : "Continue to payment";
      await page.getByRole("button", { name }).click();
      await ranOut(shopper);
    });
    await page.getByText("Your address is kept for your next order.").waitFor();
    if (script) await person.look("late-address-kept", { both: true });
    await page.getByRole("link", { name: "See what’s left" }).click();
    await page.getByText("Your hold on these ran out").waitFor();
    await shopper.is({ orders: 0, ...nothing });
    await shopper.hold(1, other());
    await person.goto("/checkout");
    assert.equal(await page.getByRole("textbox", { name: "Address line 1" }).inputValue(), street);
    assert.equal(await page.getByRole("textbox", { name: "City" }).inputValue(), address.city);
    await shopper.leave();
  };
  const atPayment = async (/** @type {boolean} */ script) => {
    const shopper = await late(nameOf("late-payment", { script }), {
      script,
      device: script ? "desktop" : "phone",
    });
    const { page, person } = shopper;
    await shopper.at("payment");
    if (script) {
      await isOver(shopper);
      assert.ok(!(await shopper.button("payment").isVisible()), "Pay is gone");
      await person.look("late-payment", { both: true });
    }
    await shopper.timeIsUp();
    await person.expecting(409, "/payment", async () => {
      await (script ? page.reload() : shopper.press("payment"));
      await ranOut(shopper);
    });
    await page.getByRole("link", { name: "Back to the sale" }).waitFor();
    if (script) await person.look("late-payment-error", { both: true });
    await shopper.is({ orders: 1, ...nothing });
    await shopper.leave();
  };
  const atBank = async (/** @type {boolean} */ approves) => {
    const shopper = await late(approves ? "late-bank" : "late-declined");
    const { page, person } = shopper;
    await shopper.at("bank");
    await until(
      "the hold's own time to be over",
      () => Date.now() > shopper.heldUntil + 1_000,
      120_000,
    );
    // The units stay while the bank asks.
    assert.equal((await person.api("/me/holds")).items.length, 1);
    await page.reload();
    if (approves) {
      await person.look("late-bank", { both: true });
      await shopper.press("bank");
      await shopper.isPaid();
    } else {
      await person.expecting(409, "/payment", async () => {
        await page.getByRole("button", { name: "Decline" }).click();
        await ranOut(shopper);
      });
      await shopper.is({ orders: 1, ...nothing });
    }
    await shopper.leave();
  };
  await Promise.all([
    atAddress(true),
    atAddress(false),
    atPayment(true),
    atPayment(false),
    atBank(true),
    atBank(false),
  ]);
}
