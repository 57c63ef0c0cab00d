//! What the extractors work with.

use std::{collections::HashMap, sync::Arc};

use poem::http::Method;

use super::{api_keys::KeyUses, last_seen::LastSeen, policy::Policy, sessions::Sessions};
use crate::platform::Platform;

/// Added to every request by `http.rs`.
#[derive(Clone)]
pub struct Access {
    pub platform: Platform,
    pub sessions: Sessions,
    pub policy: Arc<Policy>,
    pub key_uses: KeyUses,
    pub last_seen: LastSeen,
    /// (method, path pattern) → operation id, from the API's description.
    pub operations: Arc<HashMap<(Method, String), String>>,
}
