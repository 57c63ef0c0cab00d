#!/usr/bin/env python3
"""A Stripe of our own, for tests: its API, its webhooks, its script for browsers and a bank's page.

    python3 tests/peers/fakes/stripe/server.py PORT [--webhook-url URL] [--webhook-secret whsec_…]

It takes any key of the right form. `/_weather` says and changes what goes wrong (see weather.py), `/_calls` what was
called, `/_deliveries` which webhooks were sent. It stands in for Stripe where Stripe cannot be reached; it proves nothing about
the real fields for cards, wallets, or a bank's own 3-D Secure.
"""

import argparse
import base64
import contextlib
import hashlib
import html
import http.server
import json
import pathlib
import re
import signal
import socket
import threading
import time
import urllib.parse

from ledger import Ledger, Refused, copy, merge
from weather import Weather

HERE = pathlib.Path(__file__).parent
ID = "([A-Za-z0-9_]+)"


class Routes:
    """What a method and path do: `(ledger, form, *ids)` gives the answer."""

    def __init__(self):
        post, get = "POST", "GET"
        self.list = [
            (post, "/v1/payment_intents", lambda ledger, form: ledger.create_intent(form)),
            (get, "/v1/payment_intents", lambda ledger, form: ledger.list("payment_intent", "/v1/payment_intents", form)),
            (get, f"/v1/payment_intents/{ID}", lambda ledger, form, wanted: ledger.get("payment_intent", wanted, "intent")),
            (post, f"/v1/payment_intents/{ID}", lambda ledger, form, wanted: ledger.update_intent(wanted, form)),
            (post, f"/v1/payment_intents/{ID}/confirm", lambda ledger, form, wanted: ledger.confirm(wanted, form)),
            (post, f"/v1/payment_intents/{ID}/cancel", lambda ledger, form, wanted: ledger.cancel(wanted, form)),
            (get, f"/v1/payment_methods/{ID}", lambda ledger, form, wanted: ledger.get("payment_method", wanted)),
            (get, "/v1/charges", lambda ledger, form: ledger.list("charge", "/v1/charges", form, payment_intent=form.get("payment_intent"))),
            (get, f"/v1/charges/{ID}", lambda ledger, form, wanted: ledger.get("charge", wanted, "charge")),
            (post, "/v1/refunds", lambda ledger, form: ledger.create_refund(form)),
            (get, "/v1/refunds", self.refunds),
            (get, f"/v1/refunds/{ID}", lambda ledger, form, wanted: ledger.get("refund", wanted, "refund")),
            (post, f"/v1/refunds/{ID}", self.update_refund),
            (get, "/v1/balance_transactions", lambda ledger, form: ledger.list("balance_transaction", "/v1/balance_transactions", form, source=form.get("source"))),
            (get, f"/v1/balance_transactions/{ID}", lambda ledger, form, wanted: ledger.get("balance_transaction", wanted)),
            (post, "/v1/accounts", lambda ledger, form: ledger.create_account(form)),
            (get, f"/v1/accounts/{ID}", lambda ledger, form, wanted: ledger.get("account", wanted, "account")),
            (post, "/v1/account_links", lambda ledger, form: ledger.account_link(form)),
            (post, f"/v1/accounts/{ID}/login_links", lambda ledger, form, wanted: ledger.login_link(wanted)),
            (get, "/v1/disputes", lambda ledger, form: ledger.list("dispute", "/v1/disputes", form, payment_intent=form.get("payment_intent"))),
            (post, f"/v1/disputes/{ID}", lambda ledger, form, wanted: ledger.answer_dispute(wanted, form)),
            (post, f"/v1/disputes/{ID}/close", lambda ledger, form, wanted: ledger.close_dispute(wanted)),
            (get, f"/v1/disputes/{ID}", lambda ledger, form, wanted: ledger.get("dispute", wanted, "dispute")),
            (post, "/v1/transfers", lambda ledger, form: ledger.create_transfer(form)),
            (get, "/v1/transfers", lambda ledger, form: ledger.list("transfer", "/v1/transfers", form, destination=form.get("destination"), transfer_group=form.get("transfer_group"))),
            (get, f"/v1/transfers/{ID}", lambda ledger, form, wanted: ledger.get("transfer", wanted, "transfer")),
            (post, f"/v1/transfers/{ID}/reversals", lambda ledger, form, wanted: ledger.reverse(wanted, form)),
            (get, f"/v1/transfers/{ID}/reversals", self.reversals),
            (get, "/v1/events", lambda ledger, form: ledger.list("event", "/v1/events", form, type=form.get("type"))),
            (get, f"/v1/events/{ID}", lambda ledger, form, wanted: ledger.get("event", wanted)),
        ]  # fmt: skip

    @staticmethod
    def refunds(ledger, form):
        return ledger.list("refund", "/v1/refunds", form, payment_intent=form.get("payment_intent"), charge=form.get("charge"))

    @staticmethod
    def update_refund(ledger, form, wanted):
        refund = ledger.get("refund", wanted, "refund")
        merge(refund, form)
        return refund

    @staticmethod
    def reversals(ledger, form, wanted):
        return ledger.list("transfer_reversal", f"/v1/transfers/{wanted}/reversals", form, transfer=wanted)

    def find(self, method, path):
        for of_method, pattern, does in self.list:
            found = re.fullmatch(pattern, path)
            if found and of_method == method:
                return does, found.groups()
        raise Refused(f"Unrecognized request URL ({method}: {path}).", 404)


class Answers:
    """What was answered under an idempotency key, for a day."""

    def __init__(self):
        self.kept, self.lock = {}, threading.Lock()

    def begin(self, key, print_of):
        """The answer of the first time, or None for whoever is first."""
        with self.lock:
            kept = self.kept.setdefault(key, [print_of, None])
            if kept[0] != print_of:
                message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
                message += f" Try using a key other than '{key}' if you meant to execute a different request."
                raise Refused(message, 400, "idempotency_error")
            if kept[1] == "under way":
                raise Refused("There is currently another in-progress request using this Idempotent Key.", 409, code="idempotency_key_in_use")
            if kept[1] is None:
                kept[1] = "under way"
                return None
            return kept[1]

    def keep(self, key, answer):
        with self.lock:
            if answer is None:
                del self.kept[key]
            else:
                self.kept[key][1] = answer


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    routes = Routes()

    def log_message(self, *_):
        pass

    def do_OPTIONS(self):
        self.send(204, b"")

    def do_GET(self):
        self.handle_one("GET")

    def do_POST(self):
        self.handle_one("POST")

    def handle_one(self, method):
        address = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if address.path.startswith("/v1/"):
            return self.api(method, address, body)
        if address.path.startswith("/v3"):
            return self.send(200, (HERE / "stripe.js").read_bytes(), "text/javascript; charset=utf-8")
        if address.path == "/healthz":
            return self.send(200, b"ok", "text/plain")
        query = dict(urllib.parse.parse_qsl(address.query))
        try:
            with self.server.ledger.lock:
                return self.control(method, address.path, query, body)
        except (Refused, ValueError, KeyError) as error:
            return self.answer(400, {"error": {"message": f"{type(error).__name__}: {error}"}})

    # The API.

    def api(self, method, address, body):
        form = parse_form(body if method == "POST" else address.query)
        ledger, weather = self.server.ledger, self.server.weather
        key = self.headers.get("Idempotency-Key") if method == "POST" else None
        self.server.calls.append({"method": method, "path": address.path, "key": key, "form": copy(form)})
        failure = weather.failure(method, address.path) or {"how": "none"}
        how = failure["how"]
        if how in ("503", "429"):
            kind = "api_error" if how == "503" else "invalid_request_error"
            return self.answer(int(how), {"error": {"message": "Try again later.", "type": kind}})
        if how == "reset":
            return self.reset()
        if how == "slow":
            time.sleep(failure["seconds"])
        status, answer, replayed = self.carry_out(method, address.path, form, key, how == "500", ledger)
        if how == "lost":
            return self.reset()
        if how == "garbage":
            return self.send(200, b"<html>502 Bad Gateway</html>", "text/html")
        return self.answer(status, answer, {"Idempotent-Replayed": "true"} if replayed else {})

    def carry_out(self, method, path, form, key, breaks, ledger):
        """Status, answer, and whether it is that of an earlier call with the key."""
        try:
            self.authenticate(form, path, ledger)
            does, ids = self.routes.find(method, path)
            if key:
                print_of = hashlib.sha256(json.dumps([method, path, form], sort_keys=True).encode()).hexdigest()
                if kept := self.server.answers.begin(key, print_of):
                    return *kept, True
        except Refused as refused:
            return refused.status, refused.body, False
        expand = form.pop("expand", [])
        form.pop("client_secret", None)
        with ledger.lock:
            ledger.key = key
            try:
                status, answer = 200, expanded(copy(does(ledger, form, *ids)), expand, ledger)
            except Refused as refused:
                status, answer = refused.status, refused.body
        if breaks and status == 200:
            status, answer = 500, {"error": {"message": "An unknown error occurred", "type": "api_error"}}
        if key:
            # What was not valid may be tried again under the same key.
            self.server.answers.keep(key, None if status in (400, 404) else (status, answer))
        return status, answer, False

    def authenticate(self, form, path, ledger):
        scheme, _, key = (self.headers.get("Authorization") or "").partition(" ")
        if scheme == "Basic":
            key = base64.b64decode(key).decode().rstrip(":")
        key = key or form.pop("key", "")
        if key.startswith(("sk_", "rk_")):
            return
        # A browser has the publishable key, which opens only the intent whose secret it knows.
        found = re.match(f"/v1/payment_intents/{ID}", path)
        intent = found and ledger.all.get(found[1])
        if key.startswith("pk_") and intent and form.get("client_secret") == intent["client_secret"]:
            return
        raise Refused("Invalid API Key provided", 401)

    # What tests and browsers ask beside the API.

    def control(self, method, path, query, body):
        weather, ledger = self.server.weather, self.server.ledger
        _, name, *rest = path.split("/")
        if name == "_weather":
            if method == "POST":
                weather.change(json.loads(body))
            return self.answer(200, weather.now)
        if name == "_calls":
            return self.answer(200, list(self.server.calls))
        if name == "_deliveries":
            return self.answer(200, list(weather.deliveries))
        if name == "_release":
            threading.Thread(target=weather.release, daemon=True).start()
            return self.answer(200, {"held": len(weather.held)})
        if name == "_send":
            asked = json.loads(body)
            event = asked.pop("event")
            event = ledger.get("event", event) if isinstance(event, str) else event
            sender = threading.Thread(target=weather.deliver, args=(json.dumps(event).encode(),), kwargs={"tries": 1} | asked, daemon=True)
            sender.start()
            return self.answer(200, {"sent": event["id"]})
        if name == "_settle":
            return self.answer(200, ledger.settle(rest[0]))
        if name == "_settle_refunds":
            return self.answer(200, {"settled": ledger.settle_refunds(query.get("status", "succeeded"), query.get("intent"))})
        if name == "_refuse_refund":
            return self.answer(200, ledger.refuse_refund(rest[0]))
        if name == "_fate":
            weather.fates.setdefault(rest[0], {}).update(json.loads(body))
            return self.answer(200, weather.fates[rest[0]])
        if name == "_age":
            return self.answer(200, {"aged": ledger.age(int(query["seconds"]))})
        if name == "_dispute":
            return self.answer(200, ledger.open_dispute(rest[0], **json.loads(body or "{}")))
        if name == "_move_dispute":
            return self.answer(200, ledger.move_dispute(rest[0], query["status"]))
        if name == "_ask_more":
            return self.answer(200, ledger.ask_more(rest[0], **json.loads(body)))
        if name == "_reject":
            return self.answer(200, ledger.reject(rest[0], query.get("reason", "fraud")))
        if name == "_onboarding":
            ledger.onboarded(rest[0])
            return self.redirect(query["return_url"])
        if name == "_bank":
            return self.bank(method, rest[0], body)
        return self.answer(404, {"error": {"message": f"Nothing is at {path}"}})

    def bank(self, method, wanted, body):
        ledger = self.server.ledger
        if method == "POST":
            approved = dict(urllib.parse.parse_qsl(body)).get("answer") == "approve"
            to = ledger.bank_answers(wanted, approved)
            return self.redirect(to) if to else self.answer(200, {"status": ledger.all[wanted]["status"]})
        intent = ledger.get("payment_intent", wanted, "intent")
        amount = html.escape(f"{intent['amount']} {intent['currency'].upper()}")
        page = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Bank of the fake Stripe</title>
<main><h1>Confirm a payment of {amount}</h1><form method="post">
<button name="answer" value="approve">Approve</button> <button name="answer" value="decline">Decline</button></form></main>"""
        return self.send(200, page.encode(), "text/html; charset=utf-8")

    # Answers.

    def redirect(self, to):
        self.send(303, b"", headers={"Location": to})

    def answer(self, status, value, headers=None):
        self.send(status, json.dumps(value, indent=2).encode(), "application/json", headers)

    def send(self, status, body, kind="text/plain", headers=None):
        self.send_response(status)
        every = {"Content-Type": kind, "Content-Length": len(body), "Request-Id": "req_3fake", "Access-Control-Allow-Origin": "*"}
        every |= {"Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Allow-Methods": "GET, POST"}
        for name, value in (every | (headers or {})).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Breaks the connection without a word."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()


def parse_form(text):
    """`a[b]=c&expand[]=d` as Stripe reads it."""
    form = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        names, into = [first, *rest], form
        for step, following in zip(names, names[1:]):
            into = into.setdefault(step, {})
            assert isinstance(into, dict), following
        into[names[-1] if names[-1] else str(len(into))] = value
    if isinstance(form.get("expand"), dict):
        form["expand"] = list(form["expand"].values())
    return form


def expanded(thing, paths, ledger):
    """Ids become objects where it is asked for; of a list, `data.` begins the path."""
    for path in paths:
        wholes = [thing]
        for name in path.split("."):
            if name == "data":
                wholes = [one for whole in wholes for one in whole["data"]]
                continue
            for whole in wholes:
                if isinstance(whole.get(name), str):
                    whole[name] = copy(ledger.all[whole[name]])
            wholes = [whole[name] for whole in wholes if whole.get(name)]
    return thing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-secret", default="whsec_fake")
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.weather = Weather(webhook_url=options.webhook_url, webhook_secret=options.webhook_secret)
    server.ledger = Ledger(f"http://127.0.0.1:{options.port}", server.weather)
    server.answers, server.calls = Answers(), []
    # A shell that starts it in the background has it ignore this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"Stripe's API is at http://127.0.0.1:{options.port}/", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
