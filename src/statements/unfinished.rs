//! The jobs that finish a transfer, or its reversal, when its process ends between the gateway and the books. Each
//! is added in the transaction that begins it, and removed in the one that ends it.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::statement::Statement;
use crate::{
    events,
    kernel::{AccountId, Result, StatementId, TenantId},
    platform::Platform,
};

/// The job that finishes an [`UnfinishedTransfer`].
pub const TRANSFER_FINISH: &str = "statement_transfer_finish";
/// The job that finishes an [`UnfinishedReversal`].
pub const REVERSAL_FINISH: &str = "statement_reversal_finish";

/// A statement that was claimed for a transfer.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnfinishedTransfer {
    pub tenant_id: TenantId,
    pub statement_id: StatementId,
    pub attempt: i32,
    /// Who sent it.
    pub by: AccountId,
}

/// A statement whose transfer is being taken back.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnfinishedReversal {
    pub tenant_id: TenantId,
    pub statement_id: StatementId,
    pub attempt: i32,
    /// Who noted that it failed.
    pub by: AccountId,
    /// Why it failed, for the provider's owners.
    pub reason: String,
}

/// Adds the job that finishes the transfer of a locked statement, unless this process does.
pub async fn expect_transfer(
    conn: &mut PgConnection,
    platform: &Platform,
    claimed: &Statement,
    by: AccountId,
) -> Result<()> {
    let job = UnfinishedTransfer {
        tenant_id: claimed.tenant,
        statement_id: claimed.id,
        attempt: claimed.attempt,
        by,
    };
    let key = key(TRANSFER_FINISH, claimed);
    events::enqueue_later(conn, TRANSFER_FINISH, &job, &key, platform.config.first_look).await
}

/// Adds the job that finishes the reversal of a locked statement, unless this process does.
pub async fn expect_reversal(
    conn: &mut PgConnection,
    platform: &Platform,
    sent: &Statement,
    by: AccountId,
    reason: &str,
) -> Result<()> {
    let job = UnfinishedReversal {
        tenant_id: sent.tenant,
        statement_id: sent.id,
        attempt: sent.attempt,
        by,
        reason: reason.to_owned(),
    };
    let key = key(REVERSAL_FINISH, sent);
    events::enqueue_later(conn, REVERSAL_FINISH, &job, &key, platform.config.first_look).await
}

/// Removes the job of a transfer that came to its end.
pub async fn forget_transfer(conn: &mut PgConnection, claimed: &Statement) -> Result<()> {
    events::dequeue(conn, &key(TRANSFER_FINISH, claimed)).await
}

/// Removes the job of a reversal that came to its end.
pub async fn forget_reversal(conn: &mut PgConnection, sent: &Statement) -> Result<()> {
    events::dequeue(conn, &key(REVERSAL_FINISH, sent)).await
}

fn key(job: &str, statement: &Statement) -> String {
    format!("{job}:{}", statement.attempt_key())
}
