//! What a sale of its kind says beside its window and items: its terms, and the dates of what it
//! sells.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use time::Date;

use crate::kernel::iso_date;

/// What follows when an aggregated sale ends below its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum TargetMissed {
    /// What was paid and not shipped is refunded.
    Refund,
    /// The goods are made and shipped all the same.
    Wait,
}

/// The terms of a sale's kind; the fields of the other kinds are null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct KindTerms {
    /// Aggregated: units the provider aims for. The cap is the capacity of the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_quantity: Option<i32>,
    /// Aggregated: what follows when the sale ends below its target; null: as `wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_target_missed: Option<TargetMissed>,
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

/// The days on which a reserved package takes place, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReservationSlot {
    #[serde(with = "iso_date")]
    pub starts_on: Date,
    #[serde(with = "iso_date")]
    pub ends_on: Date,
}

impl ReservationSlot {
    /// None unless both days are given.
    pub fn of(starts_on: Option<Date>, ends_on: Option<Date>) -> Option<Self> {
        starts_on.zip(ends_on).map(|(starts_on, ends_on)| Self { starts_on, ends_on })
    }
}

/// What an item asks for at once, and until when the rest is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// For each unit, below its price; in minor units.
    pub amount_minor: i64,
    #[serde(with = "iso_date")]
    pub rest_due_on: Date,
    /// Whether it goes back to a shopper who does not pay the rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refundable: bool,
}

impl Deposit {
    /// None unless amount and date are given.
    pub fn of(
        amount_minor: Option<i64>,
        rest_due_on: Option<Date>,
        refundable: bool,
    ) -> Option<Self> {
        amount_minor.zip(rest_due_on).map(|(amount_minor, rest_due_on)| Self {
            amount_minor,
            rest_due_on,
            refundable,
        })
    }
}
