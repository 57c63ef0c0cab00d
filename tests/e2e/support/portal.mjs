// Locators and navigation for the portal.

/** @typedef {import("./stage.mjs").Person} Person */

/** @param {Person} person @param {string} name */
export const button = ({ page }, name) => page.getByRole("button", { name, exact: true });

/** @param {Person} person @param {string} name */
export const heading = ({ page }, name) => page.getByRole("heading", { name, level: 1 });

/**
 * @param {Person} person
 * @param {{ email: string, password: string }} login
 */
export async function signIn(person, { email, password }) {
  await person.goto("/portal/sign-in");
  await person.page.getByLabel("Email").fill(email);
  await person.page.getByLabel("Password", { exact: true }).fill(password);
  await button(person, "Sign in").click();
  await button(person, "Account").waitFor();
}

/**
 * Signs in the demo account with a role.
 * @param {import("./stage.mjs").Stage} stage
 * @param {string} role
 */
export async function signedIn(stage, role) {
  const person = await stage.person(role, "desktop");
  await signIn(person, stage.login(role));
  return person;
}

/**
 * Opens an area of the portal from its menu.
 * @param {Person} person
 * @param {string} area
 * @param {string} title
 */
export async function open(person, area, title = area) {
  await person.page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: new RegExp(`^${area}`) })
    .click();
  await heading(person, title).waitFor();
}

/** The count beside a menu entry. @param {Person} person @param {string} area */
export function waiting({ page }, area) {
  return page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: new RegExp(`^${area}`) })
    .getByRole("img", { name: /waiting/ });
}

/** The open dialog. @param {Person} person */
export const dialog = ({ page }) => page.getByRole("dialog");

/** A titled section of a page. @param {Person} person @param {string} title */
export const panel = ({ page }, title) =>
  page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: title, level: 2, exact: true }) });

/** A row of a table. @param {Person} person @param {string} table @param {string | RegExp} text */
export const row = ({ page }, table, text) =>
  page.getByRole("table", { name: table, exact: true }).getByRole("row").filter({ hasText: text });

/**
 * The figures of a panel by label, without their notes.
 * @param {Person} person
 * @param {string} title
 */
export async function figures(person, title) {
  const pairs = await panel(person, title)
    .locator("dl > div")
    .evaluateAll((boxes) =>
      boxes.map((box) => [
        box.querySelector("dt")?.textContent ?? "",
        box.querySelector("dd")?.firstChild?.textContent ?? "",
      ]),
    );
  return /** @type {Record<string, string>} */ (Object.fromEntries(pairs));
}

/**
 * Searches a list and waits until the URL contains the search.
 * @param {Person} person
 * @param {string} label
 * @param {string} text
 */
export async function search({ page }, label, text) {
  await page.getByLabel(label).fill(text);
  await page.waitForURL((url) => url.searchParams.get("q") === text);
}
