//! The four kinds of sale: what each asks of a sale and its items, and what it promises who buys.
//!
//! | kind | asks for | promises |
//! | --- | --- | --- |
//! | while supplies last | nothing more | what is on stock, sent at once |
//! | aggregated | a target quantity and a ship window; the capacities of its items are the cap | shipped at most `ship_max_days` after the sale's end |
//! | reservation | a slot for each item, all after the sale's end; each slot has its own capacity | a place in that slot |
//! | voucher | how long a voucher is valid | one code for each unit |
//!
//! Only the first can be sold in a provider's own cart: the others are promises about orders, which
//! SMP must take to keep.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

use super::{
    Content, SaleKind, SaleMode,
    api::{SaleInput, SaleItemInput},
};
use crate::kernel::{FieldErrors, iso_date};

const TARGET_MAX: i32 = 10_000_000;
const SHIP_DAYS_MAX: i32 = 365;
const VOUCHER_DAYS_MAX: i32 = 3650;
/// Longest slot.
const SLOT_MAX: Duration = Duration::days(365);

/// What a sale of its kind says beside its window and items; the other kinds' fields are null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct KindTerms {
    /// Aggregated: units the provider aims for. The cap is the capacity of the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_quantity: Option<i32>,
    /// Aggregated: days after the sale's end when the first parcels leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_min_days: Option<i32>,
    /// Aggregated: days after the sale's end when the last parcel has left; an order's promised
    /// date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_max_days: Option<i32>,
    /// Voucher: days a code is valid, from the day it was bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_valid_days: Option<i32>,
}

/// The days a reserved package takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    #[serde(with = "iso_date")]
    pub starts_on: Date,
    #[serde(with = "iso_date")]
    pub ends_on: Date,
}

impl Slot {
    pub fn of(starts_on: Option<Date>, ends_on: Option<Date>) -> Option<Self> {
        starts_on.zip(ends_on).map(|(starts_on, ends_on)| Self { starts_on, ends_on })
    }
}

/// Checks what a sale's kind asks of it.
pub fn check(fields: &mut FieldErrors, input: &SaleInput) -> KindTerms {
    if input.mode == SaleMode::Redirect && input.kind != SaleKind::WhileSuppliesLast {
        let message = "In a cart of one's own a sale lasts while supplies last: dates, slots and codes are promises about orders SMP takes. Choose that kind, or sell it at SMP";
        fields.add("kind", message);
    }
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
                format!("Only a sale of the kind {} has it; leave it out", kind.as_str()),
            ),
            None if kind == input.kind => fields.add(field, "Is required for this kind of sale"),
            _ => {}
        }
    }
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
        ship_min_days: input.ship_min_days,
        ship_max_days: input.ship_max_days,
        voucher_valid_days: input.voucher_valid_days,
    }
}

fn aggregated(fields: &mut FieldErrors, input: &SaleInput) {
    let cap = input.items.iter().map(|item| i64::from(item.capacity.max(0))).sum::<i64>();
    if let Some(target) = input.target_quantity {
        fields.check(
            (1..=TARGET_MAX).contains(&target),
            "target_quantity",
            &format!("Must be from 1 to {TARGET_MAX} units"),
        );
        let message = format!(
            "Is above the cap, which is the capacity of all items: {cap}. Lower the target or raise a capacity"
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

/// Checks what a sale's kind asks of an item; its slot.
pub fn check_item(
    fields: &mut FieldErrors,
    input: &SaleInput,
    index: usize,
    item: &SaleItemInput,
) -> Option<Slot> {
    let at = |name: &str| format!("items.{index}.{name}");
    for (field, day) in
        [("slot_starts_on", item.slot_starts_on), ("slot_ends_on", item.slot_ends_on)]
    {
        match day {
            None if input.kind == SaleKind::Reservation => {
                fields.add(at(field), "A reservation needs the days of each package; enter one")
            }
            Some(_) if input.kind != SaleKind::Reservation => {
                fields.add(at(field), "Only a reservation has dates; leave it out")
            }
            _ => {}
        }
    }
    let slot = Slot::of(item.slot_starts_on, item.slot_ends_on)
        .filter(|_| input.kind == SaleKind::Reservation)?;
    fields.check(
        slot.ends_on >= slot.starts_on,
        &at("slot_ends_on"),
        "Must not be before the first day",
    );
    fields.check(
        slot.ends_on - slot.starts_on <= SLOT_MAX,
        &at("slot_ends_on"),
        &format!("A package takes {} days at most", SLOT_MAX.whole_days()),
    );
    let last_day = input.ends_at.to_offset(time::UtcOffset::UTC).date();
    let message = format!(
        "Must be after the sale's end on {last_day}; choose a later day or end the sale earlier"
    );
    fields.check(slot.starts_on > last_day, &at("slot_starts_on"), &message);
    Some(slot)
}

/// What may be promised at the moment of submission: nothing in the past.
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

impl Content {
    /// Until when every parcel of this sale is promised to be shipped.
    pub fn promised_ship_by(&self) -> Option<OffsetDateTime> {
        self.terms_of_kind.ship_max_days.map(|days| self.ends_at + Duration::days(days.into()))
    }
}
