#!/usr/bin/env python3
"""A Twilio of our own, for tests: the part of its API that takes SMS and lists them.

    python3 tests/peers/fakes/twilio/server.py PORT --account AC… --token TOKEN

`POST /_weather` says what goes wrong with the next messages, in their order; `GET /_taken` what was taken, `GET /_asked` how often
it was asked to take one. It sends no callbacks: the checks sign those with the official library.
"""

import argparse
import base64
import contextlib
import email.utils
import http.server
import json
import re
import signal
import threading
import time
import urllib.parse

NOT_MOBILE = (21614, "'To' number is not a valid mobile number")
# Twilio's own magic numbers, and one that its country's plan has.
REFUSED = {
    "+15005550001": (21211, "Invalid 'To' Phone Number"),
    "+15005550009": NOT_MOBILE,
    "+4915123456799": NOT_MOBILE,
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
}
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
HANGS_S = 12


class Service:
    def __init__(self, account, token):
        self.account, self.token = account, token
        self.lock, self.taken, self.asked, self.weather = threading.Lock(), [], 0, []

    def may(self, header):
        expected = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return header == f"Basic {expected}"

    def create(self, form):
        """Status and answer; the status None: there is none."""
        with self.lock:
            self.asked += 1
            weather = self.weather.pop(0) if self.weather else "fine"
        if weather == "busy":
            return 429, problem(429, 20429, "Too Many Requests")
        if weather == "fails":
            return 503, problem(503, 20503, "Service is down")
        to, body = form.get("To", ""), form.get("Body", "")
        if not NUMBER.fullmatch(to):
            return 400, problem(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in REFUSED:
            return 400, problem(400, *REFUSED[to])
        if not body:
            return 400, problem(400, 21602, "Message body is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return 400, problem(400, 21603, "A 'From' phone number is required.")
        message = self.keep(form, to, body)
        if weather == "hangs":
            time.sleep(HANGS_S)
            return None, None
        if weather == "takes and fails":
            return 500, problem(500, 20500, "Internal Server Error")
        return 201, message

    def keep(self, form, to, body):
        now = email.utils.formatdate(usegmt=False)
        with self.lock:
            sid = f"SM{len(self.taken) + 1:032x}"
            path = f"/2010-04-01/Accounts/{self.account}/Messages/{sid}"
            message = {
                "sid": sid, "account_sid": self.account, "api_version": "2010-04-01", "to": to, "from": form.get("From"),
                "messaging_service_sid": form.get("MessagingServiceSid"), "body": body, "status": "queued", "direction": "outbound-api",
                "num_segments": "1", "num_media": "0", "price": None, "price_unit": "USD", "error_code": None, "error_message": None,
                "date_created": now, "date_updated": now, "date_sent": None, "uri": f"{path}.json",
                "subresource_uris": {"media": f"{path}/Media.json"},
            }  # fmt: skip
            self.taken.append(message | {"_callback": form.get("StatusCallback")})
        return message

    def list(self, query):
        with self.lock:
            found = [message for message in reversed(self.taken) if query.get("To") in (None, message["to"])]
        size = int(query.get("PageSize", 50))
        messages = [{key: value for key, value in message.items() if not key.startswith("_")} for message in found[:size]]
        uri = f"/2010-04-01/Accounts/{self.account}/Messages.json?PageSize={size}&Page=0"
        page = {"page": 0, "page_size": size, "start": 0, "end": max(len(messages) - 1, 0), "uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None}
        return page | {"messages": messages}

    def find(self, sid):
        with self.lock:
            return next((message for message in self.taken if message["sid"] == sid), None)


def problem(status, code, message):
    return {"status": status, "code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None

    def log_message(self, *words):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        split = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(split.query))
        if split.path == "/":
            return self.answer(200, {})
        if split.path == "/_taken":
            return self.answer(200, self.service.taken)
        if split.path == "/_asked":
            return self.answer(200, self.service.asked)
        if not self.service.may(self.headers.get("Authorization")):
            return self.answer(401, problem(401, 20003, "Authenticate"))
        root = f"/2010-04-01/Accounts/{self.service.account}/Messages"
        if split.path == f"{root}.json":
            return self.answer(200, self.service.list(query))
        found = self.service.find(split.path.removeprefix(f"{root}/").removesuffix(".json"))
        if found:
            return self.answer(200, {key: value for key, value in found.items() if not key.startswith("_")})
        return self.answer(404, problem(404, 20404, f"The requested resource {split.path} was not found"))

    def do_POST(self):
        body = self.body()
        if self.path == "/_weather":
            self.service.weather = json.loads(body)
            return self.answer(200, {})
        if not self.service.may(self.headers.get("Authorization")):
            return self.answer(401, problem(401, 20003, "Authenticate"))
        if self.path != f"/2010-04-01/Accounts/{self.service.account}/Messages.json":
            return self.answer(404, problem(404, 20404, f"The requested resource {self.path} was not found"))
        status, value = self.service.create(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)))
        if status is None:
            self.close_connection = True
            return None
        return self.answer(status, value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--account", required=True)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()
    Handler.service = Service(asked.account, asked.token)
    # A shell that starts it in the background has it ignore this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
