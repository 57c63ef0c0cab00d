// A stub of Stripe's script for browsers, which the fake Stripe serves. Its Payment Element is a plain
// form in the page, where the real one is a frame of Stripe's; what it confirms goes to the fake. It is
// checked against the types of @stripe/stripe-js, and has only what the shop's page uses.

/**
 * @import {
 *   Appearance, ConfirmPaymentData, PaymentIntent, PaymentIntentResult, Stripe, StripeElements,
 *   StripeElementsOptionsClientSecret, StripeError, StripePaymentElement
 * } from "@stripe/stripe-js"
 */

(() => {
  const script = document.currentScript;
  const base = script instanceof HTMLScriptElement ? new URL(script.src).origin : "";
  const FIELDS = /** @type {const} */ ([
    ["number", "Card number", "cc-number"],
    ["expiry", "Expiration date", "cc-exp"],
    ["cvc", "Security code", "cc-csc"],
  ]);

  /** What `mount` made: the inputs by name. */
  class CardFields {
    /** @type {Map<string, HTMLInputElement>} */
    inputs = new Map();
    /** @type {Map<string, (event: any) => void>} */
    handlers = new Map();
    /** @type {Appearance["variables"]} */
    variables = {};

    /** @param {string | HTMLElement} place */
    mount(place) {
      const found = typeof place === "string" ? document.querySelector(place) : place;
      if (!found) throw new Error(`there is no ${place} to mount into`);
      const box = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = "Card (fake Stripe)";
      legend.style.padding = "0";
      box.append(legend);
      for (const [name, text, autocomplete] of FIELDS) {
        const label = document.createElement("label");
        const input = document.createElement("input");
        // No name: what is typed here is in no form that the page sends.
        input.inputMode = "numeric";
        input.autocomplete = autocomplete;
        input.dataset["stripeField"] = name;
        label.append(text, input);
        box.append(label);
        this.inputs.set(name, input);
      }
      found.replaceChildren(box);
      this.dress(this.variables);
      setTimeout(() => this.handlers.get("ready")?.({ elementType: "payment" }));
    }

    /** Gives the fields the colours of the page around them. @param {Appearance["variables"]} variables */
    dress(variables = {}) {
      this.variables = variables;
      for (const input of this.inputs.values()) {
        const { colorBackground = "", colorText = "", borderRadius = "" } = variables;
        const own = { background: colorBackground, color: colorText, borderRadius };
        const shape = {
          display: "block",
          width: "100%",
          minHeight: "3rem",
          padding: "0.6rem 0.8rem",
        };
        Object.assign(input.style, shape, own, { border: "1px solid gray", font: "inherit" });
        Object.assign(input.parentElement?.style ?? {}, { display: "block", marginTop: "1rem" });
      }
    }

    /**
     * @param {string} event
     * @param {(event: any) => void} handler
     */
    on(event, handler) {
      this.handlers.set(event, handler);
      return this;
    }

    destroy() {
      for (const input of this.inputs.values()) input.closest("fieldset")?.remove();
    }

    /** @param {string} name */
    value(name) {
      return this.inputs.get(name)?.value.trim() ?? "";
    }

    /** The first field that is not filled in as it must be. */
    incomplete() {
      if (this.value("number").replaceAll(" ", "").length < 15) return "number";
      if (!/^\d\d ?\/ ?\d\d$/.test(this.value("expiry"))) return "expiry";
      return /^\d{3,4}$/.test(this.value("cvc")) ? undefined : "cvc";
    }
  }
  /** @type {(fields: CardFields) => Pick<StripePaymentElement, "mount" | "destroy">} */
  const mountable = (fields) => fields;

  /** The card fields and the secret behind what `elements()` gave out. */
  /** @type {WeakMap<object, { clientSecret: string, fields: CardFields }>} */
  const groups = new WeakMap();

  /** @param {string} publishableKey */
  function stripe(publishableKey) {
    /**
     * @param {string} clientSecret
     * @param {string} step
     * @param {Record<string, string>} [form]
     * @returns {Promise<PaymentIntentResult>}
     */
    async function ask(clientSecret, step, form) {
      const [intent] = clientSecret.split("_secret_");
      const query = new URLSearchParams({ client_secret: clientSecret, ...form });
      const url = `${base}/v1/payment_intents/${intent}${step}`;
      const headers = { Authorization: `Bearer ${publishableKey}` };
      try {
        const answer = form
          ? await fetch(url, { method: "POST", body: query, headers })
          : await fetch(`${url}?${query}`, { headers });
        /** @type {PaymentIntent | { error: StripeError }} */
        const body = await answer.json();
        return "error" in body ? { error: body.error } : { paymentIntent: body };
      } catch {
        const message = "We are experiencing issues connecting to our payments provider.";
        return { error: { type: "api_connection_error", message } };
      }
    }

    /**
     * On to the bank, or back to the shop.
     * @param {PaymentIntent} intent
     * @param {string} returnUrl
     * @returns {Promise<never>}
     */
    function goOn(intent, returnUrl) {
      const bank = intent.next_action?.redirect_to_url?.url;
      const back = new URL(returnUrl || location.href);
      back.searchParams.set("payment_intent", intent.id);
      back.searchParams.set("payment_intent_client_secret", intent.client_secret ?? "");
      back.searchParams.set("redirect_status", intent.status);
      location.assign(bank ?? back);
      return new Promise(() => {});
    }

    /** @satisfies {Pick<Stripe, "retrievePaymentIntent" | "confirmPayment" | "handleNextAction">} */
    const api = {
      /** @param {string} clientSecret */
      retrievePaymentIntent: (clientSecret) => ask(clientSecret, ""),

      /**
       * Comes back only with an error; else the browser goes on.
       * @param {{
       *   elements?: StripeElements, clientSecret?: string,
       *   confirmParams?: Partial<ConfirmPaymentData>, redirect?: "always" | "if_required"
       * }} options
       * @returns {Promise<{ error: StripeError }>}
       */
      async confirmPayment({ elements, confirmParams, redirect }) {
        const group = elements && groups.get(elements);
        if (!group || redirect === "if_required") throw new Error("not in this stub");
        const { fields, clientSecret } = group;
        const missing = fields.incomplete();
        if (missing) {
          fields.inputs.get(missing)?.focus();
          const code = `incomplete_${missing}`;
          return {
            error: { type: "validation_error", code, message: `Your ${missing} is incomplete.` },
          };
        }
        const return_url = confirmParams?.return_url ?? "";
        const number = fields.value("number").replaceAll(" ", "");
        const result = await ask(clientSecret, "/confirm", {
          return_url,
          "payment_method_data[type]": "card",
          "payment_method_data[card][number]": number,
        });
        return result.error ? { error: result.error } : goOn(result.paymentIntent, return_url);
      },

      /**
       * @param {{ clientSecret?: string, hashedValue?: string }} options
       * @returns {Promise<{ error: StripeError }>}
       */
      async handleNextAction({ clientSecret = "" }) {
        const result = await ask(clientSecret, "");
        return result.error ? { error: result.error } : goOn(result.paymentIntent, "");
      },
    };

    return {
      ...api,
      /** @param {StripeElementsOptionsClientSecret} options */
      elements({ clientSecret = "", appearance }) {
        const group = {
          /** @param {{ appearance?: Appearance }} options */
          update({ appearance }) {
            groups.get(group)?.fields.dress(appearance?.variables);
          },

          /** @param {"payment"} kind */
          create(kind) {
            if (kind !== "payment") throw new Error(`${kind} is not in this stub`);
            const fields = new CardFields();
            fields.dress(appearance?.variables);
            mountable(fields);
            groups.set(group, { clientSecret, fields });
            return fields;
          },
        };
        return group;
      },
    };
  }

  Object.assign(window, { Stripe: stripe });
})();
