// Signing in with Google, for which a real authorization server stands, and with Facebook's shape of
// it: new, with something pressed before; an address that exists; connecting and disconnecting.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { liveSales } from "./support/sales.mjs";
import { startSignIn } from "./support/sign-in.mjs";
import { story } from "./support/story.mjs";

const suffix = Date.now().toString(36);
const address = (/** @type {string} */ name) => `${name}-${suffix}@shopper.example`;
const password = "four words in a row";

await startSignIn();

story("Signing in with an account elsewhere", "social", async (stage, step) => {
  const shopper = await stage.person("shopper", "phone");
  const { page } = shopper;
  let slug = "";

  await step("Buy, pressed before, is made after signing in with Google", async () => {
    [{ slug }] = await liveSales(stage, [{ holdSeconds: 900, capacity: 50, limit: 20 }]);
    await shopper.goto(`/sales/${slug}`);
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign in another way" }).click();
    await page.getByText("As soon as you’ve signed in, we hold").waitFor();
    await shopper.look("1-sign-in", { both: true });
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await agree(shopper, address("noor"));
    await page.waitForURL("**/cart");
    await page.getByRole("button", { name: "Check out" }).waitFor();
    const { account } = await shopper.api("/me");
    assert.deepEqual([account.email, account.name], [address("noor"), "Noor" + letters(suffix)]);
  });

  await step("It comes back to the same account", async () => {
    const { account } = await shopper.api("/me");
    await signOut(shopper);
    await shopper.goto("/sign-in");
    await page.getByRole("button", { name: "Continue with Google" }).click();
    // Google knows them in this browser.
    await page.waitForURL(`${stage.world.base_url}/`);
    assert.equal((await shopper.api("/me")).account.id, account.id);
  });

  await step("Who does not agree is told, and nothing happens", async () => {
    const stranger = await stage.person("stranger", "phone");
    await stranger.goto("/sign-in");
    await stranger.page.getByRole("button", { name: "Continue with Google" }).click();
    await stranger.expecting(409, "/sign-in/with/google/return", async () => {
      await stranger.page.getByRole("button", { name: "Not now" }).click();
      await stranger.page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    });
    await stranger.look("2-refused", { both: true });
    await stranger.page.getByRole("link", { name: "Back to sign-in" }).click();
    await stranger.page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
    await stranger.leave();
  });

  await step("The address of an account is connected once its owner proved it", async () => {
    const owner = await stage.person("owner", "phone");
    const email = address("ines");
    await signUpAndConfirm(owner, email);
    const { account } = await owner.api("/me");
    const phone = await stage.person("phone", "phone");
    await phone.goto("/sign-in");
    await phone.page.getByRole("button", { name: "Continue with Google" }).click();
    await agree(phone, email);
    await phone.page.getByRole("heading", { name: "Connect Google to your account" }).waitFor();
    await phone.look("3-connect", { both: true });
    await phone.page.getByLabel("Password of your account").fill("not this one, no");
    await phone.expecting(401, "/account/connect", async () => {
      await phone.page.getByRole("button", { name: "Connect and sign in" }).click();
      await phone.page.getByText("There is a problem").waitFor();
    });
    await phone.page.getByLabel("Password of your account").fill(password);
    await phone.page.getByRole("button", { name: "Connect and sign in" }).click();
    await phone.page.getByText("Google is connected").waitFor();
    assert.equal((await phone.api("/me")).account.id, account.id);
    const told = await openMessage(owner, email, "How you sign in to");
    assert.match(told.text, /Google signs you in/);
    await owner.leave();

    // Facebook does not say that the address is theirs.
    const other = await stage.person("other", "phone");
    await other.goto("/sign-in");
    await other.page.getByRole("button", { name: "Continue with Facebook" }).click();
    await other.expecting(409, "/sign-in/with/facebook/return", async () => {
      await agree(other, email);
      await other.page.getByText("Sign in the way you did before").waitFor();
    });
    await other.leave();

    // Its owner connects it.
    await phone.goto("/account/security");
    await phone.page.getByRole("button", { name: "Connect Facebook" }).click();
    await agree(phone, email);
    await phone.page.getByText("Facebook is connected").waitFor();
    await phone.look("4-security", { both: true });
    await phone.page.getByRole("button", { name: "Disconnect Google" }).click();
    await phone.page.getByText("It is disconnected").waitFor();
    assert.deepEqual(await providers(phone), ["facebook"]);
    await signOut(phone);
    await phone.goto("/sign-in");
    await phone.page.getByRole("button", { name: "Continue with Facebook" }).click();
    await agree(phone, email);
    await phone.page.waitForURL(`${stage.world.base_url}/`);
    assert.equal((await phone.api("/me")).account.id, account.id);
    await phone.leave();
  });

  await step("It works without JavaScript, and the only way to sign in stays", async () => {
    const plain = await stage.person("plain", "phone", { javaScriptEnabled: false });
    await plain.goto("/sign-in?next=/account/security");
    await plain.page.getByRole("button", { name: "Continue with Google" }).click();
    await agree(plain, address("kaya"));
    await plain.page.getByText("Your only way to sign in").waitFor();
    assert.equal(await plain.page.getByRole("button", { name: /^Disconnect/ }).count(), 0);
    await plain.photo("5-only-way");
    await plain.leave();
  });
});

/**
 * Signs in at a provider.
 * @param {import("./support/stage.mjs").Person} person
 * @param {string} email
 */
async function agree({ page }, email) {
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** @param {import("./support/stage.mjs").Person} person */
async function signOut(person) {
  await person.goto("/account");
  await person.page.getByRole("button", { name: "Sign out" }).click();
  await person.page.getByText("You are signed out.").waitFor();
}

/**
 * An account whose address is its own.
 * @param {import("./support/stage.mjs").Person} person
 * @param {string} email
 */
async function signUpAndConfirm(person, email) {
  await person.goto("/sign-up");
  await person.page.getByLabel("Name").fill("Ines Oliveira");
  await person.page.getByLabel("Email").fill(email);
  await person.page.getByLabel("Password").fill(password);
  await person.page.getByRole("button", { name: "Create account" }).click();
  await person.page.getByText("You are signed in").waitFor();
  const { text } = await openMessage(person, email, /confirm your address/);
  const code = /\b\d{6}\b/.exec(text)?.[0];
  assert.ok(code, `no code in ${text}`);
  const answer = await person.context.request.post("/api/v1/me/verification", {
    data: { code },
  });
  assert.ok(answer.ok(), await answer.text());
}

/** @param {import("./support/stage.mjs").Person} person */
async function providers(person) {
  const { connected } = await person.api("/me/sign-in-methods");
  return connected.map((/** @type {{ provider: string }} */ { provider }) => provider);
}

/** @param {string} text */
function letters(text) {
  return text.replaceAll(/[^a-z]/gi, "");
}
