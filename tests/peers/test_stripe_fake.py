"""The fake Stripe is what it stands in for, as far as Stripe's own client can tell."""

import http.server
import json
import threading
import uuid

import pytest
import requests
import stripe

from fake_stripe import PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from support import wait_for


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    with FakeStripe(tmp_path_factory.mktemp("stripe") / "fake.log") as fake:
        yield fake


@pytest.fixture(scope="module")
def client(fake):
    return stripe.StripeClient(SECRET_KEY, base_addresses={"api": fake.base}, max_network_retries=0)


@pytest.fixture
def hook(fake):
    """An address that takes webhooks, and what came there: (body, signature)."""
    came = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            came.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"]))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    hook.came, hook.status = came, 200
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    fake.weather(webhook_url=f"http://127.0.0.1:{hook.server_port}/")
    yield hook
    fake.weather(webhook_url=None, webhook_copies=1, webhook_delay_s=0, webhooks_held=False)
    hook.shutdown()


def begin(client, amount=1099, **more):
    params = {"amount": amount, "currency": "eur", "automatic_payment_methods": {"enabled": True}, "metadata": {"smp_payment": "p-1"}} | more
    return client.v1.payment_intents.create(params)


def paid(client, amount=1099):
    return client.v1.payment_intents.confirm(begin(client, amount).id, {"payment_method": "pm_card_visa", "expand": ["latest_charge.balance_transaction"]})


def test_a_payment_is_created_confirmed_and_charged_with_a_fee(client):
    intent = begin(client)
    assert (intent.status, intent.amount, intent.amount_received, intent.metadata["smp_payment"]) == ("requires_payment_method", 1099, 0, "p-1")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    client.v1.payment_intents.update(intent.id, {"description": "Order 1", "metadata": {"smp_order": "1"}})
    done = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge.balance_transaction"]})
    assert (done.status, done.amount_received) == ("succeeded", 1099)
    charge = done.latest_charge
    assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == ("visa", "4242")
    assert charge.metadata.to_dict() == {"smp_payment": "p-1", "smp_order": "1"}
    assert charge.balance_transaction.net == 1099 - charge.balance_transaction.fee > 0
    assert client.v1.payment_intents.list({"limit": 1}).data[0].id == intent.id
    assert client.v1.charges.list({"payment_intent": intent.id}).data[0].id == charge.id
    again = client.v1.payment_intents.retrieve(intent.id)
    assert again.latest_charge == charge.id, "what is not asked for is an id"


def test_a_declined_card_leaves_the_payment_open(client):
    intent = begin(client)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "generic_decline")
    assert declined.value.user_message == "Your card was declined."
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", "card_declined")
    done = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_mastercard"})
    assert (done.status, done.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(("answer", "status", "redirect"), [("approve", "succeeded", "succeeded"), ("decline", "requires_payment_method", "failed")])
def test_a_bank_asks_and_leads_back(client, fake, answer, status, redirect):
    intent = begin(client)
    back = "http://127.0.0.1/back?order=1"
    asked = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_authenticationRequired", "return_url": back})
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    assert asked.next_action.redirect_to_url.url == f"{fake.base}/_bank/{intent.id}"
    assert "Approve" in requests.get(asked.next_action.redirect_to_url.url, timeout=20).text
    to = fake.at_bank(intent.id, answer)
    assert to.startswith(f"{back}&payment_intent={intent.id}&") and to.endswith(f"redirect_status={redirect}"), to
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_cancelled_payment_cannot_be_paid_and_a_paid_one_not_cancelled(client):
    intent = begin(client)
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
    for call in (lambda: client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}), lambda: client.v1.payment_intents.cancel(paid(client).id)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert (refused.value.code, refused.value.http_status) == ("payment_intent_unexpected_state", 400)


def test_bad_input_is_refused_by_name(client):
    for changes, code, param in (
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amout": 1}, "parameter_unknown", "amout"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            begin(client, **changes)
        assert refused.value.code == code and (refused.value.param or param) == param
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.payment_intents.retrieve("pi_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("none", base_addresses={"api": client._requestor.base_addresses["api"]}).v1.charges.list()


def test_a_key_stands_for_one_request(client, fake):
    def create(key, amount=500):
        params = {"amount": amount, "currency": "eur", "automatic_payment_methods": {"enabled": True}}
        return client.v1.payment_intents.create(params, {"idempotency_key": key})

    key = str(uuid.uuid4())
    first, again = create(key), create(key)
    assert first.id == again.id and again.last_response.headers["Idempotent-Replayed"] == "true"
    client.v1.payment_intents.confirm(first.id, {"payment_method": "pm_card_visa"})
    assert create(key).status == "requires_payment_method", "the answer is that of the first time"
    with pytest.raises(stripe.IdempotencyError) as other:
        create(key, 501)
    assert other.value.http_status == 400
    # An error of Stripe's own stays under the key; a lost answer is there for whoever asks again.
    fake.weather(failures=[{"path": "/v1/payment_intents", "method": "POST", "how": "500"}])
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create("breaks")
    fake.weather(failures=[{"path": "/v1/payment_intents", "method": "POST", "how": "lost"}])
    with pytest.raises(stripe.APIConnectionError):
        create("lost")
    assert create("lost").last_response.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("how", "error"), [("503", stripe.APIError), ("429", stripe.RateLimitError), ("reset", stripe.APIConnectionError), ("garbage", stripe.APIError)])
def test_bad_weather_is_what_the_client_knows_it_as(client, fake, how, error):
    fake.weather(failures=[{"path": "/v1/charges", "how": how}])
    with pytest.raises(error):
        client.v1.charges.list()
    assert client.v1.charges.list().object == "list", "it is over"


def test_refunds_in_parts_are_listed_and_end_at_the_whole(client, fake):
    intent = paid(client, 1000)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 400, "metadata": {"smp_refund": "r-1"}})
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 400, intent.latest_charge.id)
    assert client.v1.balance_transactions.retrieve(refund.balance_transaction).amount == -400
    booked = client.v1.balance_transactions.list({"created": {"gte": refund.created - 60, "lt": refund.created + 60}, "expand": ["data.source"]})
    assert [(one.amount, one.source.id) for one in booked.data[:2]] == [(-400, refund.id), (1000, intent.latest_charge.id)]
    assert not client.v1.balance_transactions.list({"created": {"lt": refund.created - 60}}).data
    fake.weather(refunds="pending")
    late = client.v1.refunds.create({"charge": refund.charge})
    fake.weather(refunds="succeeded")
    assert (late.status, late.amount) == ("pending", 600)
    fake.ask("POST", "/_settle_refunds")
    assert client.v1.refunds.retrieve(late.id).status == "succeeded"
    assert [one.id for one in client.v1.refunds.list({"payment_intent": intent.id}).data] == [late.id, refund.id]
    assert client.v1.refunds.retrieve(refund.id).metadata["smp_refund"] == "r-1"
    with pytest.raises(stripe.InvalidRequestError) as over:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1})
    assert over.value.code == "charge_already_refunded"
    fake.weather(refunds="failed")
    failed = client.v1.refunds.create({"payment_intent": paid(client).id})
    fake.weather(refunds="succeeded")
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert client.v1.balance_transactions.retrieve(failed.failure_balance_transaction).amount == failed.amount
    intent = paid(client)
    fake.fate(intent.id, refunds="refused")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "balance_insufficient"


def test_a_webhook_is_read_by_the_official_client_and_only_with_its_secret(client, fake, hook):
    intent = paid(client)
    kinds = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    wait_for("three events", lambda: len(hook.came) == 3)
    events = [client.construct_event(body, signature, WEBHOOK_SECRET) for body, signature in hook.came]
    assert sorted(event.type for event in events) == sorted(kinds)
    succeeded = next(event for event in events if event.type == "payment_intent.succeeded")
    assert (succeeded.data.object.id, succeeded.data.object.metadata["smp_payment"]) == (intent.id, "p-1")
    assert client.v1.events.retrieve(succeeded.id).type == succeeded.type
    body, signature = hook.came[0]
    for bad_body, bad_signature, secret in ((body, signature, "whsec_other"), (body + b" ", signature, WEBHOOK_SECRET), (body, "t=1,v1=00", WEBHOOK_SECRET)):
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(bad_body, bad_signature, secret)
    fake.send(succeeded.id, age_s=301)
    wait_for("a stale event", lambda: len(hook.came) == 4)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        client.construct_event(*hook.came[-1], WEBHOOK_SECRET)


def test_webhooks_come_twice_late_in_another_order_and_again(client, fake, hook):
    fake.weather(webhook_copies=2, webhook_delay_s=0.3)
    begin(client)
    assert not hook.came
    wait_for("both copies", lambda: len(hook.came) == 2)
    assert hook.came[0][0] == hook.came[1][0]
    fake.weather(webhook_copies=1, webhook_delay_s=0, webhooks_held=True)
    hook.came.clear()
    paid(client)
    assert not hook.came
    fake.ask("POST", "/_release")
    wait_for("what was held", lambda: len(hook.came) == 3)
    assert [json.loads(body)["type"] for body, _ in hook.came] == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]
    fake.weather(webhooks_held=False)
    hook.came.clear()
    hook.status = 503
    begin(client)
    wait_for("a second try", lambda: len(hook.came) >= 2)
    hook.status = 200
    wait_for("its end", lambda: fake.deliveries()[-1]["status"] == 200)


def test_a_seller_is_onboarded_paid_and_paid_back(client, fake, hook):
    account = client.v1.accounts.create({"type": "express", "country": "DE", "email": "owner@larkmoor.example", "metadata": {"tenant": "t-1"}})
    assert account.requirements.currently_due and not account.charges_enabled
    params = {"amount": 900, "currency": "eur", "destination": account.id}
    with pytest.raises(stripe.InvalidRequestError) as early:
        client.v1.transfers.create(params)
    assert early.value.code == "insufficient_capabilities_for_transfer"
    back = "http://127.0.0.1/back"
    link = client.v1.account_links.create({"account": account.id, "return_url": back, "refresh_url": back, "type": "account_onboarding"})
    assert requests.get(link.url, allow_redirects=False, timeout=20).headers["Location"] == back
    account = client.v1.accounts.retrieve(account.id)
    assert account.charges_enabled and account.capabilities.transfers == "active" and not account.requirements.currently_due
    wait_for("account.updated", lambda: any(json.loads(body)["type"] == "account.updated" for body, _ in hook.came))
    transfer = client.v1.transfers.create(params | {"transfer_group": "order-1"})
    assert (transfer.destination, transfer.amount, transfer.reversed) == (account.id, 900, False)
    part = client.v1.transfers.reversals.create(transfer.id, {"amount": 300})
    rest = client.v1.transfers.reversals.create(transfer.id, {})
    assert (part.amount, rest.amount, part.transfer) == (300, 600, transfer.id)
    transfer = client.v1.transfers.retrieve(transfer.id)
    assert transfer.reversed and [one.id for one in transfer.reversals.data] == [rest.id, part.id]


def test_a_seller_is_asked_for_more_and_has_pages_at_stripe(client, fake, hook):
    account = client.v1.accounts.create({"type": "express", "country": "DE", "capabilities": {"transfers": {"requested": True}}})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.accounts.login_links.create(account.id)
    fake.ask("POST", f"/_ask_more/{account.id}", {"due": ["external_account"], "deadline": 1_900_000_000})
    asked = client.v1.accounts.retrieve(account.id)
    assert (asked.requirements.currently_due, asked.requirements.current_deadline) == (["external_account"], 1_900_000_000)
    back = "http://127.0.0.1/back"
    link = client.v1.account_links.create({"account": account.id, "return_url": back, "refresh_url": back, "type": "account_onboarding"})
    requests.get(link.url, allow_redirects=False, timeout=20)
    assert client.v1.accounts.login_links.create(account.id).url.startswith(fake.base)
    fake.ask("POST", f"/_ask_more/{account.id}", {"due": ["individual.verification.document"]})
    late = client.v1.accounts.retrieve(account.id)
    assert not late.payouts_enabled and late.requirements.past_due == ["individual.verification.document"]
    fake.ask("POST", f"/_reject/{account.id}")
    assert client.v1.accounts.retrieve(account.id).requirements.disabled_reason == "rejected.fraud"


def test_transfers_of_a_charge_never_exceed_it(client, fake):
    account = client.v1.accounts.create({"type": "express", "country": "DE"})
    fake_link = {"account": account.id, "return_url": "http://127.0.0.1/", "refresh_url": "http://127.0.0.1/", "type": "account_onboarding"}
    requests.get(client.v1.account_links.create(fake_link).url, allow_redirects=False, timeout=20)
    charge = paid(client, 1000).latest_charge
    params = {"amount": 700, "currency": "eur", "destination": account.id, "source_transaction": charge.id, "transfer_group": "order-2"}
    first = client.v1.transfers.create(params, {"idempotency_key": "share-1"})
    assert client.v1.transfers.create(params, {"idempotency_key": "share-1"}).id == first.id
    assert (first.source_transaction, first.transfer_group) == (charge.id, "order-2")
    assert [one.id for one in client.v1.transfers.list({"transfer_group": "order-2", "destination": account.id}).data] == [first.id]
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed"):
        client.v1.transfers.create(params | {"amount": 301})
    client.v1.transfers.reversals.create(first.id, {"amount": 1})
    assert client.v1.transfers.create(params | {"amount": 301}).amount == 301


def test_a_dispute_is_opened_bars_refunds_and_is_won(client, fake, hook):
    intent = paid(client, 1000)
    opened = fake.ask("POST", f"/_dispute/{intent.id}", {"reason": "product_not_received"})
    dispute = client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.reason, dispute.amount, dispute.currency) == ("needs_response", "product_not_received", 1000, "eur")
    assert dispute.payment_intent == intent.id and dispute.evidence_details.due_by > dispute.created
    assert dispute.balance_transactions[0].fee == 1500 and dispute.evidence.shipping_carrier is None
    assert [one.id for one in client.v1.disputes.list({"payment_intent": intent.id}).data] == [dispute.id]
    with pytest.raises(stripe.InvalidRequestError) as barred:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert barred.value.code == "charge_disputed"
    fake.ask("POST", f"/_move_dispute/{dispute.id}?status=under_review")
    fake.ask("POST", f"/_move_dispute/{dispute.id}?status=won")
    won = client.v1.disputes.retrieve(dispute.id)
    assert won.status == "won" and [(one.amount, one.fee) for one in won.balance_transactions] == [(-1000, 1500), (1000, 0)]
    kinds = ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"]
    wanted = {f"charge.dispute.{kind}" for kind in kinds}
    wait_for("its events", lambda: wanted <= {json.loads(body)["type"] for body, _ in hook.came})
    client.v1.refunds.create({"payment_intent": intent.id})
    asked = fake.ask("POST", f"/_dispute/{paid(client).id}", {"status": "warning_needs_response"})
    assert asked["is_charge_refundable"] and not asked["balance_transactions"]


def test_evidence_is_staged_and_submitted_once(client, fake, hook):
    dispute = fake.ask("POST", f"/_dispute/{paid(client, 1000).id}", {"reason": "product_not_received"})["id"]
    staged = client.v1.disputes.update(dispute, {"evidence": {"shipping_carrier": "DHL"}, "submit": False})
    assert (staged.status, staged.evidence.shipping_carrier, staged.evidence_details.has_evidence) == ("needs_response", "DHL", True)
    assert staged.evidence_details.submission_count == 0
    for evidence, param in [({"uncategorized_text": "x" * 20_001}, "evidence[uncategorized_text]"), ({"receipt": "file_none"}, "evidence[receipt]")]:
        with pytest.raises(stripe.InvalidRequestError) as wrong:
            client.v1.disputes.update(dispute, {"evidence": evidence})
        assert wrong.value.param == param
    done = client.v1.disputes.update(dispute, {"evidence": {"shipping_tracking_number": "77"}})
    details = done.evidence_details
    assert (done.status, details.submission_count, details.past_due, done.evidence.shipping_carrier) == ("under_review", 1, False, "DHL")
    with pytest.raises(stripe.InvalidRequestError, match="already submitted"):
        client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": "Again"}})
    fake.ask("POST", f"/_move_dispute/{dispute}?status=won")
    wait_for("its end", lambda: any(json.loads(body)["type"] == "charge.dispute.closed" for body, _ in hook.came))


def test_a_dispute_is_closed_as_lost_and_an_inquiry_is_not(client, fake):
    dispute = fake.ask("POST", f"/_dispute/{paid(client, 1000).id}")["id"]
    assert client.v1.disputes.close(dispute).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(dispute)
    inquiry = fake.ask("POST", f"/_dispute/{paid(client, 1000).id}", {"status": "warning_needs_response"})["id"]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.close(inquiry)
    assert client.v1.disputes.update(inquiry, {"evidence": {"uncategorized_text": "Sent"}}).status == "warning_under_review"


def test_a_browser_sees_only_the_payment_whose_secret_it_has(client, fake):
    intent = begin(client)
    other = begin(client)
    url = f"{fake.base}/v1/payment_intents/{intent.id}"
    key = {"Authorization": f"Bearer {PUBLISHABLE_KEY}"}
    for secret in ("", "none", other.client_secret):
        assert requests.get(url, params={"client_secret": secret}, headers=key, timeout=20).status_code == 401
    assert requests.get(url, params={"client_secret": intent.client_secret}, headers=key, timeout=20).json()["id"] == intent.id
    assert fake.confirm(intent.client_secret, "pm_card_chargeDeclined").status_code == 402
    assert fake.confirm(intent.client_secret, "pm_card_visa").json()["status"] == "succeeded"
