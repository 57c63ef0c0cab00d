"""Twilio's stand-in as a process, and requests signed as Twilio signs them."""

import pathlib
import sys

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from support import Process, answers, free_port

FAKE = pathlib.Path(__file__).parent / "fakes" / "twilio"
ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "an auth token for tests"
SENDER = "+15005550006"


class FakeTwilio:
    def __init__(self, log):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = Process([sys.executable, FAKE / "server.py", self.port, "--account", ACCOUNT, "--token", TOKEN], log)
        url = f"{self.base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        self.settings = {"SMS_URL": url, "SMS_ACCOUNT": ACCOUNT, "SMS_TOKEN": TOKEN, "SMS_FROM": SENDER}

    def __enter__(self):
        self.process.wait_for("Twilio's stand-in", lambda: answers(f"{self.base}/"))
        return self

    def __exit__(self, *_):
        self.process.stop()

    def client(self, token=TOKEN):
        """The official client, which speaks to the stand-in."""
        return Client(ACCOUNT, token, http_client=Redirected(self.base))

    def weather(self, *next_messages):
        assert requests.post(f"{self.base}/_weather", json=next_messages, timeout=5).ok

    def asked(self):
        return requests.get(f"{self.base}/_asked", timeout=5).json()

    def taken(self, to=None):
        return [sms for sms in requests.get(f"{self.base}/_taken", timeout=5).json() if to in (None, sms["to"])]


class Redirected(TwilioHttpClient):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def request(self, method, url, *arguments, **options):
        assert url.startswith("https://api.twilio.com/"), url
        return super().request(method, url.replace("https://api.twilio.com", self.base), *arguments, **options)


def signed(url, fields, token=TOKEN):
    """Sends fields to an address, signed by the official library."""
    signature = RequestValidator(token).compute_signature(url, fields)
    return requests.post(url, data=fields, headers={"X-Twilio-Signature": signature}, timeout=20)
