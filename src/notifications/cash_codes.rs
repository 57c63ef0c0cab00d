//! The SMS with the code that confirms an order in cash on delivery.

use super::{
    messages::{self, MessageContent, NewMessage},
    payload::{EventPayload, required},
};
use crate::{
    access::preferences,
    kernel::{Locale, Result, TenantId},
    payments,
    platform::Platform,
    providers::Themes,
};

/// Queues the SMS of a code, unless another code was sent since.
pub async fn send(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let code = required(payload.code_id, "code")?;
    let mut tx = platform.db.platform("cash code SMS").await?;
    let keyring = &platform.config.keyring;
    let Some(sms) = payments::take_cash_sms(&mut tx, keyring, code).await? else { return Ok(()) };
    // The text was sealed in English, with its code in it.
    let chosen = preferences::of(&mut tx, &[sms.account]).await?;
    let locale = chosen.get(&sms.account).and_then(|chosen| chosen.locale.as_deref());
    let locale = locale.and_then(Locale::find).unwrap_or(Locale::British);
    let text = themes.default_branding().theme.texts().said(locale, &sms.text).into_owned();
    let message = NewMessage {
        tenant: TenantId::PLATFORM,
        account: Some(sms.account),
        recipient: &sms.phone,
        template: "cash_code",
        content: MessageContent::Sms { text },
        dedupe_key: format!("cash_code:{code}"),
    };
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}
