//! Where a checkout stands.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CheckoutState {
    Open,
    /// It became an order.
    Placed,
    /// Nothing in it is held any more, its shopper ended it, or another took its place.
    Abandoned,
}
