// The stand-in for PayU, which the demo is told of by its environment.
import { startStandIn } from "./stand-in.mjs";

const account = { PAYU_KEY: "gtKFFx", PAYU_SALT: "a salt of thirty-two characters!" };

/**
 * Starts it, unless one runs already, and puts its settings into the environment.
 * @returns {Promise<() => void>} ends it
 */
export async function startPayu() {
  if (process.env.PAYU_URL) return () => undefined;
  const { PAYU_KEY: key, PAYU_SALT: salt } = account;
  const words = (/** @type {number} */ port) => ["--port", `${port}`, "--key", key, "--salt", salt];
  const { base, stop } = await startStandIn("payu/server.py", words);
  Object.assign(process.env, account, {
    PAYU_URL: `${base}/_payment`,
    PAYU_API_URL: `${base}/merchant/postservice.php?form=2`,
  });
  return stop;
}
