//! Providers, the tenants that sell: inviting, vetting and deciding; their team, cart origins and
//! packs.

pub mod api;
mod inputs;
mod packs;
mod provider;
mod rules;
pub mod sellers;
mod standing;
mod store;
pub mod team;
mod themes;
mod vetting;

pub use packs::apply as apply_packs;
pub use provider::{Provider, ProviderState};
pub use standing::{require_approved, require_open};
pub use store::get;
pub use themes::{
    Branding, DEFAULT_PACK, RenderedEmail, SocialLink, TenantSettings, Theme, Themes, accent,
};
