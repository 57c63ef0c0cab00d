//! Emails about the rest of an order after its deposit: that it is due, that it was paid, and that the
//! order ended without it.

use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft},
    order_emails::{self, PackerEmail},
    payload::{EventPayload, required},
};
use crate::{
    kernel::{Result, TenantId},
    orders,
    platform::{Platform, PublicPath},
    providers::Themes,
};

/// The rest is due soon, today or since a few days. Nothing is sent when it was paid meanwhile.
pub async fn reminder(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let rest = contexts::rest(&order);
    if rest.is_null() {
        return Ok(());
    }
    let days_left = required(payload.days_left, "number of days")?;
    let mut tx = platform.db.platform("rest due").await?;
    let to = order_emails::shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "rest_reminder",
        context: json!({
            "order": contexts::order(&order),
            "rest": rest,
            "is_over": days_left < 0,
            "is_today": days_left == 0,
            "url": platform.public_url(PublicPath::Payment { order_number: &order.number }),
        }),
        dedupe_key: format!("rest_reminder:{id}:{days_left}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// The rest was paid: the shopper is told what follows, and the provider that it may ship.
pub async fn paid(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let mut tx = platform.db.platform("rest paid").await?;
    let to = order_emails::shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        // One for each order, though there is an event for each of its providers.
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "rest_paid",
        context: json!({
            "order": contexts::order(&order),
            "rest": {"amount": order.rest},
            "url": order_emails::order_url(platform, &order),
        }),
        dedupe_key: format!("rest_paid:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    let parcel = required(payload.parcel_id, "parcel")?;
    let notice = PackerEmail {
        parcel,
        template: "provider_rest_paid",
        context: json!({}),
        dedupe_key: parcel.to_string(),
    };
    order_emails::to_packers(platform, themes, tenant, notice).await
}

/// The rest was not paid, so the order was cancelled: the shopper is told what becomes of the deposit,
/// and the provider that nothing is to be shipped.
pub async fn lapsed(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let refund = order_emails::refunded_for(&order, orders::LAPSE_REASON);
    let mut tx = platform.db.platform("rest not paid").await?;
    let to = order_emails::shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "rest_lapsed",
        context: json!({
            "order": {"number": order.number},
            "rest": {"amount": order.rest, "due_on": payload.rest_due_on},
            "kept": order.kept_if_unpaid.as_ref().filter(|kept| kept.amount > 0),
            "refund": refund.map(|amount| json!({"amount": amount})),
            "url": order_emails::order_url(platform, &order),
        }),
        dedupe_key: format!("rest_lapsed:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    let parcel = required(payload.parcel_id, "parcel")?;
    let notice = PackerEmail {
        parcel,
        template: "provider_order_lapsed",
        context: json!({}),
        dedupe_key: parcel.to_string(),
    };
    order_emails::to_packers(platform, themes, tenant, notice).await
}
