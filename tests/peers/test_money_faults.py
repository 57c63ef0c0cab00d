"""The server is killed between any two steps of a refund, of a transfer to a provider, of its reversal and of a bank file. Whether
somebody presses again or not, the money moves once, the ledger has it once, and whom it concerns is told once."""

import pytest
import requests

from payment_shop import Purchase, kills, open_shop
from payouts_shop import FAILED, Payouts
from support import PASSWORD, Person

# What is paid in cash on delivery is not refunded by SMP.
REFUNDING = ["sandbox", "stripe", "payu"]
REFUND_STEPS = ["refund_recorded", "refund_answered", "refund_booked", "refund_settled"]
TRANSFER_STEPS = ["transfer_claimed", "transfer_answered", "transfer_booked", "transfer_sent"]
REVERSAL_STEPS = ["reversal_recorded", "reversal_answered", "reversal_booked", "statement_failed"]
BANK = {"SMP_BANK_HOLDER": "SMP & Co", "SMP_BANK_IBAN": "GB82WEST12345698765432", "SMP_BANK_BIC": "DEUTDEFF500"}
# Nobody's press is answered otherwise: the job may be asking the gateway for the same at that moment.
ANSWERED = (200, 503)


def each(steps):
    """By Stripe, whether somebody presses again or not; by the sandbox, where nobody does."""
    rows = [("stripe", step, again) for step in steps for again in (False, True)] + [("sandbox", step, False) for step in steps]
    return pytest.mark.parametrize(("gateway", "step", "again"), kills(rows))


@pytest.fixture(scope="module")
def shop(scratch, seed):
    with open_shop(scratch, "money-faults", seed, **BANK) as shop:
        yield shop


@pytest.fixture(scope="module")
def payouts(shop):
    return Payouts(shop)


@pytest.mark.parametrize(("gateway", "step"), kills([(gateway, step) for gateway in REFUNDING for step in REFUND_STEPS]))
def test_killed_at_each_step_of_a_refund(shop, gateway, step):
    shop.left_out = ()
    shop.end_at(step)
    purchase = Purchase(shop, gateway)
    assert not purchase.pay(), "it went down before there was a refund"
    manager = Person(shop.node.base, "manager@faults.example", PASSWORD)

    def refund():
        return manager.call("POST", f"/orders/{purchase.number}/refunds", {"reason": "It broke."}, {"Idempotency-Key": "it-broke"})

    shop.ends_during(refund)
    # Whoever had no answer asks again for the same refund.
    assert refund().ok
    purchase.is_refunded_once()
    other = manager.call("POST", f"/orders/{purchase.number}/refunds", {"reason": "It broke."})
    assert (other.status_code, other.json()["type"]) == (409, "urn:smp:already_refunded"), other.text


def test_killed_when_a_statement_was_approved(payouts):
    payouts.use("stripe", "statement_approved")
    statement = payouts.drafted(payouts.kiln)
    payouts.shop.ends_during(statement.approve)
    again = statement.approve()
    assert (again.status_code, again.json()["type"]) == (409, "urn:smp:already_approved"), again.text
    assert statement.send().ok
    is_sent_once(statement, "stripe")


@each(TRANSFER_STEPS)
def test_killed_at_each_step_of_a_transfer(payouts, gateway, step, again):
    payouts.use(gateway, step)
    statement = payouts.approved(payouts.kiln)
    payouts.shop.ends_during(statement.send)
    if again:
        assert statement.send().status_code in ANSWERED
    is_sent_once(statement, gateway)


def is_sent_once(statement, gateway):
    statement.comes_to("sent")
    if gateway == "stripe":
        (made,) = statement.at_stripe(1)
        assert (made["id"], made["amount"], made["amount_reversed"]) == (statement.seen()["reference"], statement.amount, 0)
    assert statement.send().json()["state"] == "sent", "another press changes nothing"
    assert statement.posted() == ["payout:1"]
    # Whichever keys Stripe has, its cash has one name.
    cash = """SELECT e.gateway FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id
              WHERE e.account = 'gateway_cash' AND strpos(t.key, %s) > 0"""
    assert statement.query(cash, statement.id) == [(gateway,)]
    assert statement.told("sent") == {"owner@kiln.example"}
    statement.is_over()


@each(REVERSAL_STEPS)
def test_killed_at_each_step_of_a_reversal(payouts, gateway, step, again):
    payouts.use(gateway, step)
    statement = payouts.approved(payouts.kiln)
    assert statement.send().ok
    payouts.shop.ends_during(lambda: statement.settle(FAILED))
    if again:
        assert statement.settle(FAILED).status_code in ANSWERED
    statement.comes_to("failed")
    assert statement.seen()["failure"] == FAILED["reason"]
    assert statement.posted() == ["payout:1", "payout_failed:1"]
    assert {"owner@kiln.example", "drafts@finance.example", "approves@finance.example"} <= statement.told("failed")
    statement.is_over()
    # What came back is paid once more, and once.
    assert statement.retry().ok and statement.send().ok
    assert statement.posted() == ["payout:1", "payout_failed:1", "payout:2"]
    if gateway == "stripe":
        ((first,), (second,)) = statement.at_stripe(1), statement.at_stripe(2)
        assert (first["amount"], first["amount_reversed"], second["amount_reversed"]) == (statement.amount, statement.amount, 0)
        reversals = payouts.shop.stripe.of_stripe(f"/v1/transfers/{first['id']}/reversals")["data"]
        assert [one["amount"] for one in reversals] == [statement.amount]
        assert (second["id"], second["amount"]) == (statement.seen()["reference"], statement.amount)
    statement.is_over()


def test_what_was_sent_is_found_though_the_account_is_closed_since(payouts):
    payouts.use("stripe", "transfer_answered")
    statement = payouts.approved(payouts.kiln)
    account = payouts.shop.node.query("SELECT reference FROM payout_accounts WHERE tenant_id = %s AND gateway = 'stripe_test'", payouts.kiln)[0][0]
    state = "UPDATE payout_accounts SET state = %s WHERE reference = %s"

    def closed_meanwhile():
        payouts.shop.node.query(state, "restricted", account)

    with pytest.raises(requests.RequestException):
        statement.send()
    closed_meanwhile()
    payouts.shop.ends_during(lambda: None)
    try:
        statement.comes_to("sent")
        assert [made["amount"] for made in statement.at_stripe(1)] == [statement.amount]
        assert statement.posted() == ["payout:1"]
        statement.is_over()
    finally:
        payouts.shop.node.query(state, "enabled", account)


@pytest.mark.parametrize("step", ["bank_file_written", "bank_file_made", "statement_paid"])
def test_killed_at_each_step_of_a_bank_file(payouts, step):
    payouts.use("stripe", step)
    files = len(payouts.bank_files())
    statement = payouts.approved(payouts.loft)
    arrived = {"outcome": "paid"}
    if step == "statement_paid":
        assert payouts.make_bank_file().ok
        payouts.shop.ends_during(lambda: statement.settle(arrived))
        assert statement.seen()["state"] == "paid"
    else:
        payouts.shop.ends_during(payouts.make_bank_file)
        made = step == "bank_file_made"
        assert (statement.seen()["state"], len(payouts.bank_files())) == (("sent", files + 1) if made else ("approved", files))
        # Who had no answer presses again, and finds the file in the list if there is nothing more to pay.
        again = payouts.make_bank_file()
        assert again.status_code == (409 if made else 200), again.text
        assert statement.seen()["state"] == "sent"
    assert statement.settle(arrived).json()["state"] == "paid"
    texts = payouts.bank_files()
    assert len(texts) == files + 1
    assert sum(text.count(f"<EndToEndId>{statement.number}-1</EndToEndId>") for text in texts) == 1
    assert statement.posted() == ["payout:1"]
    assert statement.told("sent") == {"owner@loft.example"}
    statement.is_over()
