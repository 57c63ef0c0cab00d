// The product page: live stock and phase, favourites, sharing, time on the page.
import { announce, startClocks } from "./countdown.js";
import { guardForms } from "./forms.js";
import { correct, localise } from "./time.js";

/** @typedef {{ id: string, available: number, capacity: number }} StockItem */

const page = document.querySelector("[data-sale]");
const slug = page instanceof HTMLElement ? (page.dataset["sale"] ?? "") : "";
const number = new Intl.NumberFormat(document.documentElement.dataset["locale"] || "en");
/** A stock line says "only" from this share of the capacity down. */
const FEW = 0.15;

/** @type {StockItem[]} */
let lastStock = [];

/** @param {StockItem} item */
function showStock(item) {
  const few = item.available > 0 && item.available <= item.capacity * FEW;
  for (const line of document.querySelectorAll(`[data-stock="${CSS.escape(item.id)}"]`)) {
    line.textContent =
      item.available <= 0
        ? "Sold out: wait in line"
        : `${few ? "Only " : ""}${number.format(item.available)} left`;
    line.classList.toggle("few", few);
  }
  for (const bar of document.querySelectorAll(`[data-stock-bar="${CSS.escape(item.id)}"]`)) {
    if (bar instanceof HTMLProgressElement) {
      bar.max = item.capacity;
      bar.value = item.available;
    }
  }
}

/** @param {StockItem[]} items */
function onStock(items) {
  const before = new Map(lastStock.map((item) => [item.id, item.available]));
  lastStock = items;
  items.forEach(showStock);
  const widget = document.querySelector("[data-widget]");
  if (!widget) return;
  const gone = items.some((item) => item.available <= 0 && (before.get(item.id) ?? 0) > 0);
  const scarce = items.some((item) => {
    const few = item.capacity * FEW;
    return item.available > 0 && item.available <= few && (before.get(item.id) ?? 0) > few;
  });
  if (gone) announce(widget, "An item has just sold out");
  else if (scarce) announce(widget, "Few are left");
}

/** @type {Record<string, string>} */
const SPOKEN = {
  registration: "Registration is open",
  live: "The sale has started.",
  sold_out: "Sold out",
  ended: "The sale has ended",
  halted: "The sale is paused",
};

/**
 * Swaps the widget's panel for the one of another phase; every phase came with the page.
 * @param {string} phase
 */
function onPhase(phase) {
  const widget = document.querySelector("[data-widget]");
  const panel = widget?.querySelector("[data-panel]");
  if (!(widget instanceof HTMLElement) || !panel || widget.dataset["state"] === phase) return;
  const next = widget.querySelector(`template[data-for="${CSS.escape(phase)}"]`);
  if (!(next instanceof HTMLTemplateElement)) return;
  const state = widget.dataset["state"] ?? "";
  if (state === "live" || state === "sold_out" || state === "halted") keep(widget, panel, state);
  const content = document.importNode(next.content, true);
  carry(widget, content);
  panel.replaceChildren(content);
  widget.dataset["state"] = phase;
  localise(panel);
  startClocks(panel);
  guardForms(panel);
  lastStock.forEach(showStock);
  announce(widget, SPOKEN[phase] ?? "");
}

/**
 * Takes over what the panels share from where it stands now, with what the reader chose.
 * @param {HTMLElement} widget
 * @param {DocumentFragment} content
 */
function carry(widget, content) {
  const panels = [
    widget,
    ...[...widget.querySelectorAll("template")].map((template) => template.content),
  ];
  for (const place of content.querySelectorAll("[data-carry]")) {
    const wanted = place instanceof HTMLElement ? (place.dataset["carry"] ?? "") : "";
    const found =
      panels.map((panel) => panel.querySelectorAll(wanted)).find((parts) => parts.length > 0) ?? [];
    place.replaceWith(...[...found].map((part) => part.cloneNode(true)));
  }
}

/**
 * Keeps a panel that may come back: a unit may be freed, a paused sale goes on.
 * @param {Element} widget
 * @param {Element} panel
 * @param {string} state
 */
function keep(widget, panel, state) {
  if (widget.querySelector(`template[data-for="${CSS.escape(state)}"]`)) return;
  const template = document.createElement("template");
  template.dataset["for"] = state;
  for (const child of panel.childNodes) template.content.append(child.cloneNode(true));
  widget.append(template);
}

/**
 * Updates the shopper's waitlist position. An entry without one was offered units or has left: a reload shows which.
 * @param {{ id: string, position: number | null }[]} items
 */
function onWaitlist(items) {
  for (const { id, position } of items) {
    const words = document.querySelector(`[data-position="${CSS.escape(id)}"]`);
    if (!words) continue;
    if (position === null) return location.reload();
    const now =
      position === 1 ? "You are next in line" : `Place ${number.format(position)} in line`;
    if (words.textContent !== now) words.textContent = now;
  }
}

/** @type {EventSource | null} */
let source = null;

function connect() {
  if (source || document.visibilityState === "hidden") return;
  source = new EventSource(`/sales/${slug}/live`);
  source.addEventListener("stock", (event) => {
    const { items } = JSON.parse(event.data);
    if (Array.isArray(items)) onStock(items);
  });
  source.addEventListener("waitlist", (event) => {
    const { items } = JSON.parse(event.data);
    if (Array.isArray(items)) onWaitlist(items);
  });
  source.addEventListener("phase", (event) => {
    const { phase, server_time } = JSON.parse(event.data);
    if (typeof server_time === "string") correct(server_time);
    if (typeof phase === "string") onPhase(phase);
  });
}

function disconnect() {
  source?.close();
  source = null;
}

/** Listens while the page is in view: a browser shares six connections among all its tabs. */
function listen() {
  connect();
  document.addEventListener("visibilitychange", () =>
    document.visibilityState === "hidden" ? disconnect() : connect(),
  );
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  document.addEventListener("countdown-over", () => {
    const widget = document.querySelector("[data-widget]");
    const state = widget instanceof HTMLElement ? widget.dataset["state"] : "";
    // The start is announced over the stream; a reader whose stream is cut asks again, not all in the same second.
    setTimeout(
      () => {
        if (widget instanceof HTMLElement && widget.dataset["state"] === state) location.reload();
      },
      2000 + Math.random() * 4000,
    );
  });
}

function favourites() {
  const form = document.querySelector("form[data-favourite]");
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.elements.namedItem("on");
    const words = form.querySelector("[data-favourite-words]");
    const button = form.querySelector("button");
    if (!(field instanceof HTMLInputElement) || !words || !button || form.dataset["busy"]) return;
    form.dataset["busy"] = "yes";
    const add = field.value === "true";
    /** @param {boolean} on */
    const show = (on) => {
      field.value = on ? "false" : "true";
      words.textContent = on ? "Remove from favourites" : "Add to favourites";
      button.classList.toggle("is-on", on);
    };
    show(add);
    try {
      const answer = await fetch(`/api/v1/sales/${slug}/favourite`, {
        method: add ? "POST" : "DELETE",
      });
      if (!answer.ok) throw new Error(String(answer.status));
    } catch {
      show(!add);
      form.submit();
    } finally {
      delete form.dataset["busy"];
    }
  });
}

/** @param {string} channel */
function countShare(channel) {
  void fetch(`/api/v1/sales/${slug}/shares`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ channel }),
    keepalive: true,
  }).catch(() => undefined);
}

function sharing() {
  const form = document.querySelector("form[data-share]");
  if (form instanceof HTMLFormElement) {
    const words = form.querySelector("[data-copy-words]");
    form.addEventListener("submit", async (event) => {
      if (!navigator.clipboard || !words) return;
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(form.dataset["url"] ?? location.href);
      } catch {
        form.submit();
        return;
      }
      countShare("copy");
      const widget = document.querySelector("[data-widget]");
      if (widget) announce(widget, "Link copied");
      words.textContent = "Link copied";
      setTimeout(() => (words.textContent = "Copy link"), 2500);
    });
  }
  document
    .querySelector("[data-share-email]")
    ?.addEventListener("click", () => countShare("email"));
}

/** Reports how long the page was in view, each time it is hidden. */
function timeOnPage() {
  const widget = document.querySelector("[data-widget]");
  const visit = widget instanceof HTMLElement ? widget.dataset["visit"] : undefined;
  if (!visit) return;
  let seen = 0;
  let since = document.visibilityState === "visible" ? performance.now() : null;
  const report = () => {
    if (since !== null) seen += performance.now() - since;
    since = null;
    const body = JSON.stringify({ visit_id: visit, seconds: Math.round(seen / 1000) });
    navigator.sendBeacon(
      `/api/v1/sales/${slug}/visits/beacon`,
      new Blob([body], { type: "application/json" }),
    );
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") report();
    else since = performance.now();
  });
  addEventListener("pagehide", () => {
    if (since !== null) report();
  });
}

if (slug) {
  listen();
  favourites();
  sharing();
  timeOnPage();
}
