// A shopper chooses German in the footer, buys and gets German emails. Then every kind of page in the
// pseudo-locales: longer texts have room on a narrow phone, and a page can be read from right to left.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { story } from "./support/story.mjs";
import { address } from "./story/checkout.mjs";

const shopper = {
  name: "Jule Hartmann",
  email: `jule-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};

story("A purchase in German, and pages with longer words", "language", async (stage, step) => {
  const person = await stage.person("shopper", "phone");
  const { page } = person;

  await step("The footer changes the language and keeps the page", async () => {
    await person.goto(`${stage.world.sales.hosted}?quantity=1`);
    const before = new URL(page.url());
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.locator('html[lang="de"]').waitFor();
    const after = new URL(page.url());
    assert.deepEqual([after.pathname, after.search], [before.pathname, before.search]);
    await page.getByRole("button", { name: "Jetzt kaufen", exact: true }).waitFor();
    await person.look("1-sale", { both: true });
  });

  await step("The shopper signs up and buys in German", async () => {
    await person.goto("/sign-up");
    await page.getByLabel("Name", { exact: true }).fill(shopper.name);
    await page.getByLabel("E-Mail").fill(shopper.email);
    await page.getByLabel("Passwort").fill(shopper.password);
    await page.getByRole("button", { name: "Konto anlegen" }).click();
    await page.getByText("Sie sind angemeldet").waitFor();
    await person.goto(stage.world.sales.hosted);
    await page.getByRole("button", { name: "Jetzt kaufen", exact: true }).click();
    await page.getByRole("heading", { name: "Warenkorb", level: 1 }).waitFor();
    await person.look("2-cart");
    await page.getByRole("button", { name: "Zur Kasse" }).click();
    await page.getByRole("heading", { name: "Lieferadresse" }).waitFor();
    await person.expecting(422, "/checkout", async () => {
      await page.getByRole("textbox", { name: "Vollständiger Name" }).fill("");
      await page.getByRole("button", { name: "Weiter zur Zahlung" }).click();
      await page.getByRole("heading", { name: "Es gibt ein Problem" }).waitFor();
    });
    await page.getByText("Geben Sie Straße und Hausnummer ein").first().waitFor();
    await person.look("3-address-refused");
    await page.getByRole("combobox", { name: "Land" }).selectOption({ label: "Deutschland" });
    await page.locator("#address-fields[aria-busy]").waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Vollständiger Name" }).fill(address.name);
    await page.getByRole("textbox", { name: "Adresszeile 1" }).fill(address.line1);
    await page.getByRole("textbox", { name: "Postleitzahl" }).fill(address.postal_code);
    await page.getByRole("textbox", { name: "Ort" }).fill(address.city);
    await page.getByRole("button", { name: "Weiter zur Zahlung" }).click();
    await page.locator("#code").waitFor();
    await person.look("4-confirm");
    const payment = page.url();
    const { text } = await openMessage(person, shopper.email, /^Ihr Code/);
    await person.goto(payment);
    await page.locator("#code").fill(/\d{6}/.exec(text)?.[0] ?? "");
    await page.getByRole("button", { name: "Bestätigen", exact: true }).click();
    await page.locator(".choice label").filter({ hasText: "Testzahlung" }).click();
    await person.look("4-payment");
    await page.getByRole("button", { name: /^Bezahlen: / }).click();
    await page.getByRole("heading", { name: "Zahlung bestätigen" }).waitFor();
    await page.getByRole("button", { name: "Genehmigen", exact: true }).click();
    await page.getByRole("heading", { name: "Vielen Dank für Ihre Bestellung" }).waitFor();
    await person.look("5-order", { both: true });
  });

  await step("The email is in German", async () => {
    const order = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const reader = await stage.person("reader", "desktop");
    const subject = `Bestellung ${order} ist bestätigt`;
    const email = await openMessage(reader, shopper.email, subject);
    assert.match(email.text, /^Guten Tag Jule Hartmann,/);
    assert.match(email.text, /ist bestätigt und bezahlt\./);
    assert.doesNotMatch(email.text, /\b(your|order|Total|Delivery)\b/);
  });

  const pages = [
    "/",
    stage.world.sales.hosted,
    stage.world.sales.upcoming,
    "/help",
    "/terms",
    "/privacy",
  ];
  const forms = ["/sign-in", "/sign-up", "/cart", "/account", "/nowhere"];
  for (const [locale, direction] of [
    ["en-XA", "ltr"],
    ["ar-XB", "rtl"],
  ]) {
    await step(`Pages in ${locale} have room at 360 pixels`, async () => {
      const reader = await stage.person(locale, "phone", { viewport: { width: 360, height: 740 } });
      const { hostname } = new URL(stage.world.base_url);
      await reader.context.addCookies([
        { name: "smp_locale", value: locale, domain: hostname, path: "/" },
      ]);
      for (const path of [...pages, ...forms]) {
        const visit = async () => {
          await reader.goto(path);
          await reader.page.locator(`html[dir="${direction}"]`).waitFor();
        };
        await (path === "/nowhere" ? reader.expecting(404, path, visit) : visit());
        await reader.look(
          `${locale}-${new URL(path, stage.world.base_url).pathname.replaceAll("/", "-")}`,
        );
      }
    });
  }
});
