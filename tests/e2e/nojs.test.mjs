// A hosted purchase without JavaScript, by forms and page loads alone.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { story } from "./support/story.mjs";
import { confirmEmail, fillAddress, confirmedOrder, payAtBank } from "./story/checkout.mjs";
import { fillAccount } from "./story/browsing.mjs";

const shopper = {
  name: "Paula Winter",
  email: `paula-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};

story("A purchase with JavaScript disabled", "nojs", async (stage, step) => {
  const person = await stage.person("shopper", "phone", { javaScriptEnabled: false });
  const { page } = person;
  let total = "";

  await step("The sale page shows everything a shopper needs", async () => {
    await person.goto("/");
    await person.photo("00-home");
    await person.goto(stage.world.sales.hosted);
    await page.getByRole("button", { name: "Buy now", exact: true }).waitFor();
    await person.photo("01-sale");
    await page.getByRole("button", { name: "Add to favourites" }).click();
    await page.getByRole("button", { name: "Remove from favourites" }).waitFor();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText("Copy this address:").waitFor();
  });

  await step("Buy asks for an account, and holds the units as soon as there is one", async () => {
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByText("You needn’t press Buy again").waitFor();
    await page.getByRole("link", { name: "Create account" }).click();
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
    assert.match(
      await page.locator("[data-hold-time]").first().innerText(),
      /^until /,
      "the clock is a time of day",
    );
    await person.photo("02-cart");
  });

  await step("Address and payment work as plain forms", async () => {
    await page.getByRole("button", { name: "Check out" }).click();
    await fillAddress(person);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await confirmEmail(person, shopper.email);
    const pay = page.getByRole("button", { name: /^Pay / });
    total = (await pay.innerText()).replace("Pay ", "");
    await person.photo("03-payment");
    await payAtBank(person, "Decline", total);
    await page.getByRole("heading", { name: "The payment did not go through" }).waitFor();
    await payAtBank(person, "Approve", total);
    const order = await confirmedOrder(person, total);
    await person.photo("04-order");
    await openMessage(person, shopper.email, `Order ${order} is confirmed`);
  });

  await step("Signing out works as a plain form", async () => {
    await person.goto("/account");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
  });
});
