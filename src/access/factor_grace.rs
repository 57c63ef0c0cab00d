//! The grace in which somebody whose role needs a second factor may work without one: the first day.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::kernel::{AccountId, Result};

pub const GRACE: Duration = Duration::hours(24);

/// Begins the grace of those of these accounts that have none yet. Returns when each ends. An account
/// that another transaction changes at this moment is left to the next time.
pub async fn begin(
    conn: &mut PgConnection,
    accounts: &[Uuid],
    now: OffsetDateTime,
) -> Result<HashMap<AccountId, OffsetDateTime>> {
    let due_at = now + GRACE;
    let begun = sqlx::query_scalar!(
        r#"
        UPDATE accounts SET factor_due_at = $2
        WHERE id IN (SELECT id FROM accounts WHERE id = ANY($1) AND factor_due_at IS NULL
                     FOR UPDATE SKIP LOCKED)
        RETURNING id AS "id: AccountId"
        "#,
        accounts,
        due_at,
    )
    .fetch_all(conn)
    .await?;
    Ok(begun.into_iter().map(|account| (account, due_at)).collect())
}
