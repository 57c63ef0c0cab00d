// SMP's own team: a colleague is invited, made manager and removed while a page of theirs is open.
import assert from "node:assert/strict";
import { linkFrom } from "./support/outbox.mjs";
import { button, dialog, heading, open, row, signIn, signedIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";

const colleague = {
  name: "Juna Sorel",
  email: `juna.${Date.now()}@smp.example`,
  password: "lantern at the ferry",
};
/** How long an open page may stay open to somebody who may not see it any more. */
const outMs = 1_000;
/** A machine that is busy with other tests takes longer at times. */
const tries = 5;

story("A colleague comes, is made manager, and goes", "team", async (stage, step) => {
  /** @type {Record<string, import("./support/stage.mjs").Person>} */
  const people = {};

  await step("An administrator invites a colleague as support", async () => {
    people.admin = await signedIn(stage, "admin");
    const { admin } = people;
    await open(admin, "Team", "SMP’s team");
    await admin.look("1-team", { both: true });
    await button(admin, "Invite someone").click();
    await dialog(admin).getByRole("button", { name: "Send invitation" }).click();
    await dialog(admin).getByText("Choose at least one role.").waitFor();
    await dialog(admin).getByLabel("Email").fill(colleague.email);
    await dialog(admin).getByLabel("Support").check();
    await admin.look("2-invite");
    await dialog(admin).getByRole("button", { name: "Send invitation" }).click();
    await row(admin, "Invitations", colleague.email).getByText("Support").waitFor();
  });

  await step("The colleague accepts and lands on their own work", async () => {
    people.colleague = await stage.person("colleague", "desktop");
    const { page } = people.colleague;
    const link = await linkFrom(
      people.colleague,
      colleague.email,
      "Join the team",
      "/portal/staff-invitations/",
    );
    await people.colleague.goto(link);
    await page.getByText("invited as support").waitFor();
    await page.getByLabel("Your name").fill(colleague.name);
    await page.getByLabel("Password", { exact: true }).fill(colleague.password);
    await people.colleague.look("3-accept");
    await button(people.colleague, "Accept invitation").click();
    await heading(people.colleague, "Conversations").waitFor();
    assert.equal(await menuLink(people.colleague, "Reviews").count(), 0);
  });

  await step("Made manager, the colleague finds reviews in the page that is open", async () => {
    const { admin } = people;
    await admin.page.reload();
    await button(admin, `Change the roles of ${colleague.name}`).click();
    await dialog(admin).getByLabel("Manager").check();
    await button(admin, "Save roles").click();
    await row(admin, "Members", colleague.email).getByText("Manager, Support").waitFor();
    await menuLink(people.colleague, "Reviews").waitFor();
    await open(people.colleague, "Reviews");
  });

  await step("Suspended, the colleague is out within a second", async () => {
    const { admin } = people;
    const resume = async () => {
      await button(admin, `Resume ${colleague.name}`).click();
      await button(admin, `Suspend ${colleague.name}`).waitFor();
      await signIn(people.colleague, colleague);
    };
    const taken = [await outAfter(people, "Suspend")];
    while (Number(taken.at(-1)) > outMs && taken.length < tries) {
      await resume();
      taken.push(await outAfter(people, "Suspend"));
    }
    assert.ok(Number(taken.at(-1)) <= outMs, `out after ${taken.join(", ")} ms`);
    await people.colleague.look("4-out");
    await resume();
  });

  await step("Removed, the colleague is out of the open page", async () => {
    const { admin } = people;
    await outAfter(people, "Remove");
    await row(admin, "Members", colleague.email).waitFor({ state: "detached" });
  });

  await step("The account can still sign in, and has nothing to manage", async () => {
    const { page } = people.colleague;
    await page.getByLabel("Email").fill(colleague.email);
    await page.getByLabel("Password", { exact: true }).fill(colleague.password);
    await button(people.colleague, "Sign in").click();
    await heading(people.colleague, "Page not found").waitFor();
    await people.colleague.goto("/portal");
    await heading(people.colleague, "Nothing to manage yet").waitFor();
  });
});

/**
 * Ends the colleague's membership, and waits until their open page asks to sign in. Milliseconds from the server's answer.
 * @param {Record<string, import("./support/stage.mjs").Person>} people
 * @param {"Suspend" | "Remove"} action
 */
async function outAfter({ admin, colleague: reader }, action) {
  let taken = 0;
  await button(admin, `${action} ${colleague.name}`).click();
  await reader.expecting(401, "/api/v1/", async () => {
    const done = admin.page.waitForResponse(
      (response) =>
        response.request().method() !== "GET" && response.url().includes("/staff/members/"),
    );
    await dialog(admin).getByRole("button", { name: action, exact: true }).click();
    assert.ok((await done).ok());
    const began = performance.now();
    await heading(reader, "Sign in").waitFor();
    taken = Math.round(performance.now() - began);
  });
  return taken;
}

/** An area in the menu. @param {import("./support/stage.mjs").Person} person @param {string} area */
function menuLink({ page }, area) {
  return page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: new RegExp(`^${area}`) });
}
