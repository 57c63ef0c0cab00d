"""The server is killed between any two steps of a payment, by every gateway: nobody is charged twice, no order is lost, the ledger
has each once, and whoever looks is told where it stands."""

import pytest

from payment_shop import Purchase, kills, open_shop
from support import run_smp

STEPS = {
    "sandbox": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "stripe": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "payu": ["attempt_recorded", "gateway_answered", "notice_recorded", "outcome_known", "order_settled", "order_confirmed", "notice_applied"],
    "cash_on_delivery": ["attempt_recorded", "gateway_answered", "outcome_known", "order_settled", "order_confirmed"],
}


@pytest.fixture(scope="module")
def shop(scratch, seed):
    with open_shop(scratch, "payment-faults", seed) as shop:
        yield shop


@pytest.mark.parametrize(("gateway", "step"), kills([(gateway, step) for gateway, steps in STEPS.items() for step in steps]))
def test_killed_at_each_step(shop, gateway, step):
    shop.end_at(step)
    purchase = Purchase(shop, gateway)
    assert purchase.complete(), f"the server did not reach {step}"
    purchase.is_paid_once()


def test_the_setting_is_refused_in_production_and_misspelt():
    misspelt = {"SMP_FAULT_POINT": "nowhere"}
    in_production = {"SMP_FAULT_POINT": "order_settled", "SMP_ENV": "production"}
    for settings, words in [(misspelt, "must be one of attempt_recorded"), (in_production, "leave it out in production")]:
        answer = run_smp("serve", **settings)
        assert answer.returncode != 0 and words in answer.stderr, answer.stderr
