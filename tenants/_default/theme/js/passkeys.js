// Passkeys: adding one to an account, and signing in with one. Browsers offer them to scripts alone,
// so their forms appear with this file.

import { say } from "./texts.js";

/** @typedef {{ challenge: string, options: { publicKey: Record<string, any> } }} Challenge */

if ("PublicKeyCredential" in window) {
  for (const form of document.querySelectorAll("form[data-passkey-sign-in]"))
    if (form instanceof HTMLFormElement) start(form, signIn);
  for (const form of document.querySelectorAll("form[data-passkey-add]"))
    if (form instanceof HTMLFormElement) start(form, add);
}

/**
 * Shows a form, and has its button do the work instead of a submission.
 * @param {HTMLFormElement} form
 * @param {(form: HTMLFormElement) => Promise<string>} work says what went wrong, if anything did
 */
function start(form, work) {
  form.hidden = false;
  let isBusy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    complain(form, "");
    complain(form, await work(form).catch(() => say("unreachable")));
    isBusy = false;
  });
}

/** @param {HTMLFormElement} form */
async function signIn(form) {
  const { answer, problem } = await post("/api/v1/session/passkey-challenge");
  if (!answer) return problem;
  const { challenge, options } = /** @type {Challenge} */ (answer);
  const publicKey = { ...options.publicKey, challenge: bytes(options.publicKey["challenge"]) };
  const allowed = described(options.publicKey["allowCredentials"]);
  const credential = await navigator.credentials
    .get({ publicKey: { ...publicKey, allowCredentials: allowed } })
    .catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) return say("passkey-not-used");
  const { response } = credential;
  if (!(response instanceof AuthenticatorAssertionResponse)) return say("passkey-not-used");
  set(form, "challenge", challenge);
  set(
    form,
    "credential",
    JSON.stringify({
      ...common(credential),
      response: {
        authenticatorData: text(response.authenticatorData),
        clientDataJSON: text(response.clientDataJSON),
        signature: text(response.signature),
        userHandle: response.userHandle && text(response.userHandle),
      },
    }),
  );
  form.submit();
  return "";
}

/** @param {HTMLFormElement} form */
async function add(form) {
  const name = form.elements.namedItem("passkey-name");
  const typed = name instanceof HTMLInputElement ? name.value.trim() : "";
  if (!typed) return say("enter-device");
  const { answer, problem } = await post("/api/v1/me/passkeys/challenge");
  if (!answer) return problem;
  const { challenge, options } = /** @type {Challenge} */ (answer);
  const { rp, pubKeyCredParams, ...others } = options.publicKey;
  const wanted = {
    ...others,
    rp,
    pubKeyCredParams,
    challenge: bytes(options.publicKey["challenge"]),
    user: { ...options.publicKey["user"], id: bytes(options.publicKey["user"].id) },
    excludeCredentials: described(options.publicKey["excludeCredentials"]),
  };
  /** @type {unknown} */
  const made = await navigator.credentials
    .create({ publicKey: wanted })
    .catch((/** @type {unknown} */ error) => error);
  if (made instanceof DOMException && made.name === "InvalidStateError")
    return say("passkey-known");
  if (!(made instanceof PublicKeyCredential)) return say("passkey-not-made");
  const { response } = made;
  if (!(response instanceof AuthenticatorAttestationResponse)) return say("passkey-not-made");
  const kept = await post("/api/v1/me/passkeys", {
    challenge,
    name: typed,
    credential: {
      ...common(made),
      response: {
        attestationObject: text(response.attestationObject),
        clientDataJSON: text(response.clientDataJSON),
      },
    },
  });
  if (!kept.answer) return kept.problem;
  location.reload();
  return "";
}

/** @param {PublicKeyCredential} credential */
function common({ id, rawId, type }) {
  return { id, rawId: text(rawId), type };
}

/** @param {{ id: string }[] | undefined} keys */
function described(keys) {
  return (keys ?? []).map((key) => ({
    ...key,
    type: /** @type {const} */ ("public-key"),
    id: bytes(key.id),
  }));
}

/**
 * @param {string} url
 * @param {unknown} [body]
 * @returns {Promise<{ answer?: unknown, problem: string }>}
 */
async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: body ? { "content-type": "application/json" } : {},
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const read = await answer.json();
  if (answer.ok) return { answer: read, problem: "" };
  const first = Array.isArray(read.errors) ? read.errors[0] : undefined;
  return { problem: String(first?.message ?? read.detail ?? say("unreachable")) };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function set(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} problem
 */
function complain(form, problem) {
  const shown = form.querySelector("[data-passkey-problem]");
  if (!shown) return;
  shown.toggleAttribute("hidden", !problem);
  shown.textContent = problem;
}

/** From base64url. @param {string} encoded */
function bytes(encoded) {
  const plain = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** To base64url. @param {ArrayBuffer} buffer */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
