//! The modes, kinds and states of sales and revisions, as the database and the API write them.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// Where shoppers buy.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type, IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SaleMode {
    /// On SMP.
    Hosted,
    /// In the provider's own cart.
    Redirect,
}

/// How a sale sells.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type, IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SaleKind {
    WhileSuppliesLast,
    /// Made to order: towards a target, up to a cap, with a promised date.
    Aggregated,
    /// Packages with dates.
    Reservation,
    /// Buying yields a code.
    Voucher,
}

/// The state of a sale. A published sale stays approved (or halted) while a new revision of it is
/// in review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SaleState {
    Draft,
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Cancelled,
    Halted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RevisionState {
    Submitted,
    Approved,
    ChangesRequested,
    Rejected,
    Withdrawn,
}
