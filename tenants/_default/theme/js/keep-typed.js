// What is typed in the checkout is kept there while it is typed, so that another tab or browser goes on
// from it. Without this file it is kept when the form is sent.

/** After the last key, before what changed is sent. */
const PAUSE_MS = 800;
/** Fields that are no part of an address. */
const PLAIN = new Set(["email", "phone", "billing_same", "vat_id"]);

/** Sends what changes in the checkout's form; only that, so that other tabs keep theirs. */
export function keepTyped() {
  const form = document.querySelector("form[data-checkout]");
  if (!(form instanceof HTMLFormElement)) return;
  const address = `/api/v1/me/checkouts/${form.dataset["checkout"]}`;
  /** @type {Map<string, string>} */
  let changed = new Map();
  let timer = 0;
  let sent = Promise.resolve();
  const patch = async () => {
    if (changed.size === 0) return;
    const fields = changed;
    changed = new Map();
    if (await patched(address, fields)) return;
    // It goes with the next change, unless it is older than that.
    changed = new Map([...fields, ...changed]);
  };
  /** @param {boolean} leaves */
  const send = (leaves) => {
    clearTimeout(timer);
    // Offline, it waits for the connection.
    if (!navigator.onLine) return;
    // One after the other, or an older text could overtake a newer one.
    if (leaves) void patch();
    else sent = sent.then(patch);
  };
  const note = (/** @type {Event} */ { target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    // Whether the address is kept in the account is no part of the checkout.
    if (target.type === "hidden" || !target.name || target.name === "keep_address") return;
    changed.set(fieldOf(target.name), target.value);
    clearTimeout(timer);
    timer = setTimeout(() => send(false), PAUSE_MS);
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", ({ defaultPrevented }) => {
    if (defaultPrevented) return;
    // The form brings it all.
    clearTimeout(timer);
    changed = new Map();
  });
  addEventListener("online", () => send(false));
  addEventListener("pagehide", () => send(true));
}

/**
 * The checkout's name of a field of the form.
 * @param {string} name
 */
function fieldOf(name) {
  if (PLAIN.has(name)) return name;
  const part = /^billing_(.+)$/.exec(name)?.[1];
  return part ? `billing.${part}` : `shipping.${name}`;
}

/**
 * Whether the server has it, or does not want it: signed out, or over. Then the form says so when it
 * is sent.
 * @param {string} address
 * @param {Map<string, string>} fields
 */
async function patched(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ fields: Object.fromEntries(fields) }),
      // The page may be left meanwhile.
      keepalive: true,
    });
    return answer.status < 500 && answer.status !== 429;
  } catch {
    return false;
  }
}
