// Step 12: uploading several files, each with its own progress and outcome.
import assert from "node:assert/strict";
import { disguisedPage, draw } from "../support/pictures.mjs";
import { button, dialog, open } from "../support/portal.mjs";

/** @typedef {import("../support/stage.mjs").Person} Person */

const slowUploadBytesPerSecond = 300 * 1024;

/**
 * @param {Person} editor
 * @param {import("../support/pictures.mjs").Drawing[]} drawings the last two do not stay: one is
 *   cancelled, one deleted
 * @param {Record<string, string>} descriptions alt texts of those that stay
 */
export async function uploadAssets(editor, drawings, descriptions) {
  const { page } = editor;
  await open(editor, "Assets");
  await page.getByText("No assets yet").waitFor();
  const pictures = await draw(editor, drawings);
  const [cancelled, deleted] = pictures.slice(-2).map(({ name }) => name);
  const fake = disguisedPage("press-photo.jpg");
  const kept = pictures
    .map(({ name }) => name)
    .filter((name) => name !== cancelled && name !== deleted);

  await addFiles(editor, [...pictures, fake]);
  assert.equal(await queue(editor).getByRole("listitem").count(), pictures.length + 1);
  await editor.look("12-files-waiting");

  const network = await throttleUploads(editor, slowUploadBytesPerSecond);
  await recordProgress(editor);
  await editor.expecting(422, "/complete", async () => {
    await button(editor, "Start upload").click();
    await page.waitForFunction(
      (name) =>
        Number(
          document
            .querySelector(`[role=progressbar][aria-label="Progress of ${name}"]`)
            ?.getAttribute("aria-valuenow"),
        ) > 0,
      cancelled,
    );
    await editor.photo("12-files-uploading");
    await button(editor, `Cancel ${cancelled}`).click();
    for (const name of [...kept, deleted])
      await fileLine(editor, name)
        .getByText(/Uploaded$/)
        .waitFor({ timeout: 150_000 });
    await fileLine(editor, fake.name)
      .getByText(/Failed$/)
      .waitFor();
  });
  await network.detach();
  await fileLine(editor, cancelled)
    .getByText(/Cancelled$/)
    .waitFor();
  const refusal = await fileLine(editor, fake.name).innerText();
  assert.match(
    refusal,
    /HTML|not (an?|the) (image|picture|JPEG)|content/i,
    "the error says what is wrong with the file",
  );
  const seen = await progressSeen(editor);
  for (const name of [...kept, deleted])
    assert.ok(
      seen[name]?.some((value) => value > 0 && value < 100),
      `${name} showed its progress: ${seen[name]}`,
    );
  await editor.look("12-files-uploaded");

  await button(editor, `Remove ${fake.name} from the list`).click();
  await button(editor, `Remove ${cancelled} from the list`).click();
  await button(editor, "Clear finished").click();
  await queue(editor).waitFor({ state: "detached" });

  for (const name of [fake.name, cancelled])
    await tile(editor, name).waitFor({ state: "detached" });
  await deleteAsset(editor, deleted);
  for (const [name, alt] of Object.entries(descriptions)) await describe(editor, name, alt);
  assert.equal(await tiles(editor).count(), kept.length);
  for (const name of kept) await tile(editor, name).getByText("Ready", { exact: true }).waitFor();
  await editor.look("12-assets");
  return kept;
}

/**
 * Checks that an asset of a sale shows its review state and cannot be deleted.
 * @param {Person} editor
 * @param {string} name
 * @param {string} state
 */
export async function assertKept(editor, name, state) {
  await open(editor, "Assets");
  await tile(editor, name).getByText(state, { exact: true }).waitFor();
  await editor.expecting(409, "/assets/", async () => {
    await button(editor, `Delete ${name}`).click();
    await dialog(editor).getByRole("button", { name: "Delete" }).click();
    await editor.page.getByText("Something went wrong").waitFor();
  });
  await tile(editor, name).waitFor();
  await editor.look("12-assets-in-use");
}

const tiles = (/** @type {Person} */ { page }) =>
  page.getByRole("list", { name: "Assets" }).getByRole("listitem");
const tile = (/** @type {Person} */ editor, /** @type {string} */ name) =>
  tiles(editor).filter({ hasText: name });
const queue = (/** @type {Person} */ { page }) =>
  page.getByRole("list", { name: "Files to upload" });
const fileLine = (/** @type {Person} */ editor, /** @type {string} */ name) =>
  queue(editor).getByRole("listitem").filter({ hasText: name });

async function addFiles(
  /** @type {Person} */ editor,
  /** @type {import("../support/pictures.mjs").FileToAdd[]} */ files,
) {
  const [chooser] = await Promise.all([
    editor.page.waitForEvent("filechooser"),
    button(editor, "Add files").click(),
  ]);
  await chooser.setFiles(files);
}

async function deleteAsset(/** @type {Person} */ editor, /** @type {string} */ name) {
  await editor.page.getByLabel(`Select ${name}`).check();
  await button(editor, "Delete").click();
  await dialog(editor).getByText("This cannot be undone.").waitFor();
  await dialog(editor).getByRole("button", { name: "Delete" }).click();
  await tile(editor, name).waitFor({ state: "detached" });
}

async function describe(
  /** @type {Person} */ editor,
  /** @type {string} */ name,
  /** @type {string} */ alt,
) {
  await button(editor, `Edit the description of ${name}`).click();
  await dialog(editor).getByLabel("Alt text").fill(alt);
  await dialog(editor).getByRole("button", { name: "Save description" }).click();
  await dialog(editor).waitFor({ state: "detached" });
  await editor.page.getByRole("img", { name: alt }).waitFor();
}

/** Slows uploads down so that their progress can be observed. */
async function throttleUploads(
  /** @type {Person} */ { context, page },
  /** @type {number} */ bytesPerSecond,
) {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
  return session;
}

/** Records every value of the progress bars from now on. */
async function recordProgress(/** @type {Person} */ { page }) {
  await page.evaluate(() => {
    /** @type {Record<string, number[]>} */
    const seen = {};
    const note = () => {
      for (const bar of document.querySelectorAll("[role=progressbar]")) {
        const name = (bar.getAttribute("aria-label") ?? "").replace("Progress of ", "");
        const value = Number(bar.getAttribute("aria-valuenow"));
        const values = (seen[name] ??= []);
        if (values.at(-1) !== value) values.push(value);
      }
    };
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      attributes: true,
      attributeFilter: ["aria-valuenow"],
    });
    Object.assign(globalThis, { progressSeen: seen });
  });
}

/** @returns {Promise<Record<string, number[]>>} */
function progressSeen(/** @type {Person} */ { page }) {
  return page.evaluate(() => /** @type {any} */ (globalThis).progressSeen);
}
