// Stand-ins for payment providers: each a process of its own.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const fakes = new URL("../../peers/fakes/", import.meta.url);

/**
 * Starts a stand-in, and waits until it answers.
 * @param {string} path of its program, in tests/peers/fakes
 * @param {(port: number) => string[]} words its arguments
 * @param {string} probe a path that it answers
 * @returns {Promise<{ base: string, stop: () => void }>} its address, and what ends it
 */
export async function startStandIn(path, words, probe = "/") {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const program = fileURLToPath(new URL(path, fakes));
  const child = spawn("python3", [program, ...words(port)], { stdio: "ignore" });
  child.unref();
  const stop = () => void child.kill("SIGTERM");
  process.on("exit", stop);
  await until(
    `the stand-in ${path}`,
    async () => (await fetch(base + probe).catch(() => null))?.ok,
  );
  return { base, stop };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
