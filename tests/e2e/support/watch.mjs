// What a browser complains about. A test fails on any of it that its step did not announce.

/** @typedef {{ status: number, part: string, seen: number }} Announced */

// Said beside every answer of 400 and up, which is judged by itself.
const besideAnswer = /^Failed to load resource: the server responded with a status of/;
// A page left behind drops what it was still waiting for.
const leftBehind = "net::ERR_ABORTED";
// Scripts of a browser that has them switched off; a breach of the policy itself is a console error as well.
const switchedOff = "csp";

export class Watch {
  /** @type {string[]} */
  problems = [];
  /** @type {Announced[]} */
  announced = [];

  /**
   * @param {string} who
   * @param {import("playwright-core").BrowserContext} context
   */
  constructor(who, context) {
    const note = (/** @type {string} */ text) => this.problems.push(`${who}: ${text}`);
    context.on("console", (message) => {
      if (
        !["error", "warning", "assert"].includes(message.type()) ||
        besideAnswer.test(message.text())
      )
        return;
      note(`console ${message.type()} on ${message.page()?.url()}: ${message.text()}`);
    });
    context.on("weberror", (error) =>
      note(`page error: ${error.error().stack ?? error.error().message}`),
    );
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      if (reason !== leftBehind && reason !== switchedOff)
        note(`${request.method()} ${request.url()} failed: ${reason}`);
    });
    context.on("response", (response) => {
      if (response.status() < 400) return;
      const known = this.announced.find(
        ({ status, part }) => status === response.status() && response.url().includes(part),
      );
      if (known) known.seen += 1;
      else note(`${response.request().method()} ${response.url()} answered ${response.status()}`);
    });
  }

  /**
   * Does something that the server refuses, and fails if it does not.
   * @param {number} status
   * @param {string} part of the address that refuses
   * @param {() => Promise<unknown>} action
   */
  async expecting(status, part, action) {
    const entry = { status, part, seen: 0 };
    this.announced.push(entry);
    try {
      await action();
    } finally {
      this.announced.splice(this.announced.indexOf(entry), 1);
    }
    if (entry.seen === 0) throw new Error(`No answer ${status} came from …${part}`);
  }

  /** What was noted since the last time. */
  take() {
    return this.problems.splice(0);
  }
}
