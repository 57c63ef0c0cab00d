//! One part of a price.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::kernel::{HoldId, TenantId};

/// A part of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Whose it is; [`TenantId::PLATFORM`]: SMP's.
    pub tenant: TenantId,
    pub kind: ComponentKind,
    pub payer: Payer,
    /// The line it belongs to, known by its hold; None: all that its tenant sells in the order.
    pub hold: Option<HoldId>,
    /// Minor units. Negative for discounts alone.
    pub amount_minor: i64,
    /// It is contained in the other amounts, as a tax in a price is, and not added to them.
    pub included: bool,
    /// Millionths: 190000 is 19 %. None for what is no percentage.
    pub rate_ppm: Option<i32>,
    pub rounding: Rounding,
}

impl Component {
    /// What it adds to the amount that the shopper pays, in minor units. A discount takes its
    /// amount off, whoever bears it.
    pub fn charged_minor(&self) -> i64 {
        let is_charged = self.payer == Payer::Shopper || self.kind == ComponentKind::Discount;
        if is_charged && !self.included { self.amount_minor } else { 0 }
    }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ComponentKind {
    /// Unit price times quantity.
    Line,
    /// Taken off a line.
    Discount,
    Shipping,
    Tax,
    Fee,
}

/// Who bears a component.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Payer {
    Shopper,
    Provider,
    Smp,
}

/// How a component's amount came to be whole minor units.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rounding {
    /// Nothing was rounded.
    Exact,
    /// A percentage, rounded to the nearest minor unit, halves up.
    HalfUp,
    /// A share of a sum, which was rounded half up if it is a percentage. The units that are left
    /// over when the shares are rounded down go to the largest remainders.
    LargestRemainder,
}
