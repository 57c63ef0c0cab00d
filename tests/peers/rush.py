"""A short rush on one or more nodes: shoppers send Buy, and retry with the same key until they get an answer."""

import base64
import contextlib
import json
import queue
import subprocess
import threading
import time
import types

import psycopg
import requests

from support import BINARY, PASSWORD, ROOT, Person, Process, clean_environment, run_smp, smp, wait_for

SHOPPERS, UNITS, SECONDS = 240, 100, 2.5
HOLD_SECONDS = 300
CONNECTIONS = 32
# No shopper retries for longer than this; a fault that leaves one without an answer for longer is a defect of SMP.
PATIENCE_S = 60
# No single request waits longer for its answer.
REQUEST_S = 30
RETRY_PAUSE_S = 0.3
# A PNG of 8 by 8 pixels.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4sWUBVsQwtCQAydSHAU3auSAAAAAASUVORK5CYII="


class Naive:
    """A shop without a lock: it reads how many units are left, and then sells."""

    def __init__(self, url, units):
        self.url, self.units = url, units
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS naive_holds; CREATE TABLE naive_holds (shopper text PRIMARY KEY)")

    def buy(self, _base, shopper, connection):
        if connection.connection is None:
            connection.connection = psycopg.connect(self.url)
        with connection.connection.transaction():
            held = connection.connection.execute("SELECT count(*) FROM naive_holds").fetchone()[0]
            if held >= self.units:
                return 202, {"id": shopper}
            time.sleep(0.01)  # the work of a shop between reading and selling
            connection.connection.execute("INSERT INTO naive_holds VALUES (%s)", [shopper])
        return 201, {"id": shopper}

    def held(self):
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT count(*) FROM naive_holds").fetchone()[0]


class Shop:
    """Buy over HTTP, as the plan of a rehearsal describes it."""

    def __init__(self, plan):
        self.plan = plan
        self.path = "/" + plan["url"].split("/", 3)[3]

    def buy(self, base, shopper, connection):
        headers = self.plan["headers"] | {"Cookie": f"{self.plan['cookie']}={shopper}", self.plan["idempotency_header"]: "k"}
        if connection.connection is None:
            connection.connection = requests.Session()
        answer = connection.connection.request(self.plan["method"], base + self.path, data=self.plan["body"], headers=headers, timeout=REQUEST_S)
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status_code, answer.json()


class Rush:
    """Runs while the test makes things fail; `answers` are complete once it is over."""

    def __init__(self, shop, shoppers, bases=("",), seconds=SECONDS, times=1):
        self.shop, self.shoppers, self.bases = shop, shoppers, list(bases)
        self.answers = {shopper: [] for shopper in shoppers}  # the answers of each shopper
        self.refused = []  # (seconds since the start, node, reason)
        self.due = queue.Queue()
        for time_nth in range(times):
            for nth, shopper in enumerate(shoppers):
                self.due.put((nth / len(shoppers) * seconds + time_nth * 0.1, nth + time_nth, shopper))
        self.due.queue = type(self.due.queue)(sorted(self.due.queue))
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def now(self):
        return time.monotonic() - self.began

    def wait_until(self, seconds):
        time.sleep(max(0, seconds - self.now()))

    def wait_answered(self, count, base):
        """Waits until the node has given `count` answers, and returns the seconds since the start. So a fault happens in the
        middle of the rush, however slow the machine is."""
        from_node = lambda: sum(answer is not None and answer.base == base for of_one in self.answers.values() for answer in of_one)  # noqa: E731
        wait_for(f"{count} answers of {base}", lambda: from_node() >= count, seconds=PATIENCE_S, every=0.01)
        return self.now()

    def work(self):
        connection = types.SimpleNamespace(connection=None)
        while True:
            try:
                at, nth, shopper = self.due.get_nowait()
            except queue.Empty:
                return
            self.wait_until(at)
            self.answers[shopper].append(self.buy_until_answered(nth, shopper, connection))

    def buy_until_answered(self, nth, shopper, connection):
        end = self.now() + PATIENCE_S
        while self.now() < end:
            base = self.bases[nth % len(self.bases)]
            sent = self.now()
            try:
                status, body = self.shop.buy(base, shopper, connection)
            except requests.RequestException as error:
                self.refused.append((sent, base, type(error).__name__))
                nth += 1  # the next node
            else:
                if status != 503:
                    return types.SimpleNamespace(status=status, body=body, base=base, at=self.now(), took=self.now() - sent)
                self.refused.append((sent, base, 503))
            time.sleep(RETRY_PAUSE_S)
        return None

    def over(self):
        for thread in self.threads:
            thread.join(PATIENCE_S + REQUEST_S)
            assert not thread.is_alive(), "a shopper is still waiting for an answer"
        silent = [shopper for shopper, answers in self.answers.items() if None in answers or not answers]
        assert not silent, f"{len(silent)} of {len(self.shoppers)} shoppers never got an answer: {self.refused[-20:]}"
        return self.answers

    def refusals(self):
        return sorted({(base, why) for _, base, why in self.refused}, key=str)


class Seed:
    """A data folder with an approved sale in its database, not running; each test works on a copy."""

    def __init__(self, scratch):
        self.data = scratch / "faults-seed"
        self.accounts = {}
        with smp(scratch, "faults-seed", "serve", SMP_DATA=self.data, SMP_LOG="warn") as node:
            for name, *role in (["editor"], ["manager", "--role", "manager"]):
                made = run_smp("account", "create", "--email", f"{name}@faults.example", "--name", name, *role, SMP_DATA=self.data, SMP_PASSWORD=PASSWORD)
                assert made.returncode == 0, made.stderr
                self.accounts[name] = made.stdout.split()[0]
            self.slug = self.sale(node.base, database_url(self.data))

    def sale(self, base, url):
        with psycopg.connect(url, autocommit=True) as connection:
            (tenant,) = connection.execute(
                "INSERT INTO providers (tenant_id, slug, name, state, country, support_email, support_phone, contract_until)"
                " VALUES (gen_random_uuid(), 'kiln', 'Kiln', 'approved', 'DE', 'help@kiln.example', '+49301234567', '9999-12-31') RETURNING tenant_id"
            ).fetchone()
            connection.execute("INSERT INTO members (tenant_id, account_id, role) VALUES (%s, %s, 'editor')", [tenant, self.accounts["editor"]])
        editor, manager = Person(base, "editor@faults.example"), Person(base, "manager@faults.example")
        return approved_sale(editor, manager, tenant, [("BOWL", 4900)])["slug"]

    def copy(self, to):
        # Owners are kept: when root starts it, the database belongs to another user.
        subprocess.run(["cp", "-a", self.data, to], check=True)
        return to


def approved_sale(editor, manager, tenant, items, currency="EUR", limit=2, capacity=1000):
    """A sale of a provider, with its items by SKU and price in minor units, that starts in an hour."""
    path, hour = f"/providers/{tenant}", 3600
    made = [{"sku": sku, "name": f"Bowl {sku}", "attributes": {}, "price_minor": price} for sku, price in items]
    words = {"title": "Stoneware at dawn", "summary": "Thrown by hand.", "description": "Bowls.", "terms": "Two weeks.", "currency": currency}
    offer = editor.post(f"{path}/offers", words | {"asset_ids": [picture(editor, path)], "items": made}, status=201)
    sold = {"capacity": capacity, "limit_per_shopper": limit, "evidence": "Counted."}
    sale = {
        "offer_id": offer["id"], "mode": "hosted", "kind": "while_supplies_last", "starts_at": rfc3339(hour), "ends_at": rfc3339(24 * hour),
        "hold_seconds": HOLD_SECONDS, "countries": [],
        "items": [sold | {"item_id": item["id"], "price_minor": price} for item, (_, price) in zip(offer["items"], items)],
    }  # fmt: skip
    sale = editor.post(f"{path}/sales", sale, status=201)
    revision = editor.post(f"{path}/sales/{sale['id']}/submit", {"note": "Please look."})
    decision = {"decision": "approve", "reason": "Looked at with care.", "content_hash": revision["content_hash"]}
    proofs = [{"sale_item_id": item["id"], "decision": "verify", "quantity": capacity} for item in sale["items"]]
    revision_path = f"{path}/sales/{sale['id']}/revisions/{revision['id']}"
    manager.post(f"{revision_path}/proofs", {"content_hash": revision["content_hash"], "proofs": proofs})
    manager.post(f"{revision_path}/decision", decision)
    return sale


def picture(editor, path):
    """A described picture; its id."""
    bytes_of = base64.b64decode(PICTURE)
    announced = editor.post(f"{path}/assets", {"filename": "bowl.png", "content_type": "image/png", "size_bytes": len(bytes_of)}, status=201)
    upload, asset = announced["upload"], announced["asset"]["id"]
    sent = requests.request(upload["method"], upload["url"], data=bytes_of, headers=upload["headers"], timeout=REQUEST_S)
    assert sent.ok, sent.text
    editor.post(f"{path}/assets/{asset}/complete")
    editor.edit("PATCH", f"{path}/assets/{asset}", {"alt": "A bowl on a table"})
    return asset


def rfc3339(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


def database_url(data):
    """The URL of the cluster that runs in a data folder, for its owner."""
    folder = (data / "pg.lock").read_text().splitlines()[1]
    return f"postgres://smp_owner@localhost:5432/smp?host={folder}"


@contextlib.contextmanager
def cluster(scratch, name, seed):
    """A database on a copy of the seed, in a process of its own; the folder of its data."""
    data = seed.copy(scratch / name)
    process = Process([BINARY, "postgres"], scratch / f"{name}.log", cwd=ROOT, env=clean_environment(SMP_DATA=data, SMP_LOG="warn"))
    try:
        process.wait_for("PostgreSQL", lambda: "DATABASE_URL=" in process.output())
        yield data
    finally:
        code = process.stop()
    assert code == 0, process.output()[-3000:]


class World:
    """One database and the rushes on it."""

    def __init__(self, scratch, name, slug, url):
        self.scratch, self.name, self.slug, self.url = scratch, name, slug, url
        self.settings = {"DATABASE_URL": url, "SMP_DATA": scratch / f"{name}-commands", "SMP_LOG": "warn"}
        self.rehearsals = 0

    def prepare(self, shoppers=SHOPPERS, units=UNITS):
        """A sale that has just started, and signed-in shoppers."""
        self.rehearsals += 1
        tokens, plan = [self.scratch / f"{self.name}-{self.rehearsals}.{kind}" for kind in ("tokens", "plan")]
        numbers = ["--shoppers", str(shoppers), "--units", str(units)]
        done = run_smp("rehearse", "--sale", self.slug, *numbers, "--prepare-only", "--tokens", tokens, "--plan", plan, **self.settings)
        assert done.returncode == 0, done.stderr
        plan = json.loads(plan.read_text())
        return types.SimpleNamespace(slug=done.stdout.strip(), plan=plan, shoppers=tokens.read_text().split(), units=units)

    def query(self, sql, *values):
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, values).fetchall()

    def check(self, sale, answers):
        """What must be true whatever happened: every answer holds, nothing is oversold, and stock and receipt agree."""
        statuses = {answer.status for of_one in answers.values() for answer in of_one}
        assert statuses <= {201, 202}, f"answers were {statuses}"
        for shopper, of_one in answers.items():
            assert len({(answer.status, answer.body["id"]) for answer in of_one}) == 1, f"{shopper} got different answers: {of_one}"
        answered = {status: {of_one[0].body["id"] for of_one in answers.values() if of_one[0].status == status} for status in (201, 202)}
        of_sale = "sale_id = (SELECT id FROM sales WHERE slug = %s)"
        held = {str(row[0]) for row in self.query(f"SELECT id FROM holds WHERE state = 'held' AND {of_sale}", sale.slug)}
        waiting = {str(row[0]) for row in self.query(f"SELECT id FROM waitlist WHERE state = 'waiting' AND {of_sale}", sale.slug)}
        assert held == answered[201], f"{len(held)} are held, but {len(answered[201])} shoppers were told so"
        assert waiting == answered[202], f"{len(waiting)} wait, but {len(answered[202])} shoppers were told so"
        assert len(held) == min(sale.units, len(sale.shoppers)), f"{len(held)} units held of {sale.units}"
        self.check_stock_and_receipt(sale, len(held), len(waiting))

    def check_stock_and_receipt(self, sale, held, waiting):
        done = run_smp("stock", "check", "--sale", sale.slug, "--json", **self.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert {"capacity": sale.units, "held": held, "sold": 0, "waiting": waiting, "agrees": True}.items() <= report.items(), report
        written = run_smp("receipt", "write", "--sale", sale.slug, **self.settings)
        assert written.returncode == 0, written.stderr
        file = self.scratch / f"{sale.slug}.receipt"
        file.write_text(written.stdout)
        verified = run_smp("receipt", "verify", file)
        assert verified.returncode == 0, verified.stderr
        (item,) = json.loads(verified.stdout)["items"].values()
        assert (item["published"], item["held"], item["waiting"]) == (sale.units, held, waiting), item
