"""One purchase with all that becomes of it, by a random plan of its own. The plan says how each step ends; a step waits until it did, and
tells the model."""

import random
import time
import uuid

from money_market import ADDRESSES, SETTLED_S, insist
from money_model import Line, Order, Refund
from support import PASSWORD, Person, wait_for
from test_payu import form_of

GATEWAYS = {"EUR": ["stripe", "stripe", "stripe", "cash_on_delivery", "sandbox"], "INR": ["payu", "payu", "stripe", "cash_on_delivery"]}
CASH_MOST = {"EUR": 30_000, "INR": 2_000_000}
# Stripe takes nothing below it.
LEAST = 50
# How the gateway deals with a refund: `late` and `late_failed` are pending until the end.
FATES = {
    "stripe": ["fine"] * 6 + ["late", "late_failed", "failed", "refused"],
    "payu": ["fine"] * 3 + ["failed"],
    "sandbox": ["fine"],
    "cash_on_delivery": ["failed"],
}
AT_STRIPE = {"fine": "succeeded", "late": "pending", "late_failed": "pending", "failed": "failed", "refused": "refused"}
MONEY = ("stripe", "payu", "sandbox")


class History:
    def __init__(self, market, seed, nth, is_early):
        self.market, self.random, self.nth, self.is_early = market, random.Random(f"{seed}-{nth}"), nth, is_early
        self.gateway = self.number = self.model = self.intent = self.mihpayid = None
        self.is_withdrawn, self.is_doomed, self.pending, self.dispute_id, self.steps = False, False, None, None, []

    def __str__(self):
        return f"history {self.nth} ({self.number}, {self.gateway}): {', '.join(self.steps)}"

    def chance(self, share):
        return self.random.random() < share

    def note(self, *words):
        self.steps.append(" ".join(map(str, words)))

    # Placing an order.

    def place(self):
        market, choose = self.market, self.random.choice
        self.shopper = Person(market.node.base)
        account = {"email": f"shopper-{self.nth}@market.example", "name": "Ada Bystander", "password": PASSWORD}
        insist(lambda: self.shopper.call("POST", "/accounts", account), statuses=(200, 201))
        # Before the node reads the session: as if the code had been typed.
        market.node.query("UPDATE accounts SET email_verified_at = now() WHERE email = %s RETURNING id", account["email"])
        self.currency = choose(["EUR", "EUR", "INR"])
        sales = [sale for sale in market.sales if sale.currency == self.currency]
        if self.is_early and self.nth % 7 == 3:
            self.is_doomed = True
            chosen = [sale for sale in market.doomed if sale.currency == self.currency]
        elif self.is_early and self.nth % 5 == 1:
            chosen = [sale for sale in sales if sale.provider.slug == "debtor"]
        else:
            others = [sale for sale in sales if sale.provider.slug != "debtor"]
            chosen = self.random.sample(others, choose([1, 1, 2]))
        self.sales = {}
        for sale in chosen:
            for sku in self.random.sample(sorted(sale.items), choose([1, 1, 2])):
                self.hold(sale, sku, choose([1, 1, 2, 3]))
        total = sum(price for price, _ in self.sales.values())
        if 0 < total < LEAST:
            self.hold(chosen[0], "BOWL", 1)
        if not self.sales:
            return False
        order = insist(lambda: self.shopper.call("POST", "/me/orders", {"shipping_address": ADDRESSES[self.currency]}))
        self.number, self.path, self.total = order["number"], f"/me/orders/{order['number']}", order["total"]["amount"]
        assert self.total == sum(price for price, _ in self.sales.values()), order
        fits = [one for one in GATEWAYS[self.currency] if one != "cash_on_delivery" or self.total <= CASH_MOST[self.currency]]
        self.gateway = choose(fits)
        return True

    def hold(self, sale, sku, quantity):
        body = {"sale_item_id": sale.items[sku], "quantity": quantity}
        answer = self.shopper.call("POST", f"/sales/{sale.slug}/holds", body)
        if sale.is_cancelled and answer.status_code == 409:
            return
        assert answer.status_code == 201, answer.text
        self.sales[sale, sku] = (sale.prices[sku] * quantity, quantity)

    def order(self):
        return insist(lambda: self.shopper.call("GET", self.path))

    def begin_model(self):
        lines, by_slug = [], {provider.slug: provider for provider in self.market.providers.values()}
        of_sale = {sale.id: sale for sale, _ in self.sales}
        for parcel in self.order()["parcels"]:
            for line in parcel["lines"]:
                sale = of_sale[line["sale_id"]]
                sku = line["sku"].partition("-")[0]
                price, quantity = self.sales[sale, sku]
                assert (line["total"]["amount"], line["quantity"]) == (price, quantity), line
                tenant = by_slug[parcel["provider_slug"]].id
                lines.append(Line(tenant, parcel["id"], line["id"], sale.items[sku], quantity, price, sale.rule))
        assert len(lines) == len(self.sales)
        self.model = Order(self.currency, lines, self.gateway)

    # Paying.

    def pay(self):
        """Pays, or not. True when the order is confirmed."""
        how = self.random.choices(["pay", "decline", "give up", "leave", "cancel", "surplus"], [80, 6, 4, 3, 3, 4])[0]
        self.note(how)
        if how == "leave":
            return False
        if how == "surplus" and self.gateway in ("stripe", "payu"):
            self.pay_for_nothing()
            return False
        if how == "cancel":
            self.wait_begun()
            self.cancel_unpaid()
            return False
        if how in ("decline", "give up"):
            self.act(self.wait_begun(), "decline")
            if how == "give up":
                return False
        self.begin_model()
        self.pay_until_confirmed()
        if self.gateway == "cash_on_delivery":
            self.model.due()
        else:
            self.model.pay()
        return True

    def cancel_unpaid(self):
        """Again while the gateway does not say what became of the payment."""

        def cancelled():
            insist(lambda: self.shopper.call("POST", f"{self.path}/cancel"), statuses=(200, 409))
            return self.order()["state"] == "cancelled"

        wait_for(f"{self}: it is cancelled", cancelled, seconds=SETTLED_S, every=0.5)

    def newest(self):
        payments = self.order()["payments"]
        return payments[-1] if payments else None

    def begin(self):
        body = {"gateway": self.gateway, "phone": f"+91 99{self.nth % 10**8:08d}"}
        return insist(lambda: self.shopper.call("POST", f"{self.path}/payments", body), statuses=(201, 409))

    def wait_begun(self):
        """A payment that waits for its shopper."""

        def look():
            payment = self.newest()
            if payment is None or payment["state"] in ("failed", "cancelled"):
                self.begin()
                return None
            return self.shown(payment) if payment["state"] == "requires_action" else None

        return wait_for(f"{self}: a payment is begun", look, seconds=SETTLED_S, every=0.2)

    def shown(self, payment):
        return insist(lambda: self.shopper.call("GET", f"{self.path}/payments/{payment['id']}"))

    def pay_until_confirmed(self):
        acted, end = set(), time.monotonic() + SETTLED_S
        while True:
            order = self.order()
            if order["confirmed_at"]:
                return
            payment = order["payments"][-1] if order["payments"] else None
            if payment is None or payment["state"] in ("failed", "cancelled"):
                self.begin()
            elif payment["state"] == "requires_action" and payment["id"] not in acted:
                if self.act(self.shown(payment), "approve"):
                    acted.add(payment["id"])
            assert time.monotonic() < end, f"{self}: not paid within {SETTLED_S} s: {order}"
            time.sleep(0.25)

    def act(self, payment, answer):
        """What the shopper does at the gateway; False if it cannot be done yet."""
        action = payment.get("action")
        if not action:
            return False
        does = {"stripe": self.at_stripe, "payu": self.at_payu, "sandbox": self.at_sandbox, "cash_on_delivery": self.at_the_phone}
        return does[self.gateway](payment, action, answer)

    def at_stripe(self, _payment, action, answer):
        stripe = self.market.stripe
        self.intent = action["client_secret"].partition("_secret_")[0]
        card = "pm_card_visa" if answer == "approve" else "pm_card_chargeDeclined"
        # The browser tries again what had no answer; Stripe refuses what was paid already.
        insist(lambda: stripe.confirm(action["client_secret"], card), statuses=(200, 400, 402))
        return True

    def at_payu(self, _payment, action, answer):
        payu, form = self.market.payu, form_of(action)
        bank = payu.checkout(form)
        self.mihpayid = bank.rpartition("/")[2]
        back = payu.answer(bank, "silent" if answer == "approve" and self.chance(0.1) else answer)
        if back:
            payu.come_back(form["fields"], back)
        return True

    def at_sandbox(self, _payment, action, answer):
        assert self.shopper.http.post(action["url"], data={"answer": answer}, timeout=20).ok
        return True

    def at_the_phone(self, payment, _action, answer):
        code = self.market.node.cash_code(self.number)
        if not code:
            return False
        typed = code if answer == "approve" else f"{(int(code) + 1) % 10**6:06d}"
        told = self.shopper.call("POST", f"{self.path}/payments/{payment['id']}/code", {"code": typed})
        if answer == "approve" and told.status_code == 409 and told.json()["type"] == "urn:smp:code_expired":
            # The shopper looks again where the payment stands.
            return False
        assert told.status_code == (200 if answer == "approve" else 409), told.text
        return True

    def pay_for_nothing(self):
        """The gateway takes another amount than it was asked for, or takes it when the order is cancelled."""
        self.model = Order(self.currency, [], self.gateway)
        payment, taken = self.wait_begun(), self.total
        if self.gateway == "stripe":
            taken += self.random.choice([-1, 1, 250])
            intent = payment["action"]["client_secret"].partition("_secret_")[0]
            self.market.stripe.fate(intent, takes=taken)
            self.act(payment, "approve")
        else:
            payu, form = self.market.payu, form_of(payment["action"])
            bank = payu.checkout(form)
            self.cancel_unpaid()
            payu.come_back(form["fields"], payu.answer(bank, "approve"))
        self.model.take_for_nothing(taken)
        back = "SELECT r.state, r.amount_minor FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.number = %s AND r.surplus"
        returned = lambda: self.market.node.query(back, self.number) == [("succeeded", taken)]  # noqa: E731
        wait_for(f"{self}: the money is back", returned, seconds=SETTLED_S, every=0.3)

    # Parcels.

    def ship(self):
        """Hands parcels over, and notes what became of them at the door."""
        for parcel in self.order()["parcels"]:
            if parcel["state"] != "to_ship" or self.chance(0.2):
                continue
            (sale,) = {sale for sale, _ in self.sales if sale.provider.slug == parcel["provider_slug"]}
            with sale.gate:
                if sale.is_cancelled:
                    continue
                provider = sale.provider
                owner, path = self.market.as_(provider.owner), f"{provider.path}/parcels/{parcel['id']}"
                shipment = owner.post(f"{path}/shipments", {"carrier": "DHL", "tracking_number": uuid.uuid4().hex}, status=201)
            self.note("ship")
            if self.gateway == "cash_on_delivery":
                outcome = self.random.choice(["collected", "collected", "collected", "refused", None])
                if outcome == "refused":
                    owner.post(f"{path}/cash", {"outcome": outcome})
                    self.model.withdraw([(provider.id, parcel["id"])])
                elif outcome == "collected":
                    owner.post(f"{path}/cash", {"outcome": outcome})
                    self.model.collect(provider.id, parcel["id"])
                self.note(outcome)
                if outcome == "refused":
                    continue
            if self.chance(0.85):
                owner.post(f"{provider.path}/shipments/{shipment['id']}/events", {"state": "delivered", "note": ""})

    # Refunds.

    def can_refund(self):
        if self.model is None or self.model.paid == 0 or self.pending or self.model.lost or self.model.disputed:
            return False
        # Cash is only refunded once nothing of the order is to be collected any more.
        return self.model.left() > 0 and not self.model.to_collect

    def refund(self, kind=None, fate=None):
        if not self.can_refund():
            return
        model, left = self.model, self.model.left()
        kind = kind or self.random.choice(["amount", "amount", "units", "units", "own", "rest"])
        fate = fate or self.random.choice(FATES[self.gateway])
        units = self.choose_units() if kind in ("units", "own") and not self.is_withdrawn else None
        if kind == "rest" or left == 1:
            body, refund = {}, Refund(left)
        elif units:
            costs = {line.id: (quantity, model.cost(line, quantity)) for line, quantity, _ in units}
            parcels = {line.parcel for line, *_ in units}
            refund = Refund(sum(cost for _, cost in costs.values()), costs, parcels.pop() if len(parcels) == 1 else None)
            if refund.amount == 0:
                return
            body = {"lines": [{"line_id": line.id, "quantity": quantity, "restock": restock} for line, quantity, restock in units]}
        else:
            amount = self.random.choice([1, left // 2, left // 3, self.random.randint(1, left)]) or 1
            body, refund = {"amount_minor": amount}, Refund(amount)
        self.set_fate(fate)
        made = self.ask_refund(body | {"reason": "It broke."}, units if kind == "own" else None)
        assert made["amount"]["amount"] == refund.amount, f"{self}: {made['amount']} is refunded, and not {refund.amount}"
        model.ask(refund)
        self.note("refund", kind, refund.amount, fate)
        self.follow(made["id"], refund, fate)

    def choose_units(self):
        model, parcels = self.model, {parcel["id"]: parcel for parcel in self.order()["parcels"]}
        chosen = []
        for line in model.lines:
            left = model.units_left(line)
            if left and line.parcel not in model.refused and self.chance(0.6):
                restock = self.random.choice(["came_back", "lost"] if parcels[line.parcel]["shipments"] else ["never_sold", "lost"])
                chosen.append((line, self.random.randint(1, left), restock))
        return chosen

    def ask_refund(self, body, own):
        """By SMP's team, or by the provider of the units as far as it may."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        if own and len({line.parcel for line, *_ in own}) == 1:
            tenant, parcel = own[0][0].tenant, own[0][0].parcel
            (provider,) = [one for one in self.market.providers.values() if one.id == tenant]
            owner = self.market.as_(provider.owner)
            refused = []

            def call():
                answer = owner.call("POST", f"{provider.path}/parcels/{parcel}/refunds", body, key)
                if answer.status_code == 409:
                    refused.append(answer.json()["type"])
                return answer

            made = insist(call, statuses=(201, 200, 409))
            if not refused:
                return made
            assert refused[-1] == "urn:smp:refund_limit", f"{self}: {made}"
        staff = self.market.staff("support")
        return insist(lambda: staff.call("POST", f"/orders/{self.number}/refunds", body, key))

    def set_fate(self, fate):
        if self.gateway == "stripe":
            self.market.stripe.fate(self.intent, refunds=AT_STRIPE[fate])
        elif self.gateway == "payu":
            self.market.payu.fate(self.mihpayid, "failure" if fate == "failed" else "success")

    def state_of(self, refund):
        return next(one["state"] for one in self.order()["refunds"] if one["id"] == refund)

    def wait_refund(self, refund, state):
        wait_for(f"{self}: the refund {refund} is {state}", lambda: self.state_of(refund) == state, seconds=SETTLED_S, every=0.2)

    def follow(self, made, refund, fate):
        """Waits for what becomes of a refund, as its fate has it."""
        if fate in ("late", "late_failed"):
            self.wait_refund(made, "pending")
            self.pending = (made, refund, fate)
        elif fate == "fine":
            self.wait_refund(made, "succeeded")
            self.model.settle(refund)
        else:
            self.failed(made, refund)

    def settle_late(self):
        if not self.pending:
            return
        (made, refund, fate), self.pending = self.pending, None
        is_fine = fate == "late"
        status = "succeeded" if is_fine else "failed"
        self.market.stripe.ask("POST", f"/_settle_refunds?intent={self.intent}&status={status}")
        self.note("settles late", status)
        if is_fine:
            self.wait_refund(made, "succeeded")
            self.model.settle(refund)
        else:
            self.failed(made, refund)

    def failed(self, made, refund):
        """A refund that the gateway refused is left, tried again, or paid another way."""
        self.wait_refund(made, "failed")
        self.model.fail(refund)
        ways = ["leave", "elsewhere"] if self.gateway == "cash_on_delivery" else ["leave", "elsewhere", "again", "again"]
        way = "leave" if self.model.disputed or self.model.lost else self.random.choice(ways)
        self.note("failed:", way)
        finance = self.market.staff("finance")
        if way == "elsewhere":
            done = insist(lambda: finance.call("POST", f"/refunds/{made}/settle-elsewhere", {"note": "By our bank."}))
            assert done["state"] == "settled_elsewhere"
            refund.stands = True
            self.model.settle(refund, "elsewhere")
        elif way == "again":
            self.set_fate("fine")
            again = self.retry(finance, made)
            refund = Refund(refund.amount, refund.units, refund.parcel)
            self.model.ask(refund)
            self.wait_refund(again, "succeeded")
            self.model.settle(refund)

    def retry(self, finance, made):
        """The id of the next try, also when its answer was lost."""
        known = {one["id"] for one in self.order()["refunds"]}
        made = insist(lambda: finance.call("POST", f"/refunds/{made}/retry"), statuses=(201, 409))
        new = [one["id"] for one in self.order()["refunds"] if one["id"] not in known]
        assert len(new) == 1, f"{self}: {made}"
        return new[0]

    def withdraw(self):
        """The shopper cancels a paid order of which nothing was sent."""
        if not self.can_withdraw():
            return False
        left, fate = self.model.left(), self.random.choice(FATES[self.gateway])
        self.set_fate(fate)
        known = {one["id"] for one in self.order()["refunds"]}
        insist(lambda: self.shopper.call("POST", f"{self.path}/cancel"), statuses=(200, 409))
        wait_for("it is cancelled", lambda: self.order()["state"] == "cancelled")
        self.is_withdrawn = True
        self.note("withdraw", left, fate)
        if self.gateway == "cash_on_delivery":
            self.model.withdraw(list(self.model.to_collect))
            return True
        (made,) = [one for one in self.order()["refunds"] if one["id"] not in known]
        refund = Refund(left)
        self.model.ask(refund)
        self.follow(made["id"], refund, fate)
        return True

    def can_withdraw(self):
        return self.order()["cancel_offered"] and not self.pending and not self.model.disputed and not self.model.lost

    # Disputes.

    def dispute(self):
        model = self.model
        if self.gateway != "stripe" or model is None or not model.paid or self.pending or model.lost or model.disputed or model.left() <= 0:
            return
        amount = self.random.choice([model.left(), model.left(), model.total, max(1, model.left() // 3)])
        opened = self.market.stripe.ask("POST", f"/_dispute/{self.intent}", {"reason": "fraudulent", "amount": amount})
        self.dispute_id = opened["id"]
        self.wait_dispute("needs_response")
        model.dispute(amount)
        refused = self.market.staff("support").call("POST", f"/orders/{self.number}/refunds", {"reason": "Broken"})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:smp:disputed"), f"{self}: {refused.text}"
        ends = self.random.choice(["won", "lost", "under_review"])
        self.note("dispute", amount, ends)
        self.market.stripe.ask("POST", f"/_move_dispute/{self.dispute_id}?status={ends}")
        self.wait_dispute(ends)
        if ends == "won":
            model.win()
        elif ends == "lost":
            model.lose()

    def wait_dispute(self, state):
        kept = "SELECT state FROM disputes WHERE reference = %s"
        wait_for(f"{self}: the dispute is {state}", lambda: self.market.node.query(kept, self.dispute_id) == [(state,)], seconds=SETTLED_S, every=0.2)

    # The three parts of a history.

    def first(self):
        if not self.place() or not self.pay():
            return
        if self.is_doomed:
            if self.chance(0.4):
                self.ship()
            return
        if self.chance(0.12) and self.withdraw():
            return
        if self.chance(0.25) and self.gateway in MONEY:
            self.refund()
        self.ship()
        for share in (0.3, 0.15):
            if self.chance(share):
                self.refund()
        if self.chance(0.2):
            self.dispute()

    def after(self):
        """What happens once its provider was paid."""
        if self.model is None or self.is_doomed or not self.model.lines:
            return
        self.settle_late()
        if self.is_early and self.nth % 5 == 1:
            self.refund("rest", "failed" if self.gateway == "cash_on_delivery" else "fine")
            return
        if self.chance(0.3):
            self.refund()
        if self.chance(0.1):
            self.dispute()
        elif self.chance(0.2):
            self.refund()

    def end(self):
        """Everything settles."""
        if self.is_doomed and self.model is not None and self.model.lines:
            self.end_doomed()
        self.settle_late()
        if self.number:
            self.shopper.http.close()

    def end_doomed(self):
        """What was paid for the cancelled sale and not sent is refunded, or called off if it is not paid yet, without anybody's doing."""
        if any(parcel["shipments"] for parcel in self.order()["parcels"]):
            return
        if self.gateway == "cash_on_delivery":
            wait_for(f"{self}: it is called off with its sale", lambda: self.order()["cash_due"] is None, seconds=SETTLED_S, every=0.3)
            self.model.withdraw(list(self.model.to_collect))
            self.note("called off with its sale")
            return
        if not self.model.paid:
            return
        refund = Refund(self.model.left())
        self.model.ask(refund)
        done = lambda: [(one["state"], one["amount"]["amount"]) for one in self.order()["refunds"]] == [("succeeded", refund.amount)]  # noqa: E731
        wait_for(f"{self}: the cancelled sale is refunded", done, seconds=SETTLED_S, every=0.3)
        self.model.settle(refund)
        self.note("refunded with its sale")

