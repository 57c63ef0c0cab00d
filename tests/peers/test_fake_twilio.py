"""The stand-in for Twilio agrees with Twilio's own client, PyPI's `twilio`."""

import datetime

import pytest
from twilio.base.exceptions import TwilioRestException

from fake_twilio import SENDER, FakeTwilio


@pytest.fixture
def fake(tmp_path):
    with FakeTwilio(tmp_path / "twilio.log") as fake:
        yield fake


def test_twilios_own_client_agrees_with_the_stand_in(fake):
    messages = fake.client().messages
    made = messages.create(to="+4915123456789", from_=SENDER, body="It’s your turn: €5 & more", status_callback="https://smp.example/x?y=1")
    assert (made.status, made.error_code, made.body) == ("queued", None, "It’s your turn: €5 & more")
    assert abs(datetime.datetime.now(datetime.timezone.utc) - made.date_created) < datetime.timedelta(minutes=1)
    assert fake.taken()[0]["_callback"] == "https://smp.example/x?y=1"
    messages.create(to="+4915123456780", messaging_service_sid="MG" + "0" * 32, body="Other")
    newest = messages.create(to="+4915123456789", from_=SENDER, body="Again")
    assert [message.sid for message in messages.list(to="+4915123456789")] == [newest.sid, made.sid]
    assert messages(made.sid).fetch().body == made.body


@pytest.mark.parametrize(("to", "code"), [("+15005550001", 21211), ("+15005550009", 21614), ("+15005550004", 21610), ("12", 21211)])
def test_a_number_that_gets_no_sms_is_refused_with_twilios_code(fake, to, code):
    with pytest.raises(TwilioRestException) as refused:
        fake.client().messages.create(to=to, from_=SENDER, body="x")
    assert (refused.value.status, refused.value.code) == (400, code)
    assert not fake.taken()


def test_a_wrong_token_and_a_busy_service_have_twilios_codes(fake):
    with pytest.raises(TwilioRestException) as refused:
        fake.client("another token").messages.create(to="+4915123456789", from_=SENDER, body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    fake.weather("busy")
    with pytest.raises(TwilioRestException) as busy:
        fake.client().messages.create(to="+4915123456789", from_=SENDER, body="x")
    assert (busy.value.status, busy.value.code) == (429, 20429)
    assert not fake.taken()
