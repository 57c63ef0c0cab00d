// A reservation in redirect mode: the demo's provider sells honeymoons in a cart of its own, which is
// another process. The cart confirms later and reports it; half of it is cancelled.
import assert from "node:assert/strict";
import { panel, open, row, signIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import { until } from "./support/until.mjs";
import * as providerShop from "./story/provider-shop.mjs";

const sale = "/sales/honeymoon-above-the-workshop";
const shopper = {
  name: "Rosa Anders",
  email: "rosa.anders@customers.example",
  password: "two-lamps-and-a-dial",
};

story(
  "A honeymoon, reserved in the provider's cart, confirmed later and half cancelled",
  "honeymoon",
  async (stage, step) => {
    const rosa = await stage.person("rosa", "phone");
    const owner = await stage.person("owner", "desktop");
    let reference = "";

    await step("The page speaks of a reservation", async () => {
      await rosa.goto(sale);
      await providerShop.signUp(rosa, shopper);
      await rosa.page.getByText("confirms the reservation").first().waitFor();
      await rosa.page.getByLabel("Quantity").fill("2");
      await rosa.look("1-page", { both: true });
    });

    await step("The reservation is made in the provider's own cart", async () => {
      const { page } = rosa;
      await page.getByRole("button", { name: "Reserve at Ohmstead" }).click();
      await page.getByRole("heading", { name: "Your cart" }).waitFor();
      assert.equal(new URL(page.url()).origin, stage.world.cart_url);
      await page.getByLabel("Name").fill(shopper.name);
      await page.getByLabel("Address").fill("Hafenweg 3, 04109 Leipzig");
      await page.getByLabel("Card number").fill("4242 4242 4242 4242");
      await page.getByRole("button", { name: "Complete reservation" }).click();
      await page.getByRole("heading", { name: "Reservation received" }).waitFor();
      await page.getByText("SMP knows about your reservation").waitFor();
      reference = new URL(page.url()).pathname.split("/").pop() ?? "";
    });

    /** The reservation in the shopper's account, once it says this. */
    const inAccount = (/** @type {string} */ words) =>
      until(`the account to say ${words}`, async () => {
        await rosa.goto("/account");
        const line = rosa.page.getByRole("listitem").filter({ hasText: reference });
        return (await line.getByText(words).count()) > 0 && line;
      });

    await step("It is in the account, and confirmed later with a link", async () => {
      const order = rosa.page.url();
      await inAccount("Reservation:");
      const line = await inAccount("Confirmed");
      await line.getByRole("link", { name: "See it at Ohmstead" }).waitFor();
      await rosa.look("2-confirmed", { both: true });
      await rosa.goto(order);
      await rosa.page.getByRole("heading", { name: "Reservation confirmed" }).waitFor();
    });

    await step("Half of it is cancelled", async () => {
      const { page } = rosa;
      await page.getByRole("link", { name: "Cancel this reservation" }).click();
      await page.getByLabel("Packages to cancel").selectOption("1");
      await page.getByRole("button", { name: "Confirm cancellation" }).click();
      await page.getByText("We are refunding €740.00").waitFor();
      await inAccount("Partly cancelled");
      await rosa.look("3-half", { both: true });
    });

    await step("The provider sees the same, and every report", async () => {
      await signIn(owner, { ...stage.login("owner"), email: "owner@ohmstead.example" });
      await open(owner, "Conversions");
      const line = row(owner, "Conversions", reference);
      await line.getByText("Partly reversed", { exact: true }).waitFor();
      await line.getByText("1 of 2 given back").waitFor();
      await owner.look("4-conversions", { both: true });
      await open(owner, "Reports received");
      for (const kind of ["Purchase", "Update", "Reversal"])
        await row(owner, "Reports", reference).filter({ hasText: kind }).first().waitFor();
      await owner.look("4-reports", { both: true });
    });

    await step("A report that cannot be read is shown with what was sent", async () => {
      const answer = await fetch(`${stage.world.base_url}/api/v1/postbacks/purchases`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "User-Agent": "ohmstead-cart/1.4",
          Authorization: `Bearer ${stage.world.api_key}`,
        },
        body: '{"reference": "OHM-7",, "total": "740,00"}',
      });
      assert.equal(answer.status, 400);
      // The list that was just shown is not asked for again within a moment.
      await owner.page.reload();
      await open(owner, "Reports received");
      const line = row(owner, "Reports", "ohmstead-cart/1.4");
      await line.getByText("What was sent").click();
      await line.getByText('"total": "740,00"').waitFor();
      await owner.look("4-unreadable", { both: true });
      await owner.page.setViewportSize({ width: 390, height: 844 });
      await owner.look("4-unreadable-phone", { both: true });
      await owner.page.setViewportSize({ width: 1280, height: 800 });
    });

    await step("The owner tries the cart with a test click", async () => {
      const { page } = owner;
      await open(owner, "Integration");
      await page.getByRole("button", { name: "Make a test click" }).click();
      const purchase = panel(owner, "2. Report the purchase");
      await purchase.getByText("Not seen yet").waitFor();
      const command = await purchase.locator("code").innerText();
      const body = JSON.parse(command.slice(command.indexOf("'{") + 1, -1));
      const answer = await fetch(`${stage.world.base_url}/api/v1/postbacks/purchases`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `Bearer ${stage.world.api_key}`,
        },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 201);
      await purchase.getByText("Counts", { exact: true }).waitFor();
      await owner.look("5-integration", { both: true });
    });
  },
);
