// The demo world that the tests run against: started here, or by run.mjs for all files together.
// Nothing is built. SMP_WORLD names the folder of a world that world.mjs loaded and stopped; then
// a copy of it is started.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const outDir = fileURLToPath(new URL("../out/", import.meta.url));
const startMs = 300_000;
const graceMs = 20_000;

/**
 * @typedef {{ role: string, tenant: string | null, email: string, password: string }} Login
 * @typedef {{ base_url: string, logins: Login[], sales: { hosted: string, redirect: string,
 *   upcoming: string }, api_key: string, cart_url: string }} World
 */

/**
 * The running world whose demo.json SMP_E2E_WORLD names, or else a new one.
 * @returns {Promise<{ world: World, path: string, stop: () => Promise<void> }>}
 */
export async function useDemo() {
  const path = process.env.SMP_E2E_WORLD;
  if (path) return { world: JSON.parse(readFileSync(path, "utf8")), path, stop: async () => {} };
  return startDemo();
}

/**
 * Starts a demo in a temporary folder, or in `kept`, which is not deleted.
 * @param {string} [kept]
 */
export async function startDemo(kept) {
  const binary = resolve(process.env.SMP_DEMO_BIN ?? join(root, "target/debug/smp-demo"));
  if (!existsSync(binary))
    throw new Error(
      `There is no ${binary}. Build it (cargo build) or name another with SMP_DEMO_BIN.`,
    );
  const data = kept ?? mkdtempSync(join(tmpdir(), "smp-e2e-"));
  // Started by root, the database runs as another user, who must be able to reach it.
  chmodSync(data, 0o755);
  const loaded = kept === undefined && process.env.SMP_WORLD;
  if (loaded) execFileSync("cp", ["-a", `${loaded}/.`, data]);
  const path = join(data, "demo.json");
  // The port is part of a world: its URLs are stored.
  const port = loaded
    ? new URL(JSON.parse(readFileSync(path, "utf8")).base_url).port
    : await freePort();
  const writtenAt = () => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const before = writtenAt();
  mkdirSync(outDir, { recursive: true });
  const log = createWriteStream(join(outDir, "server.log"));
  const server = spawn(binary, [], {
    cwd: root,
    env: {
      ...process.env,
      SMP_DATA: data,
      SMP_PORT: String(port),
      SMP_HOST: "127.0.0.1",
      DATABASE_URL: undefined,
      SMP_BASE_URL: undefined,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  server.stdout.pipe(log, { end: false });
  server.stderr.pipe(log, { end: false });
  let ended = null;
  const gone = once(server, "exit").then(
    ([code, signal]) =>
      (ended = `smp-demo ended (${signal ?? code}); see ${join(outDir, "server.log")}`),
  );
  const killLast = () => ended === null && server.kill("SIGKILL");
  process.on("exit", killLast);

  const stop = async () => {
    if (ended === null) {
      server.kill("SIGTERM");
      const timer = setTimeout(() => server.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(timer);
    }
    process.off("exit", killLast);
    log.end();
    if (kept === undefined) rmSync(data, { recursive: true, force: true });
  };
  try {
    const world = await until(
      "the demo world",
      async () => {
        if (ended !== null) return {};
        if (writtenAt() === before) return false;
        const read = JSON.parse(readFileSync(path, "utf8"));
        return (await fetch(`${read.base_url}/readyz`)).ok && read;
      },
      startMs,
    );
    if (ended !== null) throw new Error(ended);
    return { world, path, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A free port. The demo's cart takes the thousandth above it. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}
