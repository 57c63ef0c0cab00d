//! When an entry of the ledger becomes payable, by evidence: a pure rule over what is known of its parcel.

use poem_openapi::Enum;
use time::{Duration, OffsetDateTime};

use super::policy::{
    AFTER_CONFIRMATION, AFTER_DELIVERY, AFTER_SHIPMENT, DRAFTED_AT, DRAFTED_ON, PERIOD,
};
use crate::orders::ParcelState;

/// What is known of an entry and of the parcel that it is for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a piece of evidence of its own")]
pub struct MaturityFacts {
    /// Of the ledger's transfer: `sale`, `refund`, …
    pub kind: String,
    pub posted_at: OffsetDateTime,
    /// What is not paid of the order's entries sums to nothing, or to a debt of the provider.
    pub evened_out: bool,
    /// It is for things that are shipped.
    pub goods: bool,
    /// None where the entry is of no parcel.
    pub parcel: Option<ParcelState>,
    pub confirmed_at: Option<OffsetDateTime>,
    /// When the first shipment was handed over that did not come back.
    pub shipped_at: Option<OffsetDateTime>,
    /// When the last shipment arrived.
    pub delivered_at: Option<OffsetDateTime>,
    /// A dispute of the order is open.
    pub disputed: bool,
    /// A refund of the parcel, or of its order, is under way.
    pub refund_pending: bool,
}

/// What an entry waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum)]
#[oai(rename_all = "snake_case")]
pub enum AwaitedEvidence {
    /// The order's dispute is open.
    Dispute,
    /// A refund is under way.
    Refund,
    /// The parcel was not shipped yet.
    Shipment,
    /// The provider has not said yet that it collected the cash.
    Cash,
}

/// When an entry is payable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maturity {
    At(OffsetDateTime),
    Waits(AwaitedEvidence),
}

/// When an entry becomes payable. What lessens a payout does so at once; what was sold waits for evidence.
pub fn maturity(facts: &MaturityFacts) -> Maturity {
    let is_earned =
        matches!(facts.kind.as_str(), "sale" | "cash_due" | "dispute_won" | "refund_failed");
    if !is_earned || facts.evened_out {
        return Maturity::At(facts.posted_at);
    }
    if facts.disputed {
        return Maturity::Waits(AwaitedEvidence::Dispute);
    }
    if facts.refund_pending {
        return Maturity::Waits(AwaitedEvidence::Refund);
    }
    if facts.kind == "cash_due" {
        return Maturity::Waits(AwaitedEvidence::Cash);
    }
    let confirmed_at = facts.confirmed_at.unwrap_or(facts.posted_at);
    let matured_at = match facts.parcel {
        None | Some(ParcelState::Cancelled) => facts.posted_at + AFTER_CONFIRMATION,
        Some(_) if !facts.goods => confirmed_at + AFTER_CONFIRMATION,
        Some(ParcelState::Delivered) => facts.delivered_at.unwrap_or(confirmed_at) + AFTER_DELIVERY,
        Some(ParcelState::Shipped) => match facts.shipped_at {
            Some(shipped_at) => shipped_at + AFTER_SHIPMENT,
            // Everything that was shipped came back.
            None => return Maturity::Waits(AwaitedEvidence::Shipment),
        },
        Some(ParcelState::AwaitingPayment | ParcelState::ToShip) => {
            return Maturity::Waits(AwaitedEvidence::Shipment);
        }
    };
    // Money that came later, such as the rest after a deposit, is not payable before it came.
    Maturity::At(matured_at.max(facts.posted_at))
}

/// The latest time, up to now, at which statements are drafted by the clock.
pub fn last_run(now: OffsetDateTime) -> OffsetDateTime {
    let days = now.weekday().number_days_from_monday();
    let back = (7 + days - DRAFTED_ON.number_days_from_monday()) % 7;
    let day = now - Duration::days(i64::from(back));
    let run = day.replace_time(DRAFTED_AT);
    if run <= now { run } else { run - PERIOD }
}

/// The next time after now.
pub fn next_run(now: OffsetDateTime) -> OffsetDateTime {
    last_run(now) + PERIOD
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const DAY: OffsetDateTime = datetime!(2026-12-01 10:00 UTC);

    fn sale(parcel: ParcelState) -> MaturityFacts {
        MaturityFacts {
            kind: "sale".to_owned(),
            posted_at: DAY,
            evened_out: false,
            goods: true,
            parcel: Some(parcel),
            confirmed_at: Some(DAY),
            shipped_at: None,
            delivered_at: None,
            disputed: false,
            refund_pending: false,
        }
    }

    fn after(days: i64) -> Maturity {
        Maturity::At(DAY + Duration::days(days))
    }

    #[test]
    fn goods_are_paid_two_weeks_after_they_arrived() {
        let delivered_at = Some(DAY + Duration::days(5));
        let arrived = MaturityFacts { delivered_at, ..sale(ParcelState::Delivered) };
        assert_eq!(maturity(&arrived), after(19));
        let shipped_at = Some(DAY + Duration::days(2));
        let under_way = MaturityFacts { shipped_at, ..sale(ParcelState::Shipped) };
        assert_eq!(maturity(&under_way), after(32));
        let waits = Maturity::Waits(AwaitedEvidence::Shipment);
        assert_eq!(maturity(&sale(ParcelState::ToShip)), waits);
        assert_eq!(maturity(&sale(ParcelState::Shipped)), waits, "it came back");
    }

    #[test]
    fn what_is_not_shipped_is_paid_two_weeks_after_the_order() {
        let voucher = MaturityFacts { goods: false, ..sale(ParcelState::Delivered) };
        assert_eq!(maturity(&voucher), after(14));
        let posted_at = DAY + Duration::days(60);
        let rest = MaturityFacts { posted_at, ..voucher };
        assert_eq!(maturity(&rest), Maturity::At(posted_at));
    }

    #[test]
    fn a_dispute_and_a_refund_are_waited_for() {
        let delivered = MaturityFacts { delivered_at: Some(DAY), ..sale(ParcelState::Delivered) };
        let disputed = MaturityFacts { disputed: true, ..delivered.clone() };
        assert_eq!(maturity(&disputed), Maturity::Waits(AwaitedEvidence::Dispute));
        let pending = MaturityFacts { refund_pending: true, ..delivered };
        // A refund that came back is made again, or another way.
        let came_back = MaturityFacts { kind: "refund_failed".to_owned(), ..pending.clone() };
        assert_eq!(maturity(&came_back), Maturity::Waits(AwaitedEvidence::Refund));
        assert_eq!(maturity(&pending), Maturity::Waits(AwaitedEvidence::Refund));
        // What the order's entries sum to is no money to pay, so nothing is left to wait for.
        let evened_out = MaturityFacts { evened_out: true, ..disputed };
        assert_eq!(maturity(&evened_out), after(0));
    }

    #[test]
    fn cash_waits_for_the_provider_and_debts_do_not_wait() {
        let kind =
            |kind: &str| MaturityFacts { kind: kind.to_owned(), ..sale(ParcelState::ToShip) };
        assert_eq!(maturity(&kind("cash_due")), Maturity::Waits(AwaitedEvidence::Cash));
        for at_once in ["refund", "adjustment", "cash_collected", "fee", "dispute_lost"] {
            let disputed = MaturityFacts { disputed: true, ..kind(at_once) };
            assert_eq!(maturity(&disputed), after(0), "{at_once}");
        }
    }

    #[test]
    fn statements_are_drafted_on_monday_mornings() {
        let monday = datetime!(2026-11-30 4:00 UTC);
        for (now, expected) in [
            (monday, monday),
            (monday - Duration::seconds(1), monday - Duration::days(7)),
            (monday + Duration::days(6), monday),
            (datetime!(2026-11-30 3:59 UTC), monday - Duration::days(7)),
        ] {
            assert_eq!(last_run(now), expected, "{now}");
            assert!(next_run(now) > now);
        }
    }
}
