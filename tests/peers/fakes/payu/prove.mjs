// Proves the stand-in by PayU's own client, npm's `payu-websdk`: what it signs is taken, what the stand-in signs it
// believes, and it finds in the answers what PayU documents. Usage: node prove.mjs PORT KEY SALT
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const [port, key, salt] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;
// The client speaks https to PayU's hosts alone. Only the connection is another here.
https.request = (options, answered) =>
  http.request({ ...options, hostname: "127.0.0.1", port: Number(port) }, answered);
const Payu = createRequire(import.meta.url)("payu-websdk");
const payu = new Payu({ key, salt }, "TEST");

let count = 0;
const unescape = (text) =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#x27;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
const inputs = (page) =>
  Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name, unescape(value)],
    ),
  );
const post = async (path, fields) => {
  const answer = await fetch(base + path, { method: "POST", body: new URLSearchParams(fields) });
  return { status: answer.status, page: await answer.text() };
};
const weather = (changes) =>
  fetch(`${base}/weather`, { method: "POST", body: JSON.stringify(changes) });

/** Goes to the checkout by the client's own form. */
async function checkout(changes = {}) {
  const txnid = `prove${Date.now()}x${(count += 1)}`;
  const form = payu.paymentInitiate({
    txnid,
    amount: "1234.50",
    productinfo: "Order SMP-100001",
    firstname: "Asha O'Hara",
    email: "asha@shopper.example",
    phone: "919900000001",
    surl: "http://shop.example/back",
    furl: "http://shop.example/back",
  });
  const { status, page } = await post("/_payment", { ...inputs(form), ...changes });
  return { txnid, status, page };
}

/** Answers as the bank. Returns what PayU sends the shopper back with. */
async function pay(answer, changes) {
  const { txnid, page } = await checkout(changes);
  const [, path] = /action="(\/_payment\/\d+)"/.exec(page) ?? assert.fail(page);
  const back = await post(path, { answer });
  return { txnid, back: inputs(back.page), page: back.page };
}

async function verify(txnid) {
  const answer = await payu.verifyPayment(txnid);
  return answer.transaction_details[txnid];
}

// A form with the client's hash is taken; a changed one is not.
assert.equal((await checkout()).status, 200);
assert.equal((await checkout({ amount: "1.00" })).status, 400);
assert.equal((await checkout({ phone: "" })).status, 400);

// Approved: the client believes the return, and verify_payment says the same.
const paid = await pay("approve");
assert.equal(paid.back.status, "success");
assert.ok(payu.hasher.validateResponseHash(paid.back), "the hash of the return");
assert.ok(!payu.hasher.validateResponseHash({ ...paid.back, amount: "1.00" }));
const verified = await verify(paid.txnid);
assert.deepEqual(
  [verified.status, verified.unmappedstatus, verified.transaction_amount, verified.mihpayid],
  ["success", "captured", "1234.50", paid.back.mihpayid],
);
assert.deepEqual(await verify("unheard"), { mihpayid: "Not Found", status: "Not Found" });

// With additional charges, which the client has in its hash as well.
await weather({ additional_charges: "12.30" });
const charged = await pay("approve");
assert.equal(charged.back.additionalCharges, "12.30");
assert.ok(payu.hasher.validateResponseHash(charged.back), "the hash with additional charges");
assert.equal((await verify(charged.txnid)).amt, "1246.80");
await weather({ additional_charges: null });

// Declined, late, and paid without coming back.
const declined = await pay("decline");
assert.equal(declined.back.status, "failure");
assert.ok(payu.hasher.validateResponseHash(declined.back));
assert.equal((await verify(declined.txnid)).status, "failure");
await weather({ late_s: 0.3 });
const late = await pay("late");
assert.equal(late.back.status, "pending");
assert.equal((await verify(late.txnid)).status, "pending");
await new Promise((done) => setTimeout(done, 400));
assert.equal((await verify(late.txnid)).status, "success");
const silent = await pay("silent");
assert.deepEqual(silent.back, {});
assert.equal((await verify(silent.txnid)).status, "success");

// Refunds: in part, the same again, too much, and one that takes its time.
await weather({ refund_s: 0.3 });
const first = await payu.cancelRefundTransaction(verified.mihpayid, "refund1", "1000.00");
assert.deepEqual([first.status, first.error_code], [1, 102]);
const action = async (id) => {
  const details = (await payu.checkActionStatus(id)).transaction_details;
  return details[id][id];
};
assert.deepEqual(
  [(await action(first.request_id)).status, (await action(first.request_id)).token],
  ["queued", "refund1"],
);
await new Promise((done) => setTimeout(done, 400));
assert.equal((await action(first.request_id)).status, "success");
const again = await payu.cancelRefundTransaction(verified.mihpayid, "refund1", "1000.00");
assert.equal(again.status, 0);
const over = await payu.cancelRefundTransaction(verified.mihpayid, "refund2", "234.51");
assert.equal(over.status, 0);
const rest = await payu.cancelRefundTransaction(verified.mihpayid, "refund3", "234.50");
assert.equal(rest.status, 1);
const declinedId = (await verify(declined.txnid)).mihpayid;
assert.equal((await payu.cancelRefundTransaction(declinedId, "refund4", "1.00")).status, 0);

// Another merchant's key, and the weather.
const stranger = new Payu({ key, salt: "another salt" }, "TEST");
assert.equal((await stranger.verifyPayment(paid.txnid)).status, 0);
for (const mode of ["500", "garbage", "reset"]) {
  await weather({ trouble: { verify_payment: { mode, times: 1 } } });
  const answer = await verify(paid.txnid).catch(() => "nothing readable");
  assert.ok(answer === "nothing readable" || answer === undefined, mode);
  assert.equal((await verify(paid.txnid)).status, "success", `after ${mode}`);
}
await weather({
  refund_s: 0,
  trouble: { cancel_refund_transaction: { mode: "reset", times: 1, after: true } },
});
await assert.rejects(
  payu.cancelRefundTransaction(
    silent.back.mihpayid ?? (await verify(silent.txnid)).mihpayid,
    "refund5",
    "1.00",
  ),
);
const { refunds } = await (await fetch(`${base}/transactions`)).json();
assert.ok(
  refunds.some(({ token }) => token === "refund5"),
  "done, though the answer was lost",
);
console.log("PayU's own client agrees with the stand-in");
