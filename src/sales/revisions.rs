//! Revisions: a sale's content, frozen at each submission, and its SQL.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    content::Content,
    states::{RevisionState, SaleState},
};
use crate::kernel::{AccountId, AssetId, Error, PageQuery, Result, RevisionId, SaleId, TenantId};

/// Most revisions of one sale that a list shows.
const REVISIONS_MAX: i64 = 100;

/// A sale's content, frozen at a submission.
#[derive(Debug, Clone)]
pub struct Revision {
    pub tenant: TenantId,
    pub id: RevisionId,
    pub sale: SaleId,
    /// Counts up from 1 within a sale.
    pub number: i32,
    pub state: RevisionState,
    pub content: Json<Content>,
    pub content_hash: String,
    pub note: String,
    pub submitted_by: AccountId,
    pub submitted_at: OffsetDateTime,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<OffsetDateTime>,
    pub reason: Option<String>,
    pub sale_state: SaleState,
}

macro_rules! revisions {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Revision,
            r#"
            SELECT r.tenant_id AS "tenant: TenantId", r.id AS "id: RevisionId",
                   r.sale_id AS "sale: SaleId", r.number, r.state AS "state: RevisionState",
                   r.content AS "content: Json<Content>", r.content_hash, r.note,
                   r.submitted_by AS "submitted_by: AccountId", r.submitted_at,
                   r.decided_by AS "decided_by: AccountId", r.decided_at, r.reason,
                   s.state AS "sale_state: SaleState"
            FROM revisions r JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id
            "# + $rest
            $(, $bind)*
        )
    };
}

/// A revision by its id, or `NotFound`.
pub async fn revision(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RevisionId,
) -> Result<Revision> {
    let found = revisions!("WHERE r.tenant_id = $1 AND r.id = $2", tenant.0, id.0)
        .fetch_optional(conn)
        .await?;
    found.ok_or(Error::NotFound("revision"))
}

/// The revision of a sale that is waiting for a decision.
pub async fn open(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Option<Revision>> {
    Ok(revisions!(
        "WHERE r.tenant_id = $1 AND r.sale_id = $2 AND r.state = 'submitted'",
        tenant.0,
        sale.0
    )
    .fetch_optional(conn)
    .await?)
}

/// A sale's revisions, newest first.
pub async fn revisions_of_sale(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<Revision>> {
    Ok(revisions!(
        "WHERE r.tenant_id = $1 AND r.sale_id = $2 ORDER BY r.number DESC LIMIT $3",
        tenant.0,
        sale.0,
        REVISIONS_MAX
    )
    .fetch_all(conn)
    .await?)
}

/// A page of the revisions in one state, of all tenants: submitted ones by the start of their sale,
/// the earliest first, the others newest first.
pub async fn revisions_in_state(
    conn: &mut PgConnection,
    state: RevisionState,
    page: &PageQuery,
) -> Result<Vec<Revision>> {
    let rows = if state == RevisionState::Submitted {
        let (at, id) = page
            .cursor
            .map_or((OffsetDateTime::UNIX_EPOCH, Uuid::nil()), |cursor| (cursor.at, cursor.id));
        revisions!(
            "
            WHERE r.state = 'submitted'
              AND ((r.content->>'starts_at')::timestamptz, r.id) > ($1, $2)
            ORDER BY (r.content->>'starts_at')::timestamptz, r.id LIMIT $3
            ",
            at,
            id,
            page.fetch()
        )
        .fetch_all(conn)
        .await?
    } else {
        revisions!(
            "
            WHERE r.state = $1 AND (r.submitted_at, r.id) < ($2, $3)
            ORDER BY r.submitted_at DESC, r.id DESC LIMIT $4
            ",
            <&str>::from(state),
            page.before_at(),
            page.before_id(),
            page.fetch()
        )
        .fetch_all(conn)
        .await?
    };
    Ok(rows)
}

/// How many revisions are waiting for a decision, of all tenants.
pub async fn open_revision_count(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM revisions WHERE state = 'submitted'"#
    )
    .fetch_one(conn)
    .await?)
}

/// Freezes content as the sale's next revision. While another is waiting for a decision,
/// `revisions_one_open_key` makes it a conflict.
pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    content: &Content,
    note: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<RevisionId> {
    let id = RevisionId::new();
    sqlx::query!(
        "
        INSERT INTO revisions (
            tenant_id, id, sale_id, number, content, content_hash, note, submitted_by, submitted_at
        )
        SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7, $8
        FROM revisions WHERE tenant_id = $1 AND sale_id = $3
        ",
        tenant.0,
        id.0,
        sale.0,
        serde_json::to_value(content).map_err(anyhow::Error::from)?,
        content.hash(),
        note,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// submitted → approved, `changes_requested` or rejected. The caller has locked the sale and knows
/// that the revision is waiting.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: RevisionId,
    state: RevisionState,
    by: AccountId,
    reason: Option<&str>,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "
        UPDATE revisions SET state = $3, decided_by = $4, reason = $5, decided_at = $6
        WHERE tenant_id = $1 AND id = $2 AND state = 'submitted'
        ",
        tenant.0,
        id.0,
        <&str>::from(state),
        by.0,
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// submitted → withdrawn, which is not a decision.
pub async fn withdraw(conn: &mut PgConnection, tenant: TenantId, id: RevisionId) -> Result<()> {
    sqlx::query!(
        "
        UPDATE revisions SET state = 'withdrawn'
        WHERE tenant_id = $1 AND id = $2 AND state = 'submitted'
        ",
        tenant.0,
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The assets of a revision that no other submitted revision of the provider uses.
pub async fn unshared_assets(conn: &mut PgConnection, revision: &Revision) -> Result<Vec<AssetId>> {
    let ids: Vec<Uuid> = revision.content.asset_ids().iter().map(|id| id.0).collect();
    let elsewhere = sqlx::query_scalar!(
        r#"
        SELECT DISTINCT shown.id AS "id!" FROM revisions r CROSS JOIN LATERAL (
            SELECT (asset->>'asset_id')::uuid AS id
            FROM jsonb_array_elements(r.content->'assets') AS asset
            UNION ALL
            SELECT (item->>'evidence_asset_id')::uuid
            FROM jsonb_array_elements(r.content->'items') AS item
        ) shown
        WHERE r.tenant_id = $1 AND r.state = 'submitted' AND r.id <> $2 AND shown.id = ANY($3)
        "#,
        revision.tenant.0,
        revision.id.0,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().filter(|id| !elsewhere.contains(id)).map(AssetId).collect())
}
