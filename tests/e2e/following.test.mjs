// A shopper's own pages: favourites, a reminder, a seller to follow, choices, a copy of their data, and
// the end of their account.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { confirmAddress, linkFrom, openMessage } from "./support/outbox.mjs";
import { liveSales } from "./support/sales.mjs";
import { story } from "./support/story.mjs";
import { fillAccount } from "./story/browsing.mjs";

const shopper = {
  name: "Nele Sommer",
  email: `nele-${Date.now().toString(36)}@shopper.example`,
  password: "seven green kettles",
};
/** Reminders go 15 minutes before the start; this leaves a minute to press the button. */
const startsInMs = 16 * 60_000;
const readZip = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps({name: archive.read(name).decode() for name in archive.namelist()}))`;

story("What one likes, and one's own data", "following", async (stage, step) => {
  const person = await stage.person("shopper", "phone");
  const { page } = person;
  let sale = "";

  await step("Follow leads through signing up, and is done afterwards", async () => {
    await person.goto("/sellers/larkmoor");
    await page.getByRole("button", { name: /^Follow / }).click();
    await page.getByText("You’ll follow it as soon as you’ve signed in").waitFor();
    await page.getByRole("link", { name: "Create account" }).click();
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: /^Unfollow / }).waitFor();
    await person.look("00-seller", { both: true });
    // Until then its owner may be somebody else, who is sent no news.
    await confirmAddress(person.context.request, shopper.email);
  });

  await step("A new sale of the seller is announced by email", async () => {
    const [made] = await liveSales(stage, [
      { holdSeconds: 600, capacity: 5, limit: 1, startsInMs },
    ]);
    assert.ok(made);
    sale = `/sales/${made.slug}`;
    await linkFrom(person, shopper.email, /^New from /, sale);
  });

  await step("Remind me, and the heart", async () => {
    await person.goto(sale);
    await page.getByRole("button", { name: "Remind me" }).click();
    await page.getByRole("button", { name: "Don’t remind me" }).waitFor();
    await page.getByRole("button", { name: "Add to favourites" }).click();
    await page.getByRole("button", { name: "Remove from favourites" }).waitFor();
    await person.look("01-reminder", { both: true });
    await person.goto("/account/favourites");
    for (const name of [/^Remove .* from your favourites/, /^Don’t remind me of/, /^Unfollow/]) {
      await page.getByRole("button", { name }).waitFor();
    }
    await person.look("02-favourites", { both: true });
  });

  await step("The reminder comes a quarter of an hour before the start", async () => {
    await linkFrom(person, shopper.email, /starts in a few minutes/, sale);
  });

  await step("Profile, an address, and which messages to get", async () => {
    await person.goto("/account/profile");
    await page.getByLabel("Time zone").fill("Europe/Lisbon");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your profile is saved").waitFor();
    await person.look("03-profile", { both: true });
    await person.goto("/account/addresses/new");
    await page.getByLabel("Country").selectOption("DE");
    await page.getByLabel("Address line 1").fill("Sonnenallee 9");
    await page.getByLabel("Postal code").fill("12047");
    await page.getByLabel("City").fill("Berlin");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Checkout begins with it").waitFor();
    await person.look("04-addresses", { both: true });
    await person.goto("/account/messages");
    const launches = page.getByRole("group", { name: "New sales" }).getByLabel("By email");
    await launches.uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your choice is saved").waitFor();
    assert.equal(await launches.isChecked(), false);
    await person.look("05-messages", { both: true });
  });

  await step("A copy of the data is downloaded and opened", async () => {
    await person.goto("/account/privacy");
    await page.getByRole("button", { name: "Ask for a copy" }).click();
    await page.getByText("Your data is being collected").waitFor();
    await openMessage(person, shopper.email, "Your data is ready to download");
    await person.goto("/account/privacy");
    await person.look("06-data", { both: true });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: /^Download/ }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^my-data-\d{4}-\d\d-\d\d\.zip$/);
    const files = JSON.parse(
      execFileSync("python3", ["-c", readZip, await download.path()], { encoding: "utf8" }),
    );
    const [account] = JSON.parse(files["account.json"]);
    assert.equal(account.email, shopper.email);
    assert.equal(account.time_zone, "Europe/Lisbon");
    assert.match(files["addresses.json"], /Sonnenallee 9/);
    assert.equal(JSON.parse(files["follows.json"]).length, 1);
  });

  await step("The account is deleted by its link, and the address is free", async () => {
    await person.goto("/account/privacy");
    const password = page.getByLabel("Your password");
    if (await password.isVisible()) await password.fill(shopper.password);
    await page.getByRole("button", { name: "Email me a link to delete my account" }).click();
    await page.getByText("We’ve sent a link").waitFor();
    const subject = "Confirm that your account is deleted";
    const link = await linkFrom(person, shopper.email, subject, "/account/privacy/erasure/");
    await person.goto(new URL(link).pathname);
    await person.look("07-erasure", { both: true });
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByText("Your account is being deleted").waitFor();
    await openMessage(person, shopper.email, "Your account is deleted");
    await person.goto("/sign-up");
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText(`Welcome, ${shopper.name}`).waitFor();
  });
});
