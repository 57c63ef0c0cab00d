//! What a mail service tells of mail that came back or that somebody complained of. Its notices are
//! signed as Standard Webhooks has it: HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use poem_openapi::{Enum, Object};
use sha2::Sha256;
use sqlx::PgConnection;
use strum::IntoEnumIterator;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    access::{
        accounts,
        preferences::{self, MessageChannel, MessageChoice, MessageKind},
    },
    kernel::{AccountId, FieldError, Result, limits::EMAIL_BYTES_MAX},
    payments::gateway::RawNotice,
};

/// How old a notice may be; one of the past could be a recorded one.
const TOLERANCE: Duration = Duration::minutes(5);
/// Signatures of one header that are looked at, and the longest id, in bytes.
const SIGNATURES_MAX: usize = 10;
const ID_BYTES_MAX: usize = 128;
/// A longer reason is cut, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What happened to an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailNoticeKind {
    /// It could not be delivered.
    Bounce,
    /// Its recipient called it spam.
    Complaint,
}

/// A notice of the mail service. It names the message, the recipient, or both.
#[derive(Debug, Object)]
#[oai(rename = "MailNotice", deny_unknown_fields)]
pub struct MailNotice {
    #[oai(rename = "type")]
    kind: MailNoticeKind,
    /// The Message-ID of the email, with or without its domain and angle brackets.
    message_id: Option<String>,
    recipient: Option<String>,
    /// As the receiving server gave it.
    #[oai(default)]
    reason: String,
    /// False for a bounce that may pass, like a full mailbox.
    #[oai(default = "is_permanent_by_default")]
    permanent: bool,
}

fn is_permanent_by_default() -> bool {
    true
}

/// The email that a notice is about.
struct ReturnedMessage {
    tenant: Uuid,
    id: Uuid,
    account: Option<AccountId>,
    recipient: String,
}

/// Checks the signature of a notice. Returns the id by which a repeat is known.
pub fn check_signature<'n>(
    secret: &[u8],
    now: OffsetDateTime,
    notice: &'n RawNotice,
) -> Result<&'n str> {
    let wrong = |message: &str| Err(FieldError::new("signature", message).into());
    let id = notice.header("webhook-id").unwrap_or_default();
    let timestamp = notice.header("webhook-timestamp").unwrap_or_default();
    let Ok(signed_at) = timestamp.parse::<i64>() else {
        return wrong("The header webhook-timestamp is missing, or has no seconds since 1970");
    };
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return wrong("The header webhook-id must have 1 to 128 bytes");
    }
    let signatures = notice.header("webhook-signature").unwrap_or_default();
    let mut signatures = signatures
        .split(' ')
        .take(SIGNATURES_MAX)
        .filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok());
    let is_signed = signatures.any(|signature| {
        Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mut mac| {
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(&notice.body);
            // In constant time.
            mac.verify_slice(&signature).is_ok()
        })
    });
    if !is_signed {
        return wrong(
            "No v1 signature in webhook-signature is of SMP_MAIL_WEBHOOK_SECRET and this body",
        );
    }
    if now.unix_timestamp().abs_diff(signed_at) > TOLERANCE.whole_seconds().unsigned_abs() {
        return wrong("The signature is more than five minutes off; sign the notice anew");
    }
    Ok(id)
}

/// Reads the body of a notice that is signed.
pub fn read(body: &[u8]) -> Result<MailNotice> {
    use poem_openapi::types::ParseFromJSON;
    let unread = |error: String| {
        FieldError::new("body", format!("The body is signed, but is no notice: {error}"))
    };
    let value = serde_json::from_slice(body).map_err(|error| unread(error.to_string()))?;
    let notice =
        MailNotice::parse_from_json(Some(value)).map_err(|error| unread(error.into_message()))?;
    if notice.message_id.is_none() && notice.recipient.is_none() {
        return Err(unread("message_id or recipient must say what it is about".to_owned()).into());
    }
    Ok(notice)
}

/// Does what follows from a notice, once. Platform scope.
pub async fn apply(
    conn: &mut PgConnection,
    id: &str,
    notice: &MailNotice,
    now: OffsetDateTime,
) -> Result<()> {
    let recorded = sqlx::query!(
        "INSERT INTO mail_notices (id, received_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        id,
        now,
    );
    if recorded.execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(());
    }
    let message = match notice.message_id.as_deref().and_then(uuid_of) {
        Some(id) => find_message(conn, id).await?,
        None => None,
    };
    let reason = short(&notice.reason);
    if let Some(message) = &message {
        mark(conn, message, notice, &reason).await?;
    }
    let recipient = message.as_ref().map(|message| message.recipient.as_str());
    let Some(recipient) = recipient.or(notice.recipient.as_deref()) else { return Ok(()) };
    let address = recipient.trim().to_lowercase();
    if address.len() > EMAIL_BYTES_MAX {
        return Ok(());
    }
    if notice.permanent || notice.kind == MailNoticeKind::Complaint {
        suppress(conn, &address, notice.kind, &reason, now).await?;
    }
    if notice.kind == MailNoticeKind::Complaint {
        // An order's address need not be its account's.
        let account = match message.and_then(|message| message.account) {
            Some(account) => Some(account),
            None => accounts::by_email(conn, &address).await?.map(|account| account.id),
        };
        if let Some(account) = account {
            switch_all_off(conn, account, now).await?;
        }
    }
    Ok(())
}

/// The message behind a Message-ID like `<0193…@smp.example>`.
fn uuid_of(message_id: &str) -> Option<Uuid> {
    let text = message_id.trim().trim_matches(['<', '>']);
    text.split('@').next()?.parse().ok()
}

fn short(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect()
}

async fn find_message(conn: &mut PgConnection, id: Uuid) -> Result<Option<ReturnedMessage>> {
    let found = sqlx::query_as!(
        ReturnedMessage,
        r#"
        SELECT tenant_id AS tenant, id, account_id AS "account: AccountId", recipient
        FROM messages WHERE id = $1 AND channel = 'email'
        "#,
        id,
    );
    Ok(found.fetch_optional(conn).await?)
}

/// Shows on the message what became of it.
async fn mark(
    conn: &mut PgConnection,
    message: &ReturnedMessage,
    notice: &MailNotice,
    reason: &str,
) -> Result<()> {
    let (state, what) = match notice.kind {
        MailNoticeKind::Bounce => (Some("bounced"), "it came back"),
        MailNoticeKind::Complaint => (None, "its recipient complained of it"),
    };
    let error = if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") };
    sqlx::query!(
        "UPDATE messages SET state = coalesce($3, state), error = $4
         WHERE tenant_id = $1 AND id = $2",
        message.tenant,
        message.id,
        state,
        error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn suppress(
    conn: &mut PgConnection,
    address: &str,
    kind: MailNoticeKind,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "
        INSERT INTO suppressed_addresses (address, id, kind, reason, suppressed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (address) DO UPDATE SET
            kind = excluded.kind, reason = excluded.reason, suppressed_at = excluded.suppressed_at
        ",
        address,
        Uuid::now_v7(),
        <&str>::from(kind),
        reason,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who complained gets no more of any kind that can be switched off.
async fn switch_all_off(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let off = |kind| MessageChoice { kind, channel: MessageChannel::Email, is_on: false };
    let choices: Vec<MessageChoice> = MessageKind::iter().map(off).collect();
    preferences::choose(conn, account, &choices, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    // Signed by the reference implementation, `standardwebhooks` of PyPI, in tests/peers/test_mail.py;
    // this one by the example of its specification.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNED_AT: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn check(id: &str, signature: &str, body: &str, late_s: i64) -> Result<String> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let notice = RawNotice {
            headers: vec![
                header("webhook-id", id),
                header("webhook-timestamp", &SIGNED_AT.to_string()),
                header("webhook-signature", signature),
            ],
            body: body.as_bytes().to_vec(),
        };
        let now = OffsetDateTime::from_unix_timestamp(SIGNED_AT + late_s).unwrap();
        let secret = STANDARD.decode(SECRET).unwrap();
        check_signature(&secret, now, &notice).map(str::to_owned)
    }

    #[test]
    fn a_notice_is_believed_if_it_is_signed_and_new() {
        assert_eq!(check(ID, SIGNATURE, BODY, 0).unwrap(), ID);
        let two = format!("v1,AAAA {SIGNATURE}");
        assert!(check(ID, &two, BODY, 299).is_ok());
        for (id, signature, body, late_s) in [
            ("another", SIGNATURE, BODY, 0),
            ("", SIGNATURE, BODY, 0),
            (ID, "", BODY, 0),
            (ID, &SIGNATURE[3..], BODY, 0),
            (ID, "v1,AAAA", BODY, 0),
            (ID, SIGNATURE, "{}", 0),
            (ID, SIGNATURE, BODY, 301),
            (ID, SIGNATURE, BODY, -301),
        ] {
            let refused = check(id, signature, body, late_s);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{id} {signature} {body} {late_s}");
        }
    }

    #[test]
    fn a_notice_names_its_message_however_the_service_writes_it() {
        let id = "0193a000-0000-7000-8000-000000000001";
        for text in [id.to_owned(), format!("<{id}@smp.example>"), format!(" {id}@smp.example")] {
            assert_eq!(uuid_of(&text), id.parse().ok(), "{text}");
        }
        assert_eq!(uuid_of("<someone-elses@example.com>"), None);
        assert!(read(br#"{"type":"bounce"}"#).is_err());
        assert!(read(br#"{"type":"bounce","recipient":"a@b.example","x":1}"#).is_err());
        let notice = read(br#"{"type":"bounce","recipient":"a@b.example"}"#).unwrap();
        assert!(notice.permanent && notice.reason.is_empty());
    }
}
