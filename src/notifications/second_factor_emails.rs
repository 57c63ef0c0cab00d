//! Emails about the security of an account, to its owner: what became of the second factor.

use serde::Deserialize;
use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, Result, TenantId},
    platform::{Platform, PublicPath},
    providers::Themes,
};

/// The payload of `account.second_factor_changed`.
#[derive(Deserialize)]
struct SecondFactorChanged {
    account_id: AccountId,
    change: String,
    codes_left: Option<i64>,
}

/// The second factor was set up, replaced, removed or reset, or its recovery codes were renewed or
/// one was used.
pub async fn second_factor_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
) -> Result<()> {
    let changed: SecondFactorChanged =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("second factor changed").await?;
    let to = accounts::by_id(&mut tx, changed.account_id).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "second_factor_changed",
        context: json!({
            "change": changed.change,
            "codes_left": changed.codes_left,
            "at": contexts::rfc3339(event.created_at),
            "url": platform.public_url(PublicPath::AccountSecurity),
        }),
        dedupe_key: format!("second_factor_changed:{}", event.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
