//! Providers, the tenants that sell: inviting, vetting and deciding; their team, cart origins and
//! packs.

mod api;
mod inputs;
mod packs;
mod provider;
mod rules;
mod sellers;
mod standing;
mod store;
mod team;
mod themes;
mod vetting;

pub use api::ProvidersApi;
pub use packs::apply as apply_packs;
pub use provider::{Provider, ProviderState};
pub use sellers::{Seller, behind as sellers_behind, search as search_sellers, sellers};
pub use standing::{require_approved, require_open};
pub use store::get;
pub use team::{INVITATION_EMAIL, TeamApi};
pub use themes::{
    Branding, DEFAULT_PACK, RenderedEmail, SocialLink, TenantSettings, Theme, Themes, accent,
};
