// The fields of an address follow the country without a new page. Without this file a button does it.

/** Has the form show the fields of the countries that are chosen, and keeps what was typed. */
export function followCountry() {
  for (const update of document.querySelectorAll("button[data-address-update]"))
    if (update instanceof HTMLButtonElement) follow(update);
}

/**
 * Follows one country; the button says what the names of its address begin with.
 * @param {HTMLButtonElement} update
 */
function follow(update) {
  const prefix = update.dataset["addressUpdate"] ?? "";
  const fields = document.getElementById(`${prefix}address-fields`);
  const country = document.getElementById(`${prefix}country`);
  const { form } = update;
  if (!(country instanceof HTMLSelectElement && fields && form)) return;
  update.hidden = true;
  let latest = 0;
  country.addEventListener("change", async () => {
    const asked = (latest += 1);
    fields.ariaBusy = "true";
    const page = await fieldsFor(form, update).catch(() => undefined);
    if (asked !== latest) return;
    fields.ariaBusy = null;
    const fresh = page?.getElementById(fields.id);
    // Offline or signed out: the button leads on, and says so.
    if (!fresh) update.hidden = false;
    else adopt(fields, fresh);
  });
}

/**
 * The page of the form as it would be after a press of the button.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} update
 */
async function fieldsFor(form, update) {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === "string") typed.append(name, value);
  typed.set(update.name, update.value);
  const answer = await fetch(form.action, { method: "POST", body: typed });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/**
 * Replaces the fields; what was typed since they were asked for stays.
 * @param {HTMLElement} fields
 * @param {HTMLElement} fresh
 */
function adopt(fields, fresh) {
  for (const field of fresh.querySelectorAll("input")) {
    const typed = fields.querySelector(`input[name="${field.name}"]`);
    if (typed instanceof HTMLInputElement) field.value = typed.value;
  }
  fields.replaceChildren(...fresh.childNodes);
}
