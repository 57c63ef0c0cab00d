//! API: messages as SMP's team sees them.

use poem_openapi::{Object, OpenApi, param::Query, payload::Json};
use time::OffsetDateTime;

use super::catalogue;
use crate::{
    access::{Staff, Tag},
    kernel::{MessageId, Page, PageQuery, Result, validate},
    platform::Platform,
};

pub struct NotificationsApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(rename = "Message")]
struct MessageView {
    id: MessageId,
    /// `email` or `sms`.
    channel: String,
    recipient: String,
    /// What the message is for: `order_confirmed`.
    template: String,
    subject: String,
    /// Not of an invitation or a voucher, which hold a secret.
    body_text: String,
    /// Whether it waits (`queued`), was `sent`, came back (`bounced`), `failed`, or was `withheld`, as its
    /// recipient or SMP had switched messages of its kind off; of an SMS also whether it was `delivered`
    /// or `undelivered`, as its service reports.
    state: String,
    /// Why the last try failed, and is made again, or why it is not sent or did not arrive.
    error: Option<String>,
    created_at: OffsetDateTime,
    /// When the mail server or the SMS service took it; null before.
    sent_at: Option<OffsetDateTime>,
}

#[OpenApi(tag = "Tag::Notifications")]
impl NotificationsApi {
    /// Messages sent, newest first
    ///
    /// Every email and SMS that SMP wrote, with its state and the error of the last try. The text
    /// of messages that contain a secret (invitations, vouchers) is hidden.
    #[oai(path = "/messages", method = "get", operation_id = "message_list")]
    async fn message_list(
        &self,
        _staff: Staff,
        /// Part of a recipient or subject.
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<MessageView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("messages").await?;
        let rows = sqlx::query_as!(
            MessageView,
            r#"
            SELECT id AS "id: MessageId", channel, recipient, template, subject,
                   CASE WHEN template = ANY($5)
                       THEN '(hidden: it contains a secret for its recipient)'
                       ELSE body_text END AS "body_text!",
                   state, error, created_at, sent_at
            FROM messages
            WHERE (created_at, id) < ($1, $2)
              AND ($4 = '' OR strpos(lower(recipient || ' ' || subject), lower($4)) > 0)
            ORDER BY created_at DESC, id DESC LIMIT $3
            "#,
            page.before_at(),
            page.before_id(),
            page.fetch(),
            validate::search("q", q.0.as_deref())?.unwrap_or_default(),
            &catalogue::secrets(),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Json(page.page(rows, |row| (row.created_at, row.id.0), |row| row)))
    }
}
