//! Handing an SMS to the service once. The service knows no idempotency key: an SMS whose answer was lost
//! is asked for, and sent again only once it cannot be there.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::catalogue;
use crate::{
    access::phones,
    kernel::{MessageId, Result, TenantId},
    platform::{
        Platform, PublicPath, Sms,
        sms::{OutgoingSms, STOPPED, SmsOutcome, SmsReport, in_words},
    },
};

/// After this time an SMS that the service took is in its list. Before, it may be on its way there.
const LISTED_AFTER: Duration = Duration::seconds(30);

/// Which message.
#[derive(Debug, Clone, Copy)]
pub struct SmsKey {
    pub tenant: TenantId,
    pub message: MessageId,
}

/// What became of an SMS that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedOver {
    /// There is no service: it is kept for `/dev/outbox`, and the caller notes it as sent.
    Kept,
    /// It is noted already.
    Noted,
}

/// An SMS that waits.
struct WaitingSms {
    recipient: String,
    body_text: String,
    not_after: Option<OffsetDateTime>,
    /// When it was handed over without an answer.
    tried_at: Option<OffsetDateTime>,
}

/// Hands a queued SMS to the service, and notes what it says. An error is worth another try.
pub async fn hand_over(platform: &Platform, key: SmsKey) -> Result<HandedOver> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("SMS").await?;
    let Some(sms) = lock(&mut tx, key).await? else { return Ok(HandedOver::Noted) };
    if let Some(tried_at) = sms.tried_at {
        tx.commit().await?;
        if find_taken(platform, key, &sms, tried_at).await? {
            return Ok(HandedOver::Noted);
        }
        if now < tried_at + LISTED_AFTER {
            let error = anyhow::anyhow!(
                "the SMS service did not say whether it took this; it is asked before another try"
            );
            return Err(error.into());
        }
        tx = platform.db.platform("SMS").await?;
        if lock(&mut tx, key).await?.and_then(|again| again.tried_at) != Some(tried_at) {
            return Ok(HandedOver::Noted);
        }
    }
    if let Some(reason) = useless(&mut tx, &sms, now).await? {
        note_failed(&mut tx, key, &reason).await?;
        tx.commit().await?;
        return Ok(HandedOver::Noted);
    }
    if matches!(platform.sms, Sms::Kept) {
        return Ok(HandedOver::Kept);
    }
    // Before it leaves: after a crash it is known that it may have left.
    note_tried(&mut tx, key, Some(now)).await?;
    tx.commit().await?;
    send(platform, key, &sms, now).await
}

async fn send(
    platform: &Platform,
    key: SmsKey,
    sms: &WaitingSms,
    now: OffsetDateTime,
) -> Result<HandedOver> {
    let callback_url =
        platform.public_url(PublicPath::SmsStatus { tenant: key.tenant, message: key.message });
    let outgoing =
        OutgoingSms { to: &sms.recipient, text: &sms.body_text, callback_url: &callback_url };
    let Some(outcome) = platform.sms.send(outgoing).await else { return Ok(HandedOver::Kept) };
    let mut tx = platform.db.platform("SMS handed over").await?;
    match outcome {
        SmsOutcome::Taken(report) => {
            note_report(&mut tx, key, &report, now).await?;
        }
        SmsOutcome::Refused { code, reason } => {
            if code == STOPPED {
                phones::stop(&mut tx, &sms.recipient, now).await?;
                note_failed(&mut tx, key, &stopped()).await?;
            } else {
                note_failed(&mut tx, key, &format!("not sent: {reason}")).await?;
            }
        }
        SmsOutcome::NotNow(error) => {
            note_tried(&mut tx, key, None).await?;
            tx.commit().await?;
            return Err(error.into());
        }
        SmsOutcome::Unknown(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(HandedOver::Noted)
}

fn stopped() -> String {
    "not sent: the number answered STOP, so its owner's choices for SMS are switched off until they \
     send START and choose again"
        .to_owned()
}

/// The SMS, if it still waits; locked until the transaction ends.
async fn lock(conn: &mut PgConnection, key: SmsKey) -> Result<Option<WaitingSms>> {
    let sms = sqlx::query_as!(
        WaitingSms,
        "SELECT recipient, body_text, not_after, tried_at FROM messages
         WHERE tenant_id = $1 AND id = $2 AND state = 'queued' AND service_id IS NULL FOR UPDATE",
        key.tenant.0,
        key.message.0,
    );
    Ok(sms.fetch_optional(conn).await?)
}

/// Why an SMS is not to be sent at all.
async fn useless(
    conn: &mut PgConnection,
    sms: &WaitingSms,
    now: OffsetDateTime,
) -> Result<Option<String>> {
    if sms.not_after.is_some_and(|not_after| now > not_after) {
        return Ok(Some("not sent: what it says was over before it could leave".to_owned()));
    }
    Ok(phones::is_stopped(conn, &sms.recipient).await?.then(stopped))
}

/// Looks for an SMS without an answer among those that the service took. True when it is there, and noted.
async fn find_taken(
    platform: &Platform,
    key: SmsKey,
    sms: &WaitingSms,
    tried_at: OffsetDateTime,
) -> Result<bool> {
    let taken = platform.sms.find(&sms.recipient, &sms.body_text, tried_at).await?;
    let mut tx = platform.db.platform("SMS found").await?;
    if lock(&mut tx, key).await?.is_none() {
        // The service has reported it meanwhile.
        return Ok(true);
    }
    let sids: Vec<String> = taken.iter().map(|report| report.sid.clone()).collect();
    let known = sqlx::query_scalar!(
        r#"SELECT service_id AS "service_id!" FROM messages WHERE service_id = ANY($1)"#,
        &sids,
    )
    .fetch_all(&mut *tx)
    .await?;
    // One with the same text may be another message.
    let Some(report) = taken.iter().find(|report| !known.contains(&report.sid)) else {
        return Ok(false);
    };
    note_report(&mut tx, key, report, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(true)
}

async fn note_tried(
    conn: &mut PgConnection,
    key: SmsKey,
    tried_at: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE messages SET tried_at = $3
         WHERE tenant_id = $1 AND id = $2 AND service_id IS NULL",
        key.tenant.0,
        key.message.0,
        tried_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn note_failed(conn: &mut PgConnection, key: SmsKey, reason: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE messages SET state = 'failed', error = $3,
             body_text = CASE WHEN template = ANY($4) THEN '(not sent)' ELSE body_text END
         WHERE tenant_id = $1 AND id = $2 AND state = 'queued'",
        key.tenant.0,
        key.message.0,
        reason,
        &catalogue::secrets(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How far a status of the service is; one that is further is never taken back by one that came late.
fn rank(status: &str) -> u8 {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" => 1,
        "sent" => 2,
        "delivered" | "read" | "undelivered" | "failed" | "canceled" => 3,
        _ => 0,
    }
}

/// Notes what the service says of an SMS, in whatever order its reports come. One about another SMS with
/// the same content, and one that is behind what is known, changes nothing.
pub async fn note_report(
    conn: &mut PgConnection,
    key: SmsKey,
    report: &SmsReport,
    now: OffsetDateTime,
) -> Result<()> {
    let known = sqlx::query!(
        "SELECT recipient, service_id, service_status FROM messages
         WHERE tenant_id = $1 AND id = $2 AND channel = 'sms' FOR UPDATE",
        key.tenant.0,
        key.message.0,
    )
    .fetch_optional(&mut *conn)
    .await?;
    // It may have been deleted.
    let Some(known) = known else { return Ok(()) };
    if known.service_id.as_ref().is_some_and(|sid| *sid != report.sid) {
        tracing::warn!(message = %key.message, sid = report.sid, "the SMS service reports a second copy");
        return Ok(());
    }
    if rank(&report.status) <= known.service_status.as_deref().map_or(0, rank) {
        return Ok(());
    }
    let (state, word) = match report.status.as_str() {
        "delivered" | "read" => ("delivered", None),
        "undelivered" => ("undelivered", Some("not delivered")),
        "failed" | "canceled" => ("failed", Some("not sent")),
        _ => ("sent", None),
    };
    let error = word.map(|word| match report.error_code {
        Some(STOPPED) => stopped(),
        Some(code) => format!("{word}: {}", in_words(code)),
        None => format!("{word}: the SMS service gives no reason"),
    });
    sqlx::query!(
        "UPDATE messages SET service_id = $3, service_status = $4, state = $5, error = $6,
             sent_at = coalesce(sent_at, $7),
             body_text = CASE WHEN template = ANY($8)
                 THEN '(sent; only the recipient has its secret)' ELSE body_text END
         WHERE tenant_id = $1 AND id = $2",
        key.tenant.0,
        key.message.0,
        report.sid,
        report.status,
        state,
        error,
        now,
        &catalogue::secrets(),
    )
    .execute(&mut *conn)
    .await?;
    if report.error_code == Some(STOPPED) {
        phones::stop(conn, &known.recipient, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn a_status_never_goes_back() {
        let in_order = ["accepted", "queued", "sent", "delivered"].map(rank);
        assert!(in_order.is_sorted());
        assert!(rank("sent") < rank("undelivered") && rank("queued") < rank("failed"));
        assert_eq!(rank("something new"), 0);
    }
}
