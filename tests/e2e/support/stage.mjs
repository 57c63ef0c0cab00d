// The people of a test, each with a browser context whose errors are recorded.
import { chromium } from "playwright-core";
import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { outDir } from "./demo.mjs";
import { look, takesPictures } from "./look.mjs";
import { Watch } from "./watch.mjs";

const timeoutMs = 150_000;
export const timeZone = "Europe/Berlin";

const devices = {
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
  desktop: { viewport: { width: 1280, height: 800 } },
};

export class Stage {
  /** @type {Person[]} */
  people = [];

  /**
   * @param {import("./demo.mjs").World} world
   * @param {string} folder of the pictures
   */
  static async open(world, folder) {
    const stage = new Stage();
    stage.world = world;
    stage.folder = folder;
    stage.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    return stage;
  }

  /**
   * @param {string} name
   * @param {keyof typeof devices} device
   * @param {import("playwright-core").BrowserContextOptions} options
   */
  async person(name, device, options = {}) {
    const context = await this.browser.newContext({
      ...devices[device],
      baseURL: this.world.base_url,
      locale: "en-GB",
      timezoneId: timeZone,
      colorScheme: "light",
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(timeoutMs);
    const person = new Person(this, name, context, await context.newPage());
    this.people.push(person);
    return person;
  }

  /** The login of a role in the demo world. @param {string} role */
  login(role) {
    const found = this.world.logins.find((login) => login.role === role);
    if (!found) throw new Error(`The demo world has no login for ${role}`);
    return found;
  }

  /** Fails if a browser has reported an error since the last call. */
  assertQuiet(people = this.people) {
    const problems = people.flatMap(({ watch }) => watch.take());
    if (problems.length > 0) throw new Error(`The browser complained:\n  ${problems.join("\n  ")}`);
  }

  /** Takes a screenshot of every browser after a failed step. @param {string} step */
  async photograph(step) {
    const folder = join(outDir, this.folder, "failed");
    mkdirSync(folder, { recursive: true });
    for (const person of this.people) {
      const path = join(folder, `${fileName(step)}-${fileName(person.name)}.png`);
      await person.page.screenshot({ path, fullPage: true, timeout: 5_000 }).catch(() => undefined);
    }
  }

  async close() {
    await this.browser.close();
  }
}

export class Person {
  /**
   * @param {Stage} stage
   * @param {string} name
   * @param {import("playwright-core").BrowserContext} context
   * @param {import("playwright-core").Page} page
   */
  constructor(stage, name, context, page) {
    this.stage = stage;
    this.name = name;
    this.context = context;
    this.page = page;
    this.watch = new Watch(name, context);
  }

  /** @param {string} path */
  async goto(path) {
    await this.page.goto(path, { waitUntil: "load" });
  }

  /**
   * Checks the page, and takes a screenshot of it if pictures are wanted.
   * @param {string} name
   * @param {{ both?: boolean, page?: import("playwright-core").Page }} options
   */
  async look(name, { page = this.page, ...options } = {}) {
    await look(page, this.stage.folder, name, options);
  }

  /**
   * Only takes a screenshot, if pictures are wanted: of pages in which no check can run, because
   * they have no JavaScript or do not settle.
   * @param {string} name
   */
  async photo(name) {
    if (!takesPictures) return;
    const folder = join(outDir, this.stage.folder);
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** @param {number} status @param {string} part @param {() => Promise<unknown>} action */
  async expecting(status, part, action) {
    await this.watch.expecting(status, part, action);
  }

  /** Returns the tab that an action opens. @param {() => Promise<unknown>} action */
  async newTab(action) {
    const [tab] = await Promise.all([this.context.waitForEvent("page"), action()]);
    await tab.waitForLoadState("load");
    return tab;
  }

  /** Sends a GET request to the API as this person. @param {string} path */
  async api(path) {
    const answer = await this.context.request.get(`/api/v1${path}`);
    if (!answer.ok())
      throw new Error(`GET ${path} answered ${answer.status()}: ${await answer.text()}`);
    return answer.json();
  }

  async leave() {
    this.stage.assertQuiet([this]);
    this.stage.people.splice(this.stage.people.indexOf(this), 1);
    await this.context.close();
  }
}

/** @param {string} text */
export function fileName(text) {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);
}
