//! Providers: who sells. Inviting, vetting and deciding; their team; their cart's origins; their
//! packs.

pub mod api;
mod packs;
mod rules;
pub mod sellers;
mod store;
pub mod team;
mod themes;
mod vetting;

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

pub use packs::apply as apply_packs;
pub use themes::{
    Branding, DEFAULT_PACK, RenderedEmail, SocialLink, TenantSettings, Theme, Themes, accent,
};

use crate::kernel::{Error, Result, TenantId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ProviderState {
    Invited,
    Applied,
    UnderReview,
    Approved,
    Suspended,
    Rejected,
}

impl ProviderState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Applied => "applied",
            Self::UnderReview => "under_review",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
            Self::Rejected => "rejected",
        }
    }
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
    /// ISO 3166-1 countries it ships to.
    pub regions: Vec<String>,
    /// Where Buy may lead in redirect mode: `https://shop.example`.
    pub cart_origins: Vec<String>,
    pub decision_reason: Option<String>,
    pub created_at: OffsetDateTime,
}

pub async fn get(conn: &mut PgConnection, tenant: TenantId) -> Result<Provider> {
    store::get(conn, tenant).await
}

/// A conflict unless the provider may sell.
pub async fn require_approved(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    match get(conn, tenant).await?.state {
        ProviderState::Approved => Ok(()),
        ProviderState::Suspended => Err(Error::conflict(
            "provider_suspended",
            "This provider is suspended. Ask SMP to be reinstated.",
        )),
        _ => Err(Error::conflict(
            "provider_not_approved",
            "SMP has not approved this provider yet. Finish the application first.",
        )),
    }
}

/// The provider; a conflict when it was rejected. Any other may prepare what it will sell.
pub async fn require_open(conn: &mut PgConnection, tenant: TenantId) -> Result<Provider> {
    let provider = get(conn, tenant).await?;
    if provider.state == ProviderState::Rejected {
        return Err(Error::conflict(
            "provider_rejected",
            "SMP did not accept this provider, so nothing can be changed.",
        ));
    }
    Ok(provider)
}
