//! What a shopper lost to the clock, for those who tell them.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{AccountId, Result};

/// Whether a hold of this shopper ran out after `since`, swept already or not.
pub async fn expired_since(conn: &mut PgConnection, account: AccountId, since: OffsetDateTime, now: OffsetDateTime) -> Result<bool> {
    let expired = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM holds WHERE account_id = $1 AND state = 'expired' AND expires_at > $2)
               OR EXISTS (SELECT FROM holds WHERE account_id = $1 AND state = 'held' AND expires_at > $2 AND expires_at <= $3) AS "expired!""#,
        account.0,
        since,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(expired)
}
