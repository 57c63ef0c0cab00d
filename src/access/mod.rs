//! Who is asking and what they may: accounts, sessions, members' roles, API keys, the policy, the
//! audit log.

pub mod accounts;
pub mod api;
pub mod api_keys;
pub mod audit;
pub mod caller;
pub mod limits;
pub mod members;
pub mod policy;
mod rehearsal;
pub mod sessions;

pub use caller::{Anyone, KeyHolder, Member, SignedIn, Staff};
pub use rehearsal::{RehearsalShopper, create_rehearsal_shoppers, remove_rehearsal_shoppers};
pub use sessions::{COOKIE as SESSION_COOKIE, Session, Sessions};

use std::{collections::HashMap, sync::Arc};

use poem::http::Method;

use crate::platform::Platform;

/// What the extractors need at hand: put into every request by `http.rs`.
#[derive(Clone)]
pub struct Access {
    pub platform: Platform,
    pub sessions: Sessions,
    pub policy: Arc<policy::Policy>,
    /// (method, path pattern) → operation id, from the API description.
    pub operations: Arc<HashMap<(Method, String), String>>,
}

/// Who did something, for events and the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Account(crate::kernel::AccountId),
    ApiKey(crate::kernel::ApiKeyId),
    System,
}
