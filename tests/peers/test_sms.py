"""SMS leave by an API that Twilio's own client speaks too, once each; reports and answers are signed by Twilio's own library."""

import re

import pytest
import requests
from twilio.request_validator import RequestValidator

from attack import Node
from fake_twilio import TOKEN, FakeTwilio, signed
from rush import approved_sale
from support import Person, free_port, smp, wait_for

ADA, BOB = "+4915123456789", "+4915123456780"
# A lost answer is asked for after half a minute; the queue's own pauses come on top.
KNOWN_S = 120


@pytest.fixture(scope="module")
def twilio(scratch):
    with FakeTwilio(scratch / "twilio.log") as fake:
        yield fake


@pytest.fixture(scope="module")
def node(scratch, seed, twilio):
    """A node with a sale of one cup."""
    data, port = seed.copy(scratch / "sms-world"), free_port()
    with smp(scratch, "sms", "serve", port=port, SMP_DATA=data, SMP_LOG="trace", SMP_TRUST_FORWARDED="true", **twilio.settings) as process:
        node = Node(process, data, seed)
        editor, manager = Person(node.base, "editor@faults.example"), Person(node.base, "manager@faults.example")
        ((tenant,),) = node.query("SELECT tenant_id FROM providers WHERE slug = 'kiln'")
        node.slug = approved_sale(editor, manager, tenant, [("CUP", 1900)], limit=1, capacity=1)["slug"]
        node.begin_sale()
        yield node


def asks(node, number, network):
    """A shopper who has asked for a code. Each has a network of their own, which gets three codes an hour."""
    person = node.shopper()
    person.http.headers["X-Forwarded-For"] = network
    answer = person.put("/me/phone", {"number": number})
    assert answer["pending_number"] == number, answer
    return person


def code_of(twilio, number):
    """The newest code that was sent to a number."""
    texts = [sms["body"] for sms in twilio.taken(number) if "code" in sms["body"]]
    return re.match(r"\d{6}", texts[-1])[0] if texts else None


def verified(node, twilio, number, network):
    person = asks(node, number, network)
    code = wait_for("the code", lambda: code_of(twilio, number))
    assert person.post("/me/phone/confirm", {"code": code})["number"] == number
    return person


def text_me(node, person):
    answer = person.http.post(f"{node.base}/sales/{node.slug}/text-me", allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sales/{node.slug}")


def state(node, number):
    """States and errors of the SMS to a number, oldest first."""
    return node.query("SELECT state, error FROM messages WHERE channel = 'sms' AND recipient = %s ORDER BY created_at, id", number)


def report(sms, status, **more):
    return signed(sms["_callback"], {"MessageSid": sms["sid"], "MessageStatus": status, "To": sms["to"], "ErrorCode": "", **more})


def test_a_code_an_offer_and_a_start_arrive_and_are_reported(node, twilio):
    ada = verified(node, twilio, ADA, "203.0.113.1")
    holder = node.shopper()
    hold = node.hold(holder)
    entry = ada.post(f"/sales/{node.slug}/holds", {"sale_item_id": node.item, "quantity": 1, "wait": True}, status=202)["id"]
    asked = ada.http.post(f"{node.base}/waitlist/{entry}/text-me", allow_redirects=False, timeout=20)
    assert asked.status_code == 303, asked.text
    holder.delete(f"/me/holds/{hold['id']}")
    offer = wait_for("the offer", lambda: [sms for sms in twilio.taken(ADA) if "your turn" in sms["body"]])[0]
    assert f"{node.base}/cart" in offer["body"] and len(offer["body"]) <= 306, offer

    text_me(node, ada)
    (account,) = node.query("SELECT id FROM accounts WHERE phone = %s", ADA)[0]
    soon = """to_char((now() - interval '1 minute') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    node.query(f"UPDATE revisions SET content = content || jsonb_build_object('starts_at', {soon}) WHERE sale_id = (SELECT id FROM sales WHERE slug = %s)", node.slug)
    node.query(
        "INSERT INTO registrations (tenant_id, sale_id, account_id, created_at) SELECT tenant_id, id, %s, now() - interval '1 hour' FROM sales WHERE slug = %s",
        account, node.slug,
    )  # fmt: skip
    node.query(
        "UPDATE registration_mailings SET starts_at = now() - interval '1 minute', due_at = now() - interval '1 minute', done_at = NULL"
        " WHERE kind = 'start' AND sale_id = (SELECT id FROM sales WHERE slug = %s)",
        node.slug,
    )
    started = wait_for("the start", lambda: [sms for sms in twilio.taken(ADA) if "has started" in sms["body"]], seconds=30)
    assert len(started) == 1 and f"/sales/{node.slug}" in started[0]["body"]

    # The last report first, then what it overtook, then a repeat.
    for status in ("delivered", "sent", "queued", "delivered"):
        assert report(offer, status).status_code == 204
    assert report(started[0], "undelivered", ErrorCode="30003").status_code == 204
    told = {text for text, in node.query("SELECT state FROM messages WHERE service_id = %s", offer["sid"])}
    assert told == {"delivered"}
    ((was, why),) = node.query("SELECT state, error FROM messages WHERE service_id = %s", started[0]["sid"])
    assert was == "undelivered" and "30003" in why
    assert TOKEN not in node.process.output()


def test_a_report_that_twilio_did_not_sign_changes_nothing(node, twilio):
    sms = twilio.taken()[0]
    was = node.query("SELECT state, service_status FROM messages WHERE service_id = %s", sms["sid"])
    fields = {"MessageSid": sms["sid"], "MessageStatus": "failed"}
    assert signed(sms["_callback"], fields, token="another token").status_code == 403
    of_another = RequestValidator(TOKEN).compute_signature(f"{sms['_callback']}?x=1", fields)
    for headers in ({}, {"X-Twilio-Signature": of_another}):
        assert requests.post(sms["_callback"], data=fields, headers=headers, timeout=20).status_code == 403
    assert node.query("SELECT state, service_status FROM messages WHERE service_id = %s", sms["sid"]) == was


def test_a_busy_service_is_asked_again_and_sends_once(node, twilio):
    number = "+4915123456781"
    twilio.weather("busy")
    asks(node, number, "203.0.113.2")
    wait_for("the SMS", lambda: twilio.taken(number), seconds=40)
    wait_for("noted", lambda: state(node, number) == [("sent", None)])
    assert len(twilio.taken(number)) == 1


@pytest.mark.parametrize(("weather", "number", "network"), [("hangs", "+4915123456782", "203.0.113.3"), ("takes and fails", "+4915123456783", "203.0.113.4")])
def test_a_lost_answer_is_asked_for_and_the_sms_not_sent_twice(node, twilio, weather, number, network):
    before = twilio.asked()
    twilio.weather(weather)
    asks(node, number, network)
    wait_for("the SMS", lambda: twilio.taken(number))
    wait_for("noted as sent", lambda: state(node, number) == [("sent", None)], seconds=KNOWN_S)
    assert (len(twilio.taken(number)), twilio.asked()) == (1, before + 1)


def test_one_that_was_never_taken_is_sent_after_it_was_looked_for(node, twilio):
    number = "+4915123456784"
    twilio.weather("fails")
    asks(node, number, "203.0.113.5")
    wait_for("the SMS", lambda: twilio.taken(number), seconds=KNOWN_S)
    wait_for("noted as sent", lambda: state(node, number) == [("sent", None)])
    assert len(twilio.taken(number)) == 1


def test_a_number_that_the_service_does_not_reach_fails_for_good(node, twilio):
    number = "+4915123456799"
    asks(node, number, "203.0.113.6")
    wait_for("noted", lambda: [row[0] for row in state(node, number)] == ["failed"])
    assert "21614" in state(node, number)[0][1] and not twilio.taken(number)


def test_stop_ends_sms_and_start_allows_them_again(node, twilio):
    bob = verified(node, twilio, BOB, "203.0.113.7")
    text_me(node, bob)
    inbound = f"{node.base}/webhooks/sms/inbound"
    for _ in range(2):
        heard = signed(inbound, {"From": BOB, "To": "+15005550006", "Body": "Stop", "MessageSid": "SM1"})
        assert heard.status_code == 200 and "<Response/>" in heard.text
    assert bob.get("/me/phone")["is_stopped"] is True
    wanted = "SELECT count(*) FROM message_choices c JOIN accounts a ON a.id = c.account_id WHERE a.phone = %s AND c.channel = 'sms' AND c.is_on"
    assert node.query(wanted, BOB) == [(0,)]
    assert bob.call("PUT", "/me/phone", {"number": BOB}).status_code == 409
    assert signed(inbound, {"From": BOB, "Body": "START"}).status_code == 200
    assert bob.get("/me/phone")["is_stopped"] is False
