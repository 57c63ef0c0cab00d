"""A shop that pays by every gateway and ends at a step, and the purchases made in it."""

import contextlib
import os
import sys
import time

import requests

from attack import Node
from fake_stripe import FakeStripe
from rush import database_url
from support import BINARY, ROOT, Person, Process, answers, clean_environment, free_port, run_smp, smp, wait_for
from test_fake_payu import FAKE
from test_payu import ADDRESS, KEY, PHONE, SALT, Fake, form_of

# Stripe may still be at work on a call for 35 s; only then is its answer asked for.
KNOWN_S = 120
# Jobs of a server that is gone are taken over after half a minute.
TAKEN_OVER_S = 60


def kills(rows):
    """Of rows that begin with a gateway and a step, one for each step, by the gateways in turn; all with SMP_TEST_EVERY_KILL."""
    if os.environ.get("SMP_TEST_EVERY_KILL"):
        return rows
    by_step = {}
    for row in rows:
        by_step.setdefault(row[1], []).append(row)
    return [ways[nth % len(ways)] for nth, ways in enumerate(by_step.values())]


class Shop:
    """A database, and a node on it that pays by every gateway and ends at a step."""

    def __init__(self, scratch, name, seed, stripe, payu, more):
        self.scratch, self.name, self.stripe, self.payu, self.port = scratch, name, stripe, payu, free_port()
        # Settings that begin with this are left out of the node's.
        self.left_out = ()
        data = seed.copy(scratch / f"{name}-world")
        self.cluster = Process([BINARY, "postgres"], scratch / f"{name}-world.log", cwd=ROOT, env=clean_environment(SMP_DATA=data, SMP_LOG="warn"))
        self.cluster.wait_for("PostgreSQL", lambda: "DATABASE_URL=" in self.cluster.output())
        self.settings = stripe.settings | payu.settings | more
        self.settings |= {"SMP_DATA": scratch / f"{name}-node", "DATABASE_URL": database_url(data), "SMP_LOG": "warn"}
        self.settings |= {"SMP_SECRET": "a secret of the shop that is killed", "SMP_PAYMENT_LOOK_SECONDS": 2}
        stripe.weather(webhook_url=f"http://127.0.0.1:{self.port}/api/v1/payments/stripe/notices")
        self.start()
        self.node = Node(self.running, data, seed)
        self.node.begin_sale()
        self.node.query("UPDATE revisions SET content = content || '{\"currency\": \"INR\"}'")
        currency = lambda: Person(self.node.base).get(f"/sales/{seed.slug}")["items"][0]["price"]["currency"]  # noqa: E731
        wait_for("the sale in rupees", lambda: currency() == "INR", seconds=20)

    def start(self, **settings):
        kept = {key: value for key, value in self.settings.items() if not key.startswith(self.left_out)}
        self.context = smp(self.scratch, f"{self.name}-node", "serve", port=self.port, **kept, **settings)
        self.running = self.context.__enter__()

    def end_at(self, step):
        """Starts again, to end at this step."""
        self.running.stop()
        self.start(SMP_FAULT_POINT=step)

    def ends_during(self, press):
        """Does what makes the server end, and starts it again."""
        with contextlib.suppress(requests.RequestException):
            press()
        wait_for("the end of the process", lambda: self.is_down, seconds=30)
        self.start()

    def ledger_agrees(self):
        """The ledger is balanced, and has each payment and refund once."""
        checked = run_smp("ledger", "check", **self.settings)
        assert (checked.returncode, checked.stdout) == (0, "nothing differs\n"), checked.stdout + checked.stderr

    @property
    def is_down(self):
        return not self.running.alive()

    def stop(self):
        self.running.stop()
        assert self.cluster.stop() == 0, self.cluster.output()[-3000:]


@contextlib.contextmanager
def open_shop(scratch, name, seed, **more):
    """A shop with stand-ins of its own, until the block ends."""
    port = free_port()
    payu = Process([sys.executable, FAKE / "server.py", "--port", port, "--key", KEY, "--salt", SALT], scratch / f"{name}-payu.log")
    try:
        payu.wait_for("PayU's stand-in", lambda: answers(f"http://127.0.0.1:{port}/"))
        with FakeStripe(scratch / f"{name}-stripe.log") as stripe:
            shop = Shop(scratch, name, seed, stripe, Fake(port), more)
            try:
                yield shop
            finally:
                shop.stop()
    finally:
        payu.stop()


class Purchase:
    """A shopper who does their part of a payment, once, and again after the server went away in the middle of it."""

    def __init__(self, shop, gateway):
        self.shop, self.gateway = shop, gateway
        self.shopper = shop.node.shopper()
        shop.node.hold(self.shopper)
        self.number = self.shopper.post("/me/orders", {"shipping_address": ADDRESS}, status=201)["number"]
        self.path = f"/me/orders/{self.number}"
        self.paid_at_bank = set()

    def order(self):
        return self.shopper.get(self.path)

    def advance(self):
        """Does what is next. True when the order is confirmed."""
        order = self.order()
        if order["state"] == "confirmed":
            return True
        assert order["state"] == "awaiting_payment", order
        payment = order["payments"][-1] if order["payments"] else None
        if payment is None or payment["state"] in ("failed", "cancelled"):
            answer = self.shopper.call("POST", f"{self.path}/payments", {"gateway": self.gateway, "phone": PHONE})
            assert answer.status_code in (201, 409), answer.text
        elif payment["state"] == "requires_action" and payment["id"] not in self.paid_at_bank:
            self.act(self.shopper.get(f"{self.path}/payments/{payment['id']}"))
        return False

    def act(self, payment):
        action = payment["action"]
        if self.gateway == "cash_on_delivery":
            # The job that sends the code may have ended with the server; then it comes half a minute later. A code may be typed again.
            if code := self.shop.node.cash_code(self.number):
                self.shopper.post(f"{self.path}/payments/{payment['id']}/code", {"code": code})
            return
        # A bank is not asked to pay the same payment twice.
        self.paid_at_bank.add(payment["id"])
        if self.gateway == "sandbox":
            requests.post(action["url"], data={"answer": "approve"}, timeout=20)
        elif self.gateway == "stripe":
            assert self.shop.stripe.confirm(action["client_secret"], "pm_card_visa").ok
        else:
            form = form_of(action)
            back = self.shop.payu.answer(self.shop.payu.checkout(form), "approve")
            self.shop.payu.come_back(form["fields"], back)

    def pay(self):
        """Pays, whatever happens to the server; tells whether it went down meanwhile."""
        went_down, end = False, time.monotonic() + KNOWN_S
        while time.monotonic() < end:
            if self.shop.is_down:
                went_down = True
                self.shop.start()
            try:
                if self.advance():
                    return went_down
            except requests.ConnectionError:
                # The process is ending; it is gone in a moment.
                wait_for("the end of the process", lambda: self.shop.is_down)
            time.sleep(0.2)
        raise AssertionError(f"{self.number} was not paid within {KNOWN_S} s: {self.order()}")

    def complete(self):
        """The same, for a server that may go down after the order is confirmed."""
        return self.pay() or self.goes_down()

    def goes_down(self):
        """Whether it goes down after the order is confirmed."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.shop.is_down:
                self.shop.start()
                return True
            time.sleep(0.1)
        return False

    def charges(self):
        """What the gateway took for the order."""
        if self.gateway == "stripe":
            intents = self.shop.stripe.of_stripe("/v1/payment_intents", limit=100)["data"]
            ours = {payment["id"] for payment in self.order()["payments"]}
            return [intent["amount_received"] for intent in intents if intent["metadata"].get("smp_payment") in ours and intent["status"] == "succeeded"]
        if self.gateway == "payu":
            taken = self.shop.payu.transactions()["payments"].values()
            return [payment for payment in taken if payment["productinfo"].endswith(self.number) and payment["status"] == "success"]
        if self.gateway == "sandbox":
            return self.shop.node.query("SELECT amount_minor FROM sandbox_payments WHERE order_number = %s AND answer = 'approve'", self.number)
        return [payment["amount"] for payment in self.order()["payments"] if payment["state"] == "due"]

    def is_paid_once(self):
        order = self.order()
        settled = [payment["state"] for payment in order["payments"] if payment["state"] in ("succeeded", "due")]
        assert (len(settled), len(self.charges()), order["refunds"]) == (1, 1, []), (order, self.charges())
        # The shopper is told, on the page and by one email.
        page = self.shopper.http.get(f"{self.shop.node.base}/orders/{self.number}", timeout=20)
        assert page.ok and self.number in page.text and "Confirmed" in page.text
        emails = lambda: self.shop.node.query(  # noqa: E731
            "SELECT subject FROM messages WHERE template = 'order_confirmed' AND channel = 'email' AND subject LIKE %s", f"%{self.number}%"
        )
        wait_for("the email", emails, seconds=TAKEN_OVER_S)
        assert len(emails()) == 1
        holds = "SELECT h.state FROM holds h JOIN order_lines l ON l.hold_id = h.id JOIN orders o ON o.id = l.order_id WHERE o.number = %s"
        assert self.shop.node.query(holds, self.number) == [("sold",)]
        assert self.posted() == ["cash_due" if self.gateway == "cash_on_delivery" else "sale"]
        self.shop.ledger_agrees()

    def posted(self):
        """What the ledger has of the order, but for the gateway's fee."""
        posted = "SELECT t.kind FROM ledger_transfers t JOIN orders o ON o.id = t.order_id WHERE o.number = %s AND t.kind <> 'fee' ORDER BY t.posted_at"
        return [kind for (kind,) in self.shop.node.query(posted, self.number)]

    def refunds(self):
        """What the gateway gave back of the order, in minor units."""
        if self.gateway == "stripe":
            ours = {payment["id"] for payment in self.order()["payments"]}
            intents = self.shop.stripe.of_stripe("/v1/payment_intents", limit=100)["data"]
            ours = [intent["id"] for intent in intents if intent["metadata"].get("smp_payment") in ours]
            made = [refund for intent in ours for refund in self.shop.stripe.of_stripe("/v1/refunds", payment_intent=intent)["data"]]
            return [refund["amount"] for refund in made]
        if self.gateway == "payu":
            paid = {payment["mihpayid"] for payment in self.charges()}
            return [round(float(refund["amt"]) * 100) for refund in self.shop.payu.transactions()["refunds"] if refund["mihpayid"] in paid]
        made = "SELECT r.amount_minor FROM sandbox_refunds r JOIN sandbox_payments p ON p.id = r.payment_id WHERE p.order_number = %s"
        return [amount for (amount,) in self.shop.node.query(made, self.number)]

    def is_refunded_once(self):
        """Whole, and everybody was told once."""
        wait_for("the refund", lambda: [refund["state"] for refund in self.order()["refunds"]] == ["succeeded"], seconds=KNOWN_S, every=0.5)
        total = self.order()["total"]["amount"]
        assert self.refunds() == [total]
        ((refunded,),) = self.shop.node.query("SELECT refunded_minor FROM orders WHERE number = %s", self.number)
        assert (refunded, self.posted()) == (total, ["sale", "refund"])
        left = """SELECT e.account FROM ledger_transfers t JOIN orders o ON o.id = t.order_id JOIN ledger_entries e ON e.transfer_id = t.id
            WHERE o.number = %s AND t.kind <> 'fee' GROUP BY e.account HAVING sum(e.amount_minor) <> 0"""
        assert self.shop.node.query(left, self.number) == [], "every account of the order is at zero"
        emails = """SELECT m.id FROM messages m JOIN orders o ON o.account_id = m.account_id
            WHERE o.number = %s AND m.template = 'refunded' AND m.channel = 'email'"""
        wait_for("the email", lambda: self.shop.node.query(emails, self.number), seconds=TAKEN_OVER_S)
        told = "SELECT type FROM events WHERE payload->>'order_number' = %s AND type LIKE 'refund.%%'"
        assert (len(self.shop.node.query(emails, self.number)), self.shop.node.query(told, self.number)) == (1, [("refund.succeeded",)])
        self.shop.ledger_agrees()
