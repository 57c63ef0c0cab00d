// An owner sets up an authenticator app, signs in with it, and is asked again before an API key.
import assert from "node:assert/strict";
import { Phone } from "./support/phone.mjs";
import { button, dialog, heading, row, signedIn, signIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import * as onboarding from "./story/onboarding.mjs";

const run = Date.now().toString(36);
const business = {
  name: "Seilerei Anker",
  slug: `seilerei-anker-${run}`,
  category: "Rope and nets",
  about: "Ropes and nets, laid by hand.",
  supportEmail: "hallo@anker.example",
  supportPhone: "+49 40 5550 117",
};
const owner = {
  name: "Ole Anker",
  email: `owner-${run}@anker.example`,
  password: "four words in a row",
};

story("An account with a second factor", "second-factor", async (stage, step) => {
  /** @type {Record<string, import("./support/stage.mjs").Person>} */
  const people = {};
  /** @type {Phone} */
  let phone;
  let recoveryCode = "";

  await step("An owner joins, and is signed in on two devices", async () => {
    const manager = await signedIn(stage, "manager");
    await onboarding.inviteProvider(manager, business, owner);
    people.owner = await stage.person("owner", "desktop");
    await onboarding.acceptInvitation(people.owner, owner);
    people.other = await stage.person("other device", "desktop");
    await signIn(people.other, owner);
  });

  await step("The owner sets up an app and keeps the recovery codes", async () => {
    const { page } = people.owner;
    await button(people.owner, "Account").click();
    await page.getByRole("menuitem", { name: "Security" }).click();
    await heading(people.owner, "Security").waitFor();
    await button(people.owner, "Set up an authenticator app").click();
    await page.getByAltText("QR code for your authenticator app").waitFor();
    phone = new Phone(await page.locator("code").innerText());
    await people.owner.look("set-up");
    await people.owner.expecting(422, "/second-factor/confirmation", async () => {
      await page.getByLabel("Code").fill("12345");
      await button(people.owner, "Turn on").click();
      await page.getByText("Is not the code that the app shows now").waitFor();
    });
    await page.getByLabel("Code").fill(await phone.code());
    await button(people.owner, "Turn on").click();
    const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
    await codes.first().waitFor();
    assert.equal(await codes.count(), 10);
    recoveryCode = await codes.first().innerText();
    await people.owner.look("recovery-codes");
    await button(people.owner, "I have kept them").click();
    await page.getByText("Recovery codes left").waitFor();
    await people.owner.look("security");
  });

  await step("On the other device, an API key waits for a code and is then made", async () => {
    const { other } = people;
    await other.goto(`/portal/p/${business.slug}/api-keys`);
    await other.page.getByLabel("Name").fill("Web shop");
    await other.page.getByLabel("Report purchases").check();
    await other.expecting(403, "/api-keys", async () => {
      await button(other, "Create key").click();
      await dialog(other).getByLabel("Code").waitFor();
    });
    await other.look("asked-again");
    await dialog(other)
      .getByLabel("Code")
      .fill(await phone.code());
    await dialog(other).getByRole("button", { name: "Go on" }).click();
    await other.page.getByTestId("api-key-secret").waitFor();
    await button(other, "I’ve copied it").click();
    await row(other, "API keys", "Web shop").waitFor();
  });

  await step("Signing in to the portal asks for a code", async () => {
    const device = await stage.person("third device", "desktop");
    await device.goto("/portal/sign-in");
    await device.page.getByLabel("Email").fill(owner.email);
    await device.page.getByLabel("Password", { exact: true }).fill(owner.password);
    await button(device, "Sign in").click();
    await heading(device, "Enter the code").waitFor();
    await device.look("sign-in-code");
    await device.page.getByLabel("Code").fill(await phone.code());
    await button(device, "Sign in").click();
    await button(device, "Account").waitFor();
    await device.leave();
  });

  await step("So does signing in to the shop, on a phone without the app", async () => {
    const device = await stage.person("phone", "phone");
    const { page } = device;
    await device.goto("/sign-in?next=%2Faccount");
    await page.getByLabel("Email").fill(owner.email);
    await page.getByLabel("Password").fill(owner.password);
    await button(device, "Sign in").click();
    await heading(device, "Enter the code").waitFor();
    await device.look("hosted-code", { both: true });
    await device.expecting(422, "/sign-in/code", async () => {
      await page.getByLabel("Code").fill("111111");
      await button(device, "Sign in").click();
      await page.getByText("Is wrong, or was used already").first().waitFor();
    });
    await page.getByLabel("Code").fill(recoveryCode);
    await button(device, "Sign in").click();
    await page.waitForURL(({ pathname }) => pathname === "/account");
    await device.goto("/account/security/second-factor/codes");
    await device.look("hosted-new-codes", { both: true });
    await button(device, "Make new codes").click();
    await heading(device, "Your recovery codes").waitFor();
    await device.look("hosted-recovery-codes", { both: true });
    await device.leave();
  });
});
