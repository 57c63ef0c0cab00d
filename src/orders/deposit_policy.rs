//! When a shopper is reminded of the rest of an order, and when the order lapses. Pure; the one place
//! for these days. Days are UTC's.

use time::{Date, Duration};

use crate::sales::REST_GRACE;

/// Reminders go out this long before the rest is due, in this order.
const REMINDED_BEFORE: [Duration; 3] = [Duration::days(14), Duration::days(3), Duration::ZERO];

/// What is due for the rest of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestStep {
    /// The shopper is reminded.
    Remind,
    /// The order is cancelled.
    Lapse,
}

/// The last day on which the rest is taken, though it was due before.
pub fn last_day(due_on: Date) -> Date {
    due_on.saturating_add(REST_GRACE)
}

/// What is due on a day on which anything is.
pub fn step(today: Date, due_on: Date) -> RestStep {
    if today > last_day(due_on) { RestStep::Lapse } else { RestStep::Remind }
}

/// The first day after `day` on which anything is due. A day that was missed is not made up for: the
/// next reminder says the same.
pub fn next_after(day: Date, due_on: Date) -> Date {
    let reminders = REMINDED_BEFORE.map(|before| due_on.saturating_sub(before));
    let lapse = last_day(due_on).saturating_add(Duration::DAY);
    reminders.into_iter().find(|reminder| *reminder > day).unwrap_or(lapse)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const DUE_ON: Date = date!(2027 - 05 - 03);

    #[test]
    fn an_order_is_reminded_of_three_times_and_then_lapses() {
        let mut days = vec![];
        let mut day = date!(2027 - 03 - 01);
        while day < date!(2027 - 05 - 07) {
            day = next_after(day, DUE_ON);
            days.push((day, step(day, DUE_ON)));
        }
        assert_eq!(
            days,
            [
                (date!(2027 - 04 - 19), RestStep::Remind),
                (date!(2027 - 04 - 30), RestStep::Remind),
                (date!(2027 - 05 - 03), RestStep::Remind),
                (date!(2027 - 05 - 07), RestStep::Lapse),
            ]
        );
    }

    #[test]
    fn who_orders_late_is_not_reminded_on_the_same_day() {
        assert_eq!(next_after(date!(2027 - 04 - 19), DUE_ON), date!(2027 - 04 - 30));
        assert_eq!(next_after(date!(2027 - 05 - 01), DUE_ON), DUE_ON);
        assert_eq!(next_after(DUE_ON, DUE_ON), date!(2027 - 05 - 07));
    }

    #[test]
    fn the_rest_is_taken_through_its_last_day() {
        assert_eq!(last_day(DUE_ON), date!(2027 - 05 - 06));
        assert_eq!(step(last_day(DUE_ON), DUE_ON), RestStep::Remind);
    }
}
