// The server's clock in the browser: a device's own clock is often wrong by minutes.
import { say } from "./texts.js";

/** Milliseconds to add to the device's clock. */
let offset = 0;

/** The server's time now, in milliseconds since 1970. */
export const now = () => Date.now() + offset;

/**
 * Sets the clock by a reading of the server's.
 * @param {string} serverTime RFC 3339
 * @param {number} readAt the device's clock when the reading was fresh
 */
export function correct(serverTime, readAt = Date.now()) {
  const server = Date.parse(serverTime);
  if (!Number.isNaN(server)) offset = server - readAt;
}

/**
 * A span of time as `09:58`, `3:04:05` or `2 d 03:04:05`.
 * @param {number} milliseconds
 */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600) % 24;
  const days = Math.floor(seconds / 86400);
  const rest = `${two(minutes)}:${two(seconds % 60)}`;
  if (days > 0) return say("days", { count: days, span: `${two(hours)}:${rest}` });
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/**
 * A span of time for screen readers.
 * @param {number} milliseconds
 */
export function spoken(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return seconds === 1 ? say("second") : say("seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? say("minute") : say("minutes", { count: minutes });
}

const locale = document.documentElement.dataset["locale"] || "en";

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const formats = {
  date: { day: "numeric", month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
  datetime: {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  },
};

/**
 * Shows every `<time>` under a node in the reader's own time zone.
 * @param {ParentNode} root
 */
export function localise(root) {
  for (const element of root.querySelectorAll("time[data-format]")) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const options = formats[element.dataset["format"] ?? ""];
    const instant = new Date(element.dateTime);
    if (!options || Number.isNaN(instant.getTime())) continue;
    const thisYear = instant.getFullYear() === new Date(now()).getFullYear();
    element.textContent = new Intl.DateTimeFormat(
      locale,
      thisYear ? { ...options, year: undefined } : options,
    ).format(instant);
  }
}

/** @type {Set<() => void>} */
const tickers = new Set();

/**
 * Calls a function now and at every second of the server's clock, until it returns `false`.
 * @param {() => boolean | void} tick
 */
export function everySecond(tick) {
  const run = () => {
    if (tick() === false) tickers.delete(run);
  };
  tickers.add(run);
  run();
  if (tickers.size === 1) beat();
}

function beat() {
  if (tickers.size === 0) return;
  setTimeout(
    () => {
      for (const run of [...tickers]) run();
      beat();
    },
    1000 - (now() % 1000) + 5,
  );
}

/** Takes the reading in the page itself: its render time, against the arrival of its first byte. */
export function correctFromPage() {
  const rendered = document.documentElement.dataset["serverTime"];
  const [navigation] = performance.getEntriesByType("navigation");
  if (!rendered || !(navigation instanceof PerformanceNavigationTiming)) return;
  if (navigation.type === "back_forward") return;
  correct(rendered, performance.timeOrigin + navigation.responseStart);
}
