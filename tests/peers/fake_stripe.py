"""The fake Stripe as a process beside the server, and what tests tell it."""

import sys

import requests

from support import ROOT, Process, answers, free_port

SERVER = ROOT / "tests/peers/fakes/stripe/server.py"
SECRET_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET = "sk_test_fake", "pk_test_fake", "whsec_of_the_fake"


class FakeStripe:
    def __init__(self, log):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = Process([sys.executable, SERVER, self.port, "--webhook-secret", WEBHOOK_SECRET], log)
        self.process.wait_for("the fake Stripe", lambda: answers(f"{self.base}/healthz"))

    @property
    def settings(self):
        """What `smp` needs to use it."""
        return {
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
            # A secret that is being replaced stands beside the new one.
            "STRIPE_WEBHOOK_SECRET": f"whsec_an_older_one,{WEBHOOK_SECRET}",
            "STRIPE_API_URL": f"{self.base}/",
            "STRIPE_SCRIPT_URL": f"{self.base}/v3/",
        }

    def ask(self, method, path, body=None):
        answer = requests.request(method, self.base + path, json=body, timeout=20)
        assert answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json()

    def weather(self, **changes):
        return self.ask("POST", "/_weather", changes)

    def calls(self, method, path):
        """What was called at paths that hold this part."""
        return [call for call in self.ask("GET", "/_calls") if call["method"] == method and path in call["path"]]

    def deliveries(self, kind=""):
        return [one for one in self.ask("GET", "/_deliveries") if kind in one["type"]]

    def fate(self, intent, **what):
        """What becomes of one payment whatever the weather: how its refunds go, or what it takes."""
        return self.ask("POST", f"/_fate/{intent}", what)

    def send(self, event, **how):
        """Sends an event, known by its id or whole, once: signed with `secret`, `age_s` seconds ago."""
        return self.ask("POST", "/_send", {"event": event} | how)

    def of_stripe(self, path, **query):
        answer = requests.get(self.base + path, params=query, headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def confirm(self, client_secret, card, return_url="http://127.0.0.1/back"):
        """What the fields for a card do in a browser; `card` is Stripe's name for a test card."""
        intent = client_secret.partition("_secret_")[0]
        form = {"client_secret": client_secret, "payment_method": card, "return_url": return_url}
        url = f"{self.base}/v1/payment_intents/{intent}/confirm"
        return requests.post(url, data=form, headers={"Authorization": f"Bearer {PUBLISHABLE_KEY}"}, timeout=20)

    def at_bank(self, intent, answer):
        """The shopper's answer on the bank's page; gives where the browser goes."""
        done = requests.post(f"{self.base}/_bank/{intent}", data={"answer": answer}, allow_redirects=False, timeout=20)
        assert done.status_code == 303, done.text
        return done.headers["Location"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


class LiveStripe(FakeStripe):
    """With the keys of its live mode, where every provider has to be payable."""

    @property
    def settings(self):
        return super().settings | {"STRIPE_SECRET_KEY": "sk_live_fake", "STRIPE_PUBLISHABLE_KEY": "pk_live_fake"}
