// Checks a settled page: accessible in light and dark, not wider than the screen. Takes a
// screenshot if the environment has SMP_PICTURES.
import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { outDir } from "./demo.mjs";

// Each costs a second or more, in which the page stands still, and nobody looks at those of a run
// that only checks.
export const takesPictures = Boolean(process.env.SMP_PICTURES);

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
    if (takesPictures && (both || scheme === "light"))
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
 * Takes a screenshot of the whole page in a window of the same height, so that sticky elements are
 * in place.
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
 * Runs all rules in the light scheme. The dark scheme differs only in colours, so only contrast is
 * checked.
 * @param {import("playwright-core").Page} page
 * @param {keyof typeof rules} scheme
 */
async function audit(page, scheme) {
  // Axe is large, so it is injected once per document. Only violations are reported.
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
 * Waits until loading and animations have ended.
 * @param {import("playwright-core").Page} page
 */
async function settle(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("h1, main") !== null &&
      document.querySelector('[role=status][aria-label="Loading"], [aria-label="Loading"]') ===
        null,
  );
  // A notification that is fading out fails the contrast check, and one under the mouse stays.
  // Close them.
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
    // Transitions of the colour scheme start a frame later and may start others.
    const frames = () =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const finiteAnimations = () =>
      document
        .getAnimations()
        .filter(
          (animation) =>
            animation.effect?.getComputedTiming().iterations !== Infinity &&
            animation.playState !== "finished",
        );
    for (await frames(); finiteAnimations().length > 0; await frames()) {
      await Promise.all(
        finiteAnimations().map((animation) => animation.finished.catch(() => undefined)),
      );
    }
  });
}
