"""The server pays by Stripe in all weathers: nobody is charged twice, and no payment is lost. Stripe is the fake one, which
test_stripe_fake.py holds against Stripe's own client; the real one is not asked."""

import concurrent.futures
import signal
import threading
import time
import uuid

import pytest
import requests

from attack import ADDRESS, Node
from fake_stripe import FakeStripe
from rush import database_url
from support import BINARY, PASSWORD, ROOT, Person, Process, clean_environment, free_port, run_smp, smp, wait_for

PRICE = 4900
# The first look-up of a payment without an answer comes after 20 s, the next a minute later.
LOOKED_UP_S = 120
HEARD_S = 20
SLOW_S = 2
INTENTS = "/v1/payment_intents"


class Shop:
    """A server with Stripe that can be killed and started again, its sale, and its shoppers."""

    def __init__(self, scratch, seed, fake):
        self.scratch, self.fake, self.port = scratch, fake, free_port()
        self.data = seed.copy(scratch / "stripe-world")
        self.cluster = Process([BINARY, "postgres"], scratch / "stripe-world.log", cwd=ROOT, env=clean_environment(SMP_DATA=self.data, SMP_LOG="warn"))
        self.cluster.wait_for("PostgreSQL", lambda: "DATABASE_URL=" in self.cluster.output())
        settings = {"SMP_DATA": scratch / "stripe-node", "DATABASE_URL": database_url(self.data), "SMP_LOG": "warn"}
        settings["SMP_SECRET"] = "a secret of the shop that pays by Stripe"
        self.settings = settings | fake.settings
        fake.weather(webhook_url=f"http://127.0.0.1:{self.port}/api/v1/payments/stripe/notices")
        self.start()
        self.node = Node(self.running, self.data, seed)
        self.node.begin_sale()
        made = run_smp("account", "create", "--email", "finance@stripe.example", "--name", "Fin Ance", "--role", "finance", SMP_PASSWORD=PASSWORD, **settings)
        assert made.returncode == 0, made.stderr
        self.finance = Person(self.node.base, "finance@stripe.example")

    def start(self):
        self.context = smp(self.scratch, "stripe-node", "serve", port=self.port, **self.settings)
        self.running = self.context.__enter__()

    def kill(self):
        self.running.child.kill()
        self.running.child.wait()

    def end(self):
        self.running.stop()
        assert self.cluster.stop(signal.SIGINT) == 0, self.cluster.output()[-3000:]

    def order(self):
        shopper = self.node.shopper()
        self.node.hold(shopper)
        order = shopper.post("/me/orders", {"shipping_address": ADDRESS}, status=201)
        return Order(self, shopper, order["number"])

    def paid_order(self):
        """A new order that is paid, and the id of its intent."""
        order = self.order()
        payment = order.begin()
        assert self.fake.confirm(secret(payment), "pm_card_visa").ok
        order.is_paid_once(payment)
        return order, intent_id(payment)


class Order:
    def __init__(self, shop, shopper, number):
        self.shop, self.shopper, self.number = shop, shopper, number
        self.path = f"/me/orders/{number}"

    def begin(self):
        return self.shopper.post(f"{self.path}/payments", {"gateway": "stripe"}, status=201)

    def payment(self, payment):
        return self.shopper.get(f"{self.path}/payments/{payment['id']}")

    def state(self):
        return self.shopper.get(self.path)["state"]

    def come_back(self, payment):
        """The browser returns from Stripe; gives the page it ends on."""
        answer = self.shopper.http.get(f"{self.shop.node.base}/payments/return/stripe/{payment['id']}", timeout=30)
        assert answer.ok, answer.text
        return answer

    def intents(self, payment):
        """What Stripe has of a payment of ours."""
        found = self.shop.fake.of_stripe(INTENTS, limit=100)["data"]
        return [intent for intent in found if intent["metadata"].get("smp_payment") == payment["id"]]

    def is_paid_once(self, payment, within=HEARD_S):
        wait_for("the order is paid", lambda: self.state() == "confirmed", seconds=within, every=0.2)
        paid = [one for one in self.shopper.get(self.path)["payments"] if one["state"] == "succeeded"]
        assert [one["id"] for one in paid] == [payment["id"]], paid
        (intent,) = self.intents(payment)
        charges = self.shop.fake.of_stripe("/v1/charges", payment_intent=intent["id"])["data"]
        assert [charge["amount"] for charge in charges if charge["paid"]] == [PRICE]
        assert not self.shop.fake.of_stripe("/v1/refunds", payment_intent=intent["id"])["data"]
        return paid[0]


def secret(payment):
    action = payment["action"]
    assert payment["state"] == "requires_action" and action["kind"] == "card_form", payment
    return action["client_secret"]


def intent_id(payment):
    return secret(payment).partition("_secret_")[0]


@pytest.fixture(scope="module")
def shop(scratch, seed):
    with FakeStripe(scratch / "stripe-fake.log") as fake:
        shop = Shop(scratch, seed, fake)
        try:
            yield shop
        finally:
            shop.end()


@pytest.fixture(autouse=True)
def fine_weather(shop):
    yield
    url = f"http://127.0.0.1:{shop.port}/api/v1/payments/stripe/notices"
    shop.fake.weather(webhook_url=url, webhook_copies=1, webhook_delay_s=0, webhooks_held=False, failures=[], refunds="succeeded", takes_instead=None)


def test_a_card_pays_and_stripe_learns_whose_it_is(shop):
    order = shop.order()
    payment = order.begin()
    intent = shop.fake.of_stripe(f"{INTENTS}/{intent_id(payment)}")
    assert (intent["amount"], intent["currency"], intent["description"]) == (PRICE, "eur", f"Order {order.number}")
    assert intent["metadata"] == {"smp_payment": payment["id"], "smp_order": order.number}
    assert intent["receipt_email"] is None and intent["shipping"] is None, "nobody's name or address is given away"
    page = order.shopper.http.get(payment["page_url"], timeout=30)
    assert f'data-client-secret="{secret(payment)}"' in page.text and "Paying by card needs JavaScript" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' {shop.fake.base};" in policy and f"connect-src 'self' {shop.fake.base}" in policy, policy
    assert page.headers["Cache-Control"] == "no-store"
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    paid = order.is_paid_once(payment)
    assert (paid["method_brand"], paid["method_last4"]) == ("visa", "4242")


@pytest.mark.parametrize(
    "weather", [{"webhook_copies": 3}, {"webhook_delay_s": 2}, {"webhooks_held": True}, {"webhook_url": None}], ids=["repeated", "late", "reordered", "never"]
)
def test_notices_come_as_they_like(shop, weather):
    shop.fake.weather(**weather)
    order = shop.order()
    payment = order.begin()
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    if weather.get("webhooks_held"):
        shop.fake.ask("POST", "/_release")
    if "webhook_url" in weather:
        assert order.number in order.come_back(payment).text
    order.is_paid_once(payment)
    if copies := weather.get("webhook_copies"):
        (event,) = [one for one in shop.fake.of_stripe("/v1/events", type="payment_intent.succeeded", limit=1)["data"]]
        sent = lambda: [one["status"] for one in shop.fake.deliveries() if one["event"] == event["id"]]  # noqa: E731
        wait_for("every copy", lambda: len(sent()) == copies)
        assert set(sent()) == {200}


def test_a_declined_card_leaves_the_payment_open_for_another(shop):
    order = shop.order()
    payment = order.begin()
    assert shop.fake.confirm(secret(payment), "pm_card_chargeDeclined").status_code == 402
    order.come_back(payment)
    assert (order.payment(payment)["state"], order.state()) == ("requires_action", "awaiting_payment")
    assert shop.fake.confirm(secret(payment), "pm_card_mastercard").ok
    assert order.is_paid_once(payment)["method_brand"] == "mastercard"


def test_a_bank_that_asks(shop):
    order = shop.order()
    payment = order.begin()
    asked = shop.fake.confirm(secret(payment), "pm_card_authenticationRequired", f"{shop.node.base}/payments/return/stripe/{payment['id']}").json()
    bank = asked["next_action"]["redirect_to_url"]["url"]
    wait_for("the bank is known", lambda: order.payment(payment)["action"] and order.payment(payment)["action"]["url"] == bank)
    back = shop.fake.at_bank(asked["id"], "decline")
    assert order.shopper.http.get(back, timeout=30).ok
    assert order.state() == "awaiting_payment" and intent_id(order.payment(payment)) == asked["id"]
    shop.fake.confirm(secret(order.payment(payment)), "pm_card_authenticationRequired", back.partition("?")[0])
    assert order.shopper.http.get(shop.fake.at_bank(asked["id"], "approve"), timeout=30).ok
    order.is_paid_once(payment)


def test_another_attempt_ends_the_one_before(shop):
    order = shop.order()
    first = order.begin()
    second = order.begin()
    assert shop.fake.of_stripe(f"{INTENTS}/{intent_id(first)}")["status"] == "canceled"
    assert shop.fake.confirm(secret(first), "pm_card_visa").status_code == 400
    assert shop.fake.confirm(secret(second), "pm_card_visa").ok
    order.is_paid_once(second)
    assert order.payment(first)["state"] == "cancelled"


@pytest.mark.parametrize("how", ["lost", "500", "503"])
def test_a_beginning_without_an_answer_is_found_again(shop, how):
    shop.fake.weather(failures=[{"method": "POST", "path": INTENTS, "how": how}])
    order = shop.order()
    payment = order.begin()
    assert payment["state"] == "created", payment
    if how == "500":
        # Stripe keeps an error of its own for a day. Nobody has the client secret, so the attempt has failed.
        wait_for("it has failed", lambda: order.come_back(payment) and order.payment(payment)["state"] == "failed", seconds=LOOKED_UP_S, every=5)
        payment = order.begin()
    else:
        wait_for("it is found", lambda: order.payment(payment)["state"] == "requires_action", seconds=LOOKED_UP_S, every=1)
        payment = order.payment(payment)
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    order.is_paid_once(payment)


@pytest.mark.parametrize("how", ["503", "reset", "garbage"])
def test_a_notice_that_cannot_be_looked_up_comes_again(shop, how):
    order = shop.order()
    payment = order.begin()
    shop.fake.weather(failures=[{"method": "GET", "path": f"{INTENTS}/{intent_id(payment)}", "how": how, "times": 3}])
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    order.is_paid_once(payment)
    assert 503 in {one["status"] for one in shop.fake.deliveries()}


def test_foreign_stale_and_old_notices_change_nothing(shop):
    order = shop.order()
    payment = order.begin()
    (intent,) = order.intents(payment)
    forged = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "payment_intent.succeeded", "data": {"object": intent | {"status": "succeeded"}}}
    stranger = {"id": f"evt_{uuid.uuid4().hex}", "type": "payment_intent.succeeded"}
    stranger["data"] = {"object": intent | {"metadata": {"smp_payment": str(uuid.uuid4())}}}

    def sent(event, **how):
        name = event if isinstance(event, str) else event["id"]
        # Stripe's own notices of this payment may come between.
        statuses = lambda: [one["status"] for one in shop.fake.deliveries() if one["event"] == name]  # noqa: E731
        count = len(statuses())
        shop.fake.send(event, **how)
        wait_for("the delivery", lambda: len(statuses()) > count)
        return statuses()[-1]

    assert sent(forged, secret="whsec_of_somebody") == 400
    assert sent(forged, age_s=301) == 400
    # Signed by Stripe, and yet no proof: it is looked up.
    assert sent(forged) == 200
    assert sent(stranger) == 200
    assert (order.payment(payment)["state"], order.state()) == ("requires_action", "awaiting_payment")
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    order.is_paid_once(payment)
    created = next(one for one in shop.fake.of_stripe("/v1/events", type="payment_intent.created", limit=50)["data"] if one["data"]["object"]["id"] == intent["id"])
    for _ in range(2):
        assert sent(created["id"]) == 200
    order.is_paid_once(payment)


def test_another_amount_than_asked_for_is_given_back(shop):
    shop.fake.weather(takes_instead=PRICE - 1)
    order = shop.order()
    payment = order.begin()
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    (intent,) = order.intents(payment)
    refunds = lambda: shop.fake.of_stripe("/v1/refunds", payment_intent=intent["id"])["data"]  # noqa: E731
    wait_for("the money is given back", refunds, seconds=HEARD_S)
    assert [refund["amount"] for refund in refunds()] == [PRICE - 1]
    assert order.state() != "confirmed"


@pytest.mark.parametrize("weather", ["succeeded", "pending", "lost", "failed"])
def test_a_refund_comes_once(shop, weather):
    order, intent = shop.paid_order()
    if weather == "lost":
        shop.fake.weather(failures=[{"method": "POST", "path": "/v1/refunds", "how": "lost"}])
    else:
        shop.fake.weather(refunds=weather)
    shop.finance.call("POST", f"/orders/{order.number}/refunds", {"reason": "It came broken.", "amount_minor": 900}, {"Idempotency-Key": "once"})
    if weather == "pending":
        wait_for("it is pending", lambda: state_of_refund(shop, order) == "pending")
        shop.fake.ask("POST", "/_settle_refunds")
    ends = "failed" if weather == "failed" else "succeeded"
    wait_for(f"it has {ends}", lambda: state_of_refund(shop, order) == ends, seconds=LOOKED_UP_S, every=0.5)
    (refund,) = shop.fake.of_stripe("/v1/refunds", payment_intent=intent)["data"]
    assert refund["amount"] == 900


def test_a_late_call_makes_no_refund_that_was_refused_to_another(shop):
    order, intent = shop.paid_order()
    at_stripe = lambda: [one["amount"] for one in shop.fake.of_stripe("/v1/refunds", payment_intent=intent)["data"]]  # noqa: E731
    # The request and its job may ask for the refund at once. One call is slow, and by then Stripe would do it.
    slow = {"method": "POST", "path": "/v1/refunds", "how": "slow", "seconds": SLOW_S}
    shop.fake.weather(refunds="refused", failures=[slow])
    body = {"reason": "It came broken.", "amount_minor": 900}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(shop.finance.post, f"/orders/{order.number}/refunds", body, status=201)
        wait_for("it is refused", lambda: state_of_refund(shop, order) == "failed", seconds=LOOKED_UP_S)
        shop.fake.weather(refunds="succeeded", failures=[])
        made = asked.result()
    time.sleep(SLOW_S + 1)
    assert at_stripe() == []
    assert shop.finance.post(f"/refunds/{made['id']}/retry", {}, status=201)["state"] == "succeeded"
    assert at_stripe() == [900]


def test_a_refund_that_fails_after_it_was_made_is_owed_again(shop):
    order, intent = shop.paid_order()
    made = shop.finance.post(f"/orders/{order.number}/refunds", {"reason": "It came broken.", "amount_minor": 900}, status=201)
    wait_for("it is made", lambda: state_of_refund(shop, order) == "succeeded", seconds=LOOKED_UP_S, every=0.5)
    (refund,) = shop.fake.of_stripe("/v1/refunds", payment_intent=intent)["data"]
    # A notice alone is no proof.
    event = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "refund.failed", "data": {"object": refund | {"status": "failed"}}}
    shop.fake.send(event)
    wait_for("it was answered", lambda: any(one["event"] == event["id"] and one["status"] == 200 for one in shop.fake.deliveries()))
    assert state_of_refund(shop, order) == "succeeded"

    # The bank refuses it, and Stripe says so by two kinds of notices, each twice.
    shop.fake.weather(webhook_copies=2)
    shop.fake.ask("POST", f"/_refuse_refund/{refund['id']}")
    wait_for("it has failed", lambda: state_of_refund(shop, order) == "failed", seconds=HEARD_S)
    assert order.shopper.get(order.path)["refunded"]["amount"] == 0
    failed = lambda: [one["id"] for one in shop.finance.get("/refunds/failed")["items"]]  # noqa: E731
    assert made["id"] in failed()
    posted = """SELECT t.key, sum(e.amount_minor)::bigint FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
                JOIN orders o ON o.id = t.order_id WHERE o.number = %s AND e.account = 'gateway_cash' AND t.key LIKE 'refund%%'
                GROUP BY t.key ORDER BY min(t.posted_at)"""
    assert shop.node.query(posted, order.number) == [(f"refund:{made['id']}", -900), (f"refund-failed:{made['id']}", 900)]
    told = "SELECT count(*) FROM events WHERE type = 'refund.failed' AND payload->>'refund_id' = %s"
    assert shop.node.query(told, made["id"]) == [(1,)]
    shop.fake.weather(webhook_copies=1)

    again = shop.finance.post(f"/refunds/{made['id']}/retry", {}, status=201)
    assert again["state"] == "succeeded" and made["id"] not in failed()
    assert order.shopper.get(order.path)["refunded"]["amount"] == 900
    checked = run_smp("ledger", "check", **shop.settings)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def state_of_refund(shop, order):
    """Of its one refund; None before there is one."""
    found = shop.node.query("SELECT r.state FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = %s", order.number)
    return found[0][0] if found else None


def test_killed_while_the_shopper_is_at_the_card_form(shop):
    order = shop.order()
    payment = order.begin()
    shop.kill()
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    shop.start()
    order.is_paid_once(payment, LOOKED_UP_S)


def test_killed_between_the_call_and_its_answer(shop):
    order = shop.order()
    shop.fake.weather(failures=[{"method": "POST", "path": INTENTS, "how": "slow", "seconds": 3}])
    number = f"{order.path}/payments"
    before = len(shop.fake.calls("POST", INTENTS))
    begun = []
    caller = called_aside(lambda: begun.append(order.shopper.call("POST", number, {"gateway": "stripe"})))
    wait_for("Stripe is called", lambda: len(shop.fake.calls("POST", INTENTS)) > before)
    shop.kill()
    caller.join()
    shop.start()
    assert not begun, "it was answered before the kill"
    (payment,) = shop.node.query("SELECT p.id::text FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = %s", order.number)
    payment = {"id": payment[0]}
    wait_for("it is found", lambda: order.payment(payment)["state"] == "requires_action", seconds=LOOKED_UP_S, every=1)
    assert shop.fake.confirm(secret(order.payment(payment)), "pm_card_visa").ok
    order.is_paid_once(payment)


def test_killed_while_it_handles_a_notice(shop):
    order = shop.order()
    payment = order.begin()
    path = f"{INTENTS}/{intent_id(payment)}"
    shop.fake.weather(failures=[{"method": "GET", "path": path, "how": "slow", "seconds": 3}])
    assert shop.fake.confirm(secret(payment), "pm_card_visa").ok
    wait_for("the look-up", lambda: shop.fake.calls("GET", path))
    shop.kill()
    assert order.intents(payment)[0]["status"] == "succeeded"
    shop.start()
    order.is_paid_once(payment, LOOKED_UP_S)


def called_aside(does):
    """Calls in a thread; what the kill of a server raises is no failure."""

    def call():
        try:
            does()
        except requests.RequestException:
            pass

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread
