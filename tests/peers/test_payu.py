"""Payments by PayU: the built `smp` against the stand-in, in every weather that loses an answer. Nobody pays twice, and nobody
pays for nothing."""

import re
import signal
import sys
import time

import pytest
import requests

from attack import Node
from support import PASSWORD, Person, Process, answers, free_port, smp, wait_for
from test_fake_payu import FAKE

KEY, SALT = "gtKFFx", "a salt of thirty-two characters!"
ADDRESS = {"name": "Asha Rao", "line1": "12 MG Road", "city": "Bengaluru", "postal_code": "560001", "region": "Karnataka", "country": "IN"}
PHONE = "+91 99000 00001"
# An unknown answer is asked for again after 20 s at first.
KNOWN_S = 90


def form_of(action):
    """The form that takes a shopper to PayU."""
    return {"url": action["url"], "fields": {field["name"]: field["value"] for field in action["fields"]}}


class Fake:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.settings = {"PAYU_KEY": KEY, "PAYU_SALT": SALT, "PAYU_URL": f"{self.base}/_payment", "PAYU_API_URL": f"{self.base}/merchant/postservice.php?form=2"}

    def weather(self, **changes):
        assert requests.post(f"{self.base}/weather", json=changes, timeout=5).ok

    def fate(self, mihpayid, refund_ends):
        """How the refunds of one payment end, whatever the weather."""
        assert requests.post(f"{self.base}/fate", json={"mihpayid": mihpayid, "refund_ends": refund_ends}, timeout=5).ok

    def transactions(self):
        return requests.get(f"{self.base}/transactions", timeout=5).json()

    def checkout(self, form):
        """The address of the bank's page behind a form."""
        page = requests.post(form["url"], data=form["fields"], timeout=5)
        assert page.ok, page.text
        return self.base + re.search(r'action="(/_payment/\d+)"', page.text)[1]

    def answer(self, bank, answer):
        """The bank answers; the form that takes the shopper back, or none."""
        page = requests.post(bank, data={"answer": answer}, timeout=5)
        assert page.ok, page.text
        return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text))

    def come_back(self, fields, notice):
        """The shopper's browser comes back, from PayU's site."""
        from_payu = {"Sec-Fetch-Site": "cross-site", "Origin": self.base}
        return requests.post(fields["surl"], data=notice, headers=from_payu, allow_redirects=False, timeout=20)


@pytest.fixture(scope="module")
def fake(scratch):
    port = free_port()
    process = Process([sys.executable, FAKE / "server.py", "--port", port, "--key", KEY, "--salt", SALT], scratch / "payu.log")
    try:
        process.wait_for("PayU's stand-in", lambda: answers(f"http://127.0.0.1:{port}/"))
        yield Fake(port)
    finally:
        process.stop()


class Shop:
    """A node with a sale in rupees, which can be killed and started again."""

    def __init__(self, scratch, seed, fake):
        self.scratch, self.seed, self.fake = scratch, seed, fake
        self.data, self.port = seed.copy(scratch / "payu-world"), free_port()
        self.start()
        self.node.begin_sale()
        self.node.query("UPDATE revisions SET content = content || '{\"currency\": \"INR\"}'")
        wait_for("the sale in rupees", lambda: Person(self.base).get(f"/sales/{seed.slug}")["items"][0]["price"]["currency"] == "INR", seconds=20)

    def start(self):
        self.running = smp(self.scratch, "payu", "serve", port=self.port, SMP_DATA=self.data, SMP_LOG="warn", **self.fake.settings)
        self.process = self.running.__enter__()
        self.base, item = self.process.base, getattr(getattr(self, "node", None), "item", None)
        self.node = Node(self.process, self.data, self.seed)
        self.node.item = item

    def kill(self):
        self.process.child.send_signal(signal.SIGKILL)
        self.process.child.wait()
        self.start()

    def stop(self):
        self.running.__exit__(None, None, None)

    def order(self):
        """A shopper with an unpaid order; its number."""
        shopper = self.node.shopper()
        self.node.hold(shopper)
        return shopper, shopper.post("/me/orders", {"shipping_address": ADDRESS}, status=201)["number"]

    def begin(self):
        """A payment whose form waits for its shopper."""
        shopper, number = self.order()
        payment = shopper.post(f"/me/orders/{number}/payments", {"gateway": "payu", "phone": PHONE})
        action = payment["action"]
        assert (payment["state"], action["kind"], action["url"]) == ("requires_action", "post_form", self.fake.settings["PAYU_URL"])
        return shopper, number, form_of(action) | {"id": payment["id"]}

    def back(self, form, notice):
        return self.fake.come_back(form["fields"], notice)

    def state(self, shopper, number):
        order = shopper.get(f"/me/orders/{number}")
        return order["state"], [payment["state"] for payment in order["payments"]]

    def wait_paid(self, shopper, number):
        wait_for(f"{number} paid", lambda: self.state(shopper, number)[0] == "confirmed", seconds=KNOWN_S, every=0.5)
        assert self.state(shopper, number)[1].count("succeeded") == 1


@pytest.fixture(scope="module")
def shop(scratch, seed, fake):
    shop = Shop(scratch, seed, fake)
    yield shop
    shop.stop()


def test_approved_once_however_often_it_is_told(shop, fake):
    shopper, number, form = shop.begin()
    notice = fake.answer(fake.checkout(form), "approve")
    for _ in range(3):
        assert shop.back(form, notice).status_code == 303
        assert requests.post(f"{shop.base}/api/v1/payments/payu/notices", data=notice, timeout=20).ok
    shop.wait_paid(shopper, number)
    refused = shopper.call("POST", f"/me/orders/{number}/payments", {"gateway": "payu", "phone": PHONE})
    assert refused.status_code == 409, refused.text


def test_declined(shop, fake):
    shopper, number, form = shop.begin()
    shop.back(form, fake.answer(fake.checkout(form), "decline"))
    wait_for("the payment failed", lambda: shop.state(shopper, number) == ("awaiting_payment", ["failed"]))


def test_a_form_that_payu_did_not_sign_pays_nothing(shop, fake):
    shopper, number, form = shop.begin()
    notice = fake.answer(fake.checkout(form), "decline")
    forged = notice | {"status": "success", "unmappedstatus": "captured"}
    assert shop.back(form, forged).status_code < 500
    stranger = requests.post(f"{shop.base}/api/v1/payments/payu/notices", data=forged, timeout=20)
    assert stranger.status_code == 400, stranger.text
    time.sleep(2)
    assert shop.state(shopper, number)[0] == "awaiting_payment"


def test_the_shopper_never_comes_back(shop, fake):
    shopper, number, form = shop.begin()
    assert fake.answer(fake.checkout(form), "silent") == {}
    shop.wait_paid(shopper, number)


def test_the_bank_takes_its_time_and_payu_is_down(shop, fake):
    fake.weather(late_s=3, trouble={"verify_payment": {"mode": "500", "times": 2}})
    shopper, number, form = shop.begin()
    shop.back(form, fake.answer(fake.checkout(form), "late"))
    assert shop.state(shopper, number)[0] == "awaiting_payment"
    shop.wait_paid(shopper, number)


def test_another_amount_is_not_taken_for_the_one_asked_for(shop, fake):
    fake.weather(amount="1.00")
    try:
        shopper, number, form = shop.begin()
        shop.back(form, fake.answer(fake.checkout(form), "approve"))
        wait_for("the payment refused", lambda: shop.state(shopper, number)[1] == ["failed"], seconds=KNOWN_S)
        assert shop.state(shopper, number)[0] != "confirmed"
    finally:
        fake.weather(amount=None)


def test_a_refund_whose_answer_is_lost_is_made_once(shop, fake):
    shopper, number, form = shop.begin()
    shop.back(form, fake.answer(fake.checkout(form), "approve"))
    shop.wait_paid(shopper, number)
    before = len(fake.transactions()["refunds"])
    fake.weather(refund_s=3, trouble={"cancel_refund_transaction": {"mode": "reset", "times": 1, "after": True}})
    manager = Person(shop.base, "manager@faults.example", PASSWORD)
    manager.call("POST", f"/orders/{number}/refunds", {"reason": "It broke."})
    refunded = lambda: [refund["state"] for refund in shopper.get(f"/me/orders/{number}")["refunds"]] == ["succeeded"]  # noqa: E731
    wait_for("the refund", refunded, seconds=KNOWN_S, every=0.5)
    assert len(fake.transactions()["refunds"]) == before + 1


@pytest.mark.parametrize("step", ["begun", "at the bank", "paid", "told"])
def test_killed_between_two_steps(shop, fake, step):
    shopper, number, form = shop.begin()
    if step == "begun":
        shop.kill()
    bank = fake.checkout(form)
    if step == "at the bank":
        shop.kill()
    notice = fake.answer(bank, "approve")
    if step == "paid":
        # The shopper comes back to a server that is gone.
        shop.kill()
    else:
        shop.back(form, notice)
    if step == "told":
        shop.kill()
    shop.wait_paid(shopper, number)
    taken = [payment for payment in fake.transactions()["payments"].values() if payment["productinfo"].endswith(number)]
    assert [payment["status"] for payment in taken] == ["success"]
