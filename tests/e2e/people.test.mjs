// Accounts one can live with: a forgotten password, and an address that is confirmed in checkout.
import assert from "node:assert/strict";
import { linkFrom, openMessage } from "./support/outbox.mjs";
import { story } from "./support/story.mjs";
import * as browsing from "./story/browsing.mjs";
import * as checkout from "./story/checkout.mjs";

const shopper = {
  name: "Nele Sommer",
  email: `nele-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};
const another = "a lantern on the pier";

/** @param {import("./support/stage.mjs").Person} person @param {string} password */
async function signIn({ page }, password) {
  await page.getByLabel("Email").fill(shopper.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
}

story("A password is forgotten, an address is confirmed", "people", async (stage, step) => {
  const phone = await stage.person("phone", "phone");
  const laptop = await stage.person("laptop", "desktop");

  await step("Buy and sign up hold the units; the code comes in checkout", async () => {
    const { page } = phone;
    await phone.goto(stage.world.sales.hosted);
    await browsing.inState(phone, "live");
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create account" }).click();
    await browsing.createAccountInDialog(phone, shopper);
    await page.getByRole("heading", { name: "Cart", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Check out" }).click();
    await checkout.fillAddress(phone);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    assert.equal(await page.getByRole("button", { name: /^Pay / }).count(), 0);
    await checkout.confirmEmail(phone, shopper.email);
    const pay = page.getByRole("button", { name: /^Pay / });
    const total = (await pay.innerText()).replace("Pay ", "");
    await checkout.pay(phone, total);
  });

  await step("Forgotten on the laptop: a link sets another password", async () => {
    const { page } = laptop;
    await laptop.goto("/sign-in");
    await page.getByRole("main").getByRole("link", { name: "Forgot your password?" }).click();
    await laptop.look("1-forgot", { both: true });
    await page.getByLabel("Email").fill(shopper.email);
    await page.getByRole("button", { name: "Email me a link" }).click();
    await page.getByRole("heading", { name: "Look at your email" }).waitFor();
    await laptop.look("2-sent");
    const link = await linkFrom(laptop, shopper.email, /^Set a new password/, "/reset/");
    await laptop.goto(link);
    await page.getByLabel("New password").fill("password12");
    await laptop.expecting(422, "/reset/", async () => {
      await page.getByRole("button", { name: "Set the password" }).click();
      await page.getByText("easy to guess").first().waitFor();
    });
    await laptop.look("3-reset-refused", { both: true });
    await page.getByLabel("New password").fill(another);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("You are signed out everywhere").waitFor();
    await laptop.expecting(409, "/reset/", async () => {
      await laptop.goto(link);
      await page.getByRole("heading", { name: "This link doesn’t work" }).waitFor();
    });
    await openMessage(laptop, shopper.email, "Your password was changed");
  });

  await step("The phone is out, and the old password is of no use", async () => {
    const { page } = phone;
    await phone.goto("/account");
    await page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
    await phone.expecting(401, "/sign-in", async () => {
      await signIn(phone, shopper.password);
      await page.getByText("Email or password is wrong").first().waitFor();
    });
    await signIn(phone, another);
    await page.getByRole("heading", { name: shopper.name, level: 1 }).waitFor();
  });

  await step("Security: where one is signed in, and another password", async () => {
    const { page } = phone;
    await laptop.goto("/sign-in");
    await signIn(laptop, another);
    await phone.goto("/account/security");
    await phone.look("4-security", { both: true });
    await page.getByRole("button", { name: "Sign out on all other devices" }).click();
    await page.getByText("You are signed out on all other devices").waitFor();
    await laptop.goto("/account");
    await laptop.page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
  });
});
