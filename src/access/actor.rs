//! Who did something, for events and the audit log.

use crate::kernel::{AccountId, ApiKeyId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Account(AccountId),
    ApiKey(ApiKeyId),
    System,
}
