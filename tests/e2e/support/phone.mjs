// An authenticator app, as a person's phone has one (RFC 6238).
import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

const stepMs = 30_000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Phone {
  lastStep = 0;

  /** @param {string} secret in base 32, as the page shows it */
  constructor(secret) {
    const bits = [...secret.replaceAll(/\s/g, "")]
      .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
      .join("");
    const bytes = bits.match(/.{8}/g) ?? [];
    this.key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
  }

  /** A code that was not used yet. The server takes the next one half a minute early. */
  async code() {
    const step = Math.max(Math.floor(Date.now() / stepMs), this.lastStep + 1);
    const early = (step - 1) * stepMs - Date.now();
    if (early > 0) await wait(early + 500);
    this.lastStep = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.key).update(counter).digest();
    const offset = (mac.at(-1) ?? 0) & 15;
    const number = mac.readUInt32BE(offset) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }
}
