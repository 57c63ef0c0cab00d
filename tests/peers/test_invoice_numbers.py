"""Numbers of invoices while 64 shoppers pay at two nodes, one of which is killed, and the database crashes: no gap, no twin, and
one invoice for each order."""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from attack import ADDRESS, APPROVED, Node
from rush import cluster, database_url
from support import Person, smp, wait_for
from test_invoices import ISSUER

SHOPPERS = 64
# The crashes happen once so many invoices are issued.
NODE_KILLED_AT, DATABASE_CRASHES_AT = 8, 24
# For a run that hangs.
ENDED_S = 240


@pytest.fixture(scope="module")
def market(scratch, seed):
    """A database in a process of its own, and the two nodes at it."""
    with cluster(scratch, "invoice-numbers", seed) as data:
        settings = {"DATABASE_URL": database_url(data), "SMP_LOG": "warn"}
        with smp(scratch, "invoice-numbers-one", "serve", **settings) as one, smp(scratch, "invoice-numbers-two", "serve", **settings) as two:
            node = Node(one, data, seed)
            node.begin_sale()
            yield node, two


def test_crashes_leave_neither_a_gap_nor_a_twin(market):
    node, doomed = market
    become_issuer(node)
    shoppers = [node.shopper() for _ in range(SHOPPERS)]
    with ThreadPoolExecutor(SHOPPERS) as pool:
        buys = [pool.submit(buy, node, shopper, [node.base, doomed.base], nth) for nth, shopper in enumerate(shoppers)]
        wait_for("the first invoices", lambda: issued(node) >= NODE_KILLED_AT, seconds=ENDED_S)
        doomed.child.kill()
        assert issued(node) < SHOPPERS, "the node was killed after the last invoice"
        wait_for("more invoices", lambda: issued(node) >= DATABASE_CRASHES_AT, seconds=ENDED_S)
        assert issued(node) < SHOPPERS, "the database crashed after the last invoice"
        crash_database(node)
        for done in buys:
            done.result()
    wait_for("an invoice for each", lambda: issued(node) == SHOPPERS, seconds=ENDED_S, every=0.5)
    numbers = [number for (number,) in node.query("SELECT number FROM invoices ORDER BY number")]
    assert [int(number.rpartition("-")[2]) for number in numbers] == list(range(1, SHOPPERS + 1)), numbers
    assert node.query("SELECT count(DISTINCT order_id), count(*) FROM invoices") == [(SHOPPERS, SHOPPERS)]


def become_issuer(node):
    """The owner of the sale's provider says what its invoices need."""
    ((tenant,),) = node.query("SELECT tenant_id::text FROM providers WHERE slug = 'kiln'")
    node.query("UPDATE members SET role = 'owner' WHERE tenant_id = %s AND account_id = %s", tenant, node.accounts["editor"])
    Person(node.base, "editor@faults.example").edit("PUT", f"/providers/{tenant}/invoicing", ISSUER)


def buy(node, shopper, bases, nth):
    """Goes on from whatever is there, at the other node after an error, until the order is paid."""
    end = time.monotonic() + ENDED_S
    while True:
        with contextlib.suppress(requests.RequestException):
            if step(node, shopper.at(bases[nth % 2])):
                return
        assert time.monotonic() < end, "the order was not paid"
        nth += 1
        time.sleep(0.3)


def step(node, shopper):
    """Does what is missing; True: the order is paid."""
    answer = shopper.call("GET", "/me/orders")
    if not answer.ok:
        return False
    orders = answer.json()["items"]
    if not orders:
        shopper.call("POST", f"/sales/{node.slug}/holds", {"sale_item_id": node.item, "quantity": 1})
        shopper.call("POST", "/me/orders", {"shipping_address": ADDRESS})
        return False
    (order,) = orders
    if order["paid"]["amount"] == order["total"]["amount"]:
        return True
    paid = shopper.call("POST", f"/me/orders/{order['number']}/payments", APPROVED)
    return paid.ok and paid.json()["state"] == "succeeded"


def issued(node):
    with contextlib.suppress(psycopg.OperationalError):
        return node.query("SELECT count(*) FROM invoices WHERE kind = 'invoice'")[0][0]
    return 0


def crash_database(node):
    """Kills one of its processes, after which it ends all others, loses what was not committed, and recovers from its log."""
    ((busy,),) = node.query("SELECT pid FROM pg_stat_activity WHERE datname = 'smp' AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1")
    os.kill(busy, signal.SIGKILL)
