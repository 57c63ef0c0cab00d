"""What goes wrong between Stripe and whoever uses it, and the webhooks, which go through it."""

import hashlib
import hmac
import json
import threading
import time
import urllib.request

FINE = {
    # Where webhooks go and how they are signed; without an address none are sent.
    "webhook_url": None,
    "webhook_secret": "whsec_fake",
    # How many copies of an event are sent, and how long after it.
    "webhook_copies": 1,
    "webhook_delay_s": 0,
    # Whether events wait for /_release, which sends them latest first.
    "webhooks_held": False,
    # Calls that fail: {"method", "path" (a part of it), "how", "times", "seconds"}. `how` is
    #   500      it is carried out, and the answer is an error that the idempotency key keeps
    #   503, 429 it is not carried out
    #   reset    the connection breaks before it is carried out
    #   lost     it is carried out, and the connection breaks before the answer
    #   slow     the answer comes after so many seconds
    #   garbage  it is carried out, and the answer is no JSON
    "failures": [],
    # What becomes of refunds at first: succeeded, pending, failed or refused.
    "refunds": "succeeded",
    # An amount that is taken instead of the one asked for.
    "takes_instead": None,
}
TRIES, PAUSE_S = 8, 0.5


class Weather:
    def __init__(self, **changes):
        self.lock = threading.Lock()
        self.now = dict(FINE)
        self.held, self.deliveries = [], []
        # What happens to single intents whatever the weather: {intent: {"refunds": …, "takes": …}}.
        self.fates = {}
        self.change(changes)

    def change(self, changes):
        unknown = set(changes) - set(FINE)
        if unknown:
            raise ValueError(f"no such weather: {sorted(unknown)}; there is {sorted(FINE)}")
        with self.lock:
            self.now.update(changes)

    def failure(self, method, path):
        """How a call fails, which counts it; None if it does not."""
        with self.lock:
            for failure in self.now["failures"]:
                if failure.get("times", 1) > 0 and failure.get("method", method) == method and failure["path"] in path:
                    failure["times"] = failure.get("times", 1) - 1
                    return failure
        return None

    def of_intent(self, name, intent):
        """What happens to an intent: its own fate, or what the weather has for all."""
        of_all = {"refunds": "refunds", "takes": "takes_instead"}[name]
        return self.fates.get(intent, {}).get(name) or self.now[of_all]

    def tell(self, event):
        """Sends an event as the weather has it."""
        body = json.dumps(event).encode()
        with self.lock:
            if self.now["webhooks_held"]:
                self.held.append(body)
                return
            copies, delay = self.now["webhook_copies"], self.now["webhook_delay_s"]
        for _ in range(copies):
            threading.Thread(target=self.deliver, args=(body, delay), daemon=True).start()

    def release(self):
        """Sends what was held, latest first, each when the one before was taken."""
        with self.lock:
            bodies, self.held = self.held[::-1], []
        for body in bodies:
            self.deliver(body)
        return len(bodies)

    def deliver(self, body, delay=0, secret=None, age_s=0, tries=TRIES):
        """Signs and sends, and again while it is not taken. Returns the last status; 0 without an answer."""
        time.sleep(delay)
        status = 0
        for nth in range(tries):
            time.sleep(PAUSE_S * nth)
            with self.lock:
                url, key = self.now["webhook_url"], secret or self.now["webhook_secret"]
            if not url:
                return 0
            headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature(body, key, age_s)}
            status = post(url, body, headers)
            with self.lock:
                self.deliveries.append({"event": json.loads(body)["id"], "type": json.loads(body)["type"], "status": status})
            if 200 <= status < 300:
                break
        return status


def signature(body, secret, age_s=0):
    at = int(time.time()) - age_s
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def post(url, body, headers):
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
