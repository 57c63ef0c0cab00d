//! The SMS with the code that confirms an order in cash on delivery.

use serde_json::json;

use super::{
    messages,
    payload::{EventPayload, required},
    sms_texts::{self, SmsDraft},
};
use crate::{
    access::preferences,
    kernel::{Result, TenantId},
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
    let chosen = preferences::of(&mut tx, &[sms.account]).await?;
    let draft = SmsDraft {
        tenant: TenantId::PLATFORM,
        account: Some(sms.account),
        phone: &sms.phone,
        template: "cash_code",
        context: json!({
            "code": sms.content.code,
            "order_number": sms.content.order_number,
            "amount": sms.content.amount,
            "minutes": payments::CASH_CODE_VALID.whole_minutes(),
        }),
        locale: chosen.get(&sms.account).and_then(|chosen| chosen.locale.as_deref()),
        time_zone: None,
        dedupe_key: format!("cash_code:{code}"),
    };
    let message = sms_texts::render(platform, themes.default_branding(), draft)?;
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}
