// A purchase in rupees paid at PayU's hosted checkout, without JavaScript. The shopper leaves for PayU by a form, and
// comes back by another from PayU's site.
import { openMessage } from "./support/outbox.mjs";
import { startPayu } from "./support/payu.mjs";
import { liveSales } from "./support/sales.mjs";
import { story } from "./support/story.mjs";
import { fillAccount } from "./story/browsing.mjs";
import { confirmEmail, confirmedOrder, payBy } from "./story/checkout.mjs";

const shopper = {
  name: "Asha Rao",
  email: `asha-${Date.now().toString(36)}@shopper.example`,
  password: "four words in a row",
};
const total = "₹1,499.50";

await startPayu();

story("A purchase at PayU, without JavaScript", "payu", async (stage, step) => {
  const person = await stage.person("shopper", "phone", { javaScriptEnabled: false });
  const { page } = person;

  /** Leaves for PayU, and answers there. @param {string} answer */
  const atPayu = async (answer) => {
    await payBy(person, "PayU");
    await page.getByLabel("Mobile number").fill("+91 99000 00001");
    await page.getByRole("button", { name: `Pay ${total}` }).click();
    await page.getByRole("button", { name: "Continue to the payment" }).click();
    await page.getByRole("heading", { name: "PayU test checkout" }).waitFor();
    await page.getByText("₹1499.50").waitFor();
    await page.getByRole("button", { name: answer, exact: true }).click();
  };

  await step("A sale in rupees is in the cart", async () => {
    const [sale] = await liveSales(stage, [
      { holdSeconds: 900, capacity: 20, limit: 2, currency: "INR" },
    ]);
    await person.goto(`/sales/${sale.slug}`);
    await page.getByRole("button", { name: "Buy now", exact: true }).click();
    await page.getByRole("link", { name: "Create account" }).click();
    await fillAccount(person, shopper);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Check out" }).click();
    await page.getByRole("combobox", { name: "Country" }).selectOption("IN");
    await page.getByRole("button", { name: "Show the fields of this country" }).click();
    await page.getByRole("textbox", { name: "Full name" }).fill(shopper.name);
    await page.getByRole("textbox", { name: "Address line 1" }).fill("12 MG Road");
    await page.getByLabel("PIN code").fill("560001");
    await page.getByRole("textbox", { name: "City" }).fill("Bengaluru");
    await page.getByRole("combobox", { name: "State" }).selectOption("Karnataka");
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.getByRole("heading", { name: "Payment", level: 1 }).waitFor();
    await confirmEmail(person, shopper.email);
    await person.photo("1-payment");
  });

  await step("Declined at PayU, the order waits, and nothing is lost", async () => {
    await atPayu("Decline");
    await person.photo("2-back");
    await page.getByRole("button", { name: "Return to the shop" }).click();
    await page.getByRole("heading", { name: "The payment did not go through" }).waitFor();
    await person.photo("3-declined");
  });

  await step("Approved at PayU, the order is paid", async () => {
    await atPayu("Approve");
    await page.getByRole("button", { name: "Return to the shop" }).click();
    const order = await confirmedOrder(person, total);
    await person.photo("4-order");
    const { text } = await openMessage(person, shopper.email, `Order ${order} is confirmed`);
    if (!text.includes("confirmed and paid")) throw new Error(text);
  });
});
