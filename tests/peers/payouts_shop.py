"""Payouts at a shop that ends at a step: finance, providers that are owed something, and their statements."""

import itertools
import uuid

import psycopg
import requests

from support import PASSWORD, Person, run_smp, wait_for

FINISHED_S = 60
OWED = """
    WITH t AS (
        INSERT INTO ledger_transfers (id, key, kind, currency, posted_at)
        VALUES (gen_random_uuid(), %(key)s, 'sale', 'EUR', now() - interval '20 days') RETURNING id
    ), e AS (
        INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, amount_minor, currency)
        SELECT tenant, gen_random_uuid(), t.id, account, amount, 'EUR'
        FROM t, (VALUES (%(tenant)s::uuid, 'provider_payable', -%(amount)s::bigint),
                        ('00000000-0000-0000-0000-000000000000', 'gateway_cash', %(amount)s)) AS v (tenant, account, amount)
    )
    INSERT INTO provider_payables AS b (tenant_id, currency, balance_minor) VALUES (%(tenant)s, 'EUR', %(amount)s)
    ON CONFLICT (tenant_id, currency) DO UPDATE SET balance_minor = b.balance_minor + excluded.balance_minor"""
FAILED = {"outcome": "failed", "reason": "The account is closed"}


class Payouts:
    """Two of finance, a provider with an account at the gateways, and one with a bank account."""

    def __init__(self, shop):
        self.shop, self.amounts = shop, itertools.count(50_00)
        self.drafts, self.approves = (self.finance(name) for name in ("drafts", "approves"))
        ((self.kiln,),) = shop.node.query("SELECT tenant_id::text FROM providers WHERE slug = 'kiln'")
        self.kiln_owner = self.owner(self.kiln, "owner@kiln.example")
        self.loft = str(shop.node.add_tenant("loft", self.account("owner@loft.example")))
        self.loft_owner = Person(shop.node.base, "owner@loft.example")
        self.loft_owner.put(f"/providers/{self.loft}/bank-account", {"holder": "Loft", "iban": "DE89370400440532013000", "bic": "COBADEFF"})
        shop.node.query("UPDATE bank_accounts SET changed_at = changed_at - interval '4 days'")

    def account(self, email, *role):
        """A new account; its id."""
        made = run_smp("account", "create", "--email", email, "--name", "Ona Kiln", *role, SMP_PASSWORD=PASSWORD, **self.shop.settings)
        assert made.returncode == 0, made.stderr
        return made.stdout.split()[0]

    def finance(self, name):
        self.account(f"{name}@finance.example", "--role", "finance")
        return Person(self.shop.node.base, f"{name}@finance.example")

    def owner(self, tenant, email):
        self.shop.node.query("INSERT INTO members (tenant_id, account_id, role) VALUES (%s, %s, 'owner')", tenant, self.account(email))
        return Person(self.shop.node.base, email)

    def use(self, gateway, step):
        """Starts a server that pays out by this gateway, to end at a step. The provider has its account there."""
        self.shop.left_out = () if gateway == "stripe" else ("STRIPE_",)
        self.shop.end_at(step)
        path = f"/providers/{self.kiln}/payouts"
        if self.kiln_owner.get(path)["state"] != "enabled":
            answer = self.kiln_owner.post(f"{path}/onboarding")
            if gateway == "stripe":
                assert requests.get(answer["url"], allow_redirects=False, timeout=20).status_code == 303
        wait_for("the account is enabled", lambda: self.kiln_owner.get(path)["state"] == "enabled", seconds=FINISHED_S, every=0.5)

    def drafted(self, tenant):
        """A statement of what a provider is owed from now on."""
        amount = next(self.amounts)
        values = {"key": f"peers:{uuid.uuid4()}", "tenant": tenant, "amount": amount}
        with psycopg.connect(self.shop.node.url, autocommit=True) as connection:
            connection.execute(OWED, values)
        made = self.drafts.post("/statements", {"tenant_id": tenant})["items"]
        (one,) = [statement for statement in made if statement["amount"] == {"amount": amount, "currency": "EUR"}]
        return PaidStatement(self, tenant, one["id"], one["number"], amount)

    def approved(self, tenant):
        statement = self.drafted(tenant)
        assert statement.approve().ok
        return statement

    def make_bank_file(self):
        return self.drafts.call("POST", "/bank-files", {"currency": "EUR"})

    def bank_files(self):
        """The text of each file."""
        return [self.drafts.call("GET", f"/bank-files/{file['id']}").text for file in self.drafts.get("/bank-files?limit=100")["items"]]


class PaidStatement:
    """A statement on its way, as finance moves it."""

    def __init__(self, payouts, tenant, statement, number, amount):
        self.payouts, self.id, self.number, self.amount = payouts, statement, number, amount
        self.path = f"/providers/{tenant}/statements/{statement}"

    def query(self, sql, *values):
        return self.payouts.shop.node.query(sql, *values)

    def approve(self):
        return self.payouts.approves.call("POST", f"{self.path}/approval", {})

    def send(self):
        return self.payouts.drafts.call("POST", f"{self.path}/transfer", {})

    def settle(self, outcome):
        return self.payouts.drafts.call("POST", f"{self.path}/outcome", outcome)

    def retry(self):
        return self.payouts.drafts.call("POST", f"{self.path}/retry", {})

    def seen(self):
        return self.payouts.drafts.get(self.path)["statement"]

    def comes_to(self, state):
        wait_for(f"{self.number} is {state}", lambda: self.seen()["state"] == state, seconds=FINISHED_S, every=0.5)

    def at_stripe(self, group):
        """The transfers that Stripe has of the nth group of the statement."""
        return self.payouts.shop.stripe.of_stripe("/v1/transfers", transfer_group=f"{self.id}-{group}")["data"]

    def posted(self):
        """What the ledger posted of it: `payout:1` is the first attempt."""
        posted = self.query("SELECT key FROM ledger_transfers WHERE strpos(key, %s) > 0 ORDER BY posted_at", self.id)
        return [key.replace(f"{self.id}-", "") for (key,) in posted]

    def told(self, kind):
        """Each of whom its one event of this kind was written to, once. Nobody was told of it by another."""
        events = self.query("SELECT id::text FROM events WHERE type = %s AND payload->>'statement_id' = %s", f"statement.{kind}", self.id)
        assert len(events) == 1, events
        emails = "SELECT recipient FROM messages WHERE template = %s AND strpos(dedupe_key, %s) > 0 AND channel = 'email'"
        written = lambda: [to for (to,) in self.query(emails, f"statement_{kind}", events[0][0])]  # noqa: E731
        # The jobs of a server that is gone are taken over after half a minute.
        wait_for(f"the emails about {self.number}", written, seconds=FINISHED_S)
        assert len(written()) == len(set(written())), written()
        return set(written())

    def is_over(self):
        """No job of it is left, and the ledger agrees."""
        jobs = "SELECT j.id FROM graphile_worker._private_jobs j WHERE j.payload->>'statement_id' = %s"
        wait_for("its jobs are done", lambda: self.query(jobs, self.id) == [], seconds=FINISHED_S, every=0.5)
        self.payouts.shop.ledger_agrees()
