"""Starts of sales in calendars, read by PyPI's `icalendar`, which is not ours."""

import datetime
import email
import email.policy
import threading

import icalendar
import pytest
import requests
from aiosmtpd.controller import Controller

from attack import Node
from support import Person, free_port, smp, wait_for


class Inbox:
    """A mail server that keeps what it gets."""

    def __init__(self):
        self.mails, self.lock, self.port = [], threading.Lock(), free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 Kept"

    def calendars(self, subject):
        """The calendar files of emails about something, oldest first."""
        with self.lock:
            found = [mail for mail in self.mails if subject in mail["Subject"]]
        return [part for mail in found for part in mail.walk() if part.get_content_type() == "text/calendar"]


@pytest.fixture(scope="module")
def inbox():
    box = Inbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture(scope="module")
def node(scratch, seed, inbox):
    data = seed.copy(scratch / "calendar-world")
    with smp(scratch, "calendar", "serve", SMP_DATA=data, SMP_LOG="warn", SMTP_URL=f"smtp://127.0.0.1:{inbox.port}") as process:
        yield Node(process, data, seed)


def event(text):
    """The one entry of a calendar that keeps to RFC 5545."""
    calendar = icalendar.Calendar.from_ical(text)
    assert (calendar["VERSION"], calendar["METHOD"], calendar["CALSCALE"]) == ("2.0", "PUBLISH", "GREGORIAN")
    assert not calendar.errors and calendar["PRODID"]
    (found,) = calendar.walk("VEVENT")
    assert not found.errors
    # What METHOD:PUBLISH asks for (RFC 5546, 3.2.1).
    for required in ("UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY"):
        assert required in found, required
    return found


def download(node):
    answer = requests.get(f"{node.base}/sales/{node.slug}/start.ics", timeout=20)
    assert answer.ok and answer.headers["Content-Type"].startswith("text/calendar"), answer.text
    assert f'filename="{node.slug}.ics"' in answer.headers["Content-Disposition"]
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n")) and b"\n" not in answer.content.replace(b"\r\n", b"")
    return event(answer.content)


def test_a_start_is_read_by_a_library_that_is_not_ours(node):
    start = download(node)
    sale = Person(node.base).get(f"/sales/{node.slug}")
    starts_at = datetime.datetime.fromisoformat(sale["starts_at"])
    assert start["DTSTART"].dt == starts_at.replace(microsecond=0) and start["DTSTART"].dt.utcoffset() == datetime.timedelta(0)
    assert sale["title"] in start["SUMMARY"] and start["URL"] == f"{node.base}/sales/{node.slug}"
    assert start["STATUS"] == "CONFIRMED" and str(start["ORGANIZER"]).startswith("mailto:")
    (alarm,) = start.walk("VALARM")
    assert alarm["TRIGGER"].dt == -datetime.timedelta(minutes=15) and alarm["ACTION"] == "DISPLAY"
    assert download(node)["UID"] == start["UID"]


def test_odd_titles_stay_in_their_line(node):
    odd = "Bowls, cups; \\ “more” 🌿 مزهرية " + "and a long tail " * 6
    node.query("UPDATE revisions SET content = content || jsonb_build_object('title', %s::text)", odd.strip())
    found = wait_for("the new title", lambda: (start := download(node)) and "🌿" in start["SUMMARY"] and start, seconds=20)
    assert found["SUMMARY"] == f"{odd.strip()} starts"


def test_a_registration_brings_the_start_by_email(node, inbox):
    now = datetime.datetime.now(datetime.timezone.utc)
    window = {"registration_opens_at": now - datetime.timedelta(hours=1), "registration_closes_at": now + datetime.timedelta(minutes=30)}
    node.query(
        "UPDATE revisions SET content = content || jsonb_build_object('title', 'Stoneware at dawn', 'registration_opens_at', %s::text, 'registration_closes_at', %s::text)",
        *(at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in window.values()),
    )
    shopper = node.shopper()
    wait_for("registration open", lambda: shopper.call("PUT", f"/sales/{node.slug}/registration", {}).status_code in (200, 201), seconds=20, every=0.5)
    (part,) = wait_for("the email", lambda: inbox.calendars("registered"), seconds=30)
    assert part.get_filename() == "start.ics" and part.get_content_disposition() == "attachment"
    assert (part.get_param("method"), part.get_param("charset")) == ("PUBLISH", "utf-8")
    assert not part.defects
    assert event(part.get_payload(decode=True))["UID"] == download(node)["UID"]
