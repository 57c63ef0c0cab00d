// A purchase in cash on delivery without JavaScript: the code comes by SMS, read at /dev/outbox. Then the provider ships it
// and notes that the cash was collected.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { button, dialog, panel, row, signedIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import { fillAccount } from "./story/browsing.mjs";
import { confirmEmail, fillAddress, payBy } from "./story/checkout.mjs";

const shopper = {
  name: "Ida Winter",
  email: `ida-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};
const phone = `+49151${String(Date.now()).slice(-8)}`;

story("A purchase in cash on delivery, without JavaScript", "cash", async (stage, step) => {
  const person = await stage.person("shopper", "phone", { javaScriptEnabled: false });
  const { page } = person;
  let total = "";
  let order = "";

  await step("The shopper chooses cash on delivery", async () => {
    await person.goto(stage.world.sales.hosted);
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByRole("link", { name: "Create account" }).click();
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Check out" }).click();
    await fillAddress(person);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await confirmEmail(person, shopper.email);
    const pay = page.getByRole("button", { name: /^Pay / });
    total = (await pay.innerText()).replace("Pay ", "");
    await payBy(person, "Cash on delivery");
    await page.getByLabel("Mobile number").fill(phone);
    await person.photo("1-payment");
    await pay.click();
    await page.getByRole("heading", { name: "Enter the code" }).waitFor();
    await page.getByText("+49 ••• ").waitFor();
    await person.photo("2-code");
  });

  await step("A wrong code says how many tries are left; the right one confirms", async () => {
    const form = page.url();
    const { text } = await openMessage(person, phone, "Your code");
    const [code = ""] = /^\d{6}/.exec(text.trim()) ?? [];
    assert.ok(text.includes(total), text);
    await person.goto(form);
    await person.expecting(409, "/code", async () => {
      const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
      await page.getByLabel("Code", { exact: true }).fill(wrong);
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByText("4 tries left").first().waitFor();
    });
    await person.photo("3-wrong");
    await page.getByLabel("Code", { exact: true }).fill(code);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Thank you for your order" }).waitFor();
    await page.getByText(`You pay ${total} in cash on delivery`).first().waitFor();
    await person.photo("4-order");
    order = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const email = await openMessage(person, shopper.email, `Order ${order} is confirmed`);
    assert.ok(email.text.includes(`You pay ${total} in cash on delivery`), email.text);
  });

  await step("The provider ships it, and notes that the cash was collected", async () => {
    const fulfilment = await signedIn(stage, "fulfilment");
    await fulfilment.goto("/portal");
    await row(fulfilment, "Parcels", order).getByRole("link", { name: order }).click();
    const cash = panel(fulfilment, "Cash on delivery");
    await cash.getByText(`Collect ${total} at the door.`).waitFor();
    await fulfilment.page.getByLabel("Carrier").fill("DHL");
    await fulfilment.page.getByLabel("Tracking number").fill(`CASH-${order}`);
    await button(fulfilment, "Add shipment").click();
    await cash.getByRole("button", { name: "Cash collected" }).click();
    await dialog(fulfilment).getByRole("button", { name: "Cash collected" }).click();
    await cash.getByText(`${total} was collected.`).waitFor();
    await fulfilment.look("5-collected");
  });

  await step("The order says that it was paid", async () => {
    await person.goto(`/orders/${order}`);
    await page.getByText("Paid on delivery").waitFor();
    await person.photo("6-paid");
  });
});
