"""The file for SMP's bank, held against the schema of ISO 20022 that the package sepaxml brings, and against the transfers that sepaxml
itself writes for the same payments."""

import datetime
import pathlib
import xml.etree.ElementTree as ET

import psycopg
import pytest
import sepaxml
import xmlschema

from support import PASSWORD, Person, run_smp, smp

SCHEMA = pathlib.Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
SMP_IBAN, SMP_BIC = "GB82WEST12345698765432", "DEUTDEFF500"
PROVIDERS = [
    ("kiln-bank", "Töpfer & Söhne <Kiln>", "DE89370400440532013000", "COBADEFF", 5025),
    ("loom-bank", "L" * 70, "FR1420041010050500013M02606", "BNPAFRPP", 129_900),
]
ENTRIES = """
    WITH t AS (
        INSERT INTO ledger_transfers (id, key, kind, currency, posted_at)
        VALUES (gen_random_uuid(), 'peers ' || %(tenant)s::text, 'sale', 'EUR', now() - interval '20 days') RETURNING id
    ), e AS (
        INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, amount_minor, currency)
        SELECT tenant, gen_random_uuid(), t.id, account, amount, 'EUR'
        FROM t, (VALUES (%(tenant)s::uuid, 'provider_payable', -%(amount)s::bigint),
                        ('00000000-0000-0000-0000-000000000000', 'gateway_cash', %(amount)s)) AS v (tenant, account, amount)
    )
    INSERT INTO provider_payables (tenant_id, currency, balance_minor) VALUES (%(tenant)s::uuid, 'EUR', %(amount)s)"""


@pytest.fixture(scope="module")
def node(scratch, database):
    settings = {"DATABASE_URL": database, "SMP_BANK_HOLDER": "SMP & Co", "SMP_BANK_IBAN": SMP_IBAN, "SMP_BANK_BIC": SMP_BIC}
    with smp(scratch, "bank-file", **settings) as node:
        yield node


def account(scratch, database, email, *role):
    """A new account; gives its id."""
    settings = {"DATABASE_URL": database, "SMP_DATA": scratch / "bank-file-accounts", "SMP_PASSWORD": PASSWORD}
    made = run_smp("account", "create", "--email", email, "--name", "Ona Kiln", *role, **settings)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[0]


def finance(node, scratch, database, name):
    account(scratch, database, f"{name}@bank.example", "--role", "finance")
    return Person(node.base, f"{name}@bank.example")


def owed_provider(connection, slug, amount):
    """A provider that SMP owes an amount."""
    (tenant,) = connection.execute(
        "INSERT INTO providers (tenant_id, slug, name, state, country) VALUES (gen_random_uuid(), %s, %s, 'approved', 'DE') RETURNING tenant_id::text",
        (slug, slug),
    ).fetchone()
    connection.execute(ENTRIES, {"tenant": tenant, "amount": amount})
    return tenant


@pytest.fixture(scope="module")
def file(node, scratch, database):
    """The file, as the server gives it."""
    drafts, approves = (finance(node, scratch, database, name) for name in ("drafts", "approves"))
    with psycopg.connect(database, autocommit=True) as connection:
        for slug, holder, iban, bic, amount in PROVIDERS:
            tenant = owed_provider(connection, slug, amount)
            member = account(scratch, database, f"owner@{slug}.example")
            connection.execute("INSERT INTO members (tenant_id, account_id, role) VALUES (%s, %s, 'owner')", (tenant, member))
            owner = Person(node.base, f"owner@{slug}.example")
            owner.put(f"/providers/{tenant}/bank-account", {"holder": holder, "iban": iban, "bic": bic})
        connection.execute("UPDATE bank_accounts SET changed_at = changed_at - interval '4 days'")
    drafted = drafts.post("/statements", {})["items"]
    assert len(drafted) == len(PROVIDERS)
    for one in drafted:
        approves.post(f"/providers/{one['provider']['id']}/statements/{one['id']}/approval", {})
    made = drafts.post("/bank-files", {"currency": "EUR"})
    assert made["left_out"] == []
    answer = drafts.call("GET", f"/bank-files/{made['file']['id']}")
    assert answer.headers["Content-Type"].startswith("application/xml")
    return answer.content.decode()


def test_the_file_is_valid_by_the_schema_of_iso_20022(file):
    schema = xmlschema.XMLSchema(SCHEMA)
    schema.validate(file)
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(file.replace("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CASH</PmtMtd>"))


def transfers(text):
    """What is paid to whom, and the names of all elements in their order."""
    root = ET.fromstring(text.encode())
    found = lambda node, path: node.find("/".join(NAMESPACE + part for part in path.split("/"))).text
    payments = root.find(f".//{NAMESPACE}PmtInf")
    made = payments.findall(f"{NAMESPACE}CdtTrfTxInf")
    return {
        "from": found(payments, "DbtrAcct/Id/IBAN"),
        "count": found(root, "CstmrCdtTrfInitn/GrpHdr/NbOfTxs"),
        "sum": found(root, "CstmrCdtTrfInitn/GrpHdr/CtrlSum"),
        "elements": [one.tag for one in root.iter()],
        "to": sorted(
            (found(one, "Cdtr/Nm"), found(one, "CdtrAcct/Id/IBAN"), found(one, "CdtrAgt/FinInstnId/BICFI"), found(one, "Amt/InstdAmt"))
            for one in made
        ),
    }


def test_it_says_what_sepaxml_says_of_the_same_payments(file):
    config = {"name": "SMP & Co", "IBAN": SMP_IBAN, "BIC": SMP_BIC, "batch": True, "currency": "EUR"}
    oracle = sepaxml.SepaTransfer(config, schema="pain.001.001.09", clean=False)
    today = datetime.date.today()
    for slug, holder, iban, bic, amount in PROVIDERS:
        oracle.add_payment({"name": holder, "IBAN": iban, "BIC": bic, "amount": amount, "execution_date": today, "description": slug})
    assert transfers(file) == transfers(oracle.export(validate=True).decode())
