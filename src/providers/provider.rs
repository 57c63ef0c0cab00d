//! A provider and its states.

use poem_openapi::Enum;
use time::OffsetDateTime;

use crate::kernel::TenantId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ProviderState {
    Invited,
    Applied,
    UnderReview,
    Approved,
    Suspended,
    Rejected,
}

#[derive(Debug, Clone)]
pub struct Provider {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub state: ProviderState,
    /// ISO 3166-1.
    pub country: String,
    pub product_category: String,
    pub about: String,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
    pub registration_number: Option<String>,
    /// The countries it ships to (ISO 3166-1).
    pub regions: Vec<String>,
    /// Where Buy may lead in redirect mode, e.g. `https://shop.example`.
    pub cart_origins: Vec<String>,
    pub decision_reason: Option<String>,
    /// Until when its contract is in force; None without one.
    pub contract_until: Option<OffsetDateTime>,
    /// Counts the edits of profile and cart addresses.
    pub version: i32,
    /// From its pack.
    pub time_zone: Option<String>,
    pub created_at: OffsetDateTime,
}

/// What a provider says about itself in its application.
#[derive(Debug)]
pub struct Description {
    pub registration_number: String,
    pub about: String,
    /// ISO 3166-1.
    pub regions: Vec<String>,
    pub support_email: String,
    pub support_phone: Option<String>,
}

impl ProviderState {
    /// For people: `under review`.
    pub fn words(self) -> &'static str {
        match self {
            Self::UnderReview => "under review",
            other => other.into_str(),
        }
    }
}
