// Signing in or up on the sale's page. What was pressed before is pressed again afterwards, exactly
// as it was. Without this file, the same forms lead through the sign-in page.
import { announce } from "./countdown.js";
import { whenStopped } from "./forms.js";
import { refresh } from "./refresh.js";
import { say } from "./texts.js";

/** @typedef {{ action: string, fields: [string, string][] }} Press */

const LEADS = {
  buy: say("reason-buy"),
  waitlist: say("reason-waitlist"),
  register: say("reason-register"),
};

/** Opens the dialog for its links, and for forms that need an account. */
export function signInInPlace() {
  const dialog = document.querySelector("[data-sign-dialog]");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const signing = new Signing(dialog);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-sign-in]") : null;
    if (!(link instanceof HTMLElement) || !dialog.isConnected) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    signing.open(link.dataset["signIn"] === "up");
  });
  // Before the form's own listener, which would lock it.
  const onSubmit = (/** @type {SubmitEvent} */ event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !dialog.isConnected) return;
    const reason = form.dataset["needsAccount"];
    if (reason !== "buy" && reason !== "waitlist" && reason !== "register") return;
    event.preventDefault();
    event.stopPropagation();
    signing.open(false, pressOf(form), LEADS[reason]);
  };
  document.addEventListener("submit", onSubmit, { capture: true });
}

/**
 * @param {HTMLFormElement} form
 * @returns {Press}
 */
function pressOf(form) {
  /** @type {[string, string][]} */
  const fields = [];
  for (const [name, value] of new FormData(form))
    if (typeof value === "string") fields.push([name, value]);
  return { action: form.action, fields };
}

/** @param {Press} press */
function submit({ action, fields }) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.hidden = true;
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

/** The dialog. */
class Signing {
  /** @type {Press | null} */
  press = null;
  isNew = false;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.lead = dialog.querySelector("[data-sign-lead]");
    this.ownLead = this.lead?.textContent ?? "";
    this.form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.button = /** @type {HTMLButtonElement} */ (this.form.querySelector("[type=submit]"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    for (const button of dialog.querySelectorAll("[data-sign-switch]"))
      button.addEventListener("click", () => this.turn(!this.isNew));
    dialog.querySelector("[data-sign-close]")?.addEventListener("click", () => dialog.close());
    dialog
      .querySelector("[data-sign-elsewhere]")
      ?.addEventListener("click", () => this.goElsewhere());
  }

  /**
   * @param {boolean} isNew
   * @param {Press | null} press
   * @param {string} lead
   */
  open(isNew, press = null, lead = this.ownLead) {
    this.press = press;
    if (this.lead) this.lead.textContent = lead;
    this.turn(isNew);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Turns between signing in and creating an account. @param {boolean} isNew */
  turn(isNew) {
    this.isNew = isNew;
    this.complain({});
    for (const part of this.dialog.querySelectorAll("[data-sign-only]")) {
      const belongs = part.getAttribute("data-sign-only") === (isNew ? "up" : "in");
      part.toggleAttribute("hidden", !belongs);
    }
    this.field("password").autocomplete = isNew ? "new-password" : "current-password";
    this.button.textContent = isNew ? say("create-account") : say("sign-in");
    this.field(isNew ? "name" : "email").focus();
  }

  /** To the sign-in page with all its ways. The server keeps what was pressed for afterwards. */
  goElsewhere() {
    if (this.press) return submit(this.press);
    const next = encodeURIComponent(this.value("next"));
    location.assign(`/sign-in?next=${next}`);
  }

  /** @param {string} name */
  field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  /** @param {string} name */
  value(name) {
    return this.field(name).value.trim();
  }

  async send() {
    if (this.form.dataset["sent"]) return;
    const { isNew } = this;
    const [email, name, password] = [
      this.value("email"),
      this.value("name"),
      this.field("password").value,
    ];
    /** @type {Record<string, string>} */
    const missing = {};
    if (isNew && !name) missing["name"] = say("enter-name");
    if (!email) missing["email"] = say("enter-email");
    if (!password) missing["password"] = say("enter-password");
    if (Object.keys(missing).length > 0) return this.complain(missing);
    this.busy(true);
    const problem = await post(
      isNew ? "/api/v1/accounts" : "/api/v1/session",
      isNew ? { email, name, password } : { email, password },
    );
    if (problem?.isPending) {
      // The pages ask for the second factor, and know of the press by the form that made it.
      if (this.press) return submit(this.press);
      return this.form.submit();
    }
    if (problem) {
      this.busy(false);
      return this.complain(problem.fields, problem.text);
    }
    await this.done();
  }

  /** Signed in: what was pressed is pressed, or the page shows that the shopper is signed in. */
  async done() {
    const show = async () => {
      this.dialog.close();
      if (!(await refresh())) location.reload();
      const widget = document.querySelector("[data-widget]");
      if (widget) announce(widget, say("signed-in"));
    };
    if (!this.press) return show();
    whenStopped(() => void show());
    submit(this.press);
  }

  /** @param {boolean} isBusy */
  busy(isBusy) {
    if (isBusy) this.form.dataset["sent"] = "yes";
    else delete this.form.dataset["sent"];
    if (isBusy) this.button.setAttribute("aria-disabled", "true");
    else this.button.removeAttribute("aria-disabled");
    if (isBusy) this.button.textContent = say("one-moment");
    else this.button.textContent = this.isNew ? say("create-account") : say("sign-in");
  }

  /**
   * Shows what is wrong, at the fields and above them.
   * @param {Record<string, string>} fields
   * @param {string} [text]
   */
  complain(fields, text = "") {
    const summary = this.dialog.querySelector("[data-sign-problem]");
    summary?.toggleAttribute("hidden", !text);
    if (summary) summary.textContent = text;
    /** @type {HTMLInputElement | null} */
    let first = null;
    for (const name of ["name", "email", "password"]) {
      const field = this.field(name);
      const message = fields[name] ?? "";
      const shown = document.getElementById(`${field.id}-error`);
      shown?.toggleAttribute("hidden", !message);
      if (shown) shown.textContent = message;
      field.closest(".field")?.classList.toggle("field-invalid", message !== "");
      if (message) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      if (message && !first) first = field;
    }
    first?.focus();
  }
}

/**
 * @param {string} url
 * @param {Record<string, string>} body
 * @returns {Promise<{ fields: Record<string, string>, text: string, isPending?: boolean } | null>}
 *   what is wrong, or that a second factor is needed
 */
async function post(url, body) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.status === 202) return { fields: {}, text: "", isPending: true };
    if (answer.ok) return null;
    const { detail, errors } = await answer.json();
    /** @type {Record<string, string>} */
    const fields = {};
    for (const { field, message } of Array.isArray(errors) ? errors : []) fields[field] ??= message;
    const text = Object.keys(fields).length > 0 ? "" : String(detail ?? "");
    return { fields, text };
  } catch {
    return {
      fields: {},
      text: say("unreachable"),
    };
  }
}
