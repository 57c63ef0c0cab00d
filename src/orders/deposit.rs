//! How the price of an order is split into what is due at once and the rest, and where an order stands
//! between the two. Pure.

use time::Date;

use super::{
    components::PricedPart, lines::OrderLine, state::OrderState, status::OrderMoney, store::Order,
};
use crate::{payments::PaymentPart, pricing::line_minor, sales::Deposit};

/// The split of an order's price, in minor units. What is not the rest is due at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    pub rest_minor: i64,
    /// What of the deposits is not refunded when the rest is not paid, or the shopper cancels.
    pub kept_minor: i64,
    /// The earliest date of its lines; None: there is no rest.
    pub rest_due_on: Option<Date>,
}

impl Split {
    /// Adds a line. Without a deposit all of it is due at once.
    pub fn add(&mut self, deposit: Option<Deposit>, unit_price_minor: i64, quantity: i32) {
        let Some(deposit) = deposit else { return };
        let rest = line_minor(unit_price_minor - deposit.amount_minor, quantity);
        self.rest_minor = self.rest_minor.saturating_add(rest);
        if !deposit.refundable {
            let kept = line_minor(deposit.amount_minor, quantity);
            self.kept_minor = self.kept_minor.saturating_add(kept);
        }
        self.rest_due_on =
            [self.rest_due_on, Some(deposit.rest_due_on)].into_iter().flatten().min();
    }

    /// The split of a total, which discounts may have made less than its lines.
    #[must_use]
    pub fn within(self, total_minor: i64) -> Self {
        let rest_minor = self.rest_minor.clamp(0, total_minor);
        Self {
            rest_minor,
            kept_minor: self.kept_minor.clamp(0, total_minor - rest_minor),
            rest_due_on: self.rest_due_on.filter(|_| rest_minor > 0),
        }
    }
}

impl Order {
    /// What is due when it is ordered: the deposits, and the whole of what has none.
    pub fn due_now_minor(&self) -> i64 {
        self.total_minor - self.rest_minor
    }

    /// What it was paid with, once it is confirmed.
    pub fn paid_minor(&self) -> i64 {
        if self.rest_paid_at.is_some() { self.total_minor } else { self.due_now_minor() }
    }

    /// Whether it has a rest that was not paid, whatever became of the order.
    pub fn rest_is_unpaid(&self) -> bool {
        self.rest_minor > 0 && self.rest_paid_at.is_none()
    }

    /// Whether its deposit is paid and its rest is not. An order whose deposit went back owes nothing.
    pub fn rest_is_due(&self) -> bool {
        self.state == OrderState::Confirmed
            && self.rest_is_unpaid()
            && self.refunded_minor < self.due_now_minor()
    }

    /// What decides where it stands.
    pub fn money(&self) -> OrderMoney {
        OrderMoney {
            paid: self.paid_minor(),
            refunded: self.refunded_minor,
            rest_is_due: self.rest_is_due(),
        }
    }

    /// What its next payment is of, in minor units.
    pub fn payable_minor(&self) -> i64 {
        match self.payable_part() {
            PaymentPart::Rest => self.rest_minor,
            PaymentPart::Whole | PaymentPart::Deposit => self.due_now_minor(),
        }
    }

    /// Which part its next payment is of.
    pub fn payable_part(&self) -> PaymentPart {
        if self.rest_minor == 0 {
            PaymentPart::Whole
        } else if self.confirmed_at.is_none() {
            PaymentPart::Deposit
        } else {
            PaymentPart::Rest
        }
    }

    /// Whether a part of its deposits stays with the providers when its shopper cancels it or does not pay the
    /// rest. Its units then come back when it is cancelled, as no refund is of everything.
    pub fn keeps_when_cancelled(&self) -> bool {
        self.kept_minor > 0
    }

    /// What goes back when the rest is not paid, of what is not refunded yet.
    pub fn refunded_on_lapse_minor(&self) -> i64 {
        (self.due_now_minor() - self.kept_minor - self.refunded_minor).max(0)
    }
}

/// Takes off the parts of an order what was not paid of them.
pub fn only_paid(order: &Order, parts: &mut [PricedPart<'_>]) {
    if !order.rest_is_unpaid() {
        return;
    }
    for part in parts {
        let rest = part.line.map_or(0, OrderLine::rest_minor);
        part.price_minor = (part.price_minor - rest).max(0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn deposit(amount_minor: i64, rest_due_on: Date, refundable: bool) -> Deposit {
        Deposit { amount_minor, rest_due_on, refundable }
    }

    #[test]
    fn a_price_is_split_by_its_lines() {
        let (early, late) = (date!(2027 - 05 - 03), date!(2027 - 06 - 01));
        let mut split = Split::default();
        split.add(Some(deposit(10_000, late, false)), 49_900, 3);
        split.add(None, 2_000, 2);
        split.add(Some(deposit(500, early, true)), 1_500, 1);
        // Three rests of €399, none of the second line, one of €10.
        let expected = Split { rest_minor: 120_700, kept_minor: 30_000, rest_due_on: Some(early) };
        assert_eq!(split, expected);
        assert_eq!(split.within(155_200), expected);
        let free = Split::default();
        assert_eq!(free.within(4_000), free);
    }

    #[test]
    fn a_discount_takes_from_what_is_due_at_once_first() {
        let mut split = Split::default();
        split.add(Some(deposit(100, date!(2027 - 05 - 03), false)), 1_000, 1);
        assert_eq!((split.within(950).rest_minor, split.within(950).kept_minor), (900, 50));
        assert_eq!((split.within(800).rest_minor, split.within(800).kept_minor), (800, 0));
        assert_eq!(split.within(0), Split::default());
    }

    proptest! {
        #[test]
        fn the_parts_of_a_split_are_parts_of_the_total(
            lines in prop::collection::vec((1_i64..100_000, 1_i64..100_000, 1_i32..9, any::<bool>()), 1..6),
            total in 0_i64..2_000_000,
        ) {
            let mut split = Split::default();
            for (amount, rest, quantity, refundable) in lines {
                let terms = deposit(amount, date!(2027 - 05 - 03), refundable);
                split.add(Some(terms), amount + rest, quantity);
            }
            let split = split.within(total);
            prop_assert!((0..=total).contains(&split.rest_minor));
            prop_assert!((0..=total - split.rest_minor).contains(&split.kept_minor));
            prop_assert_eq!(split.rest_minor > 0, split.rest_due_on.is_some());
        }
    }
}
