// Providers to sign in with: `oidc-provider`, an authorization server that others wrote, as Google,
// and beside it one of our own that is shaped like Facebook's.
import { createHash, createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Provider from "oidc-provider";

const client = { id: "smp-e2e", secret: "a secret of the tests, long enough" };
const returnPath = /^\/sign-in\/with\/[a-z]+\/return$/;

/**
 * Starts them, unless they run already, and puts the setting that offers them into the environment.
 * @returns {Promise<() => void>} ends them
 */
export async function startSignIn() {
  if (process.env.SMP_SIGN_IN_PROVIDERS) return () => undefined;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const base = `http://127.0.0.1:${port}`;
  const google = openid(base);
  const facebook = new Facebook(base);
  const openidServer = google.callback();
  server.on("request", (request, response) => {
    const path = new URL(request.url ?? "/", base).pathname;
    const answer = path.startsWith("/facebook/")
      ? facebook.answer(request, response)
      : path.startsWith("/interaction/")
        ? interact(google, request, response)
        : openidServer(request, response);
    Promise.resolve(answer).catch((error) => respond(response, 500, String(error)));
  });
  server.unref();
  const file = join(mkdtempSync(join(tmpdir(), "smp-sign-in-")), "providers.toml");
  writeFileSync(file, settings(base));
  process.env.SMP_SIGN_IN_PROVIDERS = file;
  return () => void server.close();
}

/** @param {string} base */
function settings(base) {
  const known = `id = "${client.id}"\nsecret = "${client.secret}"`;
  return `[[provider]]
name = "google"
label = "Google"
kind = "oidc"
issuer = "${base}"
${known}

[[provider]]
name = "facebook"
label = "Facebook"
kind = "facebook"
authorize_url = "${base}/facebook/dialog"
token_url = "${base}/facebook/token"
user_url = "${base}/facebook/me"
${known}
`;
}

/** @param {string} base */
function openid(base) {
  const provider = new Provider(base, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: ["http://127.0.0.1/sign-in/with/google/return"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context, email) => ({
      accountId: email,
      claims: () => ({ sub: email, email, email_verified: true, name: nameOf(email) }),
    }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    // Nobody is asked twice whether this shop may know their address.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId,
        accountId: oidc.session?.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
  });
  // The port of the demo is not known yet.
  provider.Client.prototype.redirectUriAllowed = (/** @type {string} */ uri) =>
    new URL(uri).hostname === "127.0.0.1" && returnPath.test(new URL(uri).pathname);
  return provider;
}

/**
 * Asks who signs in, and believes it.
 * @param {Provider} provider
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
async function interact(provider, request, response) {
  if (request.method === "GET") return respond(response, 200, form("Google", request.url ?? ""));
  const { email, agreed } = await formOf(request);
  const result = agreed
    ? { login: { accountId: email } }
    : { error: "access_denied", error_description: "not agreed" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** As Facebook's dialog and Graph API are. It never says whether an address was verified. */
class Facebook {
  /** @type {Map<string, { email: string, challenge: string, back: string }>} */
  codes = new Map();
  /** @type {Map<string, string>} */
  tokens = new Map();

  /** @param {string} base */
  constructor(base) {
    this.base = base;
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async answer(request, response) {
    const url = new URL(request.url ?? "/", this.base);
    if (url.pathname === "/facebook/dialog" && request.method === "GET")
      return respond(response, 200, form("Facebook", request.url ?? ""));
    if (url.pathname === "/facebook/dialog") return this.agree(url, request, response);
    if (url.pathname === "/facebook/token") return this.token(request, response);
    return this.user(url, request, response);
  }

  /**
   * @param {URL} url
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async agree(url, request, response) {
    const asked = url.searchParams;
    const back = new URL(asked.get("redirect_uri") ?? "");
    if (asked.get("client_id") !== client.id || !returnPath.test(back.pathname))
      return respond(response, 400, "unknown client");
    const { email, agreed } = await formOf(request);
    const code = randomUUID();
    this.codes.set(code, {
      email,
      challenge: asked.get("code_challenge") ?? "",
      back: back.href,
    });
    back.searchParams.set("state", asked.get("state") ?? "");
    if (agreed) back.searchParams.set("code", code);
    else back.searchParams.set("error", "access_denied");
    response.writeHead(303, { location: back.href }).end();
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async token(request, response) {
    const { code, code_verifier, client_secret, redirect_uri } = await formOf(request);
    const granted = this.codes.get(code);
    this.codes.delete(code);
    const challenge = createHash("sha256")
      .update(code_verifier ?? "")
      .digest("base64url");
    const ok =
      granted?.challenge === challenge &&
      granted.back === redirect_uri &&
      client_secret === client.secret;
    if (!ok) return json(response, 400, { error: { message: "Invalid code", code: 100 } });
    const token = randomUUID();
    this.tokens.set(token, granted.email);
    return json(response, 200, { access_token: token, token_type: "bearer", expires_in: 5_000 });
  }

  /**
   * @param {URL} url
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  user(url, request, response) {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const email = this.tokens.get(token);
    const proof = createHmac("sha256", client.secret).update(token).digest("hex");
    if (!email || url.searchParams.get("appsecret_proof") !== proof)
      return json(response, 401, { error: { message: "Invalid proof", code: 190 } });
    const id = createHash("sha256").update(email).digest("hex").slice(0, 16);
    return json(response, 200, { id, name: nameOf(email), email });
  }
}

/** @param {string} email */
function nameOf(email) {
  const [name = ""] = email.split("@");
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll(/[^a-z]/gi, "");
}

/** @param {string} provider @param {string} action */
function form(provider, action) {
  const target = action.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!doctype html><html lang="en"><head><title>${provider}</title></head>
<body><main><h1>${provider}</h1><form method="post" action="${target}">
<label>Email <input name="email" type="email"></label>
<button name="agreed" value="yes">Continue</button> <button>Not now</button>
</form></main></body></html>`;
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<Record<string, string>>}
 */
async function formOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {string} page */
function respond(response, status, page) {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(page);
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {object} body */
function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
