"""What Stripe knows and does: payments, refunds, accounts, transfers, disputes. One call at a time."""

import threading

import connect
import disputes
import objects
from objects import CARDS, NAMED_CARDS, listed

AMOUNT_MIN, AMOUNT_MAX = 50, 99_999_999
DECLINES = {
    "decline": ("generic_decline", "Your card was declined."),
    "no_money": ("insufficient_funds", "Your card has insufficient funds."),
}
UNAUTHENTICATED = "We are unable to authenticate your payment method. Please choose a different payment method and try again."
CREATABLE = {
    "amount", "automatic_payment_methods", "capture_method", "confirm", "currency", "description", "expand", "metadata", "payment_method",
    "payment_method_types", "receipt_email", "return_url", "statement_descriptor", "statement_descriptor_suffix", "transfer_group",
}  # fmt: skip
UPDATABLE = {"amount", "currency", "description", "expand", "metadata", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"}
OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


class Refused(Exception):
    """An error as Stripe answers it."""

    def __init__(self, message, status=400, kind="invalid_request_error", **more):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "request_log_url": "https://dashboard.stripe.example/logs", **more}}


class Ledger:
    def __init__(self, base, weather):
        self.base, self.weather = base, weather
        self.lock = threading.RLock()
        # By id, oldest first.
        self.all = {}
        self.numbers = {}  # the card of a payment method or an intent under way
        self.return_urls = {}
        self.key = None  # the idempotency key of the call under way

    # What every kind has.

    def add(self, thing):
        self.all[thing["id"]] = thing
        return thing

    def get(self, kind, wanted, param="id"):
        thing = self.all.get(wanted)
        if not thing or thing["object"] != kind:
            raise Refused(f"No such {kind}: '{wanted}'", 404, code="resource_missing", param=param)
        return thing

    def list(self, kind, url, form, **fields):
        """The newest first, a page at a time."""
        found = [thing for thing in reversed(self.all.values()) if thing["object"] == kind]
        found = [thing for thing in found if all(thing[name] == value for name, value in fields.items() if value)]
        if isinstance(span := form.get("created"), dict):
            since, until = int(span.get("gte", 0)), int(span.get("lt", 2**62))
            found = [thing for thing in found if since <= thing["created"] < until]
        if after := form.get("starting_after"):
            found = found[[thing["id"] for thing in found].index(after) + 1 :]
        limit = number(form.get("limit", 10), "limit")
        return listed(url, found[:limit], len(found) > limit)

    def tell(self, kind, about, changed=None):
        event = self.add(objects.event(kind, copy(about), changed, self.key))
        self.weather.tell(event)

    def age(self, seconds):
        """Makes all that there is so much older."""
        for thing in self.all.values():
            if "created" in thing:
                thing["created"] -= seconds
        return len(self.all)

    # Payments.

    def create_intent(self, form):
        known(form, CREATABLE)
        for name in ("amount", "currency"):
            if name not in form:
                raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
        form["amount"] = number(form["amount"], "amount")
        check_amount(form)
        intent = self.add(objects.payment_intent(form))
        self.tell("payment_intent.created", intent)
        if form.get("confirm") == "true":
            return self.confirm(intent["id"], form)
        return intent

    def update_intent(self, wanted, form):
        known(form, UPDATABLE)
        intent = self.get("payment_intent", wanted, "intent")
        if intent["status"] not in OPEN and set(form) & {"amount", "currency", "statement_descriptor_suffix"}:
            raise unexpected(intent, "update")
        for name in set(form) & (UPDATABLE - {"metadata", "expand"}):
            intent[name] = number(form[name], name) if name == "amount" else form[name]
        check_amount(intent)
        merge(intent, form)
        return intent

    def confirm(self, wanted, form):
        intent = self.get("payment_intent", wanted, "intent")
        if intent["status"] not in OPEN - {"requires_action"}:
            raise unexpected(intent, "confirm")
        card = self.card_of(intent, form)
        behaviour = CARDS[card][1]
        intent["last_payment_error"] = None
        self.numbers[intent["id"]] = card
        self.return_urls[intent["id"]] = form.get("return_url")
        if behaviour == "authenticate":
            url = f"{self.base}/_bank/{intent['id']}"
            intent["status"] = "requires_action"
            if self.return_urls[intent["id"]]:
                redirect = {"return_url": form["return_url"], "url": url}
                intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
            else:
                intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
            self.tell("payment_intent.requires_action", intent)
            return intent
        if behaviour == "slow":
            intent["status"] = "processing"
            intent["processing"] = {"card": {}, "type": "card"}
            self.tell("payment_intent.processing", intent)
            return intent
        if behaviour in DECLINES:
            decline, message = DECLINES[behaviour]
            raise self.decline(intent, card, {"code": "card_declined", "decline_code": decline, "message": message})
        return self.succeed(intent)

    def card_of(self, intent, form):
        data = form.get("payment_method_data", {}).get("card", {})
        wanted = form.get("payment_method")
        card = NAMED_CARDS.get(wanted) or self.numbers.get(wanted) or data.get("number", "").replace(" ", "")
        if card not in CARDS:
            raise Refused("Your card number is incorrect.", 402, "card_error", code="incorrect_number", param="number")
        if wanted not in self.numbers:
            made = self.add(objects.payment_method(card))
            self.numbers[made["id"]] = card
            wanted = made["id"]
        intent["payment_method"] = wanted
        return card

    def decline(self, intent, card, error):
        charge = self.add(objects.charge(intent, card, error))
        method = self.all[intent["payment_method"]]
        error = {"charge": charge["id"], "doc_url": f"https://stripe.com/docs/error-codes/{error['code']}", "type": "card_error", **error}
        error["payment_method"] = copy(method)
        intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None, "latest_charge": charge["id"]}
        intent["last_payment_error"] = error
        self.tell("charge.failed", charge)
        self.tell("payment_intent.payment_failed", intent)
        more = {name: value for name, value in error.items() if name not in ("message", "type")}
        return Refused(error["message"], 402, "card_error", payment_intent=copy(intent), **more)

    def succeed(self, intent):
        taken = self.weather.of_intent("takes", intent["id"]) or intent["amount"]
        charge = self.add(objects.charge(intent | {"amount": taken}, self.numbers[intent["id"]]))
        self.book(charge, "charge", taken, objects.fee_of(taken))
        intent |= {"status": "succeeded", "amount_received": taken, "latest_charge": charge["id"], "next_action": None, "processing": None}
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        return intent

    def book(self, about, kind, amount, fee=0):
        about["balance_transaction"] = self.add(objects.balance_transaction(kind, about["id"], amount, about["currency"], fee))["id"]

    def bank_answers(self, wanted, approved):
        """What the shopper did on the bank's page; gives where the browser goes."""
        intent = self.get("payment_intent", wanted, "intent")
        if intent["status"] == "requires_action":
            if approved:
                self.succeed(intent)
            else:
                error = {"code": "payment_intent_authentication_failure", "decline_code": None, "message": UNAUTHENTICATED}
                self.decline(intent, self.numbers[wanted], error)
        status = "succeeded" if intent["status"] == "succeeded" else "failed"
        url = self.return_urls.get(wanted)
        if not url:
            return None
        query = f"payment_intent={wanted}&payment_intent_client_secret={intent['client_secret']}&redirect_status={status}"
        return url + ("&" if "?" in url else "?") + query

    def settle(self, wanted):
        """The end of a payment that the bank was working on."""
        intent = self.get("payment_intent", wanted, "intent")
        if intent["status"] != "processing":
            raise unexpected(intent, "settle")
        return self.succeed(intent)

    def cancel(self, wanted, form):
        intent = self.get("payment_intent", wanted, "intent")
        if intent["status"] not in OPEN | {"requires_capture"}:
            raise unexpected(intent, "cancel")
        reason = form.get("cancellation_reason")
        intent |= {"status": "canceled", "canceled_at": objects.now(), "cancellation_reason": reason, "next_action": None}
        self.tell("payment_intent.canceled", intent)
        return intent

    # Refunds.

    def create_refund(self, form):
        known(form, {"amount", "charge", "expand", "metadata", "payment_intent", "reason"})
        wanted = form.get("charge")
        if not wanted:
            intent = self.get("payment_intent", form.get("payment_intent"), "payment_intent")
            if intent["status"] != "succeeded":
                message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
                raise Refused(message, code="payment_intent_unexpected_state")
            wanted = intent["latest_charge"]
        charge = self.get("charge", wanted, "charge")
        if self.bars_refunds(charge):
            raise Refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = number(form.get("amount", left), "amount")
        if not 0 < amount <= left:
            raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
        status = self.weather.of_intent("refunds", charge["payment_intent"])
        if status == "refused":
            raise Refused("Insufficient funds in your Stripe balance to refund this amount.", code="balance_insufficient")
        refund = self.add(objects.refund(charge, amount, "pending" if status == "pending" else "succeeded", form))
        self.book(refund, "refund", -amount)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        if status == "failed":
            self.fail_refund(refund)
        return refund

    def fail_refund(self, refund):
        charge = self.all[refund["charge"]]
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        # The money comes back to the balance.
        booked = objects.balance_transaction("refund_failure", refund["id"], refund["amount"], refund["currency"])
        refund["failure_balance_transaction"] = self.add(booked)["id"]
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self.tell("refund.failed", refund)

    def refuse_refund(self, wanted):
        """The bank does not take a refund that was made."""
        refund = self.get("refund", wanted, "refund")
        if refund["status"] != "succeeded":
            raise Refused(f"This refund is {refund['status']}")
        self.fail_refund(refund)
        self.tell("charge.refund.updated", refund, {"status": "succeeded"})
        return refund

    def settle_refunds(self, status, intent=None):
        """The end of pending refunds, of all or of an intent."""
        pending = [thing for thing in self.all.values() if thing["object"] == "refund" and thing["status"] == "pending"]
        pending = [refund for refund in pending if intent in (None, refund["payment_intent"])]
        for refund in pending:
            if status == "failed":
                self.fail_refund(refund)
            else:
                refund["status"] = status
                self.tell("refund.updated", refund, {"status": "pending"})
        return len(pending)

    # Accounts and transfers.

    def create_account(self, form):
        return self.add(connect.account(form))

    def account_link(self, form):
        self.get("account", form.get("account"), "account")
        return connect.account_link(self.base, form)

    def login_link(self, wanted):
        account = self.get("account", wanted, "account")
        if not account["details_submitted"]:
            raise Refused("Cannot create a login link for an account that has not completed onboarding.")
        return {"object": "login_link", "created": objects.now(), "url": f"{self.base}/_express/{wanted}"}

    def ask_more(self, wanted, due, deadline=None):
        """Stripe wants more of an account; without a deadline it stops paying out at once."""
        account = self.get("account", wanted, "account")
        account["requirements"] = connect.requirements(due, None if deadline else "requirements.past_due") | {"current_deadline": deadline}
        account["requirements"]["past_due"] = [] if deadline else list(due)
        account["payouts_enabled"] = bool(deadline)
        self.tell("account.updated", account, {"requirements": {}})
        return account

    def reject(self, wanted, reason):
        account = self.get("account", wanted, "account")
        account |= {"charges_enabled": False, "payouts_enabled": False}
        account["requirements"]["disabled_reason"] = f"rejected.{reason}"
        account["capabilities"] = {"card_payments": "inactive", "transfers": "inactive"}
        self.tell("account.updated", account, {"payouts_enabled": True})
        return account

    def onboarded(self, wanted):
        account = self.get("account", wanted, "account")
        connect.complete(account)
        self.tell("account.updated", account, {"details_submitted": False})
        return account

    def create_transfer(self, form):
        account = self.get("account", form.get("destination"), "destination")
        if account["capabilities"]["transfers"] != "active":
            message = "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments"
            raise Refused(message, code="insufficient_capabilities_for_transfer")
        form["amount"] = number(form.get("amount"), "amount")
        if form.get("source_transaction"):
            self.check_source(form)
        transfer = self.add(connect.transfer(form))
        self.book(transfer, "transfer", -transfer["amount"])
        self.tell("transfer.created", transfer)
        return transfer

    def check_source(self, form):
        """A charge's transfers are of its currency, and together of its amount at most."""
        charge = self.get("charge", form["source_transaction"], "source_transaction")
        if form.get("currency") != charge["currency"]:
            raise Refused("The currency of source_transaction's balance transaction must be the same as the transfer currency", param="currency")
        of_it = [one for one in self.all.values() if one["object"] == "transfer" and one["source_transaction"] == charge["id"]]
        if form["amount"] + sum(one["amount"] - one["amount_reversed"] for one in of_it) > charge["amount"]:
            message = "Transfers using this transaction as a source must not exceed the source amount of " + str(charge["amount"])
            raise Refused(message, code="transfer_source_balance_parameters_mismatch")

    # Disputes.

    def bars_refunds(self, charge):
        of_it = [one for one in self.all.values() if one["object"] == "dispute" and one["charge"] == charge["id"]]
        return any(not one["is_charge_refundable"] and one["status"] != "won" for one in of_it)

    def open_dispute(self, wanted, reason="fraudulent", status="needs_response", amount=None):
        """A shopper's bank disputes the charge of a payment."""
        intent = self.get("payment_intent", wanted, "intent")
        charge = self.get("charge", intent["latest_charge"], "charge")
        dispute = self.add(disputes.dispute(charge, reason, status, amount or charge["amount"]))
        charge["disputed"] = True
        self.tell("charge.dispute.created", dispute)
        if status not in disputes.WARNINGS:
            booked = objects.balance_transaction("adjustment", dispute["id"], -dispute["amount"], dispute["currency"], 1500)
            dispute["balance_transactions"] = [self.add(booked)]
            self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def answer_dispute(self, wanted, form):
        """Evidence, which is staged or (by default) submitted to the bank, once."""
        dispute = self.get("dispute", wanted, "dispute")
        for name in set(form) - {"evidence", "metadata", "submit"}:
            raise Refused(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
        dispute["metadata"] |= form.get("metadata") or {}
        if "evidence" not in form and "submit" not in form:
            return dispute
        details = dispute["evidence_details"]
        if dispute["status"] in disputes.CLOSED:
            raise Refused("This dispute is already closed")
        if details["submission_count"]:
            raise Refused("Evidence was already submitted for this dispute")
        evidence = form.get("evidence") or {}
        if wrong := disputes.wrong_evidence(evidence):
            raise Refused(wrong[0], param=wrong[1])
        dispute["evidence"] |= {name: value or None for name, value in evidence.items()}
        details["has_evidence"] = any(dispute["evidence"][name] for name in disputes.EVIDENCE)
        if form.get("submit", "true") == "true":
            details["submission_count"] += 1
            details["past_due"] = objects.now() > details["due_by"]
            under_review = dispute["status"].replace("needs_response", "under_review")
            return self.move_dispute(wanted, under_review)
        self.tell("charge.dispute.updated", dispute)
        return dispute

    def close_dispute(self, wanted):
        """The seller gives it up."""
        dispute = self.get("dispute", wanted, "dispute")
        if dispute["status"] in disputes.CLOSED:
            raise Refused("This dispute is already closed")
        if dispute["status"] in disputes.WARNINGS:
            raise Refused("An inquiry cannot be closed; refund the charge")
        return self.move_dispute(wanted, "lost")

    def move_dispute(self, wanted, status):
        dispute = self.get("dispute", wanted, "dispute")
        if status not in disputes.STATUSES:
            raise Refused(f"Invalid status: {status}", param="status")
        before, dispute["status"] = dispute["status"], status
        if status == "won" and dispute["balance_transactions"]:
            # The amount comes back, and the fee does not.
            booked = objects.balance_transaction("adjustment", dispute["id"], dispute["amount"], dispute["currency"])
            dispute["balance_transactions"].append(self.add(booked))
            self.tell("charge.dispute.funds_reinstated", dispute)
        kind = "closed" if status in disputes.CLOSED else "updated"
        self.tell(f"charge.dispute.{kind}", dispute, {"status": before})
        return dispute

    def reverse(self, wanted, form):
        transfer = self.get("transfer", wanted, "transfer")
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = number(form.get("amount", left), "amount")
        if not 0 < amount <= left:
            raise Refused(f"Reversal amount ({amount}) is greater than the amount left of the transfer ({left})", param="amount")
        reversal = self.add(connect.reversal(transfer, amount, form))
        self.book(reversal, "transfer_refund", amount)
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["reversals"]["data"].insert(0, reversal)
        self.tell("transfer.reversed", transfer)
        return reversal


def copy(thing):
    if isinstance(thing, dict):
        return {name: copy(value) for name, value in thing.items()}
    return [copy(value) for value in thing] if isinstance(thing, list) else thing


def number(text, param):
    try:
        return int(text)
    except (TypeError, ValueError):
        raise Refused(f"Invalid integer: {text}", code="parameter_invalid_integer", param=param) from None


def known(form, names):
    for name in set(form) - names:
        raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def check_amount(form):
    if form["currency"] != form["currency"].lower() or len(form["currency"]) != 3:
        raise Refused(f"Invalid currency: {form['currency']}.", param="currency")
    if form["amount"] < AMOUNT_MIN:
        raise Refused("Amount must be at least 50 of the smallest unit.", code="amount_too_small", param="amount")
    if form["amount"] > AMOUNT_MAX:
        raise Refused("Amount must be no more than $999,999.99", code="amount_too_large", param="amount")


def unexpected(intent, what):
    message = f"You cannot {what} this PaymentIntent because it has a status of {intent['status']}."
    return Refused(message, code="payment_intent_unexpected_state", payment_intent=copy(intent))


def merge(thing, form):
    """Metadata: an empty value takes a name away."""
    for name, value in form.get("metadata", {}).items():
        if value == "":
            thing["metadata"].pop(name, None)
        else:
            thing["metadata"][name] = value
