"""Where Stripe moves money, a provider is onboarded before it sells, gets its share by a transfer, and disputes are heard of once.
Stripe is the fake one, which test_stripe_fake.py holds against Stripe's own client; the keys are of its live mode."""

import pytest
import requests

from fake_stripe import LiveStripe
from support import PASSWORD, Person, run_smp, wait_for
from test_stripe import HEARD_S, PRICE, Shop

# What is looked at each minute, and once at the start.
EACH_MINUTE_S = 90


class Market(Shop):
    """A shop whose provider has an owner."""

    def __init__(self, scratch, seed, fake):
        super().__init__(scratch, seed, fake)
        made = run_smp("account", "create", "--email", "owner@connect.example", "--name", "Ona Kiln", SMP_PASSWORD=PASSWORD, **self.settings)
        assert made.returncode == 0, made.stderr
        ((self.tenant,),) = self.node.query("SELECT tenant_id::text FROM providers WHERE slug = 'kiln'")
        self.node.query("INSERT INTO members (tenant_id, account_id, role) VALUES (%s, %s, 'owner')", self.tenant, made.stdout.split()[0])
        self.owner = Person(self.node.base, "owner@connect.example")
        self.path = f"/providers/{self.tenant}/payouts"

    def payouts(self):
        return self.owner.get(self.path)

    def state(self):
        ((state,),) = self.node.query("SELECT state FROM payout_accounts WHERE tenant_id = %s", self.tenant)
        return state

    def account(self):
        ((reference,),) = self.node.query("SELECT reference FROM payout_accounts WHERE tenant_id = %s", self.tenant)
        return reference

    def onboard(self):
        url = self.owner.post(f"{self.path}/onboarding")["url"]
        assert requests.get(url, allow_redirects=False, timeout=20).status_code == 303
        wait_for("the account is enabled", lambda: self.state() == "enabled", seconds=HEARD_S)
        wait_for("the sale sells", self.sells, seconds=HEARD_S)

    def sells(self):
        return not Person(self.node.base).get(f"/sales/{self.node.slug}")["halted"]

    def hold(self):
        shopper = self.node.shopper()
        return shopper.call("POST", f"/sales/{self.node.slug}/holds", {"sale_item_id": self.node.item, "quantity": 1})

    def dispute(self, number):
        """Its state and how often it was told, of the order's one dispute."""
        found = self.node.query("SELECT d.id::text, d.state FROM disputes d JOIN orders o ON o.id = d.order_id WHERE o.number = %s", number)
        if not found:
            return None
        ((dispute, state),) = found
        told = self.node.query("SELECT type FROM events WHERE payload->>'dispute_id' = %s ORDER BY type", dispute)
        return state, [kind for (kind,) in told]


@pytest.fixture(scope="module")
def market(scratch, seed):
    folder = scratch / "connect"
    folder.mkdir()
    with LiveStripe(folder / "fake.log") as fake:
        market = Market(folder, seed, fake)
        try:
            yield market
        finally:
            market.end()


def test_nothing_sells_before_its_provider_is_onboarded(market):
    wait_for("the gate", lambda: not market.sells(), seconds=HEARD_S)
    assert market.hold().status_code == 409
    before = market.payouts()
    assert (before["state"], before["required"], before["sandbox"]) == ("none", True, False)
    assert "not set up" in before["missing"]
    first = market.owner.post(f"{market.path}/onboarding")
    second = market.owner.post(f"{market.path}/onboarding")
    assert first["url"] and second["url"] and first["account"]["state"] == "onboarding"
    assert len(market.fake.calls("POST", "/v1/accounts")) == 1, "one account, however often it is pressed"
    page = f"{market.node.base}/portal/p/kiln/payouts"
    (link, _) = market.fake.calls("POST", "/v1/account_links")
    assert (link["form"]["return_url"], link["form"]["refresh_url"]) == (page, page)
    market.onboard()
    after = market.payouts()
    assert (after["state"], after["missing"], after["requirements"]) == ("enabled", None, [])
    assert market.hold().status_code == 201
    assert market.owner.post(f"{market.path}/dashboard")["url"].startswith(market.fake.base)


def test_what_stripe_asks_for_later_stops_the_sale_by_a_webhook_alone(market):
    market.onboard()
    account = market.account()
    market.fake.ask("POST", f"/_ask_more/{account}", {"due": ["external_account"]})
    wait_for("it is restricted", lambda: market.state() == "restricted", seconds=HEARD_S)
    wait_for("nothing sells", lambda: not market.sells(), seconds=HEARD_S)
    assert market.hold().status_code == 409
    asked = market.payouts()
    assert asked["requirements"] == [{"what": "a bank account for payouts", "past_due": True}]
    # An old notice comes again after the new one: what counts is what Stripe says now.
    market.onboard()
    events = market.fake.of_stripe("/v1/events", type="account.updated", limit=100)["data"]
    market.fake.send(next(event for event in events if not event["data"]["object"]["payouts_enabled"]))
    wait_for("it was answered", lambda: market.fake.deliveries("account.updated")[-1]["status"] == 200, seconds=HEARD_S)
    assert market.state() == "enabled"
    assert market.hold().status_code == 201


OWED = """
    WITH t AS (
        INSERT INTO ledger_transfers (id, key, kind, currency, posted_at)
        VALUES (gen_random_uuid(), 'peers', 'sale', 'EUR', now() - interval '20 days') RETURNING id
    ), e AS (
        INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, amount_minor, currency)
        SELECT tenant, gen_random_uuid(), t.id, account, amount, 'EUR'
        FROM t, (VALUES (%s::uuid, 'provider_payable', -900000),
                        ('00000000-0000-0000-0000-000000000000', 'gateway_cash', 900000)) AS v (tenant, account, amount)
    )
    INSERT INTO provider_payables AS b (tenant_id, currency, balance_minor) VALUES (%s, 'EUR', 900000)
    ON CONFLICT (tenant_id, currency) DO UPDATE SET balance_minor = b.balance_minor + 900000 RETURNING balance_minor"""


def test_a_statement_is_transferred_once_however_often_it_is_sent_and_taken_back_once(market):
    market.onboard()
    market.node.query(OWED, market.tenant, market.tenant)
    approver = ("account", "create", "--email", "second@stripe.example", "--name", "Sec Ond", "--role", "finance")
    made = run_smp(*approver, SMP_PASSWORD=PASSWORD, **market.settings)
    assert made.returncode == 0, made.stderr
    (drafted,) = market.finance.post("/statements", {"tenant_id": market.tenant})["items"]
    path = f"/providers/{market.tenant}/statements/{drafted['id']}"
    Person(market.node.base, "second@stripe.example").post(f"{path}/approval", {})
    sent = [market.finance.post(f"{path}/transfer", {}) for _ in range(2)]
    assert [one["state"] for one in sent] == ["sent", "sent"], sent
    assert sent[0]["reference"] == sent[1]["reference"]
    seen = market.fake.of_stripe(f"/v1/transfers/{sent[0]['reference']}")
    assert (seen["amount"], seen["destination"]) == (drafted["amount"]["amount"], market.account())
    assert (seen["source_transaction"], seen["transfer_group"]) == (None, f"{drafted['id']}-1")
    for _ in range(2):
        failed = market.finance.post(f"{path}/outcome", {"outcome": "failed", "reason": "Its account is closed"})
        assert failed["state"] == "failed"
    assert market.fake.of_stripe(f"/v1/transfers/{sent[0]['reference']}")["amount_reversed"] == drafted["amount"]["amount"]
    posted = "SELECT key FROM ledger_transfers WHERE strpos(key, %s) > 0 ORDER BY posted_at"
    keys = [key.partition(":")[0] for (key,) in market.node.query(posted, drafted["id"])]
    assert keys == ["payout", "payout_failed"]


def test_the_fee_of_a_payment_is_learnt(market):
    market.onboard()
    order, _ = market.paid_order()

    def fee():
        return market.finance.get(f"/payments?order={order.number}")["items"][0].get("fee")

    wait_for("the fee", fee, seconds=EACH_MINUTE_S, every=1)
    assert fee() == {"amount": PRICE * 29 // 1000 + 30, "currency": "EUR"}


def test_a_dispute_is_heard_of_once_in_any_order(market):
    market.onboard()
    order, intent = market.paid_order()
    hook = f"http://127.0.0.1:{market.port}/api/v1/payments/stripe/notices"
    market.fake.weather(webhooks_held=True, webhook_copies=2)
    opened = market.fake.ask("POST", f"/_dispute/{intent}", {"reason": "fraudulent"})
    market.fake.ask("POST", f"/_move_dispute/{opened['id']}?status=under_review")
    # The latest first, and each twice.
    market.fake.ask("POST", "/_release")
    market.fake.weather(webhook_url=hook, webhooks_held=False, webhook_copies=1)
    wait_for("it is known", lambda: market.dispute(order.number) == ("under_review", ["dispute.opened"]), seconds=HEARD_S)
    refused = market.finance.call("POST", f"/orders/{order.number}/refunds", {"reason": "Broken"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:smp:disputed")
    (shown,) = [one for one in market.finance.get("/disputes?open=true")["items"] if one["order_number"] == order.number]
    assert shown["reference"] == opened["id"] and shown["amount"] == {"amount": PRICE, "currency": "EUR"}
    assert shown["dashboard_url"] == f"https://dashboard.stripe.com/disputes/{opened['id']}"
    market.fake.ask("POST", f"/_move_dispute/{opened['id']}?status=won")
    both = ("won", ["dispute.closed", "dispute.opened"])
    wait_for("it is won", lambda: market.dispute(order.number) == both, seconds=HEARD_S)
    # Its first notice comes once more.
    first = market.fake.of_stripe("/v1/events", type="charge.dispute.created", limit=1)["data"][0]
    market.fake.send(first | {"id": "evt_again"})
    wait_for("it was answered", lambda: market.fake.deliveries("dispute.created")[-1]["status"] == 200, seconds=HEARD_S)
    assert market.dispute(order.number) == both
    kept = """SELECT e.account, sum(e.amount_minor)::bigint FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.id
              JOIN orders o ON o.id = t.order_id WHERE o.number = %s AND t.key LIKE 'dispute-fee:%%' GROUP BY 1 ORDER BY 1"""
    assert market.node.query(kept, order.number) == [("fees", 1500), ("gateway_cash", -1500)]
    market.finance.post(f"/orders/{order.number}/refunds", {"reason": "Broken"}, status=201)


def disputed(market, **how):
    """A paid order that is disputed: its number, the dispute at Stripe, and its path here."""
    order, intent = market.paid_order()
    opened = market.fake.ask("POST", f"/_dispute/{intent}", {"reason": "product_not_received"} | how)
    wait_for("it is known", lambda: market.dispute(order.number), seconds=HEARD_S)
    ((dispute,),) = market.node.query("SELECT id::text FROM disputes WHERE reference = %s", opened["id"])
    return order.number, opened["id"], f"/disputes/{dispute}"


def submit(market, path, version):
    return market.finance.call("POST", f"{path}/submission", headers={"If-Match": f'"{version}"'})


def test_evidence_is_written_here_and_submitted_once(market):
    market.onboard()
    number, reference, path = disputed(market)
    prefilled = market.finance.get(f"{path}/evidence")
    assert (prefilled["version"], prefilled["editable"]) == (0, True)
    assert number in prefilled["receipt"] and prefilled["customer_name"] and prefilled["customer_email"]
    assert submit(market, path, 0).json()["type"] == "urn:smp:evidence_missing"
    fields = ("product_description", "customer_name", "customer_email", "receipt")
    draft = {name: prefilled[name] for name in fields} | {"shipping_carrier": "DHL", "shipping_tracking_number": "00340434"}
    saved = market.finance.edit("PUT", f"{path}/evidence", draft)
    assert saved["version"] == 1
    seen = market.fake.of_stripe(f"/v1/disputes/{reference}")
    assert not seen["evidence_details"]["has_evidence"], "a draft is ours alone"
    assert submit(market, path, 7).status_code == 412, "it is not what was read"

    # The answer is lost, and Stripe is asked what became of it.
    market.fake.weather(failures=[{"method": "POST", "path": f"/v1/disputes/{reference}", "how": "lost"}])
    done = submit(market, path, 1)
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["evidence_submitted"]) == ("under_review", True)
    seen = market.fake.of_stripe(f"/v1/disputes/{reference}")
    assert seen["evidence_details"]["submission_count"] == 1
    assert seen["evidence"]["shipping_tracking_number"] == "00340434" and number in seen["evidence"]["uncategorized_text"]
    again = submit(market, path, 1)
    assert (again.status_code, again.json()["type"]) == (409, "urn:smp:evidence_submitted")
    late = market.finance.call("PUT", f"{path}/evidence", draft, {"If-Match": '"1"'})
    assert (late.status_code, late.json()["type"]) == (409, "urn:smp:evidence_submitted")
    shown = market.finance.get(f"{path}/evidence")
    assert not shown["editable"] and shown["shipping_carrier"] == "DHL"
    assert market.dispute(number) == ("under_review", ["dispute.evidence_submitted", "dispute.opened"])
    market.fake.ask("POST", f"/_move_dispute/{reference}?status=won")
    wait_for("it is won", lambda: market.dispute(number)[0] == "won", seconds=HEARD_S)


def test_evidence_whose_end_is_unknown_is_asked_for_before_it_is_sent_again(market):
    market.onboard()
    number, reference, path = disputed(market)
    market.finance.call("PUT", f"{path}/evidence", {"uncategorized_text": "It was delivered."}, {"If-Match": '"0"'})
    at = f"/v1/disputes/{reference}"
    # It is submitted, and no question is answered.
    market.fake.weather(
        webhook_url=None,
        failures=[{"method": "POST", "path": at, "how": "lost", "times": 9}, {"method": "GET", "path": at, "how": "503", "times": 9}],
    )
    assert submit(market, path, 1).status_code == 503
    assert market.finance.get(f"{path}/evidence")["being_sent"]
    frozen = market.finance.call("PUT", f"{path}/evidence", {"uncategorized_text": "More."}, {"If-Match": '"1"'})
    assert frozen.json()["type"] == "urn:smp:evidence_being_sent"
    market.fake.weather(failures=[])
    assert submit(market, path, 1).status_code in (200, 409), "the clock may have heard of it first"
    assert market.dispute(number)[0] == "under_review"
    assert market.fake.of_stripe(at)["evidence_details"]["submission_count"] == 1
    market.fake.weather(webhook_url=f"http://127.0.0.1:{market.port}/api/v1/payments/stripe/notices")


def test_evidence_after_its_date_is_refused(market):
    market.onboard()
    _, _, path = disputed(market)
    market.finance.call("PUT", f"{path}/evidence", {"uncategorized_text": "It was delivered."}, {"If-Match": '"0"'})
    market.node.query("UPDATE disputes SET evidence_due_at = now() - interval '1 minute' WHERE id::text = %s RETURNING id::text", path[-36:])
    late = submit(market, path, 1)
    assert (late.status_code, late.json()["type"]) == (409, "urn:smp:evidence_late")


def test_a_dispute_is_accepted_once_and_an_inquiry_is_not(market):
    market.onboard()
    number, reference, path = disputed(market)
    market.fake.weather(failures=[{"method": "POST", "path": f"/v1/disputes/{reference}/close", "how": "lost"}])
    done = market.finance.call("POST", f"{path}/acceptance")
    assert (done.status_code, done.json()["state"], done.json()["accepted"]) == (200, "lost", True), done.text
    assert market.fake.of_stripe(f"/v1/disputes/{reference}")["status"] == "lost"
    assert market.finance.call("POST", f"{path}/acceptance").json()["type"] == "urn:smp:dispute_closed"
    assert market.dispute(number) == ("lost", ["dispute.closed", "dispute.opened"])
    refused = market.finance.call("POST", f"/orders/{number}/refunds", {"reason": "Broken"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:smp:disputed")
    _, _, asked = disputed(market, status="warning_needs_response")
    assert market.finance.call("POST", f"{asked}/acceptance").json()["type"] == "urn:smp:dispute_not_acceptable"


def test_a_dispute_of_another_shop_is_no_concern(market):
    made = requests.post(
        f"{market.fake.base}/v1/payment_intents",
        data={"amount": 900, "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"},
        headers={"Authorization": "Bearer sk_live_fake"},
        timeout=20,
    ).json()
    before = market.node.query("SELECT count(*) FROM disputes")
    market.fake.ask("POST", f"/_dispute/{made['id']}")
    wait_for("it was answered", lambda: market.fake.deliveries("dispute.created")[-1]["status"] == 200, seconds=HEARD_S)
    assert market.node.query("SELECT count(*) FROM disputes") == before
