//! Emails about how an account is signed in to.

use serde::Deserialize;
use serde_json::json;

use super::{
    email_contexts,
    emails::{self, EmailDraft},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, Result, TenantId},
    platform::{Platform, PublicPath},
    providers::Themes,
};

#[derive(Deserialize)]
struct MethodChanged {
    account_id: AccountId,
    /// `added` or `removed`.
    change: String,
    /// A provider's label, or a passkey in words.
    method: String,
}

/// A provider's account or a passkey signs the owner in, or does not any more: they are told, in case
/// it was somebody else.
pub async fn sign_in_method_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
) -> Result<()> {
    let changed: MethodChanged =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("sign-in method").await?;
    let to = accounts::by_id(&mut tx, changed.account_id).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "sign_in_method_changed",
        context: json!({
            "added": changed.change == "added",
            "method": changed.method,
            "at": email_contexts::rfc3339(event.created_at),
            "url": platform.public_url(PublicPath::AccountSecurity),
        }),
        dedupe_key: format!("sign_in_method_changed:{}", event.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
