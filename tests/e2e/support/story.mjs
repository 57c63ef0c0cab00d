// A test in steps. Each step is a subtest; after a failed one, the rest is skipped. A step also
// fails if a browser reported an error.
import { test } from "node:test";
import { useDemo } from "./demo.mjs";
import { Stage } from "./stage.mjs";

// Steps have their own timeouts. This one ends a test that hangs, with room for slow machines.
const timeoutMs = 40 * 60_000;

/**
 * @param {string} title
 * @param {string} folder of the pictures, under out/
 * @param {(stage: Stage, step: (name: string, act: () => Promise<void>) => Promise<void>) =>
 *   Promise<void>} tell
 */
export function story(title, folder, tell) {
  test(title, { timeout: timeoutMs }, async (t) => {
    const demo = await useDemo();
    const stage = await Stage.open(demo.world, folder);
    // Whatever a browser is waited for ends with it, and so does the process.
    t.signal.addEventListener("abort", () => void stage.close());
    let failed = "";
    const step = async (/** @type {string} */ name, /** @type {() => Promise<void>} */ act) => {
      await t.test(name, { skip: failed !== "" && `after “${failed}” failed` }, async () => {
        try {
          await act();
          stage.assertQuiet();
        } catch (error) {
          failed = name;
          await stage.photograph(name);
          const problems = stage.people.flatMap(({ watch }) => watch.take());
          if (problems.length > 0)
            console.error(`The browsers also reported:\n  ${problems.join("\n  ")}`);
          throw error;
        }
      });
    };
    try {
      await tell(stage, step);
    } finally {
      await stage.close();
      await demo.stop();
    }
  });
}
