// Runs the named test files, or all of them, three at a time, against one demo world.
import { once } from "node:events";
import { rmSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { outDir, startDemo } from "./support/demo.mjs";
import { startPayu } from "./support/payu.mjs";
import { startSignIn } from "./support/sign-in.mjs";
import { startStripe } from "./support/stripe.mjs";

// A test ends itself before that; this is for one that cannot.
const fileTimeoutMs = 42 * 60_000;

const files = (
  process.argv.length > 2
    ? process.argv.slice(2)
    : [
        "hosted",
        "redirect",
        "honeymoon",
        "contract",
        "rush",
        "hands",
        "visit",
        "nojs",
        "payu",
        "stripe",
        "cash",
        "voucher",
        "following",
        "people",
        "second-factor",
        "links",
        "messages",
        "social",
        "passkeys",
        "team",
        "language",
      ]
).map((name) => fileURLToPath(new URL(`${name}.test.mjs`, import.meta.url)));

rmSync(outDir, { recursive: true, force: true });
const standIns = [await startPayu(), await startStripe(), await startSignIn()];
const demo = await startDemo();
const interrupted = () => void demo.stop().then(() => process.exit(130));
process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
process.env.SMP_E2E_WORLD = demo.path;
try {
  const tests = run({ files, concurrency: 3, timeout: fileTimeoutMs });
  tests.on("test:fail", () => (process.exitCode = 1));
  const report = tests.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await once(report, "end");
} finally {
  await demo.stop();
  for (const stop of standIns) stop();
}
