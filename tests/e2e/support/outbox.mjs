// The messages that the demo keeps instead of sending, read at /dev/outbox.
import { until } from "./until.mjs";

/**
 * Waits for a message to an address with a matching subject, and opens the newest.
 * @param {import("./stage.mjs").Person} reader
 * @param {string} to
 * @param {RegExp | string} subject
 * @returns {Promise<{ text: string, links: string[] }>}
 */
export async function openMessage(reader, to, subject) {
  const { page } = reader;
  const row = page.getByRole("listitem").filter({ hasText: to });
  const link = row.getByRole("link", { name: subject }).first();
  await until(`a message “${subject}” to ${to}`, async () => {
    await reader.goto(`/dev/outbox?q=${encodeURIComponent(to)}`);
    return link.isVisible();
  });
  await link.click();
  await page.getByRole("heading", { name: "Plain text" }).waitFor();
  const links = await page
    .locator(".link-list a")
    .evaluateAll((anchors) =>
      anchors.map((anchor) => /** @type {HTMLAnchorElement} */ (anchor).href),
    );
  return { text: await page.getByRole("region", { name: "Message text" }).innerText(), links };
}

/**
 * Confirms an address with the code that was sent to it, as the signed-in owner of `request`.
 * @param {import("playwright-core").APIRequestContext} request
 * @param {string} email
 */
export async function confirmAddress(request, email) {
  const text = async (/** @type {string} */ path) => (await request.get(path)).text();
  let code = "";
  await until(`a code to ${email}`, async () => {
    const list = await text(`/dev/outbox?q=${encodeURIComponent(email)}`);
    for (const [path] of list.matchAll(/\/dev\/outbox\/[0-9a-f-]{36}/g))
      code ||= /Your code is (\d{6})/.exec(await text(path))?.[1] ?? "";
    return code !== "";
  });
  const answer = await request.post("/api/v1/me/verification", { data: { code } });
  if (!answer.ok()) throw new Error(`the code for ${email} was refused: ${await answer.text()}`);
}

/**
 * The link in a message whose path starts with `path`.
 * @param {import("./stage.mjs").Person} reader
 * @param {string} to
 * @param {RegExp | string} subject
 * @param {string} path
 */
export async function linkFrom(reader, to, subject, path) {
  const { links } = await openMessage(reader, to, subject);
  const found = links.find((link) => new URL(link).pathname.startsWith(path));
  if (!found)
    throw new Error(`“${subject}” to ${to} has no link to ${path}; its links: ${links.join(", ")}`);
  return found;
}
