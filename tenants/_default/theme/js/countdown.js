// Countdowns to the start or the end of a sale, and the clocks of the shopper's holds.
import { clock, everySecond, now, spoken } from "./time.js";
import { say } from "./texts.js";

/** Remaining seconds that are announced to screen readers. */
const ANNOUNCED_AT = [600, 300, 120, 60, 30, 10];

/**
 * Announces a text to screen readers, in the live region of the widget or page around an element.
 * @param {Element} near
 * @param {string} text
 */
export function announce(near, text) {
  const scope = near.closest("[data-widget], main") ?? document;
  const region = scope.querySelector("[data-announce]");
  if (region) region.textContent = text;
}

/**
 * Counts down to `data-countdown`.
 * @param {HTMLElement} element
 */
export function startCountdown(element) {
  const until = Date.parse(element.dataset["countdown"] ?? "");
  const display = element.querySelector("[data-countdown-time], [data-clock]");
  if (Number.isNaN(until) || !display) return;
  const label = element.querySelector("[data-countdown-label]");
  const text = label?.getAttribute("data-countdown-label");
  if (label && text) label.textContent = text;
  everySecond(() => {
    if (!element.isConnected) return false;
    const left = until - now();
    display.textContent = clock(left);
    announceTime(element, left, (span) => say("to-go", { span }));
    if (left > 0) return true;
    element.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
    return false;
  });
}

/**
 * Shows how long units are held, until `data-until` on the element. After that, links in it with
 * `data-over-label` reload the page; the clock of a whole page ends its forms.
 * @param {HTMLElement} element
 */
export function startHold(element) {
  const until = Date.parse(element.dataset["until"] ?? "");
  const time = element.querySelector("[data-hold-time]");
  const label = element.querySelector("[data-hold-label]");
  const note = element.querySelector("[data-hold-note]");
  if (Number.isNaN(until) || !time) return;
  everySecond(() => {
    if (!element.isConnected) return false;
    const left = until - now();
    if (left > 0) {
      time.textContent = say("held-for", { span: clock(left) });
      element.classList.toggle("is-urgent", left < 60_000);
      announceTime(element, left, (span) => say("held-for-another", { span }));
      return true;
    }
    element.classList.add("is-over");
    if (label) label.textContent = say("hold-ended");
    const over = element.dataset["over"] ?? say("hold-over");
    if (note) note.textContent = over;
    for (const part of element.querySelectorAll("[data-over-show]")) part.removeAttribute("hidden");
    if (element.hasAttribute("data-hold")) endForms();
    for (const link of element.querySelectorAll("a[data-over-label]")) {
      link.textContent = link.getAttribute("data-over-label");
      link.setAttribute("href", location.pathname);
    }
    announce(element, over);
    return false;
  });
}

/** Takes away what cannot be done any more once the time is up. */
function endForms() {
  for (const part of document.querySelectorAll("[data-over-hide]")) part.setAttribute("hidden", "");
  for (const button of document.querySelectorAll("button[data-over-label]"))
    button.textContent = button.getAttribute("data-over-label");
}

/**
 * Announces the remaining time to screen readers now and then.
 * @param {Element} element
 * @param {number} left milliseconds
 * @param {(span: string) => string} phrase
 */
function announceTime(element, left, phrase) {
  const seconds = Math.ceil(left / 1000);
  if (ANNOUNCED_AT.includes(seconds)) announce(element, phrase(spoken(seconds * 1000)));
}

/** @param {ParentNode} root */
export function startClocks(root) {
  for (const element of root.querySelectorAll("[data-countdown]"))
    if (element instanceof HTMLElement) startCountdown(element);
  for (const element of root.querySelectorAll("[data-until]"))
    if (element instanceof HTMLElement) startHold(element);
}
