"""Two nodes on one database that hear of each other's changes through a real Redis, which may die at any moment."""

import json
import signal
import threading
import time
import uuid

import psycopg
import pytest
import redis
import requests

from rush import database_url
from support import PASSWORD, Person, smp, wait_for

# A change reaches the other node within this time. Without the notice, a session would be cached for 30 s and a page for 10 s.
HEARD_S = 1.5
# No request takes longer while Redis is away.
PATIENCE_S = 5


class Listener:
    """Reads a sale's stream of server-sent events at one node."""

    def __init__(self, base, slug):
        self.events = []
        self.stream = requests.get(f"{base}/sales/{slug}/live", stream=True, timeout=30)
        assert self.stream.headers["Content-Type"].startswith("text/event-stream")
        threading.Thread(target=self.read, daemon=True).start()
        wait_for("the first stock", lambda: self.available())

    def read(self):
        kind = None
        try:
            for line in self.stream.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    self.events.append((kind, json.loads(line[5:])))
        except (requests.RequestException, AttributeError, ValueError):
            pass  # closed

    def available(self):
        """Units left by item, from the last event."""
        for kind, data in reversed(self.events):
            if kind == "stock":
                return {item["id"]: item["available"] for item in data["items"]}
        return None


@pytest.fixture(scope="module")
def nodes(scratch, demo):
    """The demo's own node, and a second one on the same database, secret and Redis."""
    settings = {"SMP_SECRET": demo.secret, "REDIS_URL": demo.redis_url, "SMP_LOG": "warn", "S3_ENDPOINT": demo.base}
    keys = {f"S3_{name}_KEY": (demo.data / f"s3_{name.lower()}_key").read_text() for name in ("ACCESS", "SECRET")}
    with smp(scratch, "second", "serve", "--no-worker", DATABASE_URL=demo.told.database_url, **settings, **keys) as second:
        yield demo.base, second.base


@pytest.fixture
def shopper(nodes):
    person = Person(nodes[0])
    person.post("/accounts", {"email": f"{uuid.uuid4()}@shopper.example", "name": "Nora Nodes", "password": PASSWORD}, status=201)
    return person


def slug(demo):
    return demo.told.sales["hosted"].rsplit("/", 1)[1]


def item(demo, base):
    """One item of the live sale with units left."""
    sale = Person(base).get(f"/sales/{slug(demo)}")
    return next(item["id"] for item in sale["items"] if item["available"] > 5)


def hold(person, demo, item_id):
    return person.post(f"/sales/{slug(demo)}/holds", {"sale_item_id": item_id, "quantity": 1}, status=201)


def signed_in(person):
    return person.call("GET", "/me").status_code == 200


def check_sign_out(first, second):
    """A session that both nodes have cached ends on one of them, and the other knows at once."""
    assert signed_in(first) and signed_in(second)
    first.delete("/session", status=204)
    began = time.monotonic()
    wait_for("the other node heard of the sign-out", lambda: not signed_in(second), seconds=HEARD_S, every=0.01)
    return time.monotonic() - began


def check_stock(demo, shopper, nodes):
    """Units held on one node disappear for listeners of the other, and come back when they are released."""
    item_id = item(demo, nodes[0])
    listener = Listener(nodes[1], slug(demo))
    before = listener.available()[item_id]
    held = hold(shopper, demo, item_id)
    wait_for("the stock at the other node", lambda: listener.available()[item_id] == before - 1, seconds=HEARD_S, every=0.01)
    shopper.delete(f"/me/holds/{held['id']}", status=204)
    wait_for("the stock again", lambda: listener.available()[item_id] == before, seconds=HEARD_S, every=0.01)


def test_a_session_is_known_at_both(shopper, nodes):
    assert shopper.get("/me") == shopper.at(nodes[1]).get("/me")


def test_a_sign_out_is_heard_at_once_in_both_directions(shopper, nodes):
    there = shopper.at(nodes[1])
    email = shopper.get("/me")["account"]["email"]
    check_sign_out(shopper, there)
    again = Person(nodes[1], email)
    check_sign_out(again, again.at(nodes[0]))


def test_a_session_ended_from_another_browser_is_over_everywhere(shopper, nodes):
    other = Person(nodes[1], shopper.get("/me")["account"]["email"])
    (session,) = [session["id"] for session in other.get("/me/sessions")["items"] if session["current"]]
    assert signed_in(other.at(nodes[0]))
    shopper.delete(f"/me/sessions/{session}", status=204)
    wait_for("ended at the other node", lambda: not signed_in(other), seconds=HEARD_S, every=0.01)
    assert not signed_in(other.at(nodes[0])) and signed_in(shopper)


def test_stock_held_at_one_node_is_seen_at_the_other(demo, shopper, nodes):
    check_stock(demo, shopper, nodes)


def test_a_sale_opens_at_the_other_node_once_the_contract_is_in_force(demo, shopper, nodes):
    """The contract has ended; the sale sells again at both nodes within a second of the counter-signature."""
    item_id = item(demo, nodes[0])
    there = shopper.at(nodes[1])
    owner, manager = (Person(nodes[0], email, "open-at-noon") for email in ("owner@larkmoor.example", "manager@smp.example"))
    contracts = f"/providers/{owner.get('/me')['roles'][0]['tenant']['id']}/contracts"
    with psycopg.connect(database_url(demo.data), autocommit=True) as connection:
        connection.execute("UPDATE providers SET contract_until = now() WHERE slug = 'larkmoor'")

    def press():
        return there.call("POST", f"/sales/{slug(demo)}/holds", {"sale_item_id": item_id, "quantity": 1})

    def is_refused():
        answer = press()
        if answer.status_code == 201:
            there.delete(f"/me/holds/{answer.json()['id']}", status=204)
        return answer.status_code == 409 and answer.json()["type"] == "urn:smp:halted"

    wait_for("the sale stopped", is_refused, seconds=10, every=0.5)
    text = {key: manager.get("/contract-templates")["items"][0][key] for key in ("title", "body", "delivery_days", "honour_days")}
    draft = manager.post("/contract-templates", text, status=201)
    manager.post(f"/contract-templates/{draft['id']}/publication", {"sign_by": "2099-01-01T00:00:00Z"})
    path = f"{contracts}/{owner.get(contracts)['items'][0]['id']}"
    owner.post(f"{path}/signature", {"name": "Nora Nodes", "document_hash": owner.get(path)["document_hash"]})
    assert is_refused()
    manager.post(f"{path}/countersignature", {"name": "Ines Nodes"})
    answer = wait_for("the sale open at the other node", lambda: (answer := press()).status_code == 201 and answer, seconds=HEARD_S, every=0.1)
    there.delete(f"/me/holds/{answer.json()['id']}", status=204)


def test_both_nodes_go_on_without_redis_and_hear_each_other_again_after_it(demo, shopper, nodes):
    item_id = item(demo, nodes[0])
    demo.redis.stop(signal.SIGKILL)
    email = shopper.get("/me")["account"]["email"]
    for base in nodes:
        began = time.monotonic()
        person = Person(base, email)
        held = hold(person, demo, item_id)
        assert held["id"] in [one["id"] for one in person.get("/me/holds")["items"]]
        person.delete(f"/me/holds/{held['id']}", status=204)
        assert requests.get(f"{base}/sales/{slug(demo)}", timeout=PATIENCE_S).ok
        # On the same node, a sign-out counts at once.
        person.delete("/session", status=204)
        assert not signed_in(person)
        assert requests.get(f"{base}/readyz", timeout=PATIENCE_S).ok
        took = time.monotonic() - began
        assert took < PATIENCE_S, f"{base} took {took:.1f} s without Redis"
    demo.start_redis()
    wait_for("both nodes listening again", lambda: len(subscribers(demo)) == 2, seconds=15)
    again = Person(nodes[0], email)
    check_sign_out(again, again.at(nodes[1]))
    check_stock(demo, shopper, nodes)


def subscribers(demo):
    """The connections that Redis counts as subscribed."""
    with redis.Redis(port=demo.redis_port, password=demo.redis_password) as client:
        return client.client_list(_type="pubsub")


def listed(base, slug):
    """Whether a node's home page and its API name the sale."""
    page = f"/sales/{slug}" in requests.get(f"{base}/", timeout=PATIENCE_S).text
    items = Person(base).get("/sales?limit=100")["items"]
    return page, slug in [sale["slug"] for sale in items]


def test_a_suspension_takes_sales_off_the_pages_of_every_node_and_a_reinstatement_brings_them_back(demo, shopper, nodes):
    manager = Person(nodes[0], next(login["email"] for login in demo.told.logins if login["role"] == "manager"))
    seller = shopper.get(f"/sales/{slug(demo)}")["provider_name"]
    (provider,) = [one for one in manager.get("/providers?limit=100")["items"] if one["name"] == seller]
    decision = f"/providers/{provider['id']}/decision"
    item_id = item(demo, nodes[1])
    # The pages are in every node's memory.
    assert [listed(base, slug(demo)) for base in nodes] == [(True, True)] * 2
    manager.post(decision, {"decision": "suspend", "reason": "Late parcels"})
    began = time.monotonic()
    try:
        for base in reversed(nodes):
            wait_for(f"off the pages of {base}", lambda base=base: listed(base, slug(demo)) == (False, False), seconds=HEARD_S, every=0.02)
        assert time.monotonic() - began < HEARD_S
        there = shopper.at(nodes[1])
        refused = there.call("POST", f"/sales/{slug(demo)}/holds", {"sale_item_id": item_id, "quantity": 1})
        assert refused.status_code == 409 and refused.json()["type"] == "urn:smp:halted", refused.text
        assert there.call("GET", "/me/orders").ok, "orders go on"
    finally:
        manager.post(decision, {"decision": "reinstate", "reason": ""})
    for base in reversed(nodes):
        wait_for(f"back on the pages of {base}", lambda base=base: listed(base, slug(demo)) == (True, True), seconds=HEARD_S, every=0.02)
    held = hold(shopper.at(nodes[1]), demo, item_id)
    shopper.delete(f"/me/holds/{held['id']}", status=204)
