"""What the attack tests share: a node with a live sale, bystanders whose requests are timed while the attack runs, and the node's
own memory and descriptors."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import threading
import time
import uuid

import psycopg
import requests
from requests.adapters import HTTPAdapter

from rush import database_url
from support import PASSWORD, Person, run_smp, smp, wait_for

# Attacks come from an address of their own, as limits count by address. All of 127.0.0.0/8 is loopback.
ATTACKER = "127.0.0.66"
CONNECTIONS_PER_CLIENT = 200
# Bystanders ask this often; a request that takes longer than this is a failure of its own.
EVERY_S = 0.1
PATIENCE_S = 10
# Bounds for a debug build on a busy machine. What the attacks did before there were limits was far beyond them.
GROWTH_MB = 150
P95_S = 2.5
SPARE_DESCRIPTORS = 20
SETTLE_S = 10
ADDRESS = {"name": "Ada Bystander", "line1": "Lindenallee 14", "city": "Berlin", "postal_code": "10435", "country": "DE"}
AT_BANK = {"gateway": "sandbox"}
APPROVED = AT_BANK | {"sandbox_answer": "approve"}


class FromAddress(HTTPAdapter):
    """Connects from another address of this machine."""

    def __init__(self, address):
        self.address = address
        super().__init__(pool_maxsize=64)

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def attacker(base, email=None):
    person = Person(base)
    person.http.mount("http://", FromAddress(ATTACKER))
    if email:
        person.post("/session", {"email": email, "password": PASSWORD})
    return person


class Node:
    """A node on a copy of the seed, its sale live, with people who act on it."""

    def __init__(self, process, data, seed):
        self.process, self.base, self.slug = process, process.base, seed.slug
        self.host, self.port = process.base.removeprefix("http://").split(":")
        self.pid = process.child.pid
        self.url = database_url(data)
        self.accounts = seed.accounts

    def query(self, sql, *values):
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def begin_sale(self):
        """The sale started an hour ago. A node forgets what it read of it within seconds."""
        moved = """to_char((now() - interval '1 hour') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        assert self.query(f"UPDATE revisions SET content = content || jsonb_build_object('starts_at', {moved}) RETURNING id")
        wait_for("the sale live", lambda: Person(self.base).get(f"/sales/{self.slug}")["phase"] == "live", seconds=20)
        (self.item,) = [item["id"] for item in Person(self.base).get(f"/sales/{self.slug}")["items"]]

    def add_tenant(self, slug, owner):
        """Another approved provider with a contract in force, and its owner."""
        (tenant,) = self.query(
            "INSERT INTO providers (tenant_id, slug, name, state, country, support_email, support_phone, contract_until)"
            " VALUES (gen_random_uuid(), %s, 'Another', 'approved', 'DE', 'help@loft.example', '+49301234567', '9999-12-31') RETURNING tenant_id",
            slug,
        )
        self.query("INSERT INTO members (tenant_id, account_id, role) VALUES (%s, %s, 'owner')", tenant[0], owner)
        return tenant[0]

    def shopper(self):
        person, email = Person(self.base), f"{uuid.uuid4()}@attacks.example"
        person.post("/accounts", {"email": email, "name": "Ada Bystander", "password": PASSWORD}, status=201)
        # Before the node reads the session: as if the code had been typed.
        self.query("UPDATE accounts SET email_verified_at = now() WHERE email = %s", email)
        return person

    def hold(self, person, quantity=1):
        return person.post(f"/sales/{self.slug}/holds", {"sale_item_id": self.item, "quantity": quantity}, status=201)

    def buy(self, person):
        """A whole purchase."""
        self.hold(person)
        order = person.post("/me/orders", {"shipping_address": ADDRESS}, status=201)
        paid = person.post(f"/me/orders/{order['number']}/payments", APPROVED)
        assert paid["state"] == "succeeded", paid

    def cash_code(self, number):
        """The newest code that was sent for an order in cash; None: none yet."""
        newest = "SELECT body_text FROM messages WHERE template = 'cash_code' AND body_text LIKE %s ORDER BY created_at DESC LIMIT 1"
        found = self.query(newest, f"%{number}%")
        return re.search(r"\d{6}", found[0][0])[0] if found else None

    def connect(self, address=ATTACKER):
        return socket.create_connection((self.host, int(self.port)), timeout=PATIENCE_S, source_address=(address, 0))

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Bystanders:
    """A shopper who looks at the sale and at what they hold, and another tenant's owner. Their requests are timed."""

    def __init__(self, node, shopper, owner, tenant):
        self.node = node
        self.asks = [
            (shopper, f"/sales/{node.slug}"),
            (shopper, "/api/v1/me/holds"),
            (owner, f"/api/v1/providers/{tenant}/offers"),
        ]

    def watch(self, until):
        """Seconds of each request, and what went wrong."""
        took, wrong = [], []

        def ask(person, path):
            while not until.is_set():
                began = time.monotonic()
                try:
                    # A connection of its own each time, as a new shopper's.
                    answer = requests.get(self.node.base + path, cookies=person.http.cookies, timeout=PATIENCE_S)
                    if answer.status_code != 200:
                        wrong.append((path, answer.status_code))
                except requests.RequestException as error:
                    wrong.append((path, type(error).__name__))
                took.append(time.monotonic() - began)
                until.wait(EVERY_S)

        threads = [threading.Thread(target=ask, args=one, daemon=True) for one in self.asks]
        for thread in threads:
            thread.start()
        return took, wrong, threads


class Attack:
    """Measures the node and the bystanders before, during and after; ends with the assertions that every attack shares."""

    def __init__(self, node, bystanders, name, buyer):
        self.node, self.bystanders, self.name, self.buyer = node, bystanders, name, buyer
        self.peak_mb = self.peak_descriptors = 0

    def __enter__(self):
        self.before = (self.node.memory_mb(), self.node.descriptors())
        calm = threading.Event()
        took, wrong, threads = self.bystanders.watch(calm)
        time.sleep(0.5)
        calm.set()
        [thread.join() for thread in threads]
        assert not wrong, wrong
        self.calm_p95 = p95(took)
        self.over = threading.Event()
        self.took, self.wrong, self.threads = self.bystanders.watch(self.over)
        self.threads.append(threading.Thread(target=self.sample, daemon=True))
        self.threads[-1].start()
        return self

    def sample(self):
        while not self.over.wait(0.05):
            self.peak_mb = max(self.peak_mb, self.node.memory_mb())
            self.peak_descriptors = max(self.peak_descriptors, self.node.descriptors())

    def sale_goes_on(self):
        """Somebody buys while the attack runs."""
        began = time.monotonic()
        self.node.buy(self.buyer)
        self.bought_in = time.monotonic() - began

    def __exit__(self, kind, *_):
        self.over.set()
        [thread.join(PATIENCE_S) for thread in self.threads]
        if kind:
            return
        allowed = self.before[1] + SPARE_DESCRIPTORS
        with contextlib.suppress(AssertionError):
            wait_for("the descriptors back", lambda: self.node.descriptors() <= allowed, seconds=SETTLE_S)
        after = (self.node.memory_mb(), self.node.descriptors())
        measured = (
            f"{self.name}: memory {self.before[0]:.0f} MB, at most {self.peak_mb:.0f}, after {after[0]:.0f}; "
            f"descriptors {self.before[1]}, at most {self.peak_descriptors}, after {after[1]}; "
            f"others' p95 {self.calm_p95 * 1000:.0f} ms, during {p95(self.took) * 1000:.0f} ms of {len(self.took)}; "
            f"a purchase took {self.bought_in * 1000:.0f} ms"
        )
        print(measured)
        assert self.node.process.alive(), measured
        assert not self.wrong, f"{measured}; bystanders got {self.wrong[:5]}"
        assert self.peak_mb - self.before[0] < GROWTH_MB, measured
        assert after[1] <= allowed, measured
        assert p95(self.took) < P95_S, measured
        log = self.node.process.output()
        for sign in ("a handler panicked", "internal error", "unexpected error", "panicked at"):
            assert sign not in log, f"{measured}\n{log[-3000:]}"


def p95(values):
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else max(values, default=0.0)


def raw(node, method, target, headers=(), body=None, address=ATTACKER, connection=None):
    """A request whose target and headers leave as these very bytes; its status and body. 0 where the node closed at once."""
    own = connection or http.client.HTTPConnection(node.host, int(node.port), timeout=PATIENCE_S, source_address=(address, 0))
    # Python refuses a target with bytes it finds odd; here they are the point.
    own._validate_path = lambda _: None
    try:
        own.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            own.putheader(name, value)
        if body is not None:
            own.putheader("Content-Length", str(len(body)))
        own.endheaders(body)
        answer = own.getresponse()
        return answer.status, answer.read()
    except (http.client.HTTPException, ConnectionError):
        own.close()
        return 0, b""
    finally:
        if not connection:
            own.close()


def operations():
    """Every operation of the API's description: method, path, and its parameters by where they are."""
    described = json.loads((pathlib.Path(__file__).parents[2] / "openapi/smp.json").read_text())
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            by_place = {"query": [], "header": [], "path": []}
            for parameter in operation.get("parameters", []):
                by_place.setdefault(parameter["in"], []).append(parameter["name"])
            yield operation["operationId"], method.upper(), path, by_place


@contextlib.contextmanager
def attacked_node(scratch, seed):
    data = seed.copy(scratch / "attacked")
    settings = {"SMP_CONNECTIONS_PER_CLIENT": CONNECTIONS_PER_CLIENT, "RUST_BACKTRACE": 1}
    with smp(scratch, "attacked-node", "serve", SMP_DATA=data, SMP_LOG="warn", **settings) as process:
        node = Node(process, data, seed)
        made = run_smp("account", "create", "--email", "owner@loft.example", "--name", "Lo Ft", SMP_DATA=data, SMP_PASSWORD=PASSWORD)
        assert made.returncode == 0, made.stderr
        node.tenant = node.add_tenant("loft", made.stdout.split()[0])
        node.begin_sale()
        yield node
