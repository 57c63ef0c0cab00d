// Visits every other page once: light and dark, phone and desktop.
import assert from "node:assert/strict";
import { atOnce } from "./support/at-once.mjs";
import * as browsing from "./story/browsing.mjs";
import { button, heading, signIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";

// One device pixel per CSS pixel is enough for looking at pages.
const plain = { deviceScaleFactor: 1 };

const landings = {
  owner: null,
  editor: "Sales",
  fulfilment: "Parcels",
  analyst: "Statistics",
  cashier: "Vouchers",
  admin: "Overview",
  manager: "Reviews",
  marketing: "Overview",
  support: "Conversations",
  finance: "Overview",
};

/** The other pages in the menu, by role. */
const more = {
  owner: [
    "Sales",
    "Offers",
    "Assets",
    "Parcels",
    "Vouchers",
    "Conversions",
    "Reports received",
    "Statistics",
    "Shop profile",
    "Contract",
    "Payouts",
    "Invoices",
    "Team",
    "Integration",
    "API keys",
  ],
  finance: [
    "Payments",
    "Refunds that failed",
    "Payouts",
    "Statements",
    "Disputes",
    "Commission",
    "Reconciliation",
  ],
  manager: [
    "Overview",
    "Sales",
    "Providers",
    "Contracts",
    "Statistics",
    "Orders",
    "Payments",
    "Conversations",
    "Feedback",
    "Messages",
    "Audit",
  ],
};

const devices = /** @type {const} */ (["phone", "desktop"]);
story("Every page in light and dark, on a phone and on a desktop", "visit", async (stage, step) => {
  const { sales } = stage.world;

  await step("Pages for everyone", () =>
    atOnce(devices, async (device) => {
      const visitor = await stage.person(`visitor-${device}`, device, plain);
      const visit = async (/** @type {string} */ path, /** @type {string} */ name) => {
        await visitor.goto(path);
        await visitor.look(`${name}-${device}`, { both: true });
      };
      await visit("/", "home");
      await visit(sales.hosted, "sale-hosted");
      await visit(sales.redirect, "sale-redirect");
      await visit(sales.upcoming, "sale-upcoming");
      await visit("/sign-in", "sign-in");
      await visit("/sign-up", "sign-up");
      await visit("/forgot", "forgot");
      await visit("/help", "help");
      await visit("/privacy", "privacy");
      await visit("/terms", "terms");
      await visit("/imprint", "imprint");
      await visit("/cart", "cart-signed-out");
      await visit("/dev/outbox", "outbox");
      await visit("/portal/sign-in", "portal-sign-in");
      await visitor.expecting(404, "/nowhere", () => visit("/nowhere", "error-404"));
      await visitor.expecting(404, "/sales/nothing-here", () =>
        visit("/sales/nothing-here", "error-sale"),
      );
      await visitor.expecting(404, "/invitations/gone", () =>
        visit("/portal/invitations/gone", "portal-invitation-gone"),
      );
      await visitor.expecting(401, "/api/v1/me", async () => {
        await visitor.goto("/portal/smp/orders");
        await button(visitor, "Sign in").waitFor();
      });
      await visitor.leave();
    }),
  );

  await step("The chosen item and quantity survive a change of phase", async () => {
    const visitor = await stage.person("visitor-chooses", "phone", plain);
    const { page } = visitor;
    let phase = "";
    // The server sends these events. They are mocked here so that the demo's sale does not end.
    await page.route("**/live", (route) =>
      route.fulfill({ contentType: "text/event-stream", body: `retry: 200\n\n${phase}` }),
    );
    const setPhase = async (/** @type {string} */ to) => {
      phase = `event: phase\ndata: ${JSON.stringify({ phase: to })}\n\n`;
      await browsing.inState(visitor, to);
    };
    await visitor.goto(sales.hosted);
    await browsing.inState(visitor, "live");
    const item = (await page.locator(".choice label").last().innerText()).trim();
    await browsing.choose(visitor, item, 2);
    const key = () => page.locator("[data-panel] [name=idempotency_key]").inputValue();
    const before = await key();
    for (const [state, action] of [
      ["sold_out", "Join the waitlist"],
      ["live", "Buy now"],
      ["halted", ""],
      ["sold_out", "Join the waitlist"],
    ]) {
      await setPhase(state);
      if (!action) continue;
      await page.getByRole("button", { name: action, exact: true }).waitFor();
      assert.ok(
        await page.getByRole("radio", { name: item, exact: true }).isChecked(),
        `${item} in ${state}`,
      );
      assert.equal(await page.locator(".choice").count(), 3);
      assert.deepEqual(
        [await page.getByLabel("Quantity").inputValue(), await key()],
        ["2", before],
        state,
      );
      assert.equal(await page.locator("[data-panel] [data-carry]").count(), 0);
    }
    await visitor.look("sale-sold-out", { both: true });
    await visitor.leave();
  });

  await step("A shopper's own pages", () =>
    atOnce(devices, async (device) => {
      const shopper = await stage.person(`shopper-${device}`, device, plain);
      const { email, password } = stage.login("shopper");
      await shopper.goto("/sign-in?next=%2Faccount");
      await shopper.page.getByLabel("Email").fill(email);
      await shopper.page.getByLabel("Password").fill("not the password");
      await shopper.expecting(401, "/sign-in", async () => {
        await shopper.page.getByRole("button", { name: "Sign in" }).click();
        await shopper.page.getByRole("heading", { name: "There is a problem" }).waitFor();
      });
      await shopper.look(`sign-in-wrong-${device}`, { both: true });
      await shopper.page.getByLabel("Password").fill(password);
      await shopper.page.getByRole("button", { name: "Sign in" }).click();
      await shopper.page.getByRole("heading", { name: "Orders" }).waitFor();
      await shopper.look(`account-${device}`, { both: true });
      for (const [path, name] of [
        ["/cart", "cart-empty"],
        ["/help", "help-signed-in"],
        ["/portal", "portal-no-work"],
      ]) {
        await shopper.goto(path);
        await shopper.look(`${name}-${device}`, { both: true });
      }
      await shopper.leave();
    }),
  );

  await step("Where each role lands in the portal", async () => {
    // Roles with more pages go first.
    const roles = Object.keys(landings).sort(
      (one, other) => Number(other in more) - Number(one in more),
    );
    await atOnce(
      roles.flatMap((role) => devices.map((device) => ({ role, device }))),
      async ({ role, device }) => {
        const person = await stage.person(`${role}-${device}`, device, plain);
        await signIn(person, stage.login(role));
        const title = landings[/** @type {keyof typeof landings} */ (role)];
        if (title) await heading(person, title).waitFor();
        await person.look(`portal-${role}-${device}`, { both: true });
        if (role in more)
          await browse(person, more[/** @type {keyof typeof more} */ (role)], role, device);
        await person.leave();
      },
    );
  });
});

/** Visits the other pages in a role's menu. */
async function browse(
  /** @type {import("./support/stage.mjs").Person} */ person,
  /** @type {string[]} */ areas,
  /** @type {string} */ role,
  /** @type {string} */ device,
) {
  for (const area of areas) {
    if (device === "phone") await button(person, "Open menu").click();
    await person.page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: new RegExp(`^${area}`) })
      .click();
    await heading(person, area).waitFor();
    await person.look(`portal-${role}-${area.toLowerCase().replaceAll(" ", "-")}-${device}`, {
      both: true,
    });
  }
}
