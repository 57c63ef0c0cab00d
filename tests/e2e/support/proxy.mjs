// A proxy in front of the demo, on which answers can be held back or spoiled.
import { once } from "node:events";
import { createServer, request } from "node:http";

export class Proxy {
  /** Requests to paths that end like this are never answered. */
  stalled = "";
  /** Requests to paths that end like this are answered with 502. */
  broken = "";
  /** POSTs to paths that end like this reach the server, but their answers are lost. */
  lost = "";
  /** How many requests were stalled or broken, or lost their answer. */
  spoiled = 0;

  /** @param {string} target */
  static async start(target) {
    const proxy = new Proxy();
    const { hostname, port } = new URL(target);
    proxy.server = createServer((incoming, answer) => {
      const path = incoming.url ?? "";
      const ends = (/** @type {string} */ end) => end !== "" && path.endsWith(end);
      if (ends(proxy.stalled) || ends(proxy.broken)) {
        proxy.spoiled += 1;
        if (ends(proxy.broken)) answer.writeHead(502).end("Bad gateway");
        return;
      }
      const { method, headers } = incoming;
      const outgoing = request({ hostname, port, path, method, headers }, (upstream) => {
        if (method === "POST" && ends(proxy.lost)) {
          proxy.spoiled += 1;
          upstream.resume().on("end", () => answer.destroy());
          return;
        }
        answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
        upstream.pipe(answer);
      });
      outgoing.on("error", () => answer.destroy());
      answer.on("close", () => outgoing.destroy());
      incoming.pipe(outgoing);
    }).listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    const address = /** @type {import("node:net").AddressInfo} */ (proxy.server.address());
    proxy.url = `http://127.0.0.1:${address.port}`;
    return proxy;
  }

  stop() {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
