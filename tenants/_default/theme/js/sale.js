// The product page: live stock, phase and waitlist, favourites, sharing, time on the page.
import { announce, startClocks } from "./countdown.js";
import { guardForms, onReturn } from "./forms.js";
import { refresh } from "./refresh.js";
import { signInInPlace } from "./sign-in.js";
import { correct, localise } from "./time.js";
import { say } from "./texts.js";

/** @typedef {"plenty" | "few" | "none"} Scarcity */
/** @typedef {{ id: string, available: number, capacity: number, level: Scarcity }} ItemStock */

const page = document.querySelector("[data-sale]");
const slug = page instanceof HTMLElement ? (page.dataset["sale"] ?? "") : "";
const number = new Intl.NumberFormat(document.documentElement.dataset["locale"] || "en");
/** @type {ItemStock[]} */
let lastStock = [];

/** @param {ItemStock} item */
function showStock(item) {
  const few = item.level === "few";
  for (const label of document.querySelectorAll(`[data-stock="${CSS.escape(item.id)}"]`)) {
    label.textContent =
      item.level === "none"
        ? say("sold-out-waitlist")
        : say(few ? "only-left" : "left", { count: number.format(item.available) });
    label.classList.toggle("few", few);
  }
  for (const bar of document.querySelectorAll(`[data-stock-bar="${CSS.escape(item.id)}"]`)) {
    if (bar instanceof HTMLProgressElement) {
      bar.max = item.capacity;
      bar.value = item.available;
    }
  }
}

/** @param {ItemStock[]} items */
function onStock(items) {
  const before = new Map(lastStock.map((item) => [item.id, item.level]));
  lastStock = items;
  items.forEach(showStock);
  const widget = document.querySelector("[data-widget]");
  if (!widget) return;
  const soldOut = items.some(
    (item) => item.level === "none" && (before.get(item.id) ?? "none") !== "none",
  );
  const fewLeft = items.some((item) => item.level === "few" && before.get(item.id) === "plenty");
  if (soldOut) announce(widget, say("item-sold-out"));
  else if (fewLeft) announce(widget, say("few-left"));
}

/** @type {Record<string, string>} */
const ANNOUNCEMENTS = {
  registration: say("registration-open"),
  live: say("sale-started"),
  sold_out: say("sold-out"),
  ended: say("sale-ended"),
  cancelled: say("sale-cancelled"),
  halted: say("sale-paused"),
};

/**
 * What is said of a phase that follows another: only the first start is a start.
 * @param {string} phase
 * @param {string} before
 */
function announcementOf(phase, before) {
  if (phase === "live" && before === "halted") return say("sale-goes-on");
  if (phase === "live" && before === "sold_out") return say("available-again");
  return ANNOUNCEMENTS[phase] ?? "";
}

/**
 * Replaces the widget's panel with the one of another phase. All panels came with the page.
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
  if (state === "halted" || phase === "halted") reloadHeld(widget);
  const content = document.importNode(next.content, true);
  carry(widget, content);
  panel.replaceChildren(content);
  widget.dataset["state"] = phase;
  localise(panel);
  startClocks(panel);
  guardForms(panel);
  lastStock.forEach(showStock);
  showChosenPrice();
  announce(widget, announcementOf(phase, state));
}

/**
 * Reloads the page of a shopper who holds units: their clock stops with the sale, and runs on with
 * it. At a random moment, so that not all of them do so at once, and after the server has seen to it.
 * @param {HTMLElement} widget
 */
function reloadHeld(widget) {
  if (!widget.querySelector("[data-held]")) return;
  setTimeout(() => location.reload(), 2000 + Math.random() * 4000);
}

/**
 * Copies what panels share from the panel where it is now, with the shopper's choices.
 * @param {HTMLElement} widget
 * @param {DocumentFragment} content
 */
function carry(widget, content) {
  const panels = [
    widget,
    ...[...widget.querySelectorAll("template")].map((template) => template.content),
  ];
  for (const slot of content.querySelectorAll("[data-carry]")) {
    const selector = slot instanceof HTMLElement ? (slot.dataset["carry"] ?? "") : "";
    const found =
      panels.map((panel) => panel.querySelectorAll(selector)).find((parts) => parts.length > 0) ??
      [];
    slot.replaceWith(...[...found].map((part) => part.cloneNode(true)));
  }
}

/**
 * Keeps a panel that may come back: units may become free, a paused sale may resume.
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
 * Shows the shopper's position on the waitlist. Without one the wait is over, and a reload shows how.
 * @param {{ id: string, position: number | null }[]} items
 */
function onWaitlist(items) {
  for (const { id, position } of items) {
    const label = document.querySelector(`[data-position="${CSS.escape(id)}"]`);
    if (!label) continue;
    if (position === null) return void refresh();
    label.textContent =
      position === 1
        ? say("next-on-waitlist")
        : say("number-on-waitlist", { count: number.format(position) });
  }
}

/** @type {EventSource | null} */
let source = null;
/** Between tries to connect again: doubled each time, up to the second. */
const RETRY_MS = { first: 1_000, longest: 30_000 };
/** After a gap this long, what the page says about the shopper may be wrong too. */
const GAP_MS = 5_000;
let retryMs = RETRY_MS.first;
let retryTimer = 0;
/** Since when nothing has been heard; 0 while connected. */
let silentSince = 0;

function connect() {
  if (source || document.visibilityState === "hidden") return;
  clearTimeout(retryTimer);
  source = new EventSource(`/sales/${slug}/live`);
  source.addEventListener("open", onOpen);
  source.addEventListener("error", onError);
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

/** The stream tells phase and stock at once. What it does not tell is fetched. */
function onOpen() {
  const gap = silentSince === 0 ? 0 : Date.now() - silentSince;
  silentSince = 0;
  retryMs = RETRY_MS.first;
  // At a random moment, so that not everybody comes at once after an outage.
  if (gap > GAP_MS) setTimeout(() => void refresh(), Math.random() * 2_000);
}

/** A browser retries by itself, except after an answer like 502. */
function onError() {
  silentSince ||= Date.now();
  if (source?.readyState !== EventSource.CLOSED) return;
  disconnect();
  retryTimer = setTimeout(connect, retryMs * (0.5 + Math.random()));
  retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
}

function disconnect() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

/** Listens while the page is visible: a browser has only six connections for all its tabs. */
function listen() {
  connect();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") return connect();
    silentSince ||= Date.now();
    disconnect();
  });
  addEventListener("pagehide", disconnect);
  onReturn(() => {
    connect();
    void refresh({ keepKey: false });
  });
  document.addEventListener("submission-stopped", () => void refresh());
  document.addEventListener("widget-replaced", showChosenPrice);
  document.addEventListener("change", showChosenPrice);
  document.addEventListener("input", showDeposits);
  document.addEventListener("countdown-over", () => {
    const stateNow = () => {
      const widget = document.querySelector("[data-widget]");
      return widget instanceof HTMLElement ? widget.dataset["state"] : "";
    };
    const state = stateNow();
    // The stream announces the start. A page whose stream was cut asks, at a random moment so that
    // not all of them do so at once.
    setTimeout(
      async () => {
        if (stateNow() === state && !(await refresh())) location.reload();
      },
      2000 + Math.random() * 4000,
    );
  });
}

/** Shows what is due at once for the quantity, beside the deposit of one. */
function showDeposits() {
  const field = document.querySelector("[data-panel] [name=quantity]");
  const quantity = field instanceof HTMLInputElement ? Number(field.value) : 1;
  const locale = document.documentElement.dataset["locale"] || "en";
  for (const label of document.querySelectorAll("[data-panel] [data-deposit-minor]")) {
    if (!(label instanceof HTMLElement)) continue;
    const currency = label.dataset["currency"] ?? "EUR";
    const money = new Intl.NumberFormat(locale, { style: "currency", currency });
    const decimals = money.resolvedOptions().maximumFractionDigits ?? 2;
    const due = (Number(label.dataset["depositMinor"]) * quantity) / 10 ** decimals;
    label.hidden = !Number.isInteger(quantity) || quantity < 2;
    label.textContent = label.hidden
      ? ""
      : say("deposit-due", { amount: money.format(due), count: number.format(quantity) });
  }
}

/** Shows the chosen item's price beside Buy. */
function showChosenPrice() {
  showDeposits();
  const panel = document.querySelector("[data-panel]");
  const chosen = panel?.querySelector("[name=sale_item_id]:checked");
  const price = chosen?.closest(".choice")?.querySelector(".price");
  if (price) panel?.querySelector(".action-price")?.replaceChildren(price.cloneNode(true));
}

function favourites() {
  const form = document.querySelector("form[data-favourite]");
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.elements.namedItem("on");
    const label = form.querySelector("[data-favourite-label]");
    const button = form.querySelector("button");
    if (!(field instanceof HTMLInputElement) || !label || !button || form.dataset["busy"]) return;
    form.dataset["busy"] = "yes";
    const add = field.value === "true";
    /** @param {boolean} on */
    const show = (on) => {
      field.value = on ? "false" : "true";
      label.textContent = on ? say("favourite-remove") : say("favourite-add");
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
      // Without a connection, the page would be replaced by the browser's own.
      const widget = document.querySelector("[data-widget]");
      if (navigator.onLine) form.submit();
      else if (widget) announce(widget, say("offline-not-saved"));
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
    const label = form.querySelector("[data-copy-label]");
    form.addEventListener("submit", async (event) => {
      if (!navigator.clipboard || !label) return;
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(form.dataset["url"] ?? location.href);
      } catch {
        form.submit();
        return;
      }
      countShare("copy");
      const widget = document.querySelector("[data-widget]");
      if (widget) announce(widget, say("link-copied"));
      label.textContent = say("link-copied");
      setTimeout(() => (label.textContent = say("copy-link")), 2500);
    });
  }
  const native = document.querySelector("[data-share-native]");
  if (native instanceof HTMLButtonElement && form instanceof HTMLFormElement && navigator.share) {
    native.hidden = false;
    native.addEventListener("click", async () => {
      const url = form.dataset["url"] ?? location.href;
      try {
        await navigator.share({ title: native.dataset["title"] ?? document.title, url });
      } catch {
        return; // The shopper closed the dialog.
      }
      countShare("native");
    });
  }
  document
    .querySelector("[data-share-email]")
    ?.addEventListener("click", () => countShare("email"));
}

/** Reports for how long the page was visible, each time it is hidden. */
function timeOnPage() {
  const widget = document.querySelector("[data-widget]");
  const visit = widget instanceof HTMLElement ? widget.dataset["visit"] : undefined;
  if (!visit) return;
  let visibleMs = 0;
  let visibleSince = document.visibilityState === "visible" ? performance.now() : null;
  const report = () => {
    if (visibleSince !== null) visibleMs += performance.now() - visibleSince;
    visibleSince = null;
    const body = JSON.stringify({ visit_id: visit, seconds: Math.round(visibleMs / 1000) });
    navigator.sendBeacon(
      `/api/v1/sales/${slug}/visits/beacon`,
      new Blob([body], { type: "application/json" }),
    );
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") report();
    else visibleSince = performance.now();
  });
  addEventListener("pagehide", () => {
    if (visibleSince !== null) report();
  });
}

if (slug) {
  listen();
  signInInPlace();
  showChosenPrice();
  favourites();
  sharing();
  timeOnPage();
}
