//! API: what the mail service tells of mail that came back, and the addresses that get nothing optional
//! because of it.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::mail_notices;
use crate::{
    access::{Anyone, Empty, Staff, Tag, audit, limits::limit_notices},
    kernel::{Error, Page, PageQuery, Result, TenantId, validate},
    payments::gateway::RawNotice,
    platform::Platform,
};

pub struct MailNoticesApi {
    pub platform: Platform,
}

#[derive(ApiResponse)]
enum MailNoticeHeard {
    /// Handled, now or before, or nothing of ours.
    #[oai(status = 200)]
    Heard,
}

/// An address that mail cannot reach, or whose owner complained of it.
#[derive(Object)]
#[oai(rename = "SuppressedAddress")]
struct SuppressedAddressView {
    id: Uuid,
    address: String,
    /// `bounce` or `complaint`.
    kind: String,
    /// As the receiving server gave it.
    reason: String,
    suppressed_at: OffsetDateTime,
}

#[OpenApi(tag = "Tag::Notifications")]
impl MailNoticesApi {
    /// What the mail service tells of an email
    ///
    /// For the service that delivers SMP's mail: `{"type": "bounce" | "complaint", "message_id",
    /// "recipient", "reason", "permanent"}`, of which `type` and one of `message_id` and `recipient` are
    /// needed. `permanent: false` is a bounce that may pass. It is signed as Standard Webhooks has it, with
    /// `SMP_MAIL_WEBHOOK_SECRET`: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. A
    /// repeat with the same id does nothing.
    ///
    /// After a permanent bounce or a complaint the address gets nothing optional any more; after a
    /// complaint its account has switched off all that is optional. 400 when the signature is wrong or
    /// older than five minutes, or the body is no notice; 404 when no secret is set.
    #[oai(
        path = "/mail/notices",
        method = "post",
        operation_id = "mail_notice",
        transform = "limit_notices"
    )]
    async fn mail_notice(&self, _anyone: Anyone, notice: RawNotice) -> Result<MailNoticeHeard> {
        let secret = self.platform.config.mail_webhook_secret.as_deref();
        let secret = secret.ok_or(Error::NotFound("webhook"))?;
        let now = self.platform.clock.now();
        let checked = mail_notices::check_signature(secret, now, &notice)
            .and_then(|id| Ok((id, mail_notices::read(&notice.body)?)));
        let (id, notice) = checked.map_err(|error| match error {
            Error::Invalid(wrong) => Error::Unreadable(wrong),
            other => other,
        })?;
        let mut tx = self.platform.db.platform("mail notice").await?;
        mail_notices::apply(&mut tx, id, &notice, now).await?;
        tx.commit().await?;
        Ok(MailNoticeHeard::Heard)
    }

    /// Addresses that get nothing optional, newest first
    ///
    /// Mail to them came back, or their owners complained of it.
    #[oai(
        path = "/mail/suppressed-addresses",
        method = "get",
        operation_id = "suppressed_address_list"
    )]
    async fn suppressed_address_list(
        &self,
        _staff: Staff,
        /// Part of an address.
        q: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<SuppressedAddressView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("suppressed addresses").await?;
        let rows = sqlx::query_as!(
            SuppressedAddressView,
            "
            SELECT id, address, kind, reason, suppressed_at FROM suppressed_addresses
            WHERE (suppressed_at, id) < ($1, $2)
              AND ($4 = '' OR strpos(address, lower($4)) > 0)
            ORDER BY suppressed_at DESC, id DESC LIMIT $3
            ",
            page.before_at(),
            page.before_id(),
            page.fetch(),
            validate::search("q", q.0.as_deref())?.unwrap_or_default(),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Json(page.page(rows, |row| (row.suppressed_at, row.id), |row| row)))
    }

    /// Send to an address again
    ///
    /// For an address that works again, or whose owner asks for it. What its account switched off after
    /// a complaint stays off: that is its owner's to switch on. 404 if it is not suppressed.
    #[oai(
        path = "/mail/suppressed-addresses/:id",
        method = "delete",
        operation_id = "suppressed_address_lift"
    )]
    async fn suppressed_address_lift(&self, staff: Staff, id: Path<Uuid>) -> Result<Empty> {
        let mut tx = self.platform.db.platform("suppressed address").await?;
        let lifted = sqlx::query!(
            "DELETE FROM suppressed_addresses WHERE id = $1 RETURNING kind, address",
            id.0
        );
        let lifted = lifted.fetch_optional(&mut *tx).await?;
        let lifted = lifted.ok_or(Error::NotFound("suppressed address"))?;
        audit::record(
            &mut tx,
            staff.actor(),
            TenantId::PLATFORM,
            "suppressed_address_lift",
            &format!("address {}", lifted.address),
            &json!({"kind": lifted.kind}),
        )
        .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}
