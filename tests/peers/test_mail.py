"""Mail leaves by SMTP to a server that is not ours, and is read by a parser that is not ours."""

import asyncio
import email
import email.policy
import re
import signal
import threading

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from support import PASSWORD, Person, free_port, smp, wait_for

USER, SECRET = "smp@post.example", "a-password-of-smtp"
FROM = '"Zoë & Söhne" <orders@smp.example>'


class Postbox:
    """A mail server that wants a password, takes its time and refuses as it is told to, and keeps what it accepts."""

    def __init__(self):
        self.accepted, self.refused, self.refuses, self.lock = [], [], None, threading.Lock()
        # As they came, by Message-ID.
        self.raw = {}
        self.thinks_s = 0
        self.port = free_port()
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self.authenticate, auth_required=True, auth_require_tls=False
        )

    @staticmethod
    def authenticate(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), SECRET.encode())
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.lock:
            if self.refuses in envelope.rcpt_tos:
                self.refused.append(message)
                return "451 4.3.0 Come again later"
            self.raw[message["Message-ID"]] = envelope.content
            self.accepted.append((envelope.mail_from, envelope.rcpt_tos, message))
        # It has the mail; whoever gave it learns so later.
        await asyncio.sleep(self.thinks_s)
        return "250 Kept"

    def url(self, password=SECRET):
        return f"smtp://{USER.replace('@', '%40')}:{password}@127.0.0.1:{self.port}"

    def to(self, address):
        with self.lock:
            return [mail for mail in self.accepted if mail[1] == [address]]


@pytest.fixture(scope="module")
def postbox():
    box = Postbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture(scope="module")
def node(scratch, database, postbox):
    # At the most talkative level, so that the checks see whatever a log can hold.
    with smp(scratch, "mail", DATABASE_URL=database, SMTP_URL=postbox.url(), MAIL_FROM=FROM, SMP_LOG="trace") as node:
        yield node


def sign_up(base, address, name="Åsa Öberg"):
    person = Person(base)
    person.post("/accounts", {"email": address, "name": name, "password": PASSWORD}, status=201)
    return person


def kept(base, address):
    """The one message to an address, as SMP's team sees it."""
    found = Person(base, "admin@peers.example").get(f"/messages?q={address}")["items"]
    assert len(found) == 1, found
    return found[0]


def parts(message):
    """Text and HTML; every part of the message is without defects."""
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            assert not value.defects, (name, value.defects)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    return tuple(part.get_content() for part in message.iter_parts())


def test_a_welcome_arrives_whole(node, postbox):
    person = sign_up(node.base, "asa@shopper.example")
    sender, receivers, message = wait_for("the mail", lambda: postbox.to("asa@shopper.example"))[0]
    assert (sender, receivers) == ("orders@smp.example", ["asa@shopper.example"])
    (author,) = message["From"].addresses
    assert (author.display_name, author.addr_spec) == ("Zoë & Söhne", "orders@smp.example")
    (receiver,) = message["To"].addresses
    assert receiver.addr_spec == "asa@shopper.example"
    assert message["Subject"].strip() and message["Date"].datetime.tzinfo
    text, html = parts(message)
    # Nothing that a stranger typed goes to an address that is not confirmed.
    assert "Åsa" not in text and "Åsa" not in html
    (token,) = re.findall(r"/verify/([\w-]+)", text)
    assert re.search(r"\b\d{6}\b", text) and f'href="{node.base}/verify/{token}"' in html
    seen = wait_for("noted as sent", lambda: (m := kept(node.base, "asa@shopper.example"))["state"] == "sent" and m)
    assert seen["error"] is None and seen["subject"] == message["Subject"]
    assert message["Message-ID"] == f"<{seen['id']}@smp.example>"
    # Replies go to SMP; a message that its recipient needs offers no way to switch it off.
    (reply_to,) = message["Reply-To"].addresses
    assert reply_to.addr_spec == "hello@smp.example"
    assert message["List-Unsubscribe"] is None
    # Every element has its styles, and none is left to a style sheet but what depends on the reader's screen.
    assert 'style="' in html and "prefers-color-scheme: dark" in html and ".button-cell {" not in html.split("@media")[0]
    assert token not in seen["body_text"] and token not in node.output()

    person.post("/session/verification", {"token": token})
    _, _, message = wait_for("the welcome", lambda: len(mail := postbox.to("asa@shopper.example")) == 2 and mail)[1]
    text, html = parts(message)
    assert "Hello Åsa Öberg" in text and "Hello Åsa Öberg" in html
    assert f"{node.base}/" in text and f'href="{node.base}/"' in html


def test_an_invitation_leads_in_and_its_link_is_kept_nowhere(node, postbox):
    admin = Person(node.base, "admin@peers.example")
    name = "Łąka „Söhne“ & Co 🌿"
    admin.post(
        "/providers",
        {"name": name, "slug": "laka", "country": "DE", "product_category": "home", "owner_email": "owner@laka.example"},
    )
    _, _, message = wait_for("the invitation", lambda: postbox.to("owner@laka.example"))[0]
    assert name in message["Subject"]
    text, html = parts(message)
    assert name in text and "Łąka „Söhne“ &amp; Co 🌿" in html
    (token,) = re.findall(r"/portal/invitations/([\w-]+)", text)
    Person(node.base).post(f"/invitations/{token}/accept", {"name": "Ola", "password": PASSWORD})
    wait_for("noted as sent", lambda: kept(node.base, "owner@laka.example")["state"] == "sent")
    assert token not in kept(node.base, "owner@laka.example")["body_text"]
    assert token not in node.output()


def test_a_server_that_is_busy_is_asked_again_and_gets_one_mail(node, postbox):
    postbox.refuses = "later@shopper.example"
    sign_up(node.base, "later@shopper.example")
    wait_for("a refusal", lambda: postbox.refused)
    wait_for("the refusal noted", lambda: "451" in (kept(node.base, "later@shopper.example")["error"] or ""))
    postbox.refuses = None
    wait_for("the mail", lambda: postbox.to("later@shopper.example"), seconds=40)
    seen = wait_for("noted as sent", lambda: (m := kept(node.base, "later@shopper.example"))["state"] == "sent" and m)
    assert seen["error"] is None
    ((_, _, message),) = postbox.to("later@shopper.example")
    # The receiver can tell a second copy by its id.
    assert {refused["Message-ID"] for refused in postbox.refused} == {message["Message-ID"]}


def test_a_wave_of_reminders_delays_no_invitation(node, postbox, database):
    wave = 400
    with psycopg.connect(database) as connection:
        connection.execute("SET smp.scope = 'platform'")
        connection.execute(
            """
            WITH message AS (
                INSERT INTO messages (tenant_id, id, channel, recipient, template, subject, body_text, body_html, dedupe_key)
                SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'email', 'reminded@wave.example',
                       'sale_reminder', 'Soon', 'Soon.', '<p>Soon.</p>', 'wave:' || nth
                FROM generate_series(1, %s) nth RETURNING tenant_id, id
            )
            SELECT queue_job('message_send_bulk', json_build_object('tenant_id', tenant_id, 'message_id', id), 12)
            FROM message
            """,
            (wave,),
        )
    postbox.thinks_s = 0.1
    wait_for("the first of the wave", lambda: postbox.to("reminded@wave.example"))
    Person(node.base, "admin@peers.example").post(
        "/providers",
        {"name": "Prompt", "slug": "prompt", "country": "DE", "product_category": "home", "owner_email": "owner@prompt.example"},
    )
    wait_for("the invitation", lambda: postbox.to("owner@prompt.example"), seconds=1.5)
    assert len(postbox.to("reminded@wave.example")) < wave, "the wave was over before"
    postbox.thinks_s = 0
    wait_for("the rest of the wave", lambda: len(postbox.to("reminded@wave.example")) == wave, seconds=40)


def test_a_wrong_password_leaves_the_mail_waiting_and_stands_in_no_log(scratch, database, node, postbox):
    # The queue is shared: while the other node runs, it might send the mail.
    with smp(scratch, "mail-refused", DATABASE_URL=database, SMTP_URL=postbox.url("a-wrong-password"), SMP_LOG="trace") as refused:
        node.stop()
        sign_up(refused.base, "waiting@shopper.example")
        seen = wait_for("the failure noted", lambda: (m := kept(refused.base, "waiting@shopper.example"))["error"] and m)
        assert seen["state"] == "queued" and "535" in seen["error"], seen
        assert not postbox.to("waiting@shopper.example")
        log = refused.output() + node.output()
    for secret in ("a-wrong-password", SECRET):
        assert secret not in log and secret not in str(seen)
    # Once the password is right, what waited leaves by itself.
    with smp(scratch, "mail-again", DATABASE_URL=database, SMTP_URL=postbox.url()):
        wait_for("the mail", lambda: postbox.to("waiting@shopper.example"), seconds=40)


def test_told_to_stop_while_it_hands_a_mail_over_a_node_notes_that_it_left(scratch, database, postbox):
    with smp(scratch, "mail-stopped", DATABASE_URL=database, SMTP_URL=postbox.url()) as stopped:
        postbox.thinks_s = 3
        sign_up(stopped.base, "once@shopper.example")
        wait_for("the mail", lambda: postbox.to("once@shopper.example"))
        assert kept(stopped.base, "once@shopper.example")["state"] == "queued"
        assert stopped.stop(signal.SIGTERM) == 0, stopped.output()
        postbox.thinks_s = 0
        assert "ERROR" not in stopped.output()
    with psycopg.connect(database) as connection:
        # No job is left with a worker that is gone, to be done a second time.
        for queue in ("graphile_worker", "graphile_worker_bulk"):
            locked = connection.execute(f"SELECT count(*) FROM {queue}._private_jobs WHERE locked_by IS NOT NULL")
            assert locked.fetchone() == (0,), queue
    with smp(scratch, "mail-after", DATABASE_URL=database, SMTP_URL=postbox.url()) as after:
        assert kept(after.base, "once@shopper.example")["state"] == "sent"
    assert len(postbox.to("once@shopper.example")) == 1
