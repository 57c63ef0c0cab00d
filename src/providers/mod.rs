//! Providers, the tenants that sell: inviting, profile and state; their team, cart origins and packs.

mod api;
mod inputs;
mod inviting;
mod membership;
mod packs;
mod provider;
mod rules;
mod sellers;
mod standing;
mod store;
mod team;
mod themes;

pub use api::{ProviderCreated, ProviderView, ProvidersApi, announce};
pub use inputs::ProviderInvitation;
pub use inviting::invite;
pub use membership::MembershipApi;
pub use packs::apply as apply_packs;
pub use provider::{Description, Provider, ProviderState};
pub use rules::invitation;
pub use sellers::{Seller, behind as sellers_behind, search as search_sellers, sellers};
pub use standing::{require_approved, require_open};
pub use store::{
    describe, end_contracts_by, get, lock, move_state, payout_blocks, payouts_blocked,
    set_contract_until, set_payouts_blocked, under_contract,
};
pub use team::{INVITATION_EMAIL, TeamApi};
pub use themes::{
    Branding, DEFAULT_PACK, RenderedEmail, SocialLink, TenantSettings, Texts, Theme, Themes,
    accent, examples_of_message, fonts_folder,
};
