//! Who makes a request and what they may do: accounts, sessions, the roles of members, API keys, the
//! policy, rate limits, the audit log.

pub mod accounts;
mod actor;
mod api;
pub mod api_keys;
mod api_keys_api;
pub mod audit;
mod audit_api;
pub mod caller;
mod context;
pub mod edits;
pub mod language;
pub mod limits;
pub mod members;
mod passwords;
mod permissions;
pub mod policy;
mod rehearsal;
pub mod sessions;

pub use actor::{Actor, names as actor_names};
pub use api::{AccessApi, Empty, SignedInResponse, Tag, open_session};
pub use api_keys_api::ApiKeyApi;
pub use audit_api::AuditApi;
pub use caller::{Anyone, KeyHolder, Member, MemberOrKey, SignedIn, Staff};
pub use context::Access;
pub use permissions::callers_in_words;
pub use rehearsal::{
    RehearsalShopper, create_rehearsal_shoppers, remove_rehearsal_shoppers,
    remove_rehearsal_shoppers_before,
};
pub use sessions::{COOKIE as SESSION_COOKIE, Session, Sessions};
