//! What a recount or a gateway's report found to differ from the books, in SQL. Finance notes why.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    events,
    kernel::{AccountId, Error, LedgerDifferenceId, PageQuery, Result, TenantId},
};

/// The source of what the ledger's own recount found.
pub const LEDGER: &str = "ledger";

/// What differs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DifferenceKind {
    /// The entries of a transfer do not sum to zero, or are of another currency.
    Unbalanced,
    /// What is owed to a provider is not the sum of its entries.
    Balance,
    /// A payment without its transfer, a transfer without its payment, or another amount.
    Payment,
    /// The same of a refund.
    Refund,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DifferenceState {
    Open,
    /// Finance noted why.
    Explained,
}

/// A difference that was found now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDifference {
    pub kind: DifferenceKind,
    /// A transfer's key, a payment's, refund's or provider's id, or a gateway's own id.
    pub subject: String,
    /// Minor units by SMP's books; None: nothing was expected.
    pub expected_minor: Option<i64>,
    /// Minor units; None: nothing was found.
    pub found_minor: Option<i64>,
    pub currency: String,
}

/// A difference that is kept.
#[derive(Debug)]
pub struct LedgerDifference {
    pub id: LedgerDifferenceId,
    /// `ledger`, or the gateway whose report it was.
    pub source: String,
    pub kind: DifferenceKind,
    pub subject: String,
    pub expected_minor: Option<i64>,
    pub found_minor: Option<i64>,
    pub currency: String,
    pub state: DifferenceState,
    pub note: String,
    pub found_at: OffsetDateTime,
    pub explained_at: Option<OffsetDateTime>,
}

/// Keeps differences, and tells finance of those that are new: one event for all of them. Returns how many
/// are new. Platform scope.
pub async fn note(
    conn: &mut PgConnection,
    source: &str,
    found: &[FoundDifference],
    now: OffsetDateTime,
) -> Result<u64> {
    if found.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = found.iter().map(|_| LedgerDifferenceId::new().0).collect();
    let kinds: Vec<&str> = found.iter().map(|one| one.kind.into()).collect();
    let subjects: Vec<String> = found.iter().map(|one| one.subject.clone()).collect();
    let expected: Vec<Option<i64>> = found.iter().map(|one| one.expected_minor).collect();
    let amounts: Vec<Option<i64>> = found.iter().map(|one| one.found_minor).collect();
    let currencies: Vec<String> = found.iter().map(|one| one.currency.clone()).collect();
    let inserted = sqlx::query!(
        "INSERT INTO ledger_differences
             (id, source, kind, subject, expected_minor, found_minor, currency, found_at)
         SELECT d.id, $1, d.kind, d.subject, d.expected, d.found, d.currency, $2
         FROM UNNEST($3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])
              AS d (id, kind, subject, expected, found, currency)
         ON CONFLICT ON CONSTRAINT ledger_differences_subject_key DO NOTHING",
        source,
        now,
        &ids,
        &kinds as &[&str],
        &subjects,
        &expected as &[Option<i64>],
        &amounts as &[Option<i64>],
        &currencies,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if inserted > 0 {
        let payload = json!({"source": source, "count": inserted});
        events::publish(conn, TenantId::PLATFORM, "ledger.differences_found", &payload).await?;
    }
    Ok(inserted)
}

/// Differences, the newest first. Platform scope.
pub async fn list(
    conn: &mut PgConnection,
    state: Option<DifferenceState>,
    page: &PageQuery,
) -> Result<Vec<LedgerDifference>> {
    Ok(sqlx::query_as!(
        LedgerDifference,
        r#"SELECT id AS "id: LedgerDifferenceId", source, kind AS "kind: DifferenceKind", subject,
                  expected_minor, found_minor, currency, state AS "state: DifferenceState", note,
                  found_at, explained_at
           FROM ledger_differences
           WHERE ($1::text IS NULL OR state = $1) AND (found_at, id) < ($2, $3)
           ORDER BY found_at DESC, id DESC LIMIT $4"#,
        state.map(<&str>::from),
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// Notes why there is a difference; an earlier note is replaced. Unknown is an error. Platform scope.
pub async fn explain(
    conn: &mut PgConnection,
    id: LedgerDifferenceId,
    by: AccountId,
    note: &str,
    now: OffsetDateTime,
) -> Result<LedgerDifference> {
    let explained = sqlx::query_as!(
        LedgerDifference,
        r#"UPDATE ledger_differences
           SET state = 'explained', note = $2, explained_by = $3, explained_at = $4
           WHERE id = $1
           RETURNING id AS "id: LedgerDifferenceId", source, kind AS "kind: DifferenceKind",
                     subject, expected_minor, found_minor, currency,
                     state AS "state: DifferenceState", note, found_at, explained_at"#,
        id.0,
        note,
        by.0,
        now,
    );
    explained.fetch_optional(conn).await?.ok_or(Error::NotFound("difference"))
}

/// How many differences nobody has explained. Platform scope.
pub async fn count_open(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ledger_differences WHERE state = 'open'"#
    )
    .fetch_one(conn)
    .await?)
}
