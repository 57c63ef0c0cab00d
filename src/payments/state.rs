//! The states of payments and refunds.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

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
pub enum PaymentState {
    /// Recorded; what the gateway makes of it is not known yet.
    Created,
    /// The shopper has something to do: at a bank, or with a code.
    RequiresAction,
    /// The gateway works on it.
    Processing,
    Succeeded,
    /// The provider collects the money on delivery.
    Due,
    /// The provider has collected the money.
    Collected,
    /// The shopper did not take the parcel, so no money was collected.
    Refused,
    Failed,
    Cancelled,
}

impl PaymentState {
    /// Whether the outcome is not known yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::RequiresAction | Self::Processing)
    }

    /// Whether the order stands on it: it is paid, or the money is collected on delivery.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Due | Self::Collected | Self::Refused)
    }

    /// Whether money was taken.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Succeeded | Self::Collected)
    }
}

/// Which part of an order a payment is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentPart {
    /// All of it at once.
    Whole,
    /// What is due when it is ordered.
    Deposit,
    /// What a deposit left.
    Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundState {
    Requested,
    /// The gateway has it, and the money is on its way.
    Pending,
    Succeeded,
    /// The gateway refused it.
    Failed,
    /// The gateway refused it, and SMP paid it another way.
    SettledElsewhere,
}

impl RefundState {
    /// Whether the shopper has the money.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Succeeded | Self::SettledElsewhere)
    }
}
