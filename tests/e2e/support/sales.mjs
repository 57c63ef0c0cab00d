// Sales of a provider of the demo world, made through the API.
import { request } from "playwright-core";
import { until } from "./until.mjs";

/** Time for the review, which comes before the start. */
const reviewMs = 4_000;
const dayMs = 24 * 3_600_000;

/** @typedef {{ holdSeconds: number, capacity: number, limit: number, currency?: string,
 *   startsInMs?: number }} SalePlan */
/** @typedef {{ slug: string, item: string, stock: () => Promise<{ held: number, sold: number,
 *   agrees: boolean }> }} MadeSale */

/**
 * Makes sales of one item each, held for these times. They are live when it returns, unless a plan
 * says in how many milliseconds its sale starts.
 * @param {import("./stage.mjs").Stage} stage
 * @param {SalePlan[]} plans with another currency, of an offer of its own
 * @returns {Promise<MadeSale[]>}
 */
export async function liveSales(stage, plans) {
  const editor = await signedIn(stage, "editor");
  const manager = await signedIn(stage, "manager");
  const { roles } = await editor("GET", "/me");
  const tenant = `/providers/${roles[0].tenant.id}`;
  // Not those that another story made in another currency.
  const offers = (await editor("GET", `${tenant}/offers`)).items.filter(
    (/** @type {any} */ offer) => offer.items[0]?.price.currency === "EUR",
  );
  const known = offers.find(({ state }) => state === "draft") ?? offers[0];
  return Promise.all(
    plans.map(async ({ holdSeconds, capacity, limit, currency, startsInMs }) => {
      const offer = currency ? await offerIn(editor, tenant, known, currency) : known;
      const [item] = offer.items;
      const starts = Date.now() + (startsInMs ?? reviewMs);
      const sale = await editor("POST", `${tenant}/sales`, {
        offer_id: offer.id,
        mode: "hosted",
        kind: "while_supplies_last",
        starts_at: new Date(starts).toISOString(),
        ends_at: new Date(starts + dayMs).toISOString(),
        hold_seconds: holdSeconds,
        countries: [],
        items: [
          {
            item_id: item.id,
            price_minor: item.price.amount,
            capacity,
            limit_per_shopper: limit,
            evidence: "Counted in the warehouse.",
          },
        ],
      });
      const path = `${tenant}/sales/${sale.id}`;
      const revision = await editor("POST", `${path}/submit`, { note: "As agreed." });
      await manager("POST", `${path}/revisions/${revision.id}/proofs`, {
        content_hash: revision.content_hash,
        // Enough for the other sales of the item.
        proofs: [{ sale_item_id: sale.items[0].id, decision: "verify", quantity: 100_000 }],
      });
      await manager("POST", `${path}/revisions/${revision.id}/decision`, {
        decision: "approve",
        reason: "As agreed.",
        content_hash: revision.content_hash,
      });
      if (!startsInMs) await until("the start", async () => Date.now() > starts);
      const stock = async () => {
        const { agrees, items } = await editor("GET", `${path}/stock`);
        return { agrees, held: items[0].held, sold: items[0].sold };
      };
      return { slug: sale.slug, item: sale.items[0].id, stock };
    }),
  );
}

/**
 * An offer like another one, in another currency.
 * @param {Awaited<ReturnType<typeof signedIn>>} editor
 * @param {string} tenant
 * @param {any} like
 * @param {string} currency
 */
async function offerIn(editor, tenant, like, currency) {
  return editor("POST", `${tenant}/offers`, {
    title: `${like.title}, in ${currency}`,
    summary: like.summary,
    description: like.description,
    terms: like.terms,
    currency,
    asset_ids: like.assets.map((/** @type {{ id: string }} */ { id }) => id),
    items: [
      { sku: `IN-${currency}-${Date.now()}`, name: "One", attributes: {}, price_minor: 149_950 },
    ],
  });
}

/**
 * Signs in a role of the demo; the answer calls the API as that account.
 * @param {import("./stage.mjs").Stage} stage
 * @param {string} role
 */
async function signedIn(stage, role) {
  const context = await request.newContext({ baseURL: stage.world.base_url });
  /** @param {string} method @param {string} path @param {unknown} [data] */
  const call = async (method, path, data) => {
    const answer = await context.fetch(`/api/v1${path}`, { method, data });
    if (!answer.ok())
      throw new Error(`${method} ${path} answered ${answer.status()}: ${await answer.text()}`);
    return answer.json();
  };
  const { email, password } = stage.login(role);
  await call("POST", "/session", { email, password });
  return call;
}
