// The stand-in for Stripe, which the demo is told of by its environment, and what tests ask it.
import { startStandIn } from "./stand-in.mjs";

const account = {
  STRIPE_SECRET_KEY: "sk_test_fake",
  STRIPE_PUBLISHABLE_KEY: "pk_test_fake",
  STRIPE_WEBHOOK_SECRET: "whsec_fake",
};

/**
 * Starts it, unless one runs already, and puts its settings into the environment.
 * @returns {Promise<() => void>} ends it
 */
export async function startStripe() {
  if (process.env.STRIPE_API_URL) return () => undefined;
  const { base, stop } = await startStandIn(
    "stripe/server.py",
    (port) => [`${port}`, "--webhook-secret", account.STRIPE_WEBHOOK_SECRET],
    "/healthz",
  );
  Object.assign(process.env, account, {
    STRIPE_API_URL: `${base}/`,
    STRIPE_SCRIPT_URL: `${base}/v3/`,
  });
  return stop;
}

/** Tells it to send its webhooks to the demo. @param {import("./demo.mjs").World} world */
export async function sendWebhooksTo(world) {
  const webhook_url = `${world.base_url}/api/v1/payments/stripe/notices`;
  await ask("_weather", { method: "POST", body: JSON.stringify({ webhook_url }) });
}

/**
 * What Stripe knows of an order: its payments, oldest first, each with what was called on it by the
 * browser, and the charges that took money.
 * @param {string} order
 */
export async function atStripe(order) {
  const intents = (await ask("v1/payment_intents?limit=100")).data
    .filter((/** @type {any} */ intent) => intent.description === `Order ${order}`)
    .reverse();
  const ids = intents.map((/** @type {any} */ { id }) => id);
  const charges = (await ask("v1/charges?limit=100")).data.filter(
    (/** @type {any} */ charge) => charge.paid && ids.includes(charge.payment_intent),
  );
  const calls = await ask("_calls");
  const confirmed = calls.filter((/** @type {any} */ { path }) =>
    ids.some((/** @type {string} */ id) => path === `/v1/payment_intents/${id}/confirm`),
  ).length;
  return { intents, charges, confirmed };
}

/** A shopper's bank disputes the payment of an order. @param {string} order @returns the dispute's id */
export async function openDispute(order) {
  const [intent] = (await atStripe(order)).intents;
  return (await ask(`_dispute/${intent.id}`, { method: "POST" })).id;
}

/** The webhooks of this kind that the demo took. @param {string} kind @param {string} about an id */
export async function webhooksTaken(kind, about) {
  const events = (await ask(`v1/events?limit=100&type=${kind}`)).data;
  const ids = events
    .filter((/** @type {any} */ event) => event.data.object.id === about)
    .map((/** @type {any} */ { id }) => id);
  return (await ask("_deliveries")).filter(
    (/** @type {any} */ sent) => ids.includes(sent.event) && sent.status === 200,
  ).length;
}

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options) {
  const headers = { Authorization: `Bearer ${account.STRIPE_SECRET_KEY}` };
  const answer = await fetch(`${process.env.STRIPE_API_URL}${path}`, { ...options, headers });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
