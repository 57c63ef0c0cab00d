"""What receivers of mail check and do: DKIM, verified by dkimpy; unsubscribing by one request (RFC 8058), as mail
programs do it; notices of mail that came back, signed by the reference client of Standard Webhooks."""

import base64
import datetime
import json
import subprocess

import dkim
import psycopg
import pytest
import requests
from standardwebhooks.webhooks import Webhook

from support import Person, smp, wait_for
from test_mail import Postbox, sign_up

SELECTOR, DOMAIN = "k1", "smp.example"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, all").decode()


@pytest.fixture(scope="module")
def postbox():
    box = Postbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture(scope="module")
def key(scratch):
    """The file of a private key, and its public part as DNS has it."""
    path = scratch / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True)
    path.chmod(0o644)
    der = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "der"], check=True, capture_output=True).stdout
    return path, b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


@pytest.fixture(scope="module")
def node(scratch, database, postbox, key):
    settings = {
        "SMTP_URL": postbox.url(),
        "MAIL_FROM": f"SMP <orders@{DOMAIN}>",
        "SMP_DKIM_DOMAIN": DOMAIN,
        "SMP_DKIM_SELECTOR": SELECTOR,
        "SMP_DKIM_KEY": key[0],
        "SMP_MAIL_WEBHOOK_SECRET": SECRET,
    }
    with smp(scratch, "mail-delivery", DATABASE_URL=database, **settings) as node:
        yield node


def first_mail(postbox, address):
    """The email that everyone gets who signs up."""
    return wait_for("the first mail", lambda: postbox.to(address))[0][2]


def reminders(postbox, address):
    return [mail for _, _, mail in postbox.to(address) if mail["List-Unsubscribe"] is not None]


def verifies(raw, record):
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return record

    found = dkim.verify(raw, dnsfunc=dns)
    assert asked and asked[0].rstrip(b".") == f"{SELECTOR}._domainkey.{DOMAIN}".encode()
    return found


def queue_reminder(database, address, dedupe_key):
    """An email that may be switched off, to the account with this address."""
    with psycopg.connect(database) as connection:
        connection.execute("SET smp.scope = 'platform'")
        connection.execute(
            """
            WITH message AS (
                INSERT INTO messages (tenant_id, id, account_id, channel, recipient, template, subject, body_text, body_html, dedupe_key)
                SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), id, 'email', email, 'sale_reminder', 'Zoë’s sale',
                       'Soon.', '<p>Soon.</p>', %s
                FROM accounts WHERE email = %s RETURNING tenant_id, id
            )
            SELECT queue_job('message_send_bulk', json_build_object('tenant_id', tenant_id, 'message_id', id), 12) FROM message
            """,
            (dedupe_key, address),
        )


def state_of(database, dedupe_key):
    with psycopg.connect(database) as connection:
        connection.execute("SET smp.scope = 'platform'")
        return connection.execute("SELECT state FROM messages WHERE dedupe_key = %s", (dedupe_key,)).fetchone()[0]


def test_mail_is_signed_and_a_changed_one_is_found_out(node, postbox, key):
    sign_up(node.base, "signed@shopper.example", name="Åsa Öberg")
    raw = postbox.raw[first_mail(postbox, "signed@shopper.example")["Message-ID"]]
    record = key[1]
    assert verifies(raw, record)
    assert not verifies(raw.replace(b"To: signed@", b"To: someone@"), record)
    assert not verifies(raw + b"One line more.\r\n", record)
    other = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "der"], input=other, check=True, capture_output=True).stdout
    assert not verifies(raw, b"v=DKIM1; k=rsa; p=" + base64.b64encode(der))


def test_one_request_of_a_mail_program_unsubscribes_and_is_under_the_signature(node, postbox, database, key):
    address = "leaves@shopper.example"
    sign_up(node.base, address)
    first_mail(postbox, address)
    queue_reminder(database, address, "leaves:1")
    (message,) = wait_for("the reminder", lambda: reminders(postbox, address))
    raw = postbox.raw[message["Message-ID"]]
    assert verifies(raw, key[1])
    signed = message["DKIM-Signature"].replace(" ", "")
    assert "list-unsubscribe:list-unsubscribe-post" in signed, signed
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{node.base}/unsubscribe/")
    # No cookie, no redirect, as RFC 8058 has it.
    answer = requests.post(link, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 200, answer.text
    queue_reminder(database, address, "leaves:2")
    wait_for("it is withheld", lambda: state_of(database, "leaves:2") == "withheld")
    assert len(reminders(postbox, address)) == 1


def tell(base, notice, notice_id, secret=SECRET):
    now, body = datetime.datetime.now(datetime.timezone.utc), json.dumps(notice)
    headers = {
        "webhook-id": notice_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(notice_id, now, body),
        "content-type": "application/json",
    }
    return requests.post(f"{base}/api/v1/mail/notices", data=body, headers=headers, timeout=10)


def test_a_bounce_shows_on_its_message_and_stops_what_is_optional(node, postbox, database):
    address = "gone@shopper.example"
    sign_up(node.base, address)
    message = first_mail(postbox, address)
    notice = {"type": "bounce", "message_id": message["Message-ID"], "reason": "550 5.1.1 No such user"}
    other = "whsec_" + base64.b64encode(b"another secret of the same length").decode()
    assert tell(node.base, notice, "bounce-1", other).status_code == 400
    for _ in range(2):
        assert tell(node.base, notice, "bounce-1").status_code == 200
    listed = Person(node.base, "admin@peers.example").get(f"/messages?q={address}")["items"]
    (seen,) = [row for row in listed if message["Message-ID"].startswith(f"<{row['id']}@")]
    assert (seen["state"], seen["error"]) == ("bounced", "it came back: 550 5.1.1 No such user")
    queue_reminder(database, address, "gone:1")
    wait_for("it is withheld", lambda: state_of(database, "gone:1") == "withheld")
    listed = Person(node.base, "admin@peers.example").get(f"/mail/suppressed-addresses?q={address}")["items"]
    assert [(row["address"], row["kind"]) for row in listed] == [(address, "bounce")]
