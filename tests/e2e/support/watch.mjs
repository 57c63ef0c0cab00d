// Records what a browser reports: console errors, failed requests, error responses. Any of them
// fails the test unless its step expects it.

import { until } from "./until.mjs";

/** @typedef {{ status: number, part: string, seen: number }} ExpectedError */

// Logged for every error response and failed request; those are checked separately.
const loggedErrorResponse =
  /^Failed to load resource: (the server responded with a status of|net::ERR_)/;
// Requests of a page that was left are aborted.
const aborted = "net::ERR_ABORTED";
// Scripts blocked because JavaScript is off. A real policy violation is also a console error.
const blockedByCsp = "csp";
const reportedMs = 10_000;

export class Watch {
  /** @type {string[]} */
  problems = [];
  /** @type {ExpectedError[]} */
  expected = [];

  /**
   * @param {string} who
   * @param {import("playwright-core").BrowserContext} context
   */
  constructor(who, context) {
    const note = (/** @type {string} */ text) => this.problems.push(`${who}: ${text}`);
    context.on("console", (message) => {
      if (
        !["error", "warning", "assert"].includes(message.type()) ||
        loggedErrorResponse.test(message.text())
      )
        return;
      note(`console ${message.type()} on ${message.page()?.url()}: ${message.text()}`);
    });
    context.on("weberror", (error) =>
      note(`page error: ${error.error().stack ?? error.error().message}`),
    );
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      if (reason === aborted || reason === blockedByCsp || this.isExpected(0, request.url()))
        return;
      note(`${request.method()} ${request.url()} failed: ${reason}`);
    });
    context.on("response", (response) => {
      if (response.status() < 400 || this.isExpected(response.status(), response.url())) return;
      note(`${response.request().method()} ${response.url()} answered ${response.status()}`);
    });
  }

  /** Notes that an error was seen, if it is expected. @param {number} status @param {string} url */
  isExpected(status, url) {
    const known = this.expected.find(
      (error) => error.status === status && url.includes(error.part),
    );
    if (known) known.seen += 1;
    return known !== undefined;
  }

  /**
   * Runs an action that must get an error response.
   * @param {number} status 0 for none at all
   * @param {string} part of the URL that responds with the error
   * @param {() => Promise<unknown>} action
   */
  async expecting(status, part, action) {
    const entry = { status, part, seen: 0 };
    this.expected.push(entry);
    const what = status === 0 ? "a failure" : `an answer ${status}`;
    try {
      await action();
      // The page may show what a response said before the response itself is reported.
      await until(`${what} from …${part}`, () => entry.seen > 0, reportedMs);
    } finally {
      this.expected.splice(this.expected.indexOf(entry), 1);
    }
  }

  /** Returns and clears the problems recorded so far. */
  take() {
    return this.problems.splice(0);
  }
}
