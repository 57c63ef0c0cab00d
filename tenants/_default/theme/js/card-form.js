// The payment provider's own fields: its script makes them, confirms the payment and leads to the
// bank if that asks. No card number passes through this file or this shop.
import { say as textOf } from "./texts.js";

/** @import { Appearance, PaymentIntent, Stripe, StripeElementLocale, StripeError } from "@stripe/stripe-js" */

/** How long a page that sent the browser on waits before it does so again. */
const AGAIN_AFTER_MS = 3_000;
const OFFLINE = textOf("offline");
const NOT_LOADED = textOf("card-not-loaded");
const UNCLEAR = textOf("card-unclear");
const CHECKING = textOf("card-checking");
const OPEN = ["requires_payment_method", "requires_confirmation"];

const form = document.querySelector("form[data-card-form]");
if (form instanceof HTMLFormElement) void start(form);

/** @param {HTMLFormElement} form */
async function start(form) {
  form.hidden = false;
  const { publishableKey = "", scriptUrl = "", clientSecret = "" } = form.dataset;
  try {
    await loadScript(scriptUrl);
    // In the page's language, not the browser's.
    const locale = /** @type {StripeElementLocale} */ (document.documentElement.lang);
    const stripe = window.Stripe?.(publishableKey, { locale });
    if (!stripe) throw new Error("the script brought no Stripe");
    const { paymentIntent, error } = await stripe.retrievePaymentIntent(clientSecret);
    if (error) return fail(form, error.message ?? NOT_LOADED);
    if (paymentIntent.status === "requires_action") {
      wait(form, CHECKING);
      const { error } = await stripe.handleNextAction({ clientSecret });
      return error && isOpen(error.payment_intent) ? location.reload() : leave(form);
    }
    if (!isOpen(paymentIntent)) return leave(form);
    // Why the bank led back here.
    if (paymentIntent.last_payment_error) sayError(form, paymentIntent.last_payment_error);
    show(form, stripe);
  } catch {
    fail(form, NOT_LOADED);
  }
}

/**
 * Adds the provider's script, which may only come from its own address.
 * @param {string} url
 * @returns {Promise<void>}
 */
function loadScript(url) {
  if (window.Stripe) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${url} was not loaded`)));
    document.head.append(script);
  });
}

/**
 * Shows the fields, in the page's colours, and pays with them.
 * @param {HTMLFormElement} form
 * @param {Stripe} stripe
 */
function show(form, stripe) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const elements = stripe.elements({
    clientSecret: form.dataset["clientSecret"] ?? "",
    appearance: appearance(dark.matches),
  });
  dark.addEventListener("change", () => elements.update({ appearance: appearance(dark.matches) }));
  const fields = elements.create("payment");
  fields.on("ready", () => {
    wait(form, "");
    release(form);
  });
  fields.on("loaderror", ({ error }) => fail(form, error.message ?? NOT_LOADED));
  const place = form.querySelector("[data-card-fields]");
  if (place instanceof HTMLElement) fields.mount(place);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = submitButton(form);
    if (!button || button.disabled) return;
    if (!navigator.onLine) return say(form, OFFLINE);
    hideError(form);
    button.disabled = true;
    button.dataset["idle"] = button.textContent ?? "";
    button.textContent = button.dataset["busy"] ?? button.textContent;
    try {
      const return_url = form.dataset["returnUrl"] ?? "";
      // When it succeeds, the browser goes on to the address of the return.
      const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url } });
      if (error.payment_intent && !isOpen(error.payment_intent)) return leave(form);
      // The fields show by themselves what is missing in them.
      if (error.type !== "validation_error") sayError(form, error);
    } catch {
      say(form, UNCLEAR);
    }
    release(form);
  });
}

/**
 * The page's colours, for the fields.
 * @param {boolean} isDark
 * @returns {Appearance}
 */
function appearance(isDark) {
  const styles = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
  const variables = [
    ["colorPrimary", colour("--accent")],
    ["colorBackground", colour("--raised")],
    ["colorText", colour("--ink")],
    ["colorDanger", colour("--bad")],
    ["borderRadius", colour("--radius")],
  ].filter(([, value]) => value);
  return { theme: isDark ? "night" : "stripe", variables: Object.fromEntries(variables) };
}

/** @param {Pick<PaymentIntent, "status"> | undefined} intent */
function isOpen(intent) {
  return !!intent && OPEN.includes(intent.status);
}

/**
 * To where the server looks the payment up. If it cannot and leads back here, after a pause.
 * @param {HTMLFormElement} form
 */
function leave(form) {
  wait(form, CHECKING);
  const url = form.dataset["returnUrl"] ?? "";
  const pause = sessionStorage.getItem("card-form") === url ? AGAIN_AFTER_MS : 0;
  sessionStorage.setItem("card-form", url);
  setTimeout(() => location.replace(url), pause);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function wait(form, text) {
  const line = form.querySelector("[data-card-wait]");
  if (!(line instanceof HTMLElement)) return;
  line.textContent = text;
  line.hidden = !text;
}

/**
 * @param {HTMLFormElement} form
 * @param {Pick<StripeError, "message" | "type">} error
 */
function sayError(form, error) {
  const isOfCard = error.type === "card_error" || error.type === "invalid_request_error";
  say(
    form,
    isOfCard && error.message ? textOf("card-refused", { message: error.message }) : UNCLEAR,
  );
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function say(form, text) {
  const summary = form.querySelector("[data-card-error]");
  const line = form.querySelector("[data-card-error-text]");
  if (!(summary instanceof HTMLElement) || !line) return;
  line.textContent = text;
  summary.hidden = false;
  summary.focus();
}

/** @param {HTMLFormElement} form */
function hideError(form) {
  const summary = form.querySelector("[data-card-error]");
  if (summary instanceof HTMLElement) summary.hidden = true;
}

/**
 * Says that there is nothing to pay with on this page.
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function fail(form, text) {
  wait(form, "");
  say(form, text);
  const button = submitButton(form);
  if (button) button.hidden = true;
}

/** @param {HTMLFormElement} form */
function release(form) {
  const button = submitButton(form);
  if (!button) return;
  button.disabled = false;
  if (button.dataset["idle"]) button.textContent = button.dataset["idle"];
}

/** @param {HTMLFormElement} form */
function submitButton(form) {
  const button = form.querySelector("button[type=submit]");
  return button instanceof HTMLButtonElement ? button : null;
}
