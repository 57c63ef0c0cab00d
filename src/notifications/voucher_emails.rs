//! Emails about vouchers, to the shopper who bought them.

use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft},
    order_emails::{order_url, shopper},
    payload::{EventPayload, required},
};
use crate::{
    events::Event,
    kernel::{Result, TenantId, VoucherId},
    orders,
    platform::Platform,
    providers::Themes,
    vouchers,
};

/// What the events of a redemption carry beside the order and its account.
#[derive(Deserialize)]
struct RedemptionPayload {
    voucher_id: VoucherId,
    redemption_id: Uuid,
    #[serde(with = "time::serde::timestamp")]
    redeemed_at: OffsetDateTime,
    #[serde(default, with = "time::serde::timestamp::option")]
    reversed_at: Option<OffsetDateTime>,
}

/// The emails that follow from what happened to a voucher.
pub async fn on_event(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    match event.kind.as_str() {
        "voucher.redeemed" => {
            redemption(platform, themes, event, payload, "voucher_redeemed").await
        }
        "voucher.redemption_reversed" => {
            redemption(platform, themes, event, payload, "voucher_redemption_reversed").await
        }
        _ => issued(platform, themes, payload).await,
    }
}

/// One email with all codes of an order. They were issued in one transaction, each with an event.
async fn issued(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let (id, account) =
        (required(payload.order_id, "order")?, required(payload.account_id, "account")?);
    let order = orders::order_view_by_id(platform, id).await?;
    // In the shopper's own scope, as the order's page reads them.
    let vouchers = orders::voucher_codes(platform, account, &order.number).await?;
    let mut tx = platform.db.platform("vouchers issued").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "voucher_issued",
        context: json!({
            "order": {"number": order.number},
            "vouchers": vouchers,
            "single": vouchers.len() == 1,
            "url": order_url(platform, &order),
        }),
        dedupe_key: format!("voucher_issued:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// A voucher was redeemed, or its redemption was reversed. Of its code, the email says the end alone.
async fn redemption(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
    template: &'static str,
) -> Result<()> {
    let redemption: RedemptionPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let (id, account) =
        (required(payload.order_id, "order")?, required(payload.account_id, "account")?);
    let order = orders::order_view_by_id(platform, id).await?;
    let vouchers = orders::voucher_codes(platform, account, &order.number).await?;
    let voucher = vouchers.iter().find(|voucher| voucher.id == redemption.voucher_id);
    let voucher = required(voucher, "voucher of its order")?;
    let mut parcels = order.parcels.iter();
    let parcel = parcels.find(|parcel| parcel.lines.iter().any(|line| line.id == voucher.line_id));
    let parcel = required(parcel, "parcel of its voucher")?;
    let code_end = voucher.code.as_deref().map(vouchers::code_ending);
    let mut tx = platform.db.platform("voucher redemption").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant: event.tenant_id,
        to: &to,
        template,
        context: json!({
            "order": {"number": order.number},
            "voucher": {
                "title": voucher.title,
                "item_name": voucher.item_name,
                "code_end": code_end,
                "state": voucher.state,
                "valid_until": contexts::rfc3339(voucher.valid_until),
            },
            "provider_name": parcel.provider_name,
            "redeemed_at": contexts::rfc3339(redemption.redeemed_at),
            "reversed_at": redemption.reversed_at.map(contexts::rfc3339),
            "url": order_url(platform, &order),
        }),
        dedupe_key: format!("{template}:{}", redemption.redemption_id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
