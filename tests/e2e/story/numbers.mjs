// Step 13: the manager's figures match what the test did.
import assert from "node:assert/strict";
import { figures, heading, open, panel, row, search } from "../support/portal.mjs";
import { until } from "../support/until.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

/**
 * Opens the statistics of a sale from the staff menu.
 * @param {Person} manager
 * @param {string} title
 */
export async function openStatistics(manager, title) {
  await open(manager, "Sales");
  await search(manager, "Search sales", title);
  await row(manager, "Sales", title).first().getByRole("link", { name: title }).click();
  await heading(manager, title).waitFor();
  await manager.page.getByRole("link", { name: "Statistics", exact: true }).last().click();
  await panel(manager, "Summary").waitFor();
}

/**
 * @param {Person} manager
 * @param {Record<string, string>} summary
 * @param {Record<string, string>} events
 */
export async function assertNumbers(manager, summary, events) {
  const picked = (
    /** @type {Record<string, string>} */ all,
    /** @type {Record<string, string>} */ wanted,
  ) => Object.fromEntries(Object.keys(wanted).map((label) => [label, all[label]]));
  let seen = {};
  const expected = { summary, events };
  await until("the numbers to arrive", async () => {
    seen = {
      summary: picked(await figures(manager, "Summary"), summary),
      events: picked(await figures(manager, "All events"), events),
    };
    return JSON.stringify(seen) === JSON.stringify(expected);
  }).catch(() => assert.deepEqual(seen, expected));
  const time = (await figures(manager, "Summary"))["Time on page"];
  assert.match(time, /^[1-9]\d* (s|min)/, `time on page: ${time}`);
  await manager.look("13-statistics", { both: true });
}

/**
 * Checks visits and purchases per access point.
 * @param {Person} manager
 * @param {Record<string, [visits: number, purchases: number]>} points
 */
export async function assertAccessPoints(manager, points) {
  for (const [name, [visits, purchases]] of Object.entries(points)) {
    const cells = await row(manager, "Access points", name).getByRole("cell").allInnerTexts();
    assert.deepEqual([name, cells[1], cells[2]], [name, String(visits), String(purchases)]);
  }
}

/** Downloads the figures as CSV. @param {Person} manager @param {string} contains */
export async function downloadCsv(manager, contains) {
  const [download] = await Promise.all([
    manager.page.waitForEvent("download"),
    manager.page.getByRole("link", { name: "Download CSV" }).click(),
  ]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  assert.ok(text.includes(contains), `the file contains ${contains}:\n${text.slice(0, 400)}`);
}
