//! The states of payments and refunds.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentState {
    /// Recorded; the gateway is being called.
    Created,
    /// The shopper has to authenticate the card with the bank.
    RequiresAction,
    /// The authentication is being checked.
    Processing,
    Succeeded,
    Failed,
    Cancelled,
    /// The provider collects it in cash on delivery.
    Due,
    /// It was collected.
    Collected,
    /// Every parcel was refused at the door, and nothing was collected.
    Refused,
}

impl PaymentState {
    /// Whether the outcome is not known yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::RequiresAction | Self::Processing)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundState {
    Requested,
    Pending,
    Succeeded,
    Failed,
}
