// Forms work without this file. With it they cannot be submitted twice, nothing typed is lost while
// the browser is offline, and errors get the focus.
import { say } from "./texts.js";

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
    // Sent now, the page would be replaced by the browser's own, with what was typed in it.
    if (!navigator.onLine) {
      event.preventDefault();
      sayOffline(form, event.submitter);
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

const OFFLINE = say("offline");

/**
 * Says above a form's button why nothing was sent, until the browser is online again.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
function sayOffline(form, button) {
  form.querySelector("[data-offline]")?.remove();
  const note = document.createElement("p");
  note.className = "notice";
  note.setAttribute("role", "alert");
  note.setAttribute("data-offline", "");
  note.textContent = OFFLINE;
  const row = [...form.children].find((part) => part.contains(button));
  if (row) row.before(note);
  else form.append(note);
  note.scrollIntoView({ block: "center" });
  addEventListener("online", () => note.remove(), { once: true });
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

/**
 * Calls back when the back button has led to the page, which comes from the browser's memory or from
 * its cache, and may be outdated.
 * @param {() => void} callback
 */
export function onReturn(callback) {
  const [loaded] = performance.getEntriesByType("navigation");
  const isCopy =
    loaded instanceof PerformanceNavigationTiming &&
    loaded.type === "back_forward" &&
    loaded.transferSize === 0;
  addEventListener("pageshow", ({ persisted }) => (persisted || isCopy) && callback());
}

/** After the back button, a page's forms can be submitted again, and it is up to date. */
export function releaseOnReturn() {
  onReturn(() => {
    for (const form of document.querySelectorAll("form[data-sent]"))
      if (form instanceof HTMLFormElement) release(form);
    showWhatIsTrue();
  });
}

/** A page of the checkout that comes back says how to treat it. */
function showWhatIsTrue() {
  const page = document.querySelector("[data-return]");
  if (!(page instanceof HTMLElement) || !navigator.onLine) return;
  if (page.dataset["return"] === "check") void leaveIfOver();
  else location.reload();
}

/**
 * Reloads the page if what it asks for is done or over: then the server leads on, or says so. Else it
 * stays, with what was typed in it.
 */
async function leaveIfOver() {
  try {
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) location.reload();
  } catch {
    // The connection is lost: the page stays as it is.
  }
}

/** Moves the focus to the error summary, if there is one. */
export function focusErrors() {
  const summary = document.querySelector("[data-error-summary]");
  if (summary instanceof HTMLElement) summary.focus();
}
