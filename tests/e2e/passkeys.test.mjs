// Passkeys, with Chromium's virtual authenticator. They belong to a domain, so this has a server of its
// own at http://localhost; the demo's address is a number.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { confirmAddress } from "./support/outbox.mjs";
import { Stage } from "./support/stage.mjs";
import { until } from "./support/until.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const password = "four words in a row";
const email = "noor@shopper.example";

test("Passkeys", { timeout: 10 * 60_000 }, async (t) => {
  const server = await startServer();
  const stage = await Stage.open(
    /** @type {any} */ ({ base_url: server.base, logins: [] }),
    "passkeys",
  );
  try {
    const person = await stage.person("shopper", "desktop");
    const { page } = person;
    const authenticator = await addAuthenticator(person);

    await t.test("One is added to an account", async () => {
      await person.goto("/sign-up");
      await page.getByLabel("Name").fill("Noor Haddad");
      await page.getByLabel("Email").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("You are signed in").waitFor();
      await confirmAddress(person.context.request, email);
      await person.goto("/account/security");
      await page.getByLabel("Name of this device").fill("Noor’s laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("not used yet").waitFor();
      await person.look("1-security", { both: true });
      const { credentials } = await authenticator.send("WebAuthn.getCredentials");
      assert.deepEqual(
        credentials.map(({ isResidentCredential, rpId }) => ({ isResidentCredential, rpId })),
        [{ isResidentCredential: true, rpId: "localhost" }],
      );
    });

    await t.test("It is not made twice on one device", async () => {
      await page.getByLabel("Name of this device").fill("Again");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText("This device has a passkey for your account already").waitFor();
    });

    await t.test("It signs in without address and password", async () => {
      await signOut(person);
      await person.goto("/sign-in?next=/account");
      await person.look("2-sign-in", { both: true });
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.waitForURL(({ pathname }) => pathname === "/account");
      assert.equal((await person.api("/me")).account.email, email);
    });

    await t.test("Without the device’s check of its user it signs nobody in", async () => {
      await signOut(person);
      await authenticator.send("WebAuthn.setUserVerified", { isUserVerified: false });
      await person.goto("/sign-in");
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("No passkey was used").waitFor();
      await authenticator.send("WebAuthn.setUserVerified", { isUserVerified: true });
    });

    await t.test("A copy, whose counter is behind, is refused", async () => {
      const { credentials } = await authenticator.send("WebAuthn.getCredentials");
      const [credential] = credentials;
      await authenticator.send("WebAuthn.removeCredential", {
        credentialId: credential.credentialId,
      });
      await authenticator.send("WebAuthn.addCredential", {
        credential: { ...credential, signCount: 0 },
      });
      await person.goto("/sign-in");
      await person.expecting(401, "/sign-in/passkey", async () => {
        await page.getByRole("button", { name: "Sign in with a passkey" }).click();
        await page.getByText("may have been copied").waitFor();
      });
    });

    await t.test("It is removed, and known no more", async () => {
      await person.goto("/sign-in?next=/account/security");
      await page.getByLabel("Email").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("button", { name: "Remove Noor’s laptop" }).click();
      await page.getByText("The passkey is removed").waitFor();
      await signOut(person);
      await person.goto("/sign-in");
      await person.expecting(401, "/sign-in/passkey", async () => {
        await page.getByRole("button", { name: "Sign in with a passkey" }).click();
        await page.getByText("is not known here").waitFor();
      });
    });
    stage.assertQuiet();
  } finally {
    await stage.close();
    await server.stop();
  }
});

/**
 * A device that checks its user at once, as by a fingerprint.
 * @param {import("./support/stage.mjs").Person} person
 */
async function addAuthenticator({ context, page }) {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** @param {any} command @param {object} [words] @returns {Promise<any>} */
    send: (command, words = {}) => session.send(command, { authenticatorId, ...words }),
  };
}

/** @param {import("./support/stage.mjs").Person} person */
async function signOut(person) {
  await person.goto("/account");
  await person.page.getByRole("button", { name: "Sign out" }).click();
  await person.page.getByText("You are signed out.").waitFor();
}

/** A server without a demo, at a domain name. */
async function startServer() {
  const demo = resolve(process.env.SMP_DEMO_BIN ?? join(root, "target/debug/smp-demo"));
  const binary = join(dirname(demo), "smp");
  if (!existsSync(binary)) throw new Error(`There is no ${binary}. Build it (cargo build).`);
  const data = mkdtempSync(join(tmpdir(), "smp-passkeys-"));
  // Started by root, the database runs as another user, who must be able to reach it.
  chmodSync(data, 0o755);
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const server = spawn(binary, ["serve"], {
    cwd: root,
    env: {
      ...process.env,
      SMP_DATA: data,
      SMP_HOST: "127.0.0.1",
      SMP_PORT: String(port),
      SMP_BASE_URL: base,
      DATABASE_URL: undefined,
    },
    stdio: "ignore",
  });
  const gone = once(server, "exit");
  const killLast = () => void server.kill("SIGKILL");
  process.on("exit", killLast);
  const stop = async () => {
    server.kill("SIGTERM");
    await gone;
    process.off("exit", killLast);
    rmSync(data, { recursive: true, force: true });
  };
  const ready = async () => {
    if (server.exitCode !== null) throw new Error(`smp serve ended with ${server.exitCode}`);
    return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok;
  };
  try {
    await until("the server", ready, 120_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { base, stop };
}

/** @returns {Promise<number>} */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, "close");
  return port;
}
