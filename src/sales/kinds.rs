//! The four kinds of sale: what each requires of a sale and its items, and what it promises to the
//! buyer.
//!
//! - While supplies last: requires nothing more; promises units in stock, shipped at once.
//! - Aggregated: requires a target quantity and a ship window, and its cap is the capacity of its
//!   items; promises that the order is shipped at most `ship_max_days` after the sale ends.
//! - Reservation: requires a slot for each item, all after the sale's end, each with a capacity of
//!   its own; promises the package in that slot.
//! - Voucher: requires how long a voucher is valid; promises one code for each unit.
//!
//! In redirect mode the provider makes these promises and keeps them: it ships, confirms the
//! reservation, issues the code, and reports it.

use time::{Duration, OffsetDateTime};

use super::{
    content::Content,
    input::{SaleInput, SaleItemInput},
    states::{SaleKind, SaleMode},
    terms::{KindTerms, ReservationSlot, TargetMissed},
};
use crate::kernel::{
    FieldErrors,
    limits::{SHIP_DAYS_MAX, UNITS_MAX, VOUCHER_DAYS_MAX},
};

const SLOT_MAX: Duration = Duration::days(365);

/// Checks what a sale's kind requires of it.
pub fn check(fields: &mut FieldErrors, input: &SaleInput) -> KindTerms {
    let given = [
        ("target_quantity", input.target_quantity, SaleKind::Aggregated),
        ("ship_min_days", input.ship_min_days, SaleKind::Aggregated),
        ("ship_max_days", input.ship_max_days, SaleKind::Aggregated),
        ("voucher_valid_days", input.voucher_valid_days, SaleKind::Voucher),
    ];
    for (field, value, kind) in given {
        match value {
            Some(_) if kind != input.kind => fields.add(
                field,
                format!("Only a sale of the kind {} has this; leave it out", <&str>::from(kind)),
            ),
            None if kind == input.kind => fields.add(field, "Is required for this kind of sale"),
            _ => {}
        }
    }
    let may_refund = input.kind == SaleKind::Aggregated && input.mode == SaleMode::Hosted;
    fields.check(
        input.when_target_missed.is_none() || may_refund,
        "when_target_missed",
        "Only a hosted sale of the kind aggregated has this; leave it out",
    );
    match input.kind {
        SaleKind::Aggregated => aggregated(fields, input),
        SaleKind::Voucher => {
            if let Some(days) = input.voucher_valid_days {
                fields.check(
                    (1..=VOUCHER_DAYS_MAX).contains(&days),
                    "voucher_valid_days",
                    &format!("Must be from 1 to {VOUCHER_DAYS_MAX} days"),
                );
            }
        }
        SaleKind::WhileSuppliesLast | SaleKind::Reservation => {}
    }
    KindTerms {
        target_quantity: input.target_quantity,
        // To wait is the default.
        when_target_missed: input.when_target_missed.filter(|when| *when == TargetMissed::Refund),
        ship_min_days: input.ship_min_days,
        ship_max_days: input.ship_max_days,
        voucher_valid_days: input.voucher_valid_days,
    }
}

fn aggregated(fields: &mut FieldErrors, input: &SaleInput) {
    let cap = input.items.iter().map(|item| i64::from(item.capacity.max(0))).sum::<i64>();
    if let Some(target) = input.target_quantity {
        fields.check(
            (1..=UNITS_MAX).contains(&target),
            "target_quantity",
            &format!("Must be from 1 to {UNITS_MAX} units"),
        );
        let message = format!(
            "Is above the cap of {cap}, the capacity of all items together. Lower the target or \
             raise a capacity"
        );
        fields.check(i64::from(target) <= cap, "target_quantity", &message);
    }
    if let Some(first) = input.ship_min_days {
        fields.check(
            (0..=SHIP_DAYS_MAX).contains(&first),
            "ship_min_days",
            &format!("Must be from 0 to {SHIP_DAYS_MAX} days after the end"),
        );
    }
    if let Some(last) = input.ship_max_days {
        fields.check(
            (1..=SHIP_DAYS_MAX).contains(&last),
            "ship_max_days",
            &format!("Must be from 1 to {SHIP_DAYS_MAX} days after the end"),
        );
        let in_order = input.ship_min_days.is_none_or(|first| first <= last);
        fields.check(
            in_order,
            "ship_max_days",
            "Must not be before the first day of the ship window",
        );
    }
}

/// Checks what a sale's kind requires of an item; returns its slot.
pub fn check_item(
    fields: &mut FieldErrors,
    input: &SaleInput,
    index: usize,
    item: &SaleItemInput,
) -> Option<ReservationSlot> {
    let at = |name: &str| format!("items.{index}.{name}");
    for (field, day) in
        [("slot_starts_on", item.slot_starts_on), ("slot_ends_on", item.slot_ends_on)]
    {
        match day {
            None if input.kind == SaleKind::Reservation => {
                fields.add(at(field), "Is required for a reservation: the days of each package");
            }
            Some(_) if input.kind != SaleKind::Reservation => {
                fields.add(at(field), "Only a reservation has dates; leave it out");
            }
            _ => {}
        }
    }
    let slot = ReservationSlot::of(item.slot_starts_on, item.slot_ends_on)
        .filter(|_| input.kind == SaleKind::Reservation)?;
    fields.check(
        slot.ends_on >= slot.starts_on,
        &at("slot_ends_on"),
        "Must not be before the first day",
    );
    fields.check(
        slot.ends_on - slot.starts_on <= SLOT_MAX,
        &at("slot_ends_on"),
        &format!("A package lasts at most {} days", SLOT_MAX.whole_days()),
    );
    let last_day = input.ends_at.to_offset(time::UtcOffset::UTC).date();
    let message = format!(
        "Must be after the sale's end on {last_day}; choose a later day or end the sale earlier"
    );
    fields.check(slot.starts_on > last_day, &at("slot_starts_on"), &message);
    Some(slot)
}

/// Checks at submission that no slot is in the past.
pub fn check_slots(fields: &mut FieldErrors, content: &Content, now: OffsetDateTime) {
    let today = now.to_offset(time::UtcOffset::UTC).date();
    for (index, item) in content.items.iter().enumerate() {
        let past = item.slot.is_some_and(|slot| slot.starts_on < today);
        fields.check(
            !past,
            &format!("items.{index}.slot_starts_on"),
            "Is in the past; choose a later day",
        );
    }
}
