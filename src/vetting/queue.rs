//! What of the vetting waits for SMP.

use poem_openapi::{Enum, Object};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{Result, TenantId};

/// Why a provider waits for SMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum VettingWait {
    /// The application was handed in, and nobody has taken it.
    Application,
    /// Answers to requirements are not decided.
    Answers,
    /// Every requirement is decided; the provider is not.
    Decision,
}

/// A provider that waits for SMP.
#[derive(Debug, Object)]
pub struct VettingQueueEntry {
    pub provider_id: TenantId,
    pub name: String,
    pub waits_for: VettingWait,
    /// Answers that are not decided.
    pub answers: i64,
    pub since: OffsetDateTime,
}

/// What of the vetting waits for SMP.
#[derive(Debug, Object)]
pub struct VettingQueue {
    /// Longest first.
    pub items: Vec<VettingQueueEntry>,
    /// Leads to follow up today or earlier.
    pub leads_due: i64,
}

const ENTRIES_MAX: i64 = 100;

pub async fn read(conn: &mut PgConnection, now: OffsetDateTime) -> Result<VettingQueue> {
    let items = sqlx::query_as!(
        VettingQueueEntry,
        r#"
        SELECT p.tenant_id AS "provider_id!: TenantId", p.name AS "name!",
               CASE WHEN p.state = 'applied' THEN 'application'
                    WHEN open.answers > 0 THEN 'answers'
                    ELSE 'decision' END AS "waits_for!: VettingWait",
               open.answers AS "answers!",
               coalesce(open.since, a.submitted_at, p.updated_at) AS "since!"
        FROM providers p
        LEFT JOIN applications a ON a.tenant_id = p.tenant_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS answers, min((
                       SELECT max(s.done_at) FROM requirement_steps s
                       WHERE s.tenant_id = r.tenant_id AND s.code = r.code
                         AND s.step = 'answered')) AS since
            FROM requirements r WHERE r.tenant_id = p.tenant_id AND r.state = 'submitted'
        ) open
        WHERE p.state = 'applied'
           OR (p.state = 'under_review' AND (open.answers > 0 OR (
               a.wanted IS NULL AND NOT EXISTS (
                   SELECT FROM requirements r WHERE r.tenant_id = p.tenant_id
                     AND r.state IN ('refused', 'expired', 'open')))))
           OR (p.state IN ('approved', 'suspended') AND open.answers > 0)
        ORDER BY 5, 1 LIMIT $1
        "#,
        ENTRIES_MAX,
    )
    .fetch_all(&mut *conn)
    .await?;
    let leads_due = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM leads l
        LEFT JOIN providers p ON p.tenant_id = l.provider_id
        WHERE l.follow_up_on <= $1 AND l.state <> 'lost'
          AND coalesce(p.state, 'invited') IN ('invited', 'applied', 'under_review')
        "#,
        now.date(),
    );
    Ok(VettingQueue { items, leads_due: leads_due.fetch_one(conn).await? })
}
