//! The states of orders and parcels.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OrderState {
    AwaitingPayment,
    Confirmed,
    /// Every parcel was delivered.
    Fulfilled,
    Closed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ParcelState {
    /// Not paid yet. The provider does not see it.
    AwaitingPayment,
    ToShip,
    Shipped,
    Delivered,
    Cancelled,
}

/// Why an order was cancelled; `reason` in the event of an unpaid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CancelReason {
    /// Its shopper cancelled it, before or after it was paid.
    Shopper,
    /// What its shopper holds changed, and a new order replaced it.
    Replaced,
    /// It was not paid in time.
    Lapsed,
    /// Its units were gone when the payment came through.
    UnitsGone,
    /// Its deposit was paid, and the rest was not.
    RestUnpaid,
    /// Its sale was cancelled before anything was paid for it.
    SaleCancelled,
    /// Its sale missed its target before anything was paid for it.
    TargetMissed,
}
