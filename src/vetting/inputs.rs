//! What the API takes: a lead, a part of an application, an answer to a requirement, a decision.

use poem_openapi::{Enum, Object, types::MaybeUndefined};
use time::Date;

use super::definitions::SellingMode;
use crate::kernel::{AssetId, Money};

/// What SMP knows of a company it would like to sell with.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct LeadInput {
    /// 1 to 120 characters; the provider's name once it is invited.
    pub company: String,
    /// At most 120 characters.
    #[oai(default)]
    pub contact_name: String,
    /// The invitation is sent here.
    pub email: String,
    /// ISO 3166-1.
    pub country: String,
    /// At most 120 characters; needed for the invitation.
    #[oai(default)]
    pub product_category: String,
    /// Where SMP found it; at most 120 characters.
    #[oai(default)]
    pub source: String,
    /// At most 4000 characters.
    #[oai(default)]
    pub notes: String,
    /// When to write or call next.
    pub follow_up_on: Option<Date>,
}

/// Fields of an application. What is left out stays; null or empty removes it.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ApplicationChange {
    /// As in the commercial register.
    pub registration_number: MaybeUndefined<String>,
    pub about: MaybeUndefined<String>,
    /// People who can vouch for the business, and how to reach them.
    pub references: MaybeUndefined<String>,
    /// The countries it ships to (ISO 3166-1).
    pub regions: MaybeUndefined<Vec<String>>,
    pub support_email: MaybeUndefined<String>,
    /// E.164.
    pub support_phone: MaybeUndefined<String>,
    pub selling_mode: MaybeUndefined<SellingMode>,
    /// How many units it expects to sell in a month.
    pub monthly_units: MaybeUndefined<i32>,
    /// Which revenue it expects in a month.
    pub monthly_revenue: MaybeUndefined<Money>,
}

/// A provider's answer to a requirement: what the requirement's method asks for, and nothing else.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct RequirementAnswer {
    /// At most 4000 characters.
    pub text: Option<String>,
    /// For the method `attest`: true.
    #[oai(default)]
    pub attested: bool,
    /// For the method `attest`: who confirms it.
    pub attested_name: Option<String>,
    /// For `document` and `bond`: a file that was uploaded with the purpose `vetting`.
    pub asset_id: Option<AssetId>,
    /// For `bond`.
    pub bond: Option<Money>,
    /// For `bond`: its last day.
    pub bond_ends_on: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementDecision {
    Met,
    Refused,
    Waived,
}
