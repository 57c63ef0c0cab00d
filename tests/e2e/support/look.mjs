// Looking at a page: settled, accessible in light and dark, not wider than the screen, and photographed.
import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { outDir } from "./demo.mjs";

const rules = {
  light: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
  dark: { type: "rule", values: ["color-contrast"] },
};

/**
 * @param {import("playwright-core").Page} page
 * @param {string} folder of the picture, under out/
 * @param {string} name
 * @param {{ both?: boolean }} options both: photograph the dark page too
 */
export async function look(page, folder, name, { both = false } = {}) {
  mkdirSync(join(outDir, folder), { recursive: true });
  const findings = [];
  for (const scheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme: scheme });
    await settle(page);
    if (both || scheme === "light")
      await photograph(page, join(outDir, folder, both ? `${name}-${scheme}.jpg` : `${name}.jpg`));
    findings.push(...(await audit(page, scheme)).map((finding) => `${scheme}: ${finding}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (wider > 0) findings.push(`the page is ${wider} px wider than the screen`);
  if (findings.length > 0) throw new Error(`${name}, ${page.url()}:\n  ${findings.join("\n  ")}`);
}

/**
 * The whole page, in a window as high as it is: what sticks to the window's edges then sticks to the page's.
 * @param {import("playwright-core").Page} page
 * @param {string} path
 */
async function photograph(page, path) {
  const size = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  if (size !== null && height > size.height) await page.setViewportSize({ ...size, height });
  await page.screenshot({ path, type: "jpeg", quality: 85 });
  if (size !== null && height > size.height) await page.setViewportSize(size);
}

/**
 * What is the page's own is looked at in the light; the dark changes nothing but colours.
 * @param {import("playwright-core").Page} page
 * @param {keyof typeof rules} scheme
 */
async function audit(page, scheme) {
  // Axe is large, and stays in a document; what is in order is counted only, not told.
  const there = await page.evaluate(() => "axe" in globalThis && globalThis.frames.length === 0);
  const axe = new AxeBuilder({ page, axeSource: there ? "undefined" : undefined }).options({
    resultTypes: ["violations"],
    runOnly: rules[scheme],
  });
  const { violations } = await axe.setLegacyMode(true).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      (node) =>
        `${id} at ${node.target.join(" ")}: ${node.failureSummary?.split("\n").slice(1).join(" ").trim()} ${node.html.slice(0, 160)}`,
    ),
  );
}

/**
 * Waits until nothing loads, moves or fades.
 * @param {import("playwright-core").Page} page
 */
async function settle(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("h1, main") !== null &&
      document.querySelector('[role=status][aria-label="Loading"], [aria-label="Loading"]') ===
        null,
  );
  // A notice fades away by itself; half gone, its words have no contrast. Under the mouse it would even stay.
  await page.evaluate(() =>
    document
      .querySelectorAll(".mantine-Notification-root [aria-label=Dismiss]")
      .forEach((button) => /** @type {HTMLElement} */ (button).click()),
  );
  await page.waitForFunction(() => document.querySelector(".mantine-Notification-root") === null);
  await page.evaluate(async () => {
    await document.fonts.ready;
    const pictures = [...document.images].filter(({ loading }) => loading !== "lazy");
    await Promise.all(pictures.map((picture) => picture.decode().catch(() => undefined)));
    // What begins with the change of colours is there a frame later, and what follows it after that.
    const frames = () =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = () =>
      document
        .getAnimations()
        .filter(
          (animation) =>
            animation.effect?.getComputedTiming().iterations !== Infinity &&
            animation.playState !== "finished",
        );
    for (await frames(); ending().length > 0; await frames()) {
      await Promise.all(ending().map((animation) => animation.finished.catch(() => undefined)));
    }
  });
}
