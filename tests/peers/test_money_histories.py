"""Random purchase histories over three gateways and the sandbox: the gateways' own books, the ledger, the statements and a model of
what each history comes to agree to the minor unit. SMP_TEST_HISTORIES is how many, SMP_TEST_SEED what they are made of."""

import concurrent.futures
import os
import random
import sys
import time
from collections import Counter

import pytest

from fake_stripe import LiveStripe
from money_history import History
from money_market import Market, Weather
from money_model import DISPUTE_FEE, stripe_fee
from support import Process, answers, free_port, wait_for
from test_fake_payu import FAKE
from test_payu import KEY, SALT, Fake

COUNT = int(os.environ.get("SMP_TEST_HISTORIES", "30"))
SEED = os.environ.get("SMP_TEST_SEED") or str(random.SystemRandom().randrange(10**9))
CLIENTS = 12
# So many have something of everything.
MANY = 200


@pytest.fixture(scope="module")
def market(scratch, seed):
    port = free_port()
    payu = Process([sys.executable, FAKE / "server.py", "--port", port, "--key", KEY, "--salt", SALT], scratch / "market-payu.log")
    try:
        payu.wait_for("PayU's stand-in", lambda: answers(f"http://127.0.0.1:{port}/"))
        with LiveStripe(scratch / "market-stripe.log") as stripe:
            market = Market(scratch, seed, stripe, Fake(port))
            try:
                yield market
            finally:
                market.stop()
    finally:
        payu.stop()


def at_once(*calls):
    """Runs the calls on a few threads, and raises the first error of any."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(call) for call in calls]
        for done in concurrent.futures.as_completed(running):
            if done.exception():
                pool.shutdown(cancel_futures=True)
            done.result()


@pytest.fixture(scope="module")
def histories(market):
    """All of them, from the first purchase to the last refund."""
    print(f"SMP_TEST_SEED={SEED} SMP_TEST_HISTORIES={COUNT}")
    began = time.monotonic()
    told = lambda what: print(f"{time.monotonic() - began:6.1f} s  {what}")  # noqa: E731
    early = [History(market, SEED, nth, True) for nth in range(COUNT * 3 // 5)]
    late = [History(market, SEED, nth, False) for nth in range(len(early), COUNT)]

    def cancel_in_the_middle():
        wait_for("half of the purchases", lambda: sum(bool(one.steps) for one in early) >= len(early) // 2, seconds=600)
        for sale in market.doomed:
            market.cancel(sale)

    with Weather(market, SEED):
        at_once(cancel_in_the_middle, *(one.first for one in early))
        told("bought early")
    market.pay_out()
    told("paid out")
    with Weather(market, SEED):
        at_once(*(one.after for one in early), *(one.first for one in late))
        told("bought late")
        at_once(*(one.end for one in early + late))
        told("settled")
    market.pay_out()
    told("paid out again")
    market.learn_fees()
    told("fees known")
    yield early + late


@pytest.fixture(scope="module")
def expected(histories):
    """What all of them come to, and the statements that paid some of it."""
    books = Counter()
    for one in histories:
        if one.model is not None:
            books.update(one.model.books)
    return books


@pytest.fixture(scope="module")
def ledger(market, histories):
    return market.ledger()


def of(books, account, owner=None):
    found = {(key[1], key[2]): amount for key, amount in books.items() if key[0] == account and amount}
    return {currency: amount for (who, currency), amount in found.items() if who == owner} if owner is not None else found


def sent(market):
    """What statements have paid out, by provider or by gateway, and currency."""
    to, by = Counter(), Counter()
    for one in market.statements():
        if one["state"] in ("sent", "paid"):
            to[one["tenant"], one["currency"]] += one["amount"]
            by[{"connect": "stripe", "bank": "bank"}[one["method"]], one["currency"]] += one["amount"]
    return to, by


def test_the_ledger_is_what_the_histories_come_to(market, expected, ledger):
    to, by = sent(market)
    want = Counter({key: amount for key, amount in expected.items()})
    for (gateway, currency), amount in by.items():
        want["cash", gateway, currency] -= amount
    for (tenant, currency), amount in to.items():
        want["payable", tenant, currency] -= amount
    differ = {key: (want[key], ledger[key]) for key in want | ledger if want[key] != ledger[key]}
    assert not differ, f"expected and found: {differ}"


def everything(stripe, kind):
    found, after = [], {}
    while True:
        page = stripe.of_stripe(f"/v1/{kind}", limit=100, **after)
        found += page["data"]
        if not page["has_more"]:
            return found
        after = {"starting_after": found[-1]["id"]}


def test_stripes_own_books_are_the_ledgers_cash(market, ledger):
    stripe, objects, booked = market.stripe, Counter(), Counter()
    for charge in everything(stripe, "charges"):
        if charge["paid"]:
            objects[charge["currency"].upper()] += charge["amount"] - stripe_fee(charge["amount"])
            assert 0 <= charge["amount_refunded"] <= charge["amount"]
    for refund in everything(stripe, "refunds"):
        assert refund["status"] in ("succeeded", "failed"), refund
        objects[refund["currency"].upper()] -= refund["amount"] if refund["status"] == "succeeded" else 0
    for dispute in everything(stripe, "disputes"):
        objects[dispute["currency"].upper()] -= DISPUTE_FEE + (0 if dispute["status"] == "won" else dispute["amount"])
    for transfer in everything(stripe, "transfers"):
        objects[transfer["currency"].upper()] -= transfer["amount"] - transfer["amount_reversed"]
    for moved in everything(stripe, "balance_transactions"):
        booked[moved["currency"].upper()] += moved["net"]
    assert objects == booked, "the stand-in contradicts itself"
    assert of(ledger, "cash", "stripe") == dict(booked)


def test_payus_own_books_are_the_ledgers_cash(market, ledger):
    books = market.payu.transactions()
    minor = lambda amount: round(float(amount) * 100)  # noqa: E731
    taken = sum(minor(one["transaction_amount"]) for one in books["payments"].values() if one["status"] == "success")
    returned = sum(minor(one["amt"]) for one in books["refunds"] if one["ends"] != "failure")
    assert of(ledger, "cash", "payu") == {"INR": taken - returned}


def test_cash_to_collect_is_what_was_sold_and_not_settled_at_the_door(market, histories, ledger):
    want = Counter()
    for one in histories:
        if one.model is None or one.gateway != "cash_on_delivery":
            continue
        for (tenant, _), amount in one.model.to_collect.items():
            want[tenant, one.currency] += amount
        due = market.people["support"].get(f"/orders/{one.number}")["cash_due"]
        assert (due or {"amount": 0})["amount"] == sum(one.model.to_collect.values()), one
    assert of(ledger, "to_collect") == dict(want)


def test_statements_and_open_balances_are_what_providers_earned(market, expected):
    to, _ = sent(market)
    statements = market.statements()
    assert statements and all(one["lines"] == one["amount"] > 0 for one in statements)
    assert all(one["state"] in ("sent", "paid") for one in statements)
    twice = market.node.query("SELECT entry_id FROM statement_lines GROUP BY entry_id HAVING count(*) > 1")
    assert twice == []
    kept = {(tenant, currency): amount for tenant, currency, amount in market.node.query("SELECT tenant_id::text, currency, balance_minor FROM provider_payables")}
    earned = of(expected, "payable")
    assert {key: to[key] + kept.get(key, 0) for key in to | kept if to[key] + kept.get(key, 0)} == earned
    if COUNT >= MANY:
        assert {one["method"] for one in statements if one["attempt"] == 2} == {"connect", "bank"}
        debtor = market.providers["debtor"].id
        assert min(amount for (tenant, _), amount in kept.items() if tenant == debtor) < 0, "it was to be refunded below zero"


def test_no_order_is_refunded_above_what_it_was_paid_and_no_transfer_made_twice(market, histories):
    rows = """SELECT o.number, o.refunded_minor, coalesce((SELECT sum(r.amount_minor)::bigint FROM refunds r WHERE r.order_id = o.id
                  AND r.state IN ('succeeded', 'settled_elsewhere') AND NOT r.surplus), 0) FROM orders o"""
    found = {number: amounts for number, *amounts in market.node.query(rows)}
    for one in histories:
        if one.number:
            done = one.model.done if one.model else 0
            assert found[one.number] == [done, done] and done <= (one.model.paid if one.model else 0), f"{one}: {found[one.number]}"
    transfers = everything(market.stripe, "transfers")
    groups = Counter(one["transfer_group"] for one in transfers)
    assert set(groups.values()) <= {1}
    left = Counter()
    for one in transfers:
        left[one["transfer_group"].rpartition("-")[0]] += one["amount"] - one["amount_reversed"]
    connect = {one["id"]: one["amount"] for one in market.statements() if one["method"] == "connect"}
    assert left == connect


def test_the_recount_and_the_comparison_find_nothing(market, histories):
    assert "nothing differs" in market.command("ledger", "check")
    market.age(24)
    assert "nothing differs" in market.command("ledger", "reconcile")
    assert market.people["finance"].get("/ledger-differences")["items"] == []
    for sale in [*market.sales, *market.doomed]:
        market.command("stock", "check", "--sale", sale.slug)
