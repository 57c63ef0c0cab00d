"""The server is killed between any two steps of a payment, by every gateway: nobody is charged twice, no order is lost, and
whoever looks is told where it stands."""

import sys
import time

import pytest
import requests

from attack import Node
from fake_stripe import FakeStripe
from rush import database_url
from support import BINARY, PASSWORD, ROOT, Person, Process, answers, clean_environment, free_port, run_smp, smp, wait_for
from test_fake_payu import FAKE
from test_payu import ADDRESS, KEY, PHONE, SALT, Fake, form_of

# Stripe may still be at work on a call for 35 s; only then is its answer asked for.
KNOWN_S = 120
STEPS = {
    "sandbox": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "stripe": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "payu": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "cash_on_delivery": ["attempt_recorded", "gateway_answered", "outcome_known", "order_settled", "order_confirmed"],
}


class Shop:
    """A database, and a node on it that pays by every gateway and ends at a step."""

    def __init__(self, scratch, seed, stripe, payu):
        self.scratch, self.stripe, self.payu, self.port = scratch, stripe, payu, free_port()
        data = seed.copy(scratch / "payment-faults-world")
        self.cluster = Process([BINARY, "postgres"], scratch / "payment-faults-world.log", cwd=ROOT, env=clean_environment(SMP_DATA=data, SMP_LOG="warn"))
        self.cluster.wait_for("PostgreSQL", lambda: "DATABASE_URL=" in self.cluster.output())
        self.settings = stripe.settings | payu.settings
        self.settings |= {"SMP_DATA": scratch / "payment-faults-node", "DATABASE_URL": database_url(data), "SMP_LOG": "warn"}
        self.settings |= {"SMP_SECRET": "a secret of the shop that is killed", "SMP_PAYMENT_LOOK_SECONDS": 2}
        stripe.weather(webhook_url=f"http://127.0.0.1:{self.port}/api/v1/payments/stripe/notices")
        self.start()
        self.node = Node(self.running, data, seed)
        self.node.begin_sale()
        self.node.query("UPDATE revisions SET content = content || '{\"currency\": \"INR\"}'")
        currency = lambda: Person(self.node.base).get(f"/sales/{seed.slug}")["items"][0]["price"]["currency"]  # noqa: E731
        wait_for("the sale in rupees", lambda: currency() == "INR", seconds=20)

    def start(self, **settings):
        self.context = smp(self.scratch, "payment-faults-node", "serve", port=self.port, **self.settings, **settings)
        self.running = self.context.__enter__()

    def end_at(self, step):
        """Starts again, to end at this step."""
        self.running.stop()
        self.start(SMP_FAULT_POINT=step)

    @property
    def is_down(self):
        return not self.running.alive()

    def stop(self):
        self.running.stop()
        assert self.cluster.stop() == 0, self.cluster.output()[-3000:]


@pytest.fixture(scope="module")
def shop(scratch, seed):
    port = free_port()
    payu = Process([sys.executable, FAKE / "server.py", "--port", port, "--key", KEY, "--salt", SALT], scratch / "faults-payu.log")
    try:
        payu.wait_for("PayU's stand-in", lambda: answers(f"http://127.0.0.1:{port}/"))
        with FakeStripe(scratch / "faults-stripe.log") as stripe:
            shop = Shop(scratch, seed, stripe, Fake(port))
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

    def complete(self):
        """Pays, whatever happens to the server; tells whether it went down."""
        went_down, end = False, time.monotonic() + KNOWN_S
        while time.monotonic() < end:
            if self.shop.is_down:
                went_down = True
                self.shop.start()
            try:
                if self.advance():
                    return went_down or self.goes_down()
            except requests.ConnectionError:
                # The process is ending; it is gone in a moment.
                wait_for("the end of the process", lambda: self.shop.is_down)
            time.sleep(0.2)
        raise AssertionError(f"{self.number} was not paid within {KNOWN_S} s: {self.order()}")

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
        # The jobs of a server that is gone are taken over after half a minute.
        wait_for("the email", emails, seconds=60)
        assert len(emails()) == 1
        holds = "SELECT h.state FROM holds h JOIN order_lines l ON l.hold_id = h.id JOIN orders o ON o.id = l.order_id WHERE o.number = %s"
        assert self.shop.node.query(holds, self.number) == [("sold",)]


@pytest.mark.parametrize(("gateway", "step"), [(gateway, step) for gateway, steps in STEPS.items() for step in steps])
def test_killed_at_each_step(shop, gateway, step):
    shop.end_at(step)
    purchase = Purchase(shop, gateway)
    assert purchase.complete(), f"the server did not reach {step}"
    purchase.is_paid_once()


@pytest.mark.parametrize("gateway", ["sandbox", "stripe", "payu"])
def test_killed_when_a_refund_was_answered(shop, gateway):
    purchase = Purchase(shop, gateway)
    assert not purchase.shop.is_down
    purchase.complete()
    shop.end_at("refund_answered")
    manager = Person(shop.node.base, "manager@faults.example", PASSWORD)
    try:
        manager.call("POST", f"/orders/{purchase.number}/refunds", {"reason": "It broke."})
    except requests.ConnectionError:
        pass
    wait_for("the end of the process", lambda: shop.is_down, seconds=30)
    shop.start()
    wait_for("the refund", lambda: [refund["state"] for refund in purchase.order()["refunds"]] == ["succeeded"], seconds=KNOWN_S, every=0.5)
    ((refunded,),) = shop.node.query("SELECT refunded_minor FROM orders WHERE number = %s", purchase.number)
    assert refunded == purchase.order()["total"]["amount"]


def test_the_setting_is_refused_in_production_and_misspelt():
    misspelt = {"SMP_FAULT_POINT": "nowhere"}
    in_production = {"SMP_FAULT_POINT": "order_settled", "SMP_ENV": "production"}
    for settings, words in [(misspelt, "must be one of attempt_recorded"), (in_production, "leave it out in production")]:
        answer = run_smp("serve", **settings)
        assert answer.returncode != 0 and words in answer.stderr, answer.stderr
