// The catalogue of messages in the portal, and every email and text message of it as its reader sees it: on a
// phone and in a mail program's window, in light and dark. Pictures of them are left with SMP_PICTURES.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { outDir } from "./support/demo.mjs";
import { takesPictures } from "./support/look.mjs";
import { button, heading, open, signedIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import { until } from "./support/until.mjs";

const folder = "messages";
const widths = [360, 640];
const schemes = /** @type {const} */ (["light", "dark"]);

story("SMP looks at its messages", folder, async (stage, step) => {
  /** @type {import("./support/stage.mjs").Person} */
  let manager;

  await step("A manager finds a message in the catalogue", async () => {
    manager = await signedIn(stage, "manager");
    await open(manager, "Messages");
    await manager.page.getByRole("link", { name: "All kinds of messages" }).click();
    await heading(manager, "All kinds of messages").waitFor();
    await manager.look("catalogue", { both: true });
    await manager.page.getByLabel("Search kinds of messages").fill("order confirmed");
    await manager.page.getByRole("button", { name: "Look at Order confirmed" }).click();
  });

  await step("The preview shows it on a phone in the dark, and cannot run anything", async () => {
    const { page } = manager;
    const dialog = page.getByRole("dialog", { name: "Order confirmed" });
    const frame = dialog.locator("iframe");
    await dialog.getByText("Dark", { exact: true }).click();
    await dialog.getByText("Phone", { exact: true }).click();
    const mail = frame.contentFrame();
    await mail.getByRole("heading", { name: "Thank you for your order" }).waitFor();
    assert.equal(await frame.getAttribute("sandbox"), "");
    // The frame of the light one goes once the dark one is there.
    await until("the dark background", () =>
      mail
        .locator("body")
        .evaluate((body) => getComputedStyle(body).backgroundColor === "rgb(22, 20, 18)"),
    );
    await manager.look("preview");
  });

  await step("The manager sends it to themselves", async () => {
    const { page } = manager;
    await button(manager, "Send to myself").click();
    await page.getByText("on its way to your own address").waitFor();
    await page.keyboard.press("Escape");
    const outbox = await stage.person("outbox", "desktop");
    await outbox.goto("/dev/outbox?q=message_test");
    await outbox.page.getByText("[Test] Order").first().waitFor();
  });

  await step(
    "A text message shows as a phone does, and goes to a confirmed phone alone",
    async () => {
      const { page } = manager;
      await page.getByLabel("Search kinds of messages").fill("cash code");
      await page.getByRole("button", { name: "Look at Cash code" }).click();
      const dialog = page.getByRole("dialog", { name: "Cash code" });
      const phone = dialog.getByRole("figure", { name: "Cash code, as a text message" });
      await phone.getByText("is your code to confirm").waitFor();
      assert.equal(await dialog.locator("iframe").count(), 0);
      await dialog.getByLabel("Language").selectOption("de");
      await phone.getByText("bar bei der Lieferung").waitFor();
      await manager.look("text", { both: true });
      await manager.expecting(409, "/test-sends", async () => {
        await button(manager, "Send to myself").click();
        await page.getByText("/account/phone").waitFor();
      });
      await page.keyboard.press("Escape");
    },
  );

  await step("What goes by both shows both", async () => {
    const { page } = manager;
    await page.getByLabel("Search kinds of messages").fill("waitlist offer");
    await page.getByRole("button", { name: "Look at Waitlist offer", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Waitlist offer" });
    await dialog.locator("iframe").waitFor();
    await dialog.getByText("It's your turn", { exact: false }).waitFor();
    await manager.look("both", { both: true });
    await page.keyboard.press("Escape");
  });

  await step("A reminder is switched off and on again; what is needed has no switch", async () => {
    const { page } = manager;
    const search = page.getByLabel("Search kinds of messages");
    await search.fill("sale reminder");
    const toggle = page.getByRole("switch", { name: "Send Sale reminder" });
    await toggle.click({ force: true });
    await page.getByText("The message is switched off.").waitFor();
    await page.getByText(/^Off since/).waitFor();
    await toggle.click({ force: true });
    await page.getByText("The message is sent again.").waitFor();
    await search.fill("order confirmed");
    await page.getByText("Always", { exact: true }).waitFor();
    assert.equal(await page.getByRole("switch").count(), 0);
  });

  await step("Addresses that do not work have their own list", async () => {
    await manager.goto("/portal/smp/messages/suppressed");
    await heading(manager, "Addresses that don’t work").waitFor();
    await manager.look("suppressed");
  });

  await step("Every email fits a phone and a window, in light and dark", async () => {
    const emails = await manager.page.evaluate(async () => {
      const get = async (/** @type {string} */ path) => (await fetch(`/api/v1${path}`)).json();
      const { items } = await get("/message-catalogue");
      const found = [];
      for (const { name, samples, locales } of items)
        for (const sample of samples)
          for (const locale of locales) {
            const query = new URLSearchParams({ sample, locale });
            const path = `/message-catalogue/${name}/preview?${query}`;
            const { email } = await get(path);
            if (email) found.push({ name, sample, locale, html: email.html });
          }
      return found;
    });
    assert.ok(emails.length > 120, `${emails.length} emails`);
    mkdirSync(join(outDir, folder), { recursive: true });
    const reader = await stage.person("reader", "desktop");
    for (const { name, sample, locale, html } of emails)
      for (const width of widths) {
        await reader.page.setViewportSize({ width, height: 900 });
        await reader.page.setContent(html);
        const wider = await reader.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(
          wider <= 0,
          `${name} (${sample}, ${locale}) is ${wider} px wider than ${width} px`,
        );
        for (const scheme of takesPictures ? schemes : []) {
          await reader.page.emulateMedia({ colorScheme: scheme });
          const path = join(outDir, folder, `${name}-${sample}-${locale}-${width}-${scheme}.jpg`);
          await reader.page.screenshot({ path, fullPage: true, type: "jpeg", quality: 80 });
        }
      }
  });
});
