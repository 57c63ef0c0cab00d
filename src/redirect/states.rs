//! The words for a conversion and for a report. They are those of the tables' CHECKs.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

/// Where a purchase that a provider reported stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ConversionState {
    /// Only the pixel reported it; it counts nowhere until the provider confirms it.
    Unconfirmed,
    Reported,
    Confirmed,
    PartlyReversed,
    Reversed,
}

/// What a report is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReportKind {
    Purchase,
    Update,
    Reversal,
}

/// How a report came.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case", rename = "ReportChannel")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// From the provider's server.
    ApiKey,
    /// From a shopper's browser, which may have made it up.
    Pixel,
    Csv,
    /// From a member of the provider's team.
    Portal,
}

/// What became of a report.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case", rename = "ReportStanding")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    /// It counts for the purchase it names.
    Matched,
    /// Its purchase is not reported yet.
    Waiting,
    /// It fits no click or purchase; `problem` says why.
    Unmatched,
    /// It is not as described, and counts nowhere; `problem` says what is wrong.
    Unreadable,
}
