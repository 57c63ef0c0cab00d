//! What the clock does to requirements: it warns before one expires, expires it, and suspends a
//! provider that did not renew it in time. An expired requirement blocks new approvals of sales at
//! once; live sales go on until the days of grace are over.

use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    answers::RENEWAL,
    decision::{self, ProviderDecision},
    steps::{self, RequirementStep, Step},
};
use crate::{
    access::Actor,
    events,
    kernel::{Error, Result, TenantId},
    platform::Platform,
    providers,
};

/// How long live sales go on after a requirement expired. An answer that waits for SMP extends it.
const GRACE: Duration = Duration::days(30);
/// Requirements in one transaction.
const BATCH: i64 = 50;

/// Fails while a requirement of the provider is past its end: no sale is approved meanwhile.
pub async fn require_in_force(
    conn: &mut PgConnection,
    tenant: TenantId,
    now: OffsetDateTime,
) -> Result<()> {
    let expired = sqlx::query_scalar!(
        r#"SELECT d.title FROM requirements r
           JOIN requirement_definitions d USING (code, version)
           WHERE r.tenant_id = $1 AND r.expires_at <= $2 ORDER BY d.title"#,
        tenant.0,
        now,
    )
    .fetch_all(conn)
    .await?;
    if expired.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "requirement_expired",
        format!(
            "These requirements of the provider have expired: {}. A sale can be approved when \
             they are met again.",
            expired.join(", ")
        ),
    ))
}

/// Does what is due now, of every provider.
pub async fn run_due(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    while warn(platform, now).await? == BATCH {}
    while expire(platform, now).await? == BATCH {}
    while let Some(tenant) = suspend_one(platform, now).await? {
        providers::announce(platform, tenant).await;
    }
    Ok(())
}

/// Tells owners and managers of requirements that expire soon. Returns of how many.
async fn warn(platform: &Platform, now: OffsetDateTime) -> Result<i64> {
    let mut tx = platform.db.platform("vetting").await?;
    let due = sqlx::query!(
        r#"
        WITH due AS (
            SELECT tenant_id, code FROM requirements
            WHERE expires_at > $1 AND expires_at <= $2 AND warned_at IS NULL
              AND state IN ('met', 'waived')
            ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE requirements r SET warned_at = $1
        FROM due, requirement_definitions d
        WHERE r.tenant_id = due.tenant_id AND r.code = due.code
          AND d.code = r.code AND d.version = r.version
        RETURNING r.tenant_id AS "tenant: TenantId", r.code, d.title, r.expires_at AS "expires_at!"
        "#,
        now,
        now + RENEWAL,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in &due {
        let payload = json!({
            "code": row.code,
            "title": row.title,
            "expires_at": rfc3339(row.expires_at)?,
        });
        events::publish(&mut tx, row.tenant, "requirement.expiring", &payload).await?;
    }
    tx.commit().await?;
    Ok(i64::try_from(due.len()).unwrap_or(BATCH))
}

fn rfc3339(at: OffsetDateTime) -> Result<String> {
    Ok(at.format(&Rfc3339).map_err(anyhow::Error::from)?)
}

/// met or waived → expired. Returns how many.
async fn expire(platform: &Platform, now: OffsetDateTime) -> Result<i64> {
    let mut tx = platform.db.platform("vetting").await?;
    let due = sqlx::query!(
        r#"
        WITH due AS (
            SELECT tenant_id, code FROM requirements
            WHERE expires_at <= $1 AND state IN ('met', 'waived')
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE requirements r SET state = 'expired'
        FROM due, requirement_definitions d
        WHERE r.tenant_id = due.tenant_id AND r.code = due.code
          AND d.code = r.code AND d.version = r.version
        RETURNING r.tenant_id AS "tenant: TenantId", r.code, r.version, d.title,
                  r.expires_at AS "expires_at!"
        "#,
        now,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in &due {
        let step = Step::new(&row.code, row.version, RequirementStep::Expired, "", None, now);
        steps::append(&mut tx, row.tenant, &step).await?;
        let payload = json!({
            "code": row.code,
            "title": row.title,
            "expires_at": rfc3339(row.expires_at)?,
            "grace_ends_at": rfc3339(row.expires_at + GRACE)?,
        });
        events::publish(&mut tx, row.tenant, "requirement.expired", &payload).await?;
    }
    tx.commit().await?;
    Ok(i64::try_from(due.len()).unwrap_or(BATCH))
}

/// Suspends a provider whose days of grace are over. Returns it.
async fn suspend_one(platform: &Platform, now: OffsetDateTime) -> Result<Option<TenantId>> {
    let mut tx = platform.db.platform("vetting").await?;
    let due = sqlx::query!(
        r#"
        SELECT r.tenant_id AS "tenant: TenantId", r.code, d.title
        FROM requirements r
        JOIN requirement_definitions d USING (code, version)
        JOIN providers p ON p.tenant_id = r.tenant_id AND p.state = 'approved'
        WHERE r.expires_at <= $1 AND r.state IN ('expired', 'refused') AND r.lapsed_at IS NULL
        ORDER BY r.expires_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED
        "#,
        now - GRACE,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(due) = due else { return Ok(None) };
    sqlx::query!(
        "UPDATE requirements SET lapsed_at = $3 WHERE tenant_id = $1 AND code = $2",
        due.tenant.0,
        due.code,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let reason = format!("The requirement “{}” expired and was not renewed in time.", due.title);
    let suspend = ProviderDecision::Suspend;
    decision::decide(&mut tx, due.tenant, suspend, Some(&reason), Actor::System, now).await?;
    tx.commit().await?;
    Ok(Some(due.tenant))
}
