//! What people write about an application or a requirement: comments for both sides, notes for SMP.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{AccountId, Error, Result, TenantId, limits::VETTING_REMARKS_MAX};

/// Who may read a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RemarkAudience {
    /// The provider's owners and SMP.
    Both,
    /// SMP alone.
    Smp,
}

#[derive(Debug)]
pub struct Remark {
    /// Of a requirement; `None`: on the application.
    pub code: Option<String>,
    pub text: String,
    pub author: AccountId,
    pub by_smp: bool,
    pub created_at: OffsetDateTime,
}

/// Oldest first.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    audience: RemarkAudience,
) -> Result<Vec<Remark>> {
    let remarks = sqlx::query_as!(
        Remark,
        r#"SELECT code, text, author AS "author: AccountId", by_smp, created_at
           FROM vetting_remarks WHERE tenant_id = $1 AND audience = $2 ORDER BY created_at, id
           LIMIT $3"#,
        tenant.0,
        audience.into_str(),
        VETTING_REMARKS_MAX,
    );
    Ok(remarks.fetch_all(conn).await?)
}

pub async fn add(
    conn: &mut PgConnection,
    tenant: TenantId,
    audience: RemarkAudience,
    remark: &Remark,
) -> Result<()> {
    let audience = audience.into_str();
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM vetting_remarks
           WHERE tenant_id = $1 AND audience = $2"#,
        tenant.0,
        audience
    );
    if count.fetch_one(&mut *conn).await? >= VETTING_REMARKS_MAX {
        return Err(Error::conflict(
            "too_many_remarks",
            format!("There are {VETTING_REMARKS_MAX} of these already; write an email instead."),
        ));
    }
    sqlx::query!(
        "INSERT INTO vetting_remarks
             (tenant_id, id, code, audience, text, author, by_smp, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.0,
        Uuid::now_v7(),
        remark.code,
        audience,
        remark.text,
        remark.author.0,
        remark.by_smp,
        remark.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
