// The stand-in for PayU: a process of its own, which the demo is told of by its environment.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const server = fileURLToPath(new URL("../../peers/fakes/payu/server.py", import.meta.url));
const account = { PAYU_KEY: "gtKFFx", PAYU_SALT: "a salt of thirty-two characters!" };

/**
 * Starts it, unless one runs already, and puts its settings into the environment.
 * @returns {Promise<() => void>} ends it
 */
export async function startPayu() {
  if (process.env.PAYU_URL) return () => undefined;
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const { PAYU_KEY: key, PAYU_SALT: salt } = account;
  const words = [server, "--port", String(port), "--key", key, "--salt", salt];
  const child = spawn("python3", words, { stdio: "ignore" });
  child.unref();
  const stop = () => void child.kill("SIGTERM");
  process.on("exit", stop);
  await until("PayU's stand-in", async () => (await fetch(base).catch(() => null))?.ok);
  Object.assign(process.env, account, {
    PAYU_URL: `${base}/_payment`,
    PAYU_API_URL: `${base}/merchant/postservice.php?form=2`,
  });
  return stop;
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
