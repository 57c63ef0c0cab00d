//! Postbacks that cannot be read: JSON that is none, a missing field, an amount that is no number.
//! Each is kept as it was received, so that its provider sees what its server sends, and counts
//! nowhere.

use poem_openapi::Object;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    codes,
    states::{Channel, ReportKind, Standing},
};
use crate::kernel::{
    Keyring, ReportId, Result, TenantId,
    limits::{
        REFERENCE_CHARS_MAX, UNREADABLE_BODY_BYTES_MAX, UNREADABLE_HEADER_CHARS_MAX,
        UNREADABLE_REPORTS_A_DAY_MAX,
    },
    token,
};

/// What the server of a provider sent, of a postback that cannot be read.
#[derive(Debug, Clone, Object)]
pub struct SentRequest {
    /// The first 4,096 bytes of the body, as text; a code is left out.
    pub body: String,
    /// How long the body was, in bytes.
    pub body_bytes: i32,
    pub content_type: Option<String>,
    pub user_agent: Option<String>,
}

/// A postback that cannot be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnreadablePostback<'a> {
    pub kind: ReportKind,
    pub body: &'a [u8],
    pub content_type: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// What is wrong with it.
    pub problem: &'a str,
}

/// Keeps a postback that cannot be read. The same again is counted, and not kept again. Past
/// [`UNREADABLE_REPORTS_A_DAY_MAX`] of a provider within a day, nothing is kept.
pub(super) async fn keep(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    sent: UnreadablePostback<'_>,
    now: OffsetDateTime,
) -> Result<()> {
    lock(conn, tenant).await?;
    let (kind, channel) = (<&str>::from(sent.kind), <&str>::from(Channel::ApiKey));
    let mark = format!("unreadable {kind} {channel} {:?} ", sent.content_type);
    let digest = token::content_hash(&[mark.as_bytes(), sent.body].concat());
    let repeated = sqlx::query!(
        "UPDATE reports SET received = least(received, 1000000) + 1
         WHERE tenant_id = $1 AND digest = $2",
        tenant.0,
        digest,
    )
    .execute(&mut *conn)
    .await?;
    if repeated.rows_affected() > 0 || !has_room(conn, tenant, now).await? {
        return Ok(());
    }
    let (reference, own_key) = references(sent.kind, sent.body);
    let body = sent.body.get(..UNREADABLE_BODY_BYTES_MAX).unwrap_or(sent.body);
    let cut = |text: &str| -> String { text.chars().take(UNREADABLE_HEADER_CHARS_MAX).collect() };
    sqlx::query!(
        "INSERT INTO reports (tenant_id, id, kind, reference, own_key, channel, fields, digest,
             standing, problem, received_at, body_sealed, body_bytes, content_type, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant.0,
        ReportId::new().0,
        kind,
        reference,
        own_key,
        channel,
        digest,
        <&str>::from(Standing::Unreadable),
        sent.problem.replace('\0', ""),
        now,
        codes::seal_body(keyring, tenant, body)?,
        i32::try_from(sent.body.len()).unwrap_or(i32::MAX),
        sent.content_type.map(cut),
        sent.user_agent.map(cut),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Unreadable postbacks of one provider come one after the other until the transaction ends.
async fn lock(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))",
        format!("unreadable {tenant}"),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether fewer were kept within a day than may be.
async fn has_room(conn: &mut PgConnection, tenant: TenantId, now: OffsetDateTime) -> Result<bool> {
    let kept = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM reports
           WHERE tenant_id = $1 AND standing = 'unreadable' AND channel = 'api_key'
             AND received_at > $2"#,
        tenant.0,
        now - Duration::DAY,
    )
    .fetch_one(conn)
    .await?;
    Ok(kept < UNREADABLE_REPORTS_A_DAY_MAX)
}

/// The order number and the own id that a body has, as far as it can be read.
fn references(kind: ReportKind, body: &[u8]) -> (String, String) {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field: &str| -> String {
        let text = body.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
        text.trim().chars().filter(|c| *c != '\0').take(REFERENCE_CHARS_MAX).collect()
    };
    let own_key = match kind {
        ReportKind::Purchase => String::new(),
        ReportKind::Update => text("update_reference"),
        ReportKind::Reversal => text("reversal_reference"),
    };
    (text("reference"), own_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_of_a_wrong_body_are_found() {
        let body = br#"{"reference": " A-1\u0000 ", "update_reference": "u1", "occurred_at": 5}"#;
        assert_eq!(references(ReportKind::Update, body), ("A-1".to_owned(), "u1".to_owned()));
        assert_eq!(references(ReportKind::Purchase, body), ("A-1".to_owned(), String::new()));
        for unreadable in [&b"\xff\xfe"[..], b"", b"[1]", br#"{"reference": 5}"#, br#"{"refer"#] {
            let (reference, own_key) = references(ReportKind::Reversal, unreadable);
            assert!(reference.is_empty() && own_key.is_empty(), "{unreadable:?}");
        }
    }
}
