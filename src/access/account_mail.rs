//! The emails of accounts that hold a link or a code: written by a job, because a secret must not be
//! in an event, which is kept.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    events,
    kernel::{AccountId, Result},
};

/// The job that writes an [`AccountMail`].
pub const ACCOUNT_MAIL: &str = "account_mail";

/// What is to be written to whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountMail {
    /// Proves an address by its link or its code.
    Verification {
        account: AccountId,
        token: String,
        code: String,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// Somebody wanted an account with the address of one.
    SignUpKnown {
        account: AccountId,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    PasswordReset {
        account: AccountId,
        token: String,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// To an address that an account wants to have.
    ConfirmAddress {
        account: AccountId,
        email: String,
        token: String,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// An account has another address. `undo` is the link that takes it back, to the old one alone.
    AddressChanged {
        account: AccountId,
        email: String,
        undo: Option<UndoLink>,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

/// A link that gives an account its old address back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UndoLink {
    pub token: String,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// Has an email written after the transaction.
pub async fn send(conn: &mut PgConnection, mail: &AccountMail) -> Result<()> {
    events::enqueue(conn, ACCOUNT_MAIL, mail).await
}
