//! Emails about a person's data, and about the new sales of providers whom they follow.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft, GroupEmail},
    messages::{self, NewMessage},
    payload::{EventPayload, required},
};
use crate::{
    access::{
        accounts,
        preferences::{self, MessageChannel, MessageKind},
    },
    events::Event,
    kernel::{AccountId, Result, TenantId, token},
    platform::{Platform, PublicPath, retention::Kept},
    privacy::{ERASURE_LINK_LIFETIME, ErasedAccount, ErasureLink, WrittenExport},
    providers::Themes,
    sales,
};

/// The export of somebody's data can be downloaded.
pub async fn export_ready(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    export: &WrittenExport,
) -> Result<()> {
    let to = accounts::by_id(conn, export.account).await?;
    let until = platform.clock.now() + Kept::DataExports.period();
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "export_ready",
        context: json!({
            "expires_at": contexts::rfc3339(until),
            "url": platform.public_url(PublicPath::AccountPrivacy),
        }),
        dedupe_key: format!("export_ready:{}", export.id),
    };
    emails::queue(platform, themes, conn, draft).await
}

/// The link by which an account's erasure is confirmed.
pub async fn erasure_link(platform: &Platform, themes: &Themes, link: &ErasureLink) -> Result<()> {
    let mut tx = platform.db.platform("erasure link").await?;
    let to = accounts::by_id(&mut tx, link.account_id).await?;
    let until = platform.clock.now() + ERASURE_LINK_LIFETIME;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "erasure_confirm",
        context: json!({
            "expires_at": contexts::rfc3339(until),
            "url": platform.public_url(PublicPath::ConfirmErasure { token: &link.token }),
        }),
        dedupe_key: format!("erasure_confirm:{}", token::content_hash(link.token.as_bytes())),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// The last email to an account that was erased. It belongs to no account.
pub async fn account_erased(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    erased: &ErasedAccount,
) -> Result<()> {
    let branding = themes.default_branding();
    let recipient = json!({"name": erased.name, "email": erased.email});
    let context = json!({
        "locale": erased.locale,
        "url": platform.public_url(PublicPath::Privacy),
    });
    let context = emails::complete_context(platform, branding, &recipient, context);
    let message = NewMessage {
        tenant: TenantId::PLATFORM,
        account: None,
        recipient: &erased.email,
        template: "account_erased",
        content: branding.theme.email("account_erased", &context)?.into(),
        dedupe_key: format!("account_erased:{}", erased.id),
    };
    messages::queue(conn, message).await
}

/// A sale was approved: those who follow its provider are told, once for each sale, a batch in a
/// transaction. Later approvals of the same sale find that they were.
pub async fn product_launch(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    if event.kind != "sale.approved" {
        return Ok(());
    }
    let (tenant, id) = (event.tenant_id, required(payload.sale_id, "sale")?);
    let mut after: Option<AccountId> = None;
    loop {
        let mut tx = platform.db.platform("product launch").await?;
        let followers = sales::followers_after(&mut tx, tenant, after).await?;
        let Some(last) = followers.last().copied() else { return Ok(()) };
        after = Some(last);
        let Some(sale) = sales::published_by_id(&mut tx, tenant, id).await? else { return Ok(()) };
        let now = platform.clock.now();
        // It was stopped, or is over, before anybody could be told.
        if sale.check_not_stopped(now).is_err() || sale.content.ends_at <= now {
            return Ok(());
        }
        let (kind, channel) = (MessageKind::Launches, MessageChannel::Email);
        let wanted = preferences::wants_of(&mut tx, &followers, kind, channel).await?;
        let wanted: Vec<AccountId> = wanted.into_iter().collect();
        let mut recipients = accounts::by_ids(&mut tx, &wanted).await?;
        // Anybody can follow with an address that is not theirs.
        recipients.retain(|to| to.is_verified);
        let email = GroupEmail {
            tenant,
            to: &recipients,
            template: "product_launch",
            context: json!({
                "sale": contexts::sale(platform, &sale),
                "choices_url": platform.public_url(PublicPath::AccountMessages),
                "seller_url": platform
                    .public_url(PublicPath::Seller { provider_slug: &sale.provider_slug }),
            }),
            dedupe_key: id.to_string(),
        };
        emails::queue_each(platform, themes, &mut tx, email).await?;
        tx.commit().await?;
    }
}
