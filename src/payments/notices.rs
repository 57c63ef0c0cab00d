//! What gateways send on their own: read from a request, and recorded once.

use poem::{FromRequest, Request, RequestBody};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::gateway::{Observation, RawNotice, Subject};
use crate::kernel::Result;

/// The headers that are text, and the body as it came: a signature covers its bytes.
impl<'a> FromRequest<'a> for RawNotice {
    async fn from_request(raw: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let header = |(name, value): (&poem::http::HeaderName, &poem::http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Ok(Self {
            headers: raw.headers().iter().filter_map(header).collect(),
            body: body.take()?.into_vec().await?,
        })
    }
}

/// Records a notice, once; true when it was handled already.
pub async fn record_notice(
    conn: &mut PgConnection,
    gateway: &str,
    notice: &Observation,
    now: OffsetDateTime,
) -> Result<bool> {
    let (payment, refund) = match notice.subject {
        Subject::Payment(payment) => (Some(payment.0), None),
        Subject::Refund(refund) => (None, Some(refund.0)),
        Subject::PayoutAccount | Subject::Dispute | Subject::Other => (None, None),
    };
    let handled = sqlx::query_scalar!(
        r#"INSERT INTO gateway_notices (gateway, id, kind, payment_id, refund_id, received_at)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (gateway, id) DO UPDATE SET kind = gateway_notices.kind
           RETURNING handled_at IS NOT NULL AS "handled!""#,
        gateway,
        notice.id,
        notice.kind,
        payment,
        refund,
        now,
    );
    Ok(handled.fetch_one(conn).await?)
}

/// Notes that a notice was handled.
pub async fn note_handled(
    conn: &mut PgConnection,
    gateway: &str,
    id: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE gateway_notices SET handled_at = coalesce(handled_at, $3)
         WHERE gateway = $1 AND id = $2",
        gateway,
        id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes notices that were received before a time, at most `limit`; returns how many.
pub async fn delete_notices(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM gateway_notices WHERE (gateway, id) IN (
             SELECT gateway, id FROM gateway_notices WHERE received_at < $1
             ORDER BY received_at LIMIT $2)",
        before,
        limit,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
