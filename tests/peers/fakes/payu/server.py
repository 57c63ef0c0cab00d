"""A stand-in for PayU India, as a process of its own: its hosted checkout, and the part of its interface that we call.

    python server.py --port 8099 --key KEY --salt SALT

What it does not do: cards, banks, settlement. A page stands for the bank, with a button for each answer. `POST /weather` with
JSON changes what it does from then on; see `Weather`.
"""

import argparse
import contextlib
import hashlib
import html
import json
import pathlib
import re
import signal
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = (pathlib.Path(__file__).parent / "page.html").read_text()
UDFS = [f"udf{n}" for n in range(1, 6)]
MANDATORY = ["key", "txnid", "amount", "productinfo", "firstname", "email", "phone", "surl", "furl", "hash"]
ANSWERS = {"approve": "Approve", "decline": "Decline", "late": "Approve later", "silent": "Approve, and never return"}


def sha512(*parts):
    return hashlib.sha512("|".join(parts).encode()).hexdigest()


class Weather:
    """What goes wrong, and how long things take. Each can be set by `POST /weather`."""

    def __init__(self):
        # By command: {"mode": "500" | "reset" | "garbage" | "hang", "times": 2}. A hang lasts `hang_s`. The work is done first with
        # "after": true, so that only the answer is lost.
        self.trouble = {}
        self.hang_s = 30
        # Seconds until a late payment succeeds, and until a refund leaves the queue.
        self.late_s = 5
        self.refund_s = 0
        self.refund_ends = "success"
        # What verify_payment says was paid, whatever was asked for.
        self.amount = None
        self.additional_charges = None
        # Where PayU tells of payments by itself, and how often each time.
        self.webhook_url = None
        self.webhook_times = 1


class Payu:
    def __init__(self, key, salt):
        self.key, self.salt = key, salt
        self.weather, self.lock = Weather(), threading.RLock()
        self.payments, self.refunds, self.calls = {}, {}, []
        # How refunds of single payments end, whatever the weather.
        self.fates = {}
        self.next_id = 403993715500000001

    def id(self):
        with self.lock:
            self.next_id += 1
            return str(self.next_id)

    # The checkout.

    def begin(self, form):
        """A form from a merchant's page; what is wrong with it, or the payment."""
        missing = [name for name in MANDATORY if not form.get(name)]
        if missing:
            return f"Mandatory parameters are missing: {', '.join(missing)}", None
        if form["key"] != self.key:
            return "Invalid merchant key", None
        signed = [form.get(name, "") for name in ["txnid", "amount", "productinfo", "firstname", "email", *UDFS]]
        if form["hash"] != sha512(self.key, *signed, "", "", "", "", "", self.salt):
            return "The hash is not correct", None
        if len(form["txnid"]) > 25 or not re.fullmatch(r"\d+(\.\d{1,2})?", form["amount"]):
            return "The transaction id is too long, or the amount is none", None
        with self.lock:
            before = self.payments.get(form["txnid"])
            if before and self.standing(before)[0] == "success":
                return "Duplicate order id: it was paid already", None
            payment = {"mihpayid": self.id(), "form": form, "status": "pending", "unmapped": "initiated", "late_at": None, "at": time.time()}
            self.payments[form["txnid"]] = payment
        return None, payment

    def answer(self, mihpayid, answer):
        with self.lock:
            payment = self.by_id(mihpayid)
            if payment is None or self.standing(payment)[0] == "success":
                return payment
            if answer in ("approve", "silent"):
                payment.update(status="success", unmapped="captured")
            elif answer == "decline":
                payment.update(status="failure", unmapped="failed")
            elif answer == "late":
                payment.update(status="pending", unmapped="in progress", late_at=time.time() + self.weather.late_s)
        self.tell(payment)
        return payment

    def standing(self, payment):
        if payment["late_at"] and time.time() >= payment["late_at"]:
            payment.update(status="success", unmapped="captured", late_at=None)
        return payment["status"], payment["unmapped"]

    def by_id(self, mihpayid):
        return next((payment for payment in self.payments.values() if payment["mihpayid"] == mihpayid), None)

    def notice(self, payment):
        """What PayU posts to the merchant, by the shopper's browser or by itself."""
        status, unmapped = self.standing(payment)
        form = payment["form"]
        told = {name: form.get(name, "") for name in ["key", "txnid", "amount", "productinfo", "firstname", "email", "phone", *UDFS]}
        told |= {"lastname": "", "address1": "", "city": "", "country": "", "zipcode": "", "discount": "0.00"}
        told |= {"mihpayid": payment["mihpayid"], "status": status, "unmappedstatus": unmapped, "mode": "CC", "PG_TYPE": "CC-PG", "bankcode": "CC"}
        told |= {"bank_ref_num": payment["mihpayid"][-8:], "cardnum": "401200XXXXXX1112", "net_amount_debit": form["amount"], "payment_source": "payu"}
        told |= {"error": "E000" if status != "failure" else "E308", "error_Message": "No Error" if status != "failure" else "Bank was unable to authenticate."}
        signed = [self.salt, status, "", "", "", "", "", *(told[name] for name in reversed(UDFS))]
        signed += [told[name] for name in ["email", "firstname", "productinfo", "amount", "txnid"]] + [self.key]
        if self.weather.additional_charges:
            told["additionalCharges"] = self.weather.additional_charges
            signed.insert(0, self.weather.additional_charges)
        return told | {"hash": sha512(*signed)}

    def tell(self, payment):
        if self.weather.webhook_url:
            threading.Thread(target=self.post_notice, args=(self.weather.webhook_url, payment, self.weather.webhook_times)).start()

    def post_notice(self, url, payment, times):
        body = urllib.parse.urlencode(self.notice(payment)).encode()
        for _ in range(times):
            try:
                urllib.request.urlopen(url, body, timeout=10).read()
            except OSError as error:
                print(f"notice to {url}: {error}", flush=True)

    # The interface.

    def command(self, form):
        command, var1 = form.get("command", ""), form.get("var1", "")
        if form.get("key") != self.key or form.get("hash") != sha512(self.key, command, var1, self.salt):
            return {"status": 0, "msg": "Invalid Hash."}
        if command == "verify_payment":
            return self.fetched({txnid: self.details(txnid) for txnid in var1.split("|")})
        if command == "check_payment":
            payment = self.by_id(var1)
            return self.fetched({var1: self.details(payment["form"]["txnid"])} if payment else {})
        if command == "cancel_refund_transaction":
            return self.refund(var1, form.get("var2", ""), form.get("var3", ""))
        if command == "check_action_status":
            return self.actions(var1, form.get("var2", ""))
        return {"status": 0, "msg": f"Invalid command {command}"}

    @staticmethod
    def fetched(details):
        found = sum(1 for one in details.values() if one.get("mihpayid") != "Not Found")
        return {"status": 1 if found else 0, "msg": f"{found} out of {len(details)} Transactions Fetched Successfully", "transaction_details": details}

    def details(self, txnid):
        with self.lock:
            payment = self.payments.get(txnid)
            if payment is None:
                return {"mihpayid": "Not Found", "status": "Not Found"}
            status, unmapped = self.standing(payment)
        form, amount = payment["form"], self.weather.amount or payment["form"]["amount"]
        charged = f"{float(amount) + float(self.weather.additional_charges or 0):.2f}"
        return {
            "mihpayid": payment["mihpayid"], "request_id": "", "bank_ref_num": payment["mihpayid"][-8:], "amt": charged, "transaction_amount": amount,
            "txnid": txnid, "additional_charges": self.weather.additional_charges or "0.00", "productinfo": form["productinfo"],
            "firstname": form["firstname"], "bankcode": "CC", "card_type": "VISA", "card_no": "401200XXXXXX1112", "name_on_card": "",
            "error_code": "E000" if status != "failure" else "E308", "error_Message": "NO ERROR" if status != "failure" else "Bank was unable to authenticate.",
            "addedon": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(payment["at"])), "payment_source": "payu", "net_amount_debit": charged if status == "success" else 0,
            "disc": "0.00", "mode": "CC", "PG_TYPE": "CC-PG", "status": status, "unmappedstatus": unmapped, "Merchant_UTR": None, "Settled_At": "0000-00-00 00:00:00",
            **{udf: form.get(udf, "") for udf in UDFS}, **{f"field{n}": "" for n in (2, 9)},
        }  # fmt: skip

    def refund(self, mihpayid, token, amount):
        with self.lock:
            payment = self.by_id(mihpayid)
            if payment is None or self.standing(payment)[0] != "success":
                return {"status": 0, "msg": "Transaction not exists", "error_code": 101}
            if not token or len(token) > 23:
                return {"status": 0, "msg": "token is empty or too long", "error_code": 104}
            if token in self.refunds:
                return {"status": 0, "msg": "Refund FAILURE - Token already used or request pending", "error_code": 105}
            before = sum(float(one["amt"]) for one in self.refunds.values() if one["mihpayid"] == mihpayid and self.refund_state(one) != "failure")
            if not re.fullmatch(r"\d+(\.\d{1,2})?", amount) or float(amount) <= 0 or before + float(amount) > float(payment["form"]["amount"]) + 1e-9:
                return {"status": 0, "msg": "Refund FAILURE - Invalid amount", "error_code": 103}
            one = {"mihpayid": mihpayid, "token": token, "amt": f"{float(amount):.2f}", "request_id": self.id()[-9:], "ready_at": time.time() + self.weather.refund_s}
            one["ends"] = self.fates.get(mihpayid)
            self.refunds[token] = one
        return {"status": 1, "msg": "Refund Request Queued", "request_id": one["request_id"], "bank_ref_num": None, "mihpayid": int(mihpayid), "error_code": 102}

    def refund_state(self, one):
        return "queued" if time.time() < one["ready_at"] else one["ends"] or self.weather.refund_ends

    def actions(self, asked, by):
        with self.lock:
            found = [one for one in self.refunds.values() if one["mihpayid" if by == "payuid" else "request_id"] == asked]
            rows = {one["request_id"]: self.action(one) for one in found}
            payment = self.by_id(asked) if by == "payuid" else None
            if payment and self.standing(payment)[0] == "success":
                amount = payment["form"]["amount"]
                rows[asked[-9:]] = {"mihpayid": asked, "bank_ref_num": asked[-8:], "request_id": asked[-9:], "amt": amount, "mode": "CC", "action": "capture", "token": "", "status": "SUCCESS"}
        if not rows:
            return {"status": 0, "msg": "0 out of 1 Transactions Fetched Successfully", "transaction_details": {asked: "No action status found"}}
        return {"status": 1, "msg": "1 out of 1 Transactions Fetched Successfully", "transaction_details": {asked: rows}}

    def action(self, one):
        kept = {name: one[name] for name in ["mihpayid", "request_id", "amt", "token"]}
        return kept | {"bank_ref_num": None, "mode": "CC", "action": "refund", "status": self.refund_state(one), "bank_arn": None, "settlement_id": None}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def payu(self):
        return self.server.payu

    def reply(self, status, body, kind="text/html; charset=utf-8"):
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(data), "Cache-Control": "no-store"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def json(self, value, status=200):
        self.reply(status, json.dumps(value), "application/json")

    def page(self, title, body, status=200):
        self.reply(status, PAGE.replace("{title}", html.escape(title)).replace("{body}", body))

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def form(self):
        return dict(urllib.parse.parse_qsl(self.body(), keep_blank_values=True))

    def do_GET(self):
        if self.path == "/":
            return self.page("PayU, the stand-in", "<p>It takes no money.</p>")
        if self.path == "/weather":
            return self.json(vars(self.payu.weather))
        if self.path == "/transactions":
            with self.payu.lock:
                payments = {txnid: self.payu.details(txnid) for txnid in self.payu.payments}
                return self.json({"payments": payments, "refunds": list(self.payu.refunds.values()), "calls": self.payu.calls})
        return self.page("Not found", "<p>There is no such page.</p>", 404)

    def do_POST(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/weather":
            return self.change_weather()
        if path == "/_payment":
            return self.checkout()
        if path.startswith("/_payment/"):
            return self.bank(path.rsplit("/", 1)[1])
        if path == "/merchant/postservice.php":
            return self.service()
        if path == "/fate":
            fate = json.loads(self.body())
            self.payu.fates[fate["mihpayid"]] = fate["refund_ends"]
            return self.json(fate)
        if path == "/tell":
            form = self.form()
            self.payu.post_notice(form["url"], self.payu.payments[form["txnid"]], int(form.get("times", 1)))
            return self.json({})
        return self.json({"status": 0, "msg": "no such address"}, 404)

    def change_weather(self):
        wanted = json.loads(self.body())
        unknown = wanted.keys() - vars(self.payu.weather).keys()
        if unknown:
            return self.json({"unknown": sorted(unknown)}, 422)
        vars(self.payu.weather).update(wanted)
        return self.json(vars(self.payu.weather))

    def checkout(self):
        wrong, payment = self.payu.begin(self.form())
        if wrong:
            return self.page("Error", f"<p role=alert>{html.escape(wrong)}</p>", 400)
        form = payment["form"]
        buttons = "".join(f'<button name="answer" value="{word}">{label}</button>' for word, label in ANSWERS.items())
        facts = f"<p>Pay <strong>₹{html.escape(form['amount'])}</strong> for {html.escape(form['productinfo'])}.</p>"
        return self.page("PayU test checkout", f'{facts}<form method="post" action="/_payment/{payment["mihpayid"]}">{buttons}</form>')

    def bank(self, mihpayid):
        answer = self.form().get("answer")
        payment = self.payu.answer(mihpayid, answer) if answer in ANSWERS else None
        if payment is None:
            return self.page("Error", "<p role=alert>There is no such payment, or no such answer.</p>", 404)
        if answer == "silent":
            return self.page("Connection lost", "<p>Your bank took the payment. This window never goes back to the shop.</p>")
        told = self.payu.notice(payment)
        fields = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in told.items())
        back = payment["form"]["furl" if told["status"] == "failure" else "surl"]
        form = f'<form method="post" action="{html.escape(back)}">{fields}<button>Return to the shop</button></form>'
        return self.page("Payment " + told["status"], form)

    def service(self):
        form = self.form()
        command = form.get("command", "")
        with self.payu.lock:
            self.payu.calls.append([command, form.get("var1", ""), form.get("var2", "")])
            trouble = self.payu.weather.trouble.get(command)
            bad = bool(trouble) and trouble["times"] > 0
            if bad:
                trouble["times"] -= 1
        if not bad:
            return self.json(self.payu.command(form))
        if trouble.get("after"):
            self.payu.command(form)
        if trouble["mode"] == "500":
            return self.json({"error": "internal"}, 500)
        if trouble["mode"] == "garbage":
            return self.reply(200, "<html>We are down for maintenance</html>")
        if trouble["mode"] == "hang":
            time.sleep(self.payu.weather.hang_s)
        # Reset: the connection ends without an answer.
        self.close_connection = True
        self.connection.close()


def main():
    arguments = argparse.ArgumentParser()
    for name in ("port", "key", "salt"):
        arguments.add_argument(f"--{name}", required=True)
    given = arguments.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", int(given.port)), Handler)
    server.daemon_threads = True
    server.payu = Payu(given.key, given.salt)
    # A shell that starts it in the background has it ignore this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"PayU's stand-in is ready on {given.port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
