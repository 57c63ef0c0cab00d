// A provider's own shop outside SMP: a cart that takes a click token and reports purchases.
import { createServer } from "node:http";
import { once } from "node:events";

const trackingHost = "https://carrier.example/parcel/";

/**
 * @typedef {{ clickToken: string, item: string, quantity: number, reference: string, amountMinor:
 * number }} Purchase
 */

export class ShopServer {
  /** @type {Purchase[]} */
  purchases = [];
  apiKey = "";

  /** @param {string} smp @param {string} name @param {number} unitMinor */
  static async open(smp, name, unitMinor) {
    const shop = new ShopServer();
    Object.assign(shop, { smp, name, unitMinor });
    shop.server = createServer((request, response) => void shop.answer(request, response)).listen(
      0,
      "127.0.0.1",
    );
    await once(shop.server, "listening");
    shop.origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (shop.server.address()).port}`;
    return shop;
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  async answer(
    /** @type {import("node:http").IncomingMessage} */ request,
    /** @type {import("node:http").ServerResponse} */ response,
  ) {
    const url = new URL(request.url ?? "/", this.origin);
    const show = (/** @type {number} */ status, /** @type {string} */ body) => {
      const style =
        "body{font:18px/1.5 system-ui;margin:2rem auto;max-width:22rem;padding:0 1rem}button{font:inherit;padding:.7rem 1.2rem}";
      response.writeHead(status, { "content-type": "text/html; charset=utf-8" });
      response.end(
        `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${this.name}</title><style>${style}</style><main>${body}</main></html>`,
      );
    };
    if (url.pathname === "/cart" && request.method === "GET") {
      const [token, item, quantity] = ["click_token", "sku", "quantity"].map(
        (name) => url.searchParams.get(name) ?? "",
      );
      if (!token) return show(400, "<h1>No click token</h1>");
      const hidden = Object.entries({ token, item, quantity })
        .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
        .join("");
      return show(
        200,
        `<h1>${this.name}: your cart</h1><p>${quantity} × ${item}</p><form method="post" action="/pay">${hidden}<label>Card number <input name="card" autocomplete="off"></label><p><button>Pay ${this.price(Number(quantity))}</button></p></form>`,
      );
    }
    if (url.pathname === "/pay" && request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      const form = new URLSearchParams(body);
      const purchase = this.purchase(
        form.get("token") ?? "",
        form.get("item") ?? "",
        Number(form.get("quantity")),
      );
      this.purchases.push(purchase);
      const report = await this.report(purchase);
      return show(
        report.status === 201 ? 200 : 502,
        `<h1>Thank you, order ${purchase.reference}</h1><p>Paid ${this.price(purchase.quantity)}. We ship within two days.</p>`,
      );
    }
    return show(404, "<h1>Not here</h1>");
  }

  /** @returns {Purchase} */
  purchase(
    /** @type {string} */ clickToken,
    /** @type {string} */ item,
    /** @type {number} */ quantity,
  ) {
    return {
      clickToken,
      item,
      quantity,
      reference: `${new URL(this.origin).port}-${this.purchases.length + 1}`,
      amountMinor: this.unitMinor * quantity,
    };
  }

  price(/** @type {number} */ quantity) {
    return `€${((this.unitMinor * quantity) / 100).toFixed(2)}`;
  }

  /** The purchase postback. @param {Purchase} purchase @param {string} key */
  report({ clickToken, reference, quantity, amountMinor }, key = this.apiKey) {
    const body = {
      click_token: clickToken,
      reference,
      quantity,
      amount_minor: amountMinor,
      currency: "EUR",
      tracking_url: trackingHost + reference,
    };
    return this.post("/postbacks/purchases", body, key);
  }

  /** The reversal postback. @param {string} reference @param {string} reason */
  reverse(reference, reason) {
    return this.post("/postbacks/reversals", { reference, reason }, this.apiKey);
  }

  trackingUrl(/** @type {string} */ reference) {
    return trackingHost + reference;
  }

  async post(/** @type {string} */ path, /** @type {object} */ body, /** @type {string} */ key) {
    const answer = await fetch(`${this.smp}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    return {
      status: answer.status,
      type: answer.headers.get("content-type") ?? "",
      body: await answer.json(),
    };
  }
}
