//! API: the catalogue of messages, for SMP's team.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    catalogue::{self, MESSAGES, MessageAudience, MessageEntry},
    messages::{self, MessageContent, NewMessage},
    samples::{self, RenderedSample, WantedSample},
};
use crate::{
    access::{
        Empty, Staff, Tag,
        accounts::{self, Account},
        audit,
        limits::limit_writing,
        phones,
        preferences::{MessageChannel, MessageKind},
    },
    kernel::{AccountId, Error, FieldError, Input, Locale, Result, TenantId},
    platform::{Platform, PublicPath},
    providers::{self, Branding, RenderedEmail, Themes},
};

pub struct MessageCatalogueApi {
    pub platform: Platform,
    pub themes: Themes,
}

/// A message that SMP sends, and when, to whom and how.
#[derive(Object)]
#[oai(rename = "CatalogueMessage")]
struct CatalogueMessageView {
    /// Also the name of its template: `order_confirmed`.
    name: String,
    /// Kinds of events, or in words what else it follows from.
    triggers: Vec<String>,
    audience: MessageAudience,
    channels: Vec<MessageChannel>,
    /// What its recipient, and SMP for everyone, may switch off; null for what is always sent.
    kind: Option<MessageKind>,
    is_on: bool,
    /// Who switched it off, and when.
    switched_by: Option<String>,
    switched_at: Option<OffsetDateTime>,
    /// It contains a secret, so that only its recipient can read it.
    is_secret: bool,
    /// Most that one address is sent within a day; null without a limit.
    per_recipient_a_day: Option<i64>,
    /// The languages that it is written in: `en`.
    locales: Vec<String>,
    /// The names of its samples; none of `message_test`, which shows another message.
    samples: Vec<String>,
}

/// Every message, in the order of the catalogue.
#[derive(Object)]
#[oai(rename = "MessageCatalogue")]
struct MessageCatalogueView {
    items: Vec<CatalogueMessageView>,
}

/// A message with made-up data, by each of its channels.
#[derive(Object)]
#[oai(rename = "MessagePreview")]
struct MessagePreviewView {
    /// Null for a message by SMS alone.
    email: Option<EmailPreviewView>,
    /// The text message, as phones show it; null for a message by email alone.
    sms: Option<String>,
}

/// An email with made-up data.
#[derive(Object)]
#[oai(rename = "EmailPreview")]
struct EmailPreviewView {
    subject: String,
    text: String,
    /// A whole document that loads nothing. Show it in a frame without scripts.
    html: String,
}

impl From<RenderedSample> for MessagePreviewView {
    fn from(sample: RenderedSample) -> Self {
        let email = sample.email.map(|RenderedEmail { subject, text, html }| EmailPreviewView {
            subject,
            text,
            html,
        });
        Self { email, sms: sample.sms }
    }
}

#[derive(Object)]
#[oai(rename = "MessageSwitch", deny_unknown_fields)]
struct MessageSwitchInput {
    is_on: bool,
}

#[derive(Object)]
#[oai(rename = "MessageTestSend", deny_unknown_fields)]
struct MessageTestSendInput {
    /// The name of a sample; its first without one.
    sample: Option<String>,
    /// One of the message's languages; English without one.
    locale: Option<String>,
    /// In the branding of this provider; SMP's without one.
    provider: Option<TenantId>,
}

/// A message that SMP has switched off.
struct SwitchedOff {
    template: String,
    by: AccountId,
    at: OffsetDateTime,
}

#[OpenApi(tag = "Tag::Notifications")]
impl MessageCatalogueApi {
    /// Every message that SMP sends
    ///
    /// What triggers it, whom it reaches and by which channels, whether it may be switched off and
    /// whether it is.
    #[oai(path = "/message-catalogue", method = "get", operation_id = "message_catalogue")]
    async fn message_catalogue(&self, _staff: Staff) -> Result<Json<MessageCatalogueView>> {
        let mut tx = self.platform.db.platform("message catalogue").await?;
        let off = switched_off(&mut tx).await?;
        let by: Vec<AccountId> = off.iter().map(|row| row.by).collect();
        let names = accounts::names(&mut tx, &by).await?;
        let view = |entry: &MessageEntry| {
            let off = off.iter().find(|row| row.template == entry.name);
            CatalogueMessageView {
                name: entry.name.to_owned(),
                triggers: entry.triggers.iter().map(|&trigger| trigger.to_owned()).collect(),
                audience: entry.audience,
                channels: entry.channels.to_vec(),
                kind: entry.optional_kind(),
                is_on: off.is_none(),
                switched_by: off.and_then(|row| names.get(&row.by).cloned()),
                switched_at: off.map(|row| row.at),
                is_secret: entry.is_secret,
                per_recipient_a_day: entry.per_recipient_a_day,
                locales: Locale::OFFERED.map(|(locale, _)| locale.language().to_owned()).to_vec(),
                samples: samples::names(entry),
            }
        };
        Ok(Json(MessageCatalogueView { items: MESSAGES.iter().map(view).collect() }))
    }

    /// How a message looks
    ///
    /// Rendered with one of its samples, which are made up: the email, the text message or both, as it is
    /// sent. 409 `no_sample` for `message_test`, which shows another message; 422 on `sample` for a name
    /// that it has not, and on `locale` for a language that it is not written in.
    #[oai(
        path = "/message-catalogue/:name/preview",
        method = "get",
        operation_id = "message_preview"
    )]
    async fn message_preview(
        &self,
        _staff: Staff,
        name: Path<String>,
        /// The name of a sample; its first without one.
        sample: Query<Option<String>>,
        /// One of the message's languages; English without one.
        locale: Query<Option<String>>,
        /// In the branding of this provider; SMP's without one.
        provider: Query<Option<TenantId>>,
    ) -> Result<Json<MessagePreviewView>> {
        let entry = known(&name.0)?;
        let branding = self.branding(provider.0).await?;
        let wanted =
            WantedSample { name: sample.0.as_deref(), locale: offered(locale.0.as_deref())? };
        let sample = samples::render(&self.platform, &branding, entry, wanted, None)?;
        Ok(Json(sample.into()))
    }

    /// Send a sample of a message to oneself
    ///
    /// To the address of the caller's account, and by SMS to its verified phone; to nobody else. Subject
    /// and text begin with `[Test]`. Of a message by both, only the email goes to whom no SMS can.
    ///
    /// The same errors as the preview. For a message by SMS alone, 409 `urn:smp:no_phone` without a
    /// verified phone, and 409 `urn:smp:phone_stopped` when it answered STOP.
    #[oai(
        path = "/message-catalogue/:name/test-sends",
        method = "post",
        operation_id = "message_test_send",
        transform = "limit_writing"
    )]
    async fn message_test_send(
        &self,
        staff: Staff,
        name: Path<String>,
        body: Input<MessageTestSendInput>,
    ) -> Result<Empty> {
        let entry = known(&name.0)?;
        let branding = self.branding(body.0.provider).await?;
        let to: &Account = &staff.0.account;
        let name = body.0.sample.as_deref();
        let wanted = WantedSample { name, locale: offered(body.0.locale.as_deref())? };
        let sample = samples::render(&self.platform, &branding, entry, wanted, Some(to))?;
        let mut tx = self.platform.db.platform("message test").await?;
        let is_sms_alone = sample.email.is_none();
        if let Some(email) = sample.email {
            messages::queue(&mut tx, test_message(to.id, &to.email, email.into())).await?;
        }
        if let Some(text) = sample.sms
            && let Some(phone) = self.own_phone(&mut tx, to.id, is_sms_alone).await?
        {
            let content = MessageContent::Sms { text };
            messages::queue(&mut tx, test_message(to.id, &phone, content)).await?;
        }
        let subject = format!("message {}", entry.name);
        let details = json!({
            "sample": body.0.sample,
            "locale": body.0.locale,
            "provider": body.0.provider,
        });
        let tenant = TenantId::PLATFORM;
        audit::record(&mut tx, staff.actor(), tenant, "message_test_send", &subject, &details)
            .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Switch a message off or on for everyone
    ///
    /// Nothing of a message that is off leaves, whatever was queued before. 409 `always_sent` for a
    /// message that its recipients need: their orders, money and access depend on it.
    #[oai(
        path = "/message-catalogue/:name/switch",
        method = "put",
        operation_id = "message_switch"
    )]
    async fn message_switch(
        &self,
        staff: Staff,
        name: Path<String>,
        body: Input<MessageSwitchInput>,
    ) -> Result<Empty> {
        let entry = known(&name.0)?;
        if entry.optional_kind().is_none() {
            return Err(Error::conflict(
                "always_sent",
                format!(
                    "{} is always sent: its recipients’ orders, money or access depend on it.",
                    entry.name
                ),
            ));
        }
        let mut tx = self.platform.db.platform("message switch").await?;
        let by = staff.0.account.id;
        let now = self.platform.clock.now();
        if !switch(&mut tx, entry.name, body.0.is_on, by, now).await? {
            return Ok(Empty::Done);
        }
        let subject = format!("message {}", entry.name);
        let details = json!({"is_on": body.0.is_on});
        let tenant = TenantId::PLATFORM;
        audit::record(&mut tx, staff.actor(), tenant, "message_switch", &subject, &details).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}

impl MessageCatalogueApi {
    async fn branding(&self, provider: Option<TenantId>) -> Result<Branding> {
        let Some(tenant) = provider else { return Ok(self.themes.default_branding().clone()) };
        let mut tx = self.platform.db.platform("message preview").await?;
        providers::get(&mut tx, tenant).await?;
        self.themes.branding_of(&mut tx, tenant).await
    }

    /// Where SMS to an account go. None if nowhere, which is a conflict where one is needed.
    async fn own_phone(
        &self,
        conn: &mut PgConnection,
        account: AccountId,
        is_needed: bool,
    ) -> Result<Option<String>> {
        let phone = phones::of(conn, account, self.platform.clock.now()).await?;
        match phone.number {
            Some(number) if !phone.is_stopped => Ok(Some(number)),
            _ if !is_needed => Ok(None),
            Some(number) => Err(Error::conflict(
                "phone_stopped",
                format!(
                    "Your number {number} answered STOP to one of our SMS, so we may not send to it. \
                     Send START to the number those SMS came from, then try again."
                ),
            )),
            None => Err(Error::conflict(
                "no_phone",
                format!(
                    "This is a text message, and your account has no phone to send it to. Add and \
                     confirm a number at {}, then try again.",
                    self.platform.public_url(PublicPath::Phone)
                ),
            )),
        }
    }
}

/// A test to somebody's own address or phone.
fn test_message(account: AccountId, recipient: &str, content: MessageContent) -> NewMessage<'_> {
    NewMessage {
        tenant: TenantId::PLATFORM,
        account: Some(account),
        recipient,
        template: catalogue::TEST,
        content,
        dedupe_key: format!("{}:{}", catalogue::TEST, Uuid::now_v7()),
    }
}

fn known(name: &str) -> Result<&'static MessageEntry> {
    catalogue::entry(name).map_err(|_| Error::NotFound("message"))
}

/// A language that messages are written in.
fn offered(tag: Option<&str>) -> Result<Locale> {
    let Some(tag) = tag else { return Ok(Locale::British) };
    let mut offered = Locale::OFFERED.into_iter().map(|(locale, _)| locale);
    let found = offered.find(|locale| locale.language() == tag);
    Ok(found.ok_or_else(|| {
        let languages = Locale::OFFERED.map(|(locale, _)| locale.language()).join(", ");
        FieldError::new("locale", format!("Must be one of: {languages}"))
    })?)
}

async fn switched_off(conn: &mut PgConnection) -> Result<Vec<SwitchedOff>> {
    let rows = sqlx::query_as!(
        SwitchedOff,
        r#"
        SELECT template, switched_by AS "by: AccountId", switched_at AS "at"
        FROM switched_off_messages
        "#
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Whether it was the other way before.
async fn switch(
    conn: &mut PgConnection,
    template: &str,
    is_on: bool,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = if is_on {
        sqlx::query!("DELETE FROM switched_off_messages WHERE template = $1", template)
            .execute(conn)
            .await?
    } else {
        sqlx::query!(
            "INSERT INTO switched_off_messages (template, switched_by, switched_at)
             VALUES ($1, $2, $3) ON CONFLICT (template) DO NOTHING",
            template,
            by.0,
            now,
        )
        .execute(conn)
        .await?
    };
    Ok(done.rows_affected() > 0)
}
