// Forms work without this file. With it they cannot be submitted twice, and errors get the focus.

/** A submission that has not led to another page after this time may be repeated. */
const LOST_AFTER_MS = 15_000;

/**
 * Stops a second submission while the first is under way.
 * @param {ParentNode} root
 */
export function guardForms(root) {
  for (const form of root.querySelectorAll("form[data-guard]")) {
    if (form instanceof HTMLFormElement) guard(form);
  }
}

/** @param {HTMLFormElement} form */
function guard(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset["sent"]) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "yes";
    whenStopped(() => {
      release(form);
      form.dispatchEvent(new CustomEvent("submission-stopped", { bubbles: true }));
    });
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    button.setAttribute("aria-disabled", "true");
    const busy = button.dataset["busy"];
    if (busy) {
      button.dataset["idle"] = button.textContent ?? "";
      button.textContent = busy;
    }
  });
}

/**
 * Lets a form be submitted again. Its fields are the same, so a repetition is known by its key.
 * @param {HTMLFormElement} form
 */
function release(form) {
  if (!form.dataset["sent"]) return;
  delete form.dataset["sent"];
  for (const button of form.querySelectorAll("button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    if (button instanceof HTMLButtonElement && button.dataset["idle"])
      button.textContent = button.dataset["idle"];
  }
}

/**
 * Calls back once if the submission under way is stopped (Stop, Esc), or has led nowhere for long.
 * @param {() => void} callback
 */
export function whenStopped(callback) {
  // Only some browsers tell a page that leaving it was stopped.
  const navigation = Reflect.get(globalThis, "navigation");
  const targets = navigation instanceof EventTarget ? [navigation] : [];
  const ending = new AbortController();
  const { signal } = ending;
  const stopped = () => {
    clearTimeout(timer);
    ending.abort();
    callback();
  };
  const timer = setTimeout(stopped, LOST_AFTER_MS);
  for (const target of targets) target.addEventListener("navigateerror", stopped, { signal });
  const onKey = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && stopped();
  addEventListener("keydown", onKey, { signal });
  addEventListener("pagehide", () => (clearTimeout(timer), ending.abort()), { signal });
}

/** Lets forms be submitted again after the back button has restored their page. */
export function releaseOnReturn() {
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]"))
      if (form instanceof HTMLFormElement) release(form);
  });
}

/** Moves the focus to the error summary, if there is one. */
export function focusErrors() {
  const summary = document.querySelector("[data-error-summary]");
  if (summary instanceof HTMLElement) summary.focus();
}

/** Groups the digits of a card number by four, and adds the slash of an expiry date. */
export function formatCardFields() {
  const card = document.getElementById("card_number");
  if (card instanceof HTMLInputElement) {
    card.addEventListener("input", () => {
      if (card.selectionStart !== card.value.length) return;
      card.value = card.value
        .replace(/\D/g, "")
        .slice(0, 19)
        .replace(/(.{4})(?=.)/g, "$1 ");
    });
  }
  const expiry = document.getElementById("expiry");
  if (expiry instanceof HTMLInputElement) {
    expiry.addEventListener("input", (event) => {
      if (event instanceof InputEvent && event.inputType.startsWith("delete")) return;
      const digits = expiry.value.replace(/\D/g, "").slice(0, 4);
      expiry.value = digits.length > 2 ? `${digits.slice(0, 2)}/${digits.slice(2)}` : digits;
    });
  }
}
