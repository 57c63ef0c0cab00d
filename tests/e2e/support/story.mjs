// A test told in steps: each a subtest, none begun after one that failed, the browsers quiet at the end of each.
import { test } from "node:test";
import { useDemo } from "./demo.mjs";
import { Stage } from "./stage.mjs";

// A step has its own patience; this ends what hangs, also where stories share two slow cores with a compiler.
const longestMs = 20 * 60_000;

/**
 * @param {string} title
 * @param {string} folder of the pictures, under out/
 * @param {(stage: Stage, step: (name: string, act: () => Promise<void>) => Promise<void>) => Promise<void>} tell
 */
export function story(title, folder, tell) {
  test(title, { timeout: longestMs }, async (t) => {
    const demo = await useDemo();
    const stage = await Stage.open(demo.world, folder);
    let failed = "";
    const step = async (/** @type {string} */ name, /** @type {() => Promise<void>} */ act) => {
      await t.test(name, { skip: failed !== "" && `because of “${failed}”` }, async () => {
        try {
          await act();
          stage.assertQuiet();
        } catch (error) {
          failed = name;
          await stage.photograph(name);
          const problems = stage.people.flatMap(({ watch }) => watch.take());
          if (problems.length > 0)
            console.error(`The browsers also said:\n  ${problems.join("\n  ")}`);
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
