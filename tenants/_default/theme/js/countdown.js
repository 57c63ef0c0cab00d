// Countdowns to the start or the end of a sale, and the clock of units kept for the shopper.
import { clock, everySecond, now, spoken } from "./time.js";

/** Remaining seconds at which a screen reader is told. */
const TOLD_AT = [600, 300, 120, 60, 30, 10];

/**
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
  const face = element.querySelector("[data-countdown-time], [data-clock]");
  if (Number.isNaN(until) || !face) return;
  const words = element.querySelector("[data-countdown-words]");
  const label = words?.getAttribute("data-countdown-words");
  if (words && label) words.textContent = label;
  everySecond(() => {
    if (!element.isConnected) return false;
    const left = until - now();
    face.textContent = clock(left);
    tell(element, left, (time) => `${time} to go`);
    if (left > 0) return true;
    element.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
    return false;
  });
}

/**
 * Shows how long units stay the shopper's: `data-until` on the element. A link to them with `data-over-words` leads to the page
 * itself, anew, when they do so no longer.
 * @param {HTMLElement} element
 */
export function startHold(element) {
  const until = Date.parse(element.dataset["until"] ?? "");
  const words = element.querySelector("[data-hold-words]");
  const note = element.querySelector("[data-hold-note]");
  if (Number.isNaN(until) || !words) return;
  everySecond(() => {
    if (!element.isConnected) return false;
    const left = until - now();
    if (left > 0) {
      words.textContent = `for ${clock(left)}`;
      element.classList.toggle("is-urgent", left < 60_000);
      tell(element, left, (time) => `Your units are kept for another ${time}`);
      return true;
    }
    element.classList.add("is-over");
    words.textContent = "no longer";
    const over =
      element.dataset["over"] ??
      "The time is up and the units went back on sale. Nothing was charged.";
    if (note) note.textContent = over;
    for (const link of element.querySelectorAll("a[data-over-words]")) {
      link.textContent = link.getAttribute("data-over-words");
      link.setAttribute("href", location.pathname);
    }
    announce(element, over);
    return false;
  });
}

/**
 * @param {Element} element
 * @param {number} left milliseconds
 * @param {(time: string) => string} phrase
 */
function tell(element, left, phrase) {
  const seconds = Math.ceil(left / 1000);
  if (TOLD_AT.includes(seconds)) announce(element, phrase(spoken(seconds * 1000)));
}

/** @param {ParentNode} root */
export function startClocks(root) {
  for (const element of root.querySelectorAll("[data-countdown]"))
    if (element instanceof HTMLElement) startCountdown(element);
  for (const element of root.querySelectorAll("[data-until]"))
    if (element instanceof HTMLElement) startHold(element);
}
