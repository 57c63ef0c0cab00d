//! The SMS with the code that confirms an order in cash on delivery.

use super::{
    messages::{self, MessageContent, NewMessage},
    payload::{EventPayload, required},
};
use crate::{
    kernel::{Result, TenantId},
    payments,
    platform::Platform,
};

/// Queues the SMS of a code, unless another code was sent since.
pub async fn send(platform: &Platform, payload: &EventPayload) -> Result<()> {
    let code = required(payload.code_id, "code")?;
    let mut tx = platform.db.platform("cash code SMS").await?;
    let keyring = &platform.config.keyring;
    let Some(sms) = payments::take_cash_sms(&mut tx, keyring, code).await? else { return Ok(()) };
    let message = NewMessage {
        tenant: TenantId::PLATFORM,
        account: Some(sms.account),
        recipient: &sms.phone,
        template: "cash_code",
        content: MessageContent::Sms { text: sms.text },
        dedupe_key: format!("cash_code:{code}"),
    };
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}
