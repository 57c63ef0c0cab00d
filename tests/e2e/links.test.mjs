// Follows the links of every page that a role can reach, and of every kind of email. A link without
// an address, to nowhere, or to a page that its reader may not see, fails.
import assert from "node:assert/strict";
import { atOnce } from "./support/at-once.mjs";
import { signIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";

// Pages, and emails, that differ only by what they are about are alike; one of each is visited.
// A page of the portal that could not show what its address asked for.
const refused = /not found|no access|cannot (see|open)|could not be loaded|does not include/i;
const plain = { deviceScaleFactor: 1 };

/** @typedef {import("./support/stage.mjs").Person} Person */
/** @typedef {{ url: URL, from: string }} Link */

story("Every link leads somewhere", "links", async (stage, step) => {
  /** @type {string[]} What is wrong, all told at the end, as one fault often shows on many pages. */
  const wrong = [];
  const roles = stage.world.logins.map(({ role }) => role).filter((role) => role !== "shopper");

  await step("A visitor's pages", () =>
    crawl(stage, "visitor", ["/", "/sign-in", "/sign-up", "/help", "/docs"], async () => {}, wrong),
  );
  await step("A shopper's pages", () =>
    crawl(
      stage,
      "shopper",
      ["/account", "/cart", "/"],
      (person) => signInAtShop(stage, person),
      wrong,
    ),
  );
  await step("The portal's pages, as every role", () =>
    atOnce(roles, (role) =>
      crawl(stage, role, ["/portal"], (person) => signIn(person, stage.login(role)), wrong),
    ),
  );
  await step("The links of every kind of email", () => followEmails(stage, wrong));
  await step("Nothing is wrong", async () => assert.equal(wrong.join("\n"), ""));
});

/** @param {import("./support/stage.mjs").Stage} stage @param {Person} person */
async function signInAtShop(stage, person) {
  const { email, password } = stage.login("shopper");
  await person.goto("/sign-in?next=%2Faccount");
  await person.page.getByLabel("Email").fill(email);
  await person.page.getByLabel("Password").fill(password);
  await person.page.getByRole("button", { name: "Sign in" }).click();
  await person.page.getByRole("heading", { name: "Orders" }).waitFor();
}

/**
 * Visits what is linked from `starts`, and what is linked from there.
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string} name
 * @param {string[]} starts
 * @param {(person: Person) => Promise<void>} enter
 * @param {string[]} wrong
 */
async function crawl(stage, name, starts, enter, wrong) {
  const person = await stage.person(`links-${name}`, "desktop", plain);
  await enter(person);
  const base = new URL(stage.world.base_url);
  /** @type {Set<string>} */
  const visited = new Set();
  /** @type {Link[]} */
  const open = starts.map((path) => ({ url: new URL(path, base), from: "the start" }));
  while (open.length > 0) {
    const { url, from } = /** @type {Link} */ (open.shift());
    url.hash = "";
    if (visited.has(shape(url))) continue;
    visited.add(shape(url));
    const links = await visit(person, url, from, wrong);
    // Messages are for others; their links are followed as their recipients.
    if (url.pathname.startsWith("/dev/outbox")) continue;
    for (const link of links) {
      if (link.url.origin === base.origin) open.push(link);
      else checkElsewhere(link, wrong);
    }
  }
  assert.ok(visited.size > starts.length, "no link was found");
  await person.leave();
}

/**
 * Opens a page and returns its links. Fetches what a browser would download, and the public pages
 * that the portal links to, as a visitor opens those.
 * @param {Person} person
 * @param {URL} url
 * @param {string} from
 * @param {string[]} wrong
 * @returns {Promise<Link[]>}
 */
async function visit({ page, context, watch }, url, from, wrong) {
  const forAll = inPortal(new URL(page.url())) && !inPortal(url);
  if (forAll || /^\/(api|media)\//.test(url.pathname) || /\.\w+$/.test(url.pathname)) {
    const answer = await context.request.get(url.href);
    if (!answer.ok()) wrong.push(`${url} answers ${answer.status()}, linked from ${from}`);
    return [];
  }
  if (!(await navigate(page, url))) await page.goto(url.href, { waitUntil: "load" });
  if (inPortal(url)) {
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
  }
  const title = (await page.locator("h1").allTextContents()).join(" ");
  if (refused.test(title)) wrong.push(`${url} says “${title}”, linked from ${from}`);
  // A link that works once says so when another story has used it, and the sign-in page is for those
  // who are not signed in; to both, the answer is an error.
  const expected = new RegExp(
    "/((staff-)?invitations|verify|reset|account/address(/undo)?|erasure)/\\S+ answered 409$|" +
      "/api/v1/me answered 401$",
  );
  const problems = watch.take().filter((problem) => !expected.test(problem));
  wrong.push(...problems.map((problem) => `${problem}, on ${url} linked from ${from}`));
  const links = await page.locator("a, area").evaluateAll((anchors) =>
    anchors.map((anchor) => ({
      text: (anchor.textContent ?? "").trim() || anchor.getAttribute("aria-label") || "",
      href: anchor.getAttribute("href"),
      // A script's own addresses begin with #/.
      there:
        !/^#[^/]/.test(anchor.getAttribute("href") ?? "") ||
        document.getElementById((anchor.getAttribute("href") ?? "").slice(1)) !== null,
    })),
  );
  /** @type {Link[]} */
  const found = [];
  for (const { text, href, there } of links) {
    if (!href || href === "#") wrong.push(`“${text}” on ${url} has no address`);
    else if (!there) wrong.push(`“${text}” on ${url} leads to ${href}, which is not on the page`);
    else if (!href.startsWith("#")) found.push({ url: new URL(href, page.url()), from: url.href });
  }
  return found;
}

/** @param {URL} url */
const inPortal = (url) => /^\/portal(\/|$)/.test(url.pathname);

/**
 * Moves between two pages of the portal as its own links do, without loading it again, and returns
 * whether it could. The portal then moves the focus to the new page.
 * @param {import("playwright-core").Page} page
 * @param {URL} url
 */
async function navigate(page, url) {
  const inFrame = /^\/portal\/(p|smp)\//;
  const here = new URL(page.url());
  if (!inFrame.test(url.pathname) || !inFrame.test(here.pathname)) return false;
  if (url.pathname.split("/")[2] !== here.pathname.split("/")[2]) return false;
  if (url.pathname === here.pathname) return false;
  const possible = await page.evaluate((href) => {
    if (document.querySelector("main#content") === null) return false;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    history.pushState({}, "", href);
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    return true;
  }, url.href);
  if (possible) await page.waitForFunction(() => document.activeElement?.id === "content");
  return possible;
}

/** Links to other sites are not followed. @param {Link} link @param {string[]} wrong */
function checkElsewhere({ url, from }, wrong) {
  if (!["http:", "https:", "mailto:", "tel:"].includes(url.protocol))
    wrong.push(`${url} is linked from ${from}`);
}

/** The kind of page: its address without what it is about. @param {URL} url */
function shape(url) {
  const path = url.pathname
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")
    .replace(/^\/(sales|orders|checkout|media|a|l)\/[^/]+/, "/$1/:name")
    .replace(/^\/portal\/p\/[^/]+/, "/portal/p/:provider")
    .replace(/^\/portal\/smp\/orders\/[^/]+/, "/portal/smp/orders/:number");
  return `${path}?${[...url.searchParams.keys()].sort().join("&")}`;
}

/**
 * Follows the links of messages of every subject.
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string[]} wrong
 */
async function followEmails(stage, wrong) {
  const reader = await stage.person("links-outbox", "desktop", plain);
  /** @type {Set<string>} */
  const kinds = new Set();
  /** @type {Map<string, string[]>} */
  const byRecipient = new Map();
  let next = "/dev/outbox";
  while (next) {
    await reader.goto(next);
    const rows = await reader.page
      .getByRole("main")
      .getByRole("listitem")
      .evaluateAll((items) =>
        items.map((item) => ({
          to: item.textContent?.match(/[\w.+-]+@[\w.-]+\.[a-z]+/)?.[0],
          subject: item.querySelector("a")?.textContent?.trim() ?? "",
          href: item.querySelector("a")?.getAttribute("href"),
        })),
      );
    for (const { to, subject, href } of rows) {
      // What a manager tests has a sample's links, to shops that are not there.
      if (subject.startsWith("[Test]")) continue;
      const kind = subject.replaceAll(/[A-Z]\S+|[\d€$£¥.,:-]+/g, "…");
      if (!to || !href || kinds.has(kind)) continue;
      kinds.add(kind);
      byRecipient.set(to, [...(byRecipient.get(to) ?? []), href]);
    }
    const more = reader.page.getByRole("link", { name: /^(Older|Next|More)/ }).first();
    next = (await more.count()) > 0 ? ((await more.getAttribute("href")) ?? "") : "";
  }
  await reader.leave();
  assert.ok(kinds.size > 5, `only ${kinds.size} kinds of email are in the outbox`);
  await atOnce([...byRecipient], ([to, messages]) => followAs(stage, to, messages, wrong));
}

/**
 * Opens the links of messages as the account they were sent to; without one, as anybody.
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string} to
 * @param {string[]} messages
 * @param {string[]} wrong
 */
async function followAs(stage, to, messages, wrong) {
  const person = await stage.person(`links-${to}`, "desktop", plain);
  const { password } = stage.login("shopper");
  await person.context.request.post("/api/v1/session", { data: { email: to, password } });
  const base = new URL(stage.world.base_url);
  for (const message of messages) {
    await person.goto(message);
    const from = `“${await person.page.locator("h1").first().textContent()}” to ${to}`;
    const links = await person.page
      .locator(".link-list a")
      .evaluateAll((anchors) =>
        anchors.map((anchor) => /** @type {HTMLAnchorElement} */ (anchor).href),
      );
    for (const href of new Set(links)) {
      const link = { url: new URL(href, base), from };
      if (link.url.origin === base.origin) await visit(person, link.url, from, wrong);
      else checkElsewhere(link, wrong);
    }
  }
  await person.leave();
}
