// Shows what the sale's page says now, without leaving it: after signing in, after a lost connection,
// after the back button.
import { startClocks } from "./countdown.js";
import { guardForms } from "./forms.js";
import { correct, localise } from "./time.js";

const widgetOf = (/** @type {ParentNode} */ root) => root.querySelector("[data-widget]");

/**
 * Fetches this page again and replaces its header and its widget. The chosen item and quantity stay.
 * The key of the press stays too, unless the shopper has got something since: then the next press is
 * another one.
 * @param {{ keepKey?: boolean }} options
 * @returns {Promise<boolean>} whether the page is up to date
 */
export async function refresh({ keepKey = true } = {}) {
  const page = await fetchPage();
  const old = widgetOf(document);
  const fresh = page && widgetOf(page);
  if (!page || !(old instanceof HTMLElement) || !(fresh instanceof HTMLElement)) return false;
  const has = (/** @type {Element} */ widget) => widget.querySelector(".shopper-panel") !== null;
  const choice = choiceIn(old, keepKey && !(has(fresh) && !has(old)));
  const focused = document.activeElement?.id ?? "";
  const widget = document.importNode(fresh, true);
  old.replaceWith(widget);
  const header = page.querySelector(".site-header");
  if (header)
    document.querySelector(".site-header")?.replaceWith(document.importNode(header, true));
  if (!page.querySelector("[data-sign-dialog]")) {
    document.querySelector("[data-sign-dialog]")?.remove();
  }
  restore(widget, choice);
  const rendered = page.documentElement.dataset["serverTime"];
  if (rendered) correct(rendered);
  localise(widget);
  startClocks(widget);
  guardForms(widget);
  if (focused) document.getElementById(focused)?.focus();
  widget.dispatchEvent(new CustomEvent("widget-replaced", { bubbles: true }));
  return true;
}

/** @returns {Promise<Document | null>} */
async function fetchPage() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/**
 * What the shopper has chosen, as pairs of a field's selector and its value.
 * @param {Element} widget
 * @param {boolean} keepKey
 */
function choiceIn(widget, keepKey) {
  const panel = widget.querySelector("[data-panel]");
  const value = (/** @type {string} */ selector) => {
    const field = panel?.querySelector(selector);
    return field instanceof HTMLInputElement ? field.value : "";
  };
  return {
    item: value("[name=sale_item_id]:checked"),
    quantity: value("[name=quantity]"),
    key: keepKey ? value("[name=idempotency_key]") : "",
  };
}

/**
 * @param {Element} widget
 * @param {{ item: string, quantity: string, key: string }} choice
 */
function restore(widget, { item, quantity, key }) {
  const roots = [widget, ...[...widget.querySelectorAll("template")].map((panel) => panel.content)];
  for (const root of roots) {
    const set = (/** @type {string} */ selector, /** @type {string} */ value) => {
      const field = value ? root.querySelector(selector) : null;
      if (field instanceof HTMLInputElement) field.value = value;
    };
    set("[name=quantity]", quantity);
    set("[name=idempotency_key]", key);
    const chosen = item && root.querySelector(`[name=sale_item_id][value="${CSS.escape(item)}"]`);
    if (chosen instanceof HTMLInputElement) chosen.checked = true;
  }
}
