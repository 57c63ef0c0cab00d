"""What purchase histories have to come to, by arithmetic of its own: nothing here asks the server for an amount.

Books are sums by account, owner and currency. Cash and what is to be collected are what SMP or a provider has; payable and commission
are what providers and SMP have earned; `refunds` is owed to shoppers, `disputes` is held by banks or lost."""

from collections import Counter
from fractions import Fraction

STRIPE_FEE, STRIPE_FEE_FIXED, DISPUTE_FEE = Fraction(29, 1000), 30, 1500


def half_up(exact):
    """The nearest whole number, of two equally near ones that further from zero."""
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def apportioned(weights, amount):
    """Whole parts of an amount in proportion to weights; what is over goes to the largest remainders, then to the first."""
    total = sum(weights)
    if total == 0:
        return [0 for _ in weights]
    exact = [Fraction(weight * amount, total) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda nth: parts[nth] - exact[nth])
    for nth in by_remainder[: amount - sum(parts)]:
        parts[nth] += 1
    return parts


def commission_of(price, quantity, rule):
    """Of a line: a share in millionths, and an amount for each unit; never more than the line."""
    ppm, fixed = rule
    return min(price, half_up(Fraction(price * ppm, 1_000_000)) + fixed * quantity)


def stripe_fee(amount):
    return int(amount * STRIPE_FEE) + STRIPE_FEE_FIXED


class Line:
    def __init__(self, tenant, parcel, line, item, quantity, price, rule):
        self.tenant, self.parcel, self.id, self.item, self.quantity, self.price = tenant, parcel, line, item, quantity, price
        self.commission = commission_of(price, quantity, rule)
        self.payable = price - self.commission

    @property
    def level(self):
        """What was paid for it and not given back."""
        return self.commission + self.payable

    def take(self, share):
        """Gives a share back: the commission gives its part of it, the provider the rest. Both, in minor units."""
        level = self.level
        commission = half_up(Fraction(self.commission * (level - share), level)) if level else 0
        moved = (self.commission - commission, share - (self.commission - commission))
        self.commission, self.payable = commission, self.payable - moved[1]
        return moved


class Refund:
    """`units` has by line how many and how much; without it, it is of an amount, of a parcel or of the whole order."""

    def __init__(self, amount, units=None, parcel=None):
        self.amount, self.units, self.parcel = amount, units or {}, parcel
        # Whether it is made or under way; one that failed does not count.
        self.stands = True


class Order:
    """A confirmed order, and what is posted of it."""

    def __init__(self, currency, lines, gateway):
        self.currency, self.gateway = currency, gateway
        # As the ledger takes of them, and as prices are shared out over them.
        self.lines = sorted(lines, key=lambda line: (line.tenant, line.parcel, line.id))
        self.by_item = sorted(lines, key=lambda line: (line.tenant, line.item, line.id))
        self.total = sum(line.price for line in lines)
        self.paid, self.asked, self.refused = 0, [], set()
        self.done, self.lost = 0, 0
        self.books = Counter()
        self.to_collect = Counter()
        self.disputed = None

    def add(self, account, owner, amount):
        self.books[account, owner, self.currency] += amount

    def parcels(self):
        return sorted({(line.tenant, line.parcel) for line in self.lines})

    # Sales.

    def sell(self):
        for line in self.lines:
            self.add("payable", line.tenant, line.payable)
            self.add("commission", "", line.commission)

    def pay(self):
        """A gateway took the whole."""
        self.sell()
        self.paid = self.total
        self.add("cash", self.gateway, self.total)
        if self.gateway == "stripe":
            self.fee(stripe_fee(self.total))

    def fee(self, amount):
        self.add("fees", "", amount)
        self.add("cash", self.gateway, -amount)

    def take_for_nothing(self, amount):
        """A gateway took what paid for nothing, and gave it back."""
        if self.gateway == "stripe":
            self.fee(stripe_fee(amount))

    # Cash at the door.

    def due(self):
        self.sell()
        for line in self.lines:
            self.to_collect[line.tenant, line.parcel] += line.price
            self.add("to_collect", line.tenant, line.price)

    def collect(self, tenant, parcel):
        amount = self.to_collect.pop((tenant, parcel))
        self.paid += amount
        self.add("to_collect", tenant, -amount)
        self.add("payable", tenant, -amount)

    def withdraw(self, parcels):
        """Parcels are refused, or the order is cancelled before it was sent."""
        for tenant, parcel in parcels:
            amount = self.to_collect.pop((tenant, parcel))
            self.refused.add(parcel)
            self.add("to_collect", tenant, -amount)
            self.give_back([line for line in self.lines if line.parcel == parcel], amount)

    # Refunds.

    @property
    def valid(self):
        """In the order in which they were asked for."""
        return [refund for refund in self.asked if refund.stands]

    def left(self):
        """What is left to refund: refunds that are under way are gone already."""
        return self.paid - sum(refund.amount for refund in self.valid)

    def left_of_lines(self):
        """What is left of each line's price after the refunds that were made or are under way, in the order they were asked for."""
        left = [0 if line.parcel in self.refused else line.price for line in self.by_item]
        for refund in self.valid:
            if refund.units:
                taken = [min(refund.units.get(line.id, (0, 0))[1], has) for line, has in zip(self.by_item, left)]
                over = apportioned([has - gone for has, gone in zip(left, taken)], refund.amount - sum(taken))
                taken = [gone + more for gone, more in zip(taken, over)]
            else:
                weights = [has if refund.parcel in (None, line.parcel) else 0 for line, has in zip(self.by_item, left)]
                taken = apportioned(weights, refund.amount)
            left = [has - gone for has, gone in zip(left, taken)]
        return {line.id: has for line, has in zip(self.by_item, left)}

    def units_left(self, line):
        if any(refund.parcel == line.parcel and not refund.units for refund in self.valid):
            return 0
        return line.quantity - sum(refund.units.get(line.id, (0, 0))[0] for refund in self.valid)

    def cost(self, line, quantity):
        """What some of the units that are left of a line cost."""
        left, units = self.left_of_lines()[line.id], self.units_left(line)
        return left if quantity >= units else left * quantity // units

    def ask(self, refund):
        assert refund.amount <= self.left(), "more than was paid"
        self.asked.append(refund)

    @staticmethod
    def fail(refund):
        refund.stands = False

    def settle(self, refund, gateway=None):
        """The money is back with the shopper: of the lines that the refund names first, then of all in proportion."""
        covered = [line for line in self.lines if refund.parcel in (None, line.parcel)]
        left = refund.amount
        for line in sorted(covered, key=lambda line: (line.tenant, line.id)):
            share = min(refund.units.get(line.id, (0, 0))[1], line.level, left)
            self.take(line, share)
            left -= share
        self.give_back(covered, left)
        self.done += refund.amount
        self.add("cash", gateway or self.gateway, -refund.amount)

    def give_back(self, lines, amount):
        lines = [line for line in lines if line.level > 0]
        for line, share in zip(lines, apportioned([line.level for line in lines], amount)):
            self.take(line, share)

    def take(self, line, share):
        commission, payable = line.take(share)
        self.add("commission", "", -commission)
        self.add("payable", line.tenant, -payable)

    # Disputes.

    def dispute(self, amount):
        self.disputed = amount
        self.add("disputes", "", amount)
        self.add("cash", self.gateway, -amount)
        self.fee(DISPUTE_FEE)

    def win(self):
        self.add("disputes", "", -self.disputed)
        self.add("cash", self.gateway, self.disputed)
        self.disputed = None

    def lose(self):
        """The providers bear what was lost, as far as they still have something of the order."""
        weights = [sum(line.level for line in self.lines if line.parcel == parcel) for _, parcel in self.parcels()]
        covered = min(self.disputed, sum(weights))
        for (tenant, _), share in zip(self.parcels(), apportioned(weights, covered)):
            self.add("payable", tenant, -share)
        self.add("disputes", "", -covered)
        self.lost, self.disputed = self.disputed, None
