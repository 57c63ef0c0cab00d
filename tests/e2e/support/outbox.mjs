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
