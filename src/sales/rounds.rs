//! The letters that all who registered for a sale get: a reminder a day before the start, a notice
//! at the start. Here is who is due one; what it says is for `notifications`. Each registration
//! keeps the start it was told of, marked in the transaction that writes its letter, so that any
//! number of nodes share a round and none is told twice or forgotten.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{Content, PublishedSale, published_by_id};
use crate::kernel::{AccountId, Result, SaleId, TenantId};

/// The reminder goes out so long before the start.
pub const REMINDER_BEFORE: Duration = Duration::days(1);
/// So long before its start a sale is about to start.
const SOON: Duration = Duration::seconds(20);
/// Registrations written before a round was due are committed within this.
const SETTLED_AFTER: Duration = Duration::minutes(1);
/// Rounds looked at in one go.
const ROUNDS_MAX: i64 = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RoundKind {
    Reminder,
    Start,
}

impl RoundKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Start => "start",
        }
    }
}

/// A letter to everyone who registered for a sale before the letter was due.
#[derive(Debug, Clone)]
pub struct Round {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub kind: RoundKind,
    pub starts_at: OffsetDateTime,
    due_at: OffsetDateTime,
}

/// Plans the rounds of a sale whose content was approved just now. A start that moved is told of
/// anew.
pub(super) async fn schedule(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    content: &Content,
) -> Result<()> {
    sqlx::query!(
        "
        INSERT INTO registration_mailings AS r (tenant_id, sale_id, kind, starts_at, due_at, until)
        VALUES ($1, $2, 'reminder', $3, $4, $3), ($1, $2, 'start', $3, $3, $5)
        ON CONFLICT (tenant_id, sale_id, kind) DO UPDATE SET
            starts_at = excluded.starts_at, due_at = excluded.due_at, until = excluded.until,
            done_at = CASE WHEN r.starts_at = excluded.starts_at THEN r.done_at END
        ",
        tenant.0,
        sale.0,
        content.starts_at,
        content.starts_at - REMINDER_BEFORE,
        content.ends_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rounds with letters to write, of sales that are on their way: a halted or cancelled one tells
/// nobody of its start.
pub async fn due(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<Round>> {
    let rounds = sqlx::query_as!(
        Round,
        r#"
        SELECT r.tenant_id AS "tenant: TenantId", r.sale_id AS "sale: SaleId", r.kind AS "kind: RoundKind", r.starts_at, r.due_at
        FROM registration_mailings r
        JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id
        JOIN providers p ON p.tenant_id = r.tenant_id
        WHERE r.done_at IS NULL AND r.due_at <= $1 AND r.until > $1 AND s.state = 'approved' AND p.state = 'approved'
        ORDER BY r.due_at LIMIT $2
        "#,
        now,
        ROUNDS_MAX,
    );
    Ok(rounds.fetch_all(conn).await?)
}

/// Sales, by slug, that start in a moment and that shoppers registered for; and rehearsals that
/// were just prepared. Platform scope.
pub async fn starting(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>> {
    let slugs = sqlx::query_scalar!(
        r#"
        SELECT s.slug AS "slug!" FROM registration_mailings r JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id
        WHERE r.kind = 'start' AND r.starts_at BETWEEN $1 AND $2 AND s.state = 'approved'
        UNION ALL
        SELECT slug FROM sales WHERE rehearsal AND starts_at BETWEEN $3 AND $1
        LIMIT $4
        "#,
        now,
        now + SOON,
        now - SOON,
        ROUNDS_MAX,
    );
    Ok(slugs.fetch_all(conn).await?)
}

/// The sale of a round that is due still; it can be neither halted nor moved until the transaction
/// ends.
pub async fn hold_still(
    conn: &mut PgConnection,
    round: &Round,
    now: OffsetDateTime,
) -> Result<Option<PublishedSale>> {
    // The lock first, by itself: what waited for it reads the sale and its rounds as they are
    // afterwards.
    sqlx::query!(
        "SELECT id FROM sales WHERE tenant_id = $1 AND id = $2 FOR SHARE",
        round.tenant.0,
        round.sale.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let is_due = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM registration_mailings r
            JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id
            JOIN providers p ON p.tenant_id = r.tenant_id
            WHERE r.tenant_id = $1 AND r.sale_id = $2 AND r.kind = $3 AND r.starts_at = $4 AND r.done_at IS NULL AND r.until > $5
              AND s.state = 'approved' AND p.state = 'approved'
        ) AS "is!"
        "#,
        round.tenant.0,
        round.sale.0,
        round.kind.as_str(),
        round.starts_at,
        now,
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_due { published_by_id(conn, round.tenant, round.sale).await } else { Ok(None) }
}

/// Takes up to `limit` shoppers beyond `after` who are due the letter, and marks them as told.
/// Those another node is at work on are passed over.
pub async fn take(
    conn: &mut PgConnection,
    round: &Round,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let mut taken = sqlx::query_scalar!(
        r#"
        WITH due AS MATERIALIZED (
            SELECT account_id FROM registrations
            WHERE tenant_id = $1 AND sale_id = $2 AND account_id > $3 AND state = 'registered' AND created_at < $4
              AND CASE $5 WHEN 'reminder' THEN reminded_for ELSE started_for END IS DISTINCT FROM $6::timestamptz
            ORDER BY account_id LIMIT $7 FOR UPDATE SKIP LOCKED
        )
        UPDATE registrations r SET
            reminded_for = CASE $5 WHEN 'reminder' THEN $6 ELSE reminded_for END,
            started_for = CASE $5 WHEN 'start' THEN $6 ELSE started_for END
        FROM due WHERE r.tenant_id = $1 AND r.sale_id = $2 AND r.account_id = due.account_id
        RETURNING r.account_id AS "account: AccountId"
        "#,
        round.tenant.0,
        round.sale.0,
        after.map_or(uuid::Uuid::nil(), |account| account.0),
        round.due_at,
        round.kind.as_str(),
        round.starts_at,
        limit,
    )
    .fetch_all(conn)
    .await?;
    taken.sort_unstable();
    Ok(taken)
}

/// Notes that a round is done, once everybody has been told and no registration from before can
/// come any more.
pub async fn finish(conn: &mut PgConnection, round: &Round, now: OffsetDateTime) -> Result<()> {
    if now < round.due_at + SETTLED_AFTER {
        return Ok(());
    }
    sqlx::query!(
        "
        UPDATE registration_mailings SET done_at = $6
        WHERE tenant_id = $1 AND sale_id = $2 AND kind = $3 AND starts_at = $4 AND NOT EXISTS (
            SELECT FROM registrations
            WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered' AND created_at < $5
              AND CASE $3 WHEN 'reminder' THEN reminded_for ELSE started_for END IS DISTINCT FROM $4
        )
        ",
        round.tenant.0,
        round.sale.0,
        round.kind.as_str(),
        round.starts_at,
        round.due_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
