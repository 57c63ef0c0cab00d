//! The SMS with the code that verifies a phone.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::sms_texts::{self, SmsDraft};
use crate::{
    access::{phones::CODE_VALID, preferences},
    kernel::{AccountId, Result, TenantId},
    platform::Platform,
    providers::Themes,
};

/// The payload of the job `phone_code`. It is a job because its secret must not be in an event.
#[derive(Debug, Serialize, Deserialize)]
pub struct PhoneCodeMessage {
    id: Uuid,
    account_id: AccountId,
    phone: String,
    code: String,
}

/// Queues the SMS of a code, in SMP's branding.
pub async fn send_phone_code(
    platform: &Platform,
    themes: &Themes,
    message: &PhoneCodeMessage,
) -> Result<()> {
    let mut tx = platform.db.platform("phone code SMS").await?;
    let host = platform.config.base_url.split_once("://").map_or("", |(_, rest)| rest);
    let chosen = preferences::of(&mut tx, &[message.account_id]).await?;
    let draft = SmsDraft {
        tenant: TenantId::PLATFORM,
        account: Some(message.account_id),
        phone: &message.phone,
        template: "phone_code",
        context: json!({
            "code": message.code,
            "minutes": CODE_VALID.whole_minutes(),
            // Browsers offer the code to pages of this host alone.
            "host": host.split([':', '/']).next(),
        }),
        locale: chosen.get(&message.account_id).and_then(|chosen| chosen.locale.as_deref()),
        time_zone: None,
        dedupe_key: format!("phone_code:{}", message.id),
    };
    let message = sms_texts::render(platform, themes.default_branding(), draft)?;
    let not_after = platform.clock.now() + CODE_VALID;
    sms_texts::queue_all(&mut tx, vec![message], not_after).await?;
    tx.commit().await?;
    Ok(())
}
