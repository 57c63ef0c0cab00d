"""A market in which money moves every way there is: four providers, two currencies, the gateways with their own books, and people who
pay the providers out."""

import contextlib
import random
import signal
import threading
import time
from collections import Counter

import requests

from attack import ADDRESS, Node
from rush import approved_sale, database_url
from support import BINARY, PASSWORD, ROOT, Person, Process, clean_environment, free_port, run_smp, smp, wait_for
from test_payu import ADDRESS as INDIAN_ADDRESS

ADDRESSES = {"EUR": ADDRESS, "INR": INDIAN_ADDRESS}
PRICES = {"EUR": [("BOWL", 4999), ("CUP", 745), ("LID", 77)], "INR": [("BOWL", 129_900), ("CUP", 33_333), ("LID", 9_901)]}
# Millionths of a line, and minor units for each of its units.
OF_ALL, OF_LOOM, OF_FORGE, OF_ONE_SALE = (77_700, 0), (125_000, 0), {"EUR": (100_000, 30), "INR": (80_000, 2_500)}, (50_000, 15)
BANK = {"SMP_BANK_HOLDER": "SMP & Co", "SMP_BANK_IBAN": "GB82WEST12345698765432", "SMP_BANK_BIC": "DEUTDEFF500"}
IBAN = {"holder": "Forge GmbH", "iban": "DE89370400440532013000", "bic": "COBADEFF"}
SETTLED_S = 120


class Sale:
    def __init__(self, provider, made, currency, rule):
        self.provider, self.id, self.slug, self.currency, self.rule = provider, made["id"], made["slug"], currency, rule
        self.items = {sku: item["id"] for (sku, _), item in zip(PRICES[currency], made["items"])}
        self.prices = dict(PRICES[currency])
        # Goods are handed over under it, so that none is on its way while the sale is cancelled.
        self.gate, self.is_cancelled = threading.Lock(), False


class Provider:
    def __init__(self, slug, tenant, owner):
        self.slug, self.id, self.owner, self.path = slug, tenant, owner, f"/providers/{tenant}"


class Market:
    def __init__(self, scratch, seed, stripe, payu):
        self.scratch, self.stripe, self.payu, self.port, self.open = scratch, stripe, payu, free_port(), contextlib.ExitStack()
        data = seed.copy(scratch / "market-world")
        self.cluster = Process([BINARY, "postgres"], scratch / "market-world.log", cwd=ROOT, env=clean_environment(SMP_DATA=data, SMP_LOG="warn"))
        try:
            self.begin(data, seed)
        except BaseException:
            self.stop()
            raise

    def begin(self, data, seed):
        stripe, payu = self.stripe, self.payu
        self.cluster.wait_for("PostgreSQL", lambda: "DATABASE_URL=" in self.cluster.output())
        self.settings = stripe.settings | payu.settings | BANK | {"DATABASE_URL": database_url(data), "SMP_LOG": "warn", "SMP_PAYMENT_LOOK_SECONDS": 2}
        self.settings |= {"SMP_SECRET": "a secret of the market of many histories", "SMP_DATA": self.scratch / "market-node"}
        hook = f"http://127.0.0.1:{self.port}/api/v1/payments"
        stripe.weather(webhook_url=f"{hook}/stripe/notices")
        payu.weather(webhook_url=f"{hook}/payu/notices")
        self.running = self.open.enter_context(smp(self.scratch, "market-node", "serve", port=self.port, **self.settings))
        self.node = Node(self.running, data, seed)
        self.local = threading.local()
        self.people = {role: self.member(role, role) for role in ("finance", "support")}
        self.people["second"] = self.member("second", "finance")
        manager = Person(self.node.base, "manager@faults.example")
        self.providers = {slug: self.provider(slug) for slug in ("loom", "forge", "press", "debtor")}
        for provider in self.providers.values():
            self.onboard(provider)
        self.sales = [self.sale(manager, provider, currency) for provider in self.providers.values() for currency in PRICES]
        self.doomed = [self.sale(manager, self.providers[slug], currency) for slug, currency in (("press", "EUR"), ("loom", "INR"))]
        self.node.begin_sale()
        self.set_rules()
        self.providers["forge"].owner.put(f"{self.providers['forge'].path}/bank-account", IBAN)
        self.node.query("UPDATE bank_accounts SET changed_at = changed_at - interval '4 days'")
        for sale in [*self.sales, *self.doomed]:
            wait_for(f"{sale.slug} sells", lambda: self.sells(sale), seconds=30)

    def sells(self, sale):
        shown = Person(self.node.base).get(f"/sales/{sale.slug}")
        return shown["phase"] == "live" and not shown["halted"]

    def member(self, name, role):
        made = run_smp("account", "create", "--email", f"{name}@market.example", "--name", name, "--role", role, SMP_PASSWORD=PASSWORD, **self.settings)
        assert made.returncode == 0, made.stderr
        return Person(self.node.base, f"{name}@market.example")

    def provider(self, slug):
        owner = Person(self.node.base)
        owner.post("/accounts", {"email": f"owner@{slug}.example", "name": slug, "password": PASSWORD}, status=201)
        ((account,),) = self.node.query("SELECT id FROM accounts WHERE email = %s", f"owner@{slug}.example")
        return Provider(slug, str(self.node.add_tenant(slug, account)), owner)

    def sale(self, manager, provider, currency):
        """A sale with a rule of commission; of a provider's two in a currency, the doomed one is made last."""
        is_doomed = hasattr(self, "sales")
        items = [(f"{sku}-{currency}{'-DOOMED' if is_doomed else ''}", price) for sku, price in PRICES[currency]]
        made = approved_sale(provider.owner, manager, provider.id, items, currency, limit=9, capacity=50_000)
        rule = {"loom": OF_LOOM, "forge": OF_FORGE[currency]}.get(provider.slug, OF_ALL)
        has_own = provider.slug == "press" and currency == "EUR" and not is_doomed
        return Sale(provider, made, currency, OF_ONE_SALE if has_own else rule)

    def set_rules(self):
        finance, of = self.people["finance"], {slug: provider.id for slug, provider in self.providers.items()}
        finance.put("/commission-rules", {"ppm": OF_ALL[0]})
        finance.put("/commission-rules", {"provider_id": of["loom"], "ppm": OF_LOOM[0]})
        for currency, (ppm, fixed) in OF_FORGE.items():
            finance.put("/commission-rules", {"provider_id": of["forge"], "currency": currency, "ppm": ppm, "fixed_minor": fixed})
        (sale,) = [sale for sale in self.sales if sale.rule == OF_ONE_SALE]
        one = {"provider_id": of["press"], "sale_id": sale.id, "currency": "EUR", "ppm": OF_ONE_SALE[0], "fixed_minor": OF_ONE_SALE[1]}
        finance.put("/commission-rules", one)

    def as_(self, person):
        """The same browser with connections of the thread's own."""
        kept = vars(self.local).setdefault("people", {})
        return kept.setdefault(person, person.at(person.base))

    def staff(self, name):
        return self.as_(self.people[name])

    def stop(self):
        self.open.close()
        assert self.cluster.stop(signal.SIGINT) == 0, self.cluster.output()[-3000:]

    # Accounts at Stripe.

    def payout_state(self, provider):
        found = self.node.query("SELECT state FROM payout_accounts WHERE tenant_id = %s", provider.id)
        return found[0][0] if found else None

    def onboard(self, provider):
        url = insist(lambda: provider.owner.call("POST", f"{provider.path}/payouts/onboarding"))["url"]
        assert requests.get(url, allow_redirects=False, timeout=20).status_code == 303
        wait_for(f"{provider.slug} can be paid", lambda: self.payout_state(provider) == "enabled", seconds=30)

    def restrict(self, provider):
        ((account,),) = self.node.query("SELECT reference FROM payout_accounts WHERE tenant_id = %s", provider.id)
        self.stripe.ask("POST", f"/_ask_more/{account}", {"due": ["external_account"]})
        wait_for(f"{provider.slug} cannot be paid", lambda: self.payout_state(provider) == "restricted", seconds=30)

    # Sales and statements.

    def cancel(self, sale):
        with sale.gate:
            sale.is_cancelled = True
            sale.provider.owner.post(f"{sale.provider.path}/sales/{sale.id}/cancel", {"reason": "The kiln broke."})

    def pay_out(self):
        """Statements of what was delivered long ago, approved by a second person; one of each kind of payment fails and is made again."""
        for table in ("shipment_events", "shipments"):
            self.node.query(f"UPDATE {table} SET created_at = created_at - interval '60 days'")
        # What is paid by bank is that of a provider whose account at Stripe lacks something.
        self.restrict(self.providers["forge"])
        finance, second = self.people["finance"], self.people["second"]
        drafted = finance.post("/statements", {})["items"]
        for one in drafted:
            path = statement_path(one)
            refused = finance.call("POST", f"{path}/approval", {})
            assert refused.status_code == 409 and refused.json()["type"] == "urn:smp:second_person", refused.text
            second.post(f"{path}/approval", {})
        by_transfer = [one for one in drafted if one["provider"]["slug"] != "forge"]
        for nth, one in enumerate(by_transfer):
            self.transfer(one, is_lost=nth == 1)
            if nth == 0:
                self.came_back(one)
                self.transfer(one)
            elif nth == 2:
                assert finance.post(f"{statement_path(one)}/outcome", {"outcome": "paid"})["state"] == "paid"
        by_bank = [one for one in drafted if one["provider"]["slug"] == "forge"]
        for one in by_bank:
            self.bank_file(one)
        if by_bank:
            self.came_back(by_bank[0])
            self.bank_file(by_bank[0])
        self.onboard(self.providers["forge"])
        forge = [sale for sale in self.sales if sale.provider.slug == "forge"]
        for sale in forge:
            wait_for(f"{sale.slug} sells again", lambda: self.sells(sale), seconds=30)
        return drafted

    def transfer(self, statement, is_lost=False):
        """Sends a statement's money, pressed twice, and once more where the answer is lost."""
        finance, path = self.people["finance"], f"{statement_path(statement)}/transfer"
        if is_lost:
            self.stripe.weather(failures=[{"method": "POST", "path": "/v1/transfers", "how": "lost"}])
            assert finance.call("POST", path, {}).status_code == 503
        sent = [finance.post(path, {}) for _ in range(2)]
        assert [one["state"] for one in sent] == ["sent", "sent"] and sent[0]["reference"] == sent[1]["reference"], sent

    def came_back(self, statement):
        finance, path = self.people["finance"], statement_path(statement)
        for _ in range(2):
            failed = finance.post(f"{path}/outcome", {"outcome": "failed", "reason": "The account is closed."})
            assert failed["state"] == "failed"
        assert finance.post(f"{path}/retry", {})["attempt"] == 2

    def bank_file(self, statement):
        made = self.people["finance"].post("/bank-files", {"currency": statement["amount"]["currency"]})
        assert made["left_out"] == [] and made["file"]["amount"] == statement["amount"], made

    # Books.

    def ledger(self):
        """What stands in the ledger, with the signs of money_model."""
        signs = {"gateway_cash": ("cash", 1), "provider_payable": ("payable", -1), "commission": ("commission", -1), "fees": ("fees", 1)}
        signs |= {"disputes": ("disputes", 1), "refunds": ("refunds", -1), "cash_to_collect": ("to_collect", 1)}
        books = Counter()
        rows = "SELECT account, tenant_id::text, gateway, currency, sum(amount_minor)::bigint FROM ledger_entries GROUP BY 1, 2, 3, 4"
        for account, tenant, gateway, currency, amount in self.node.query(rows):
            name, sign = signs.get(account, (account, 1))
            owner = {"cash": gateway, "payable": tenant, "to_collect": tenant}.get(name, "")
            books[name, owner, currency] += sign * amount
        return books

    def statements(self):
        """Each statement's provider, currency, state, amount, method, attempt and the sum of its lines."""
        rows = """SELECT s.tenant_id::text, s.currency, s.state, s.amount_minor, s.method, s.attempt, s.id::text,
                         (SELECT sum(l.amount_minor)::bigint FROM statement_lines l WHERE l.tenant_id = s.tenant_id AND l.statement_id = s.id)
                  FROM statements s ORDER BY s.drafted_at"""
        names = ("tenant", "currency", "state", "amount", "method", "attempt", "id", "lines")
        return [dict(zip(names, row)) for row in self.node.query(rows)]

    def learn_fees(self):
        """A node asks for fees when it starts, so another one is started, and more if that is not enough."""
        unknown = """SELECT count(*) FROM payments p WHERE gateway = 'stripe' AND reference <> '' AND fee_minor IS NULL
                     AND (state = 'succeeded' OR EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.surplus))"""
        missing = lambda: self.node.query(unknown)[0][0]  # noqa: E731
        if missing():
            # One that was asked for in bad weather waits for minutes.
            self.node.query("UPDATE payments SET fee_check_at = now() WHERE fee_check_at > now() AND fee_minor IS NULL")
            settings = self.settings | {"SMP_DATA": self.scratch / "market-other"}
            with smp(self.scratch, "market-other", "serve", **settings):
                wait_for("every fee of Stripe is known", lambda: not missing(), seconds=SETTLED_S, every=0.2)

    def age(self, hours):
        """Makes payments and refunds older, here and at Stripe, so that they are compared."""
        self.stripe.ask("POST", f"/_age?seconds={hours * 3600}")
        changes = [("payments", "updated_at"), ("refunds", "settled_at"), ("sandbox_payments", "answered_at"), ("sandbox_refunds", "asked_at")]
        for table, column in changes:
            self.node.query(f"UPDATE {table} SET {column} = {column} - make_interval(hours => %s)", hours)

    def command(self, *words):
        done = run_smp(*words, **self.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def statement_path(statement):
    return f"/providers/{statement['provider']['id']}/statements/{statement['id']}"


def insist(call, seconds=60, statuses=(200, 201)):
    """Calls until it is answered: what is not known yet, or comes too fast, is asked for again. Gives the answer's body."""
    end = time.monotonic() + seconds
    while True:
        answer = None
        with contextlib.suppress(requests.RequestException):
            answer = call()
            if answer.status_code in statuses:
                return answer.json() if answer.content else None
        is_again = answer is None or answer.status_code in (429, 500, 503)
        assert is_again and time.monotonic() < end, "no answer" if answer is None else f"{answer.status_code}: {answer.text}"
        time.sleep(0.3)


class Weather:
    """Changes what goes wrong between the market and its gateways, until it is over."""

    STRIPE = [
        ("POST", "/v1/payment_intents", "503"), ("POST", "/v1/payment_intents", "lost"), ("POST", "/v1/payment_intents", "reset"),
        ("POST", "/v1/refunds", "lost"), ("POST", "/v1/refunds", "500"), ("POST", "/v1/refunds", "garbage"), ("POST", "/v1/refunds", "503"),
        ("GET", "/v1/payment_intents", "503"), ("GET", "/v1/payment_intents", "garbage"), ("GET", "/v1/disputes", "reset"), ("GET", "/v1/refunds", "503"),
    ]  # fmt: skip
    PAYU = [("verify_payment", "500"), ("verify_payment", "garbage"), ("cancel_refund_transaction", "reset"), ("check_action_status", "500")]

    def __init__(self, market, seed):
        self.market, self.random, self.over = market, random.Random(f"{seed}-weather"), threading.Event()
        self.thread = threading.Thread(target=self.change, daemon=True)

    def change(self):
        choose = self.random.choice
        while not self.over.wait(self.random.uniform(0.3, 1.0)):
            method, path, how = choose(self.STRIPE)
            failures = [{"method": method, "path": path, "how": how}] if self.random.random() < 0.6 else []
            self.market.stripe.weather(failures=failures, webhook_copies=choose([1, 1, 2, 3]), webhook_delay_s=choose([0, 0, 0, 1]))
            command, mode = choose(self.PAYU)
            trouble = {command: {"mode": mode, "times": 1, "after": mode == "reset"}} if self.random.random() < 0.5 else {}
            self.market.payu.weather(trouble=trouble, webhook_times=choose([1, 1, 2]))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)
        self.market.stripe.weather(failures=[], webhook_copies=1, webhook_delay_s=0)
        self.market.payu.weather(trouble={}, webhook_times=1)
