//! Emails about refunds: to the shopper, to the provider whose units they are, and to finance about those
//! that failed.

use serde_json::{Value, json};
use time::Duration;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft, GroupEmail},
    order_emails::{PackerEmail, order_url, shopper, to_packers},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    kernel::{Result, TenantId},
    orders::{self, OrderView, ParcelState, RefundView},
    payments::RefundState,
    platform::{Platform, PortalPath},
    providers::Themes,
};

/// A refund that failed is reminded of when it is this old, and every day after that.
const REMINDED_AFTER: Duration = Duration::days(1);

/// The shopper is told of the money; the provider, that a parcel or some of its units must not be shipped
/// any more.
pub async fn refunded(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let id = required(payload.refund_id, "refund")?;
    let refund = order.refunds.iter().find(|refund| refund.id == id);
    let refund = required(refund, "refund of its order")?;
    // The email of the cancellation has told the shopper of this money.
    let is_told = [orders::CANCEL_REASON, orders::LAPSE_REASON].contains(&refund.reason.as_str());
    if !is_told {
        let mut tx = platform.db.platform("refund").await?;
        let to = shopper(&mut tx, payload, &order).await?;
        let draft = EmailDraft {
            tenant: TenantId::PLATFORM,
            to: &to,
            template: "refunded",
            context: json!({
                "order": {"number": order.number, "total": order.total},
                "refund": context(&order, refund),
                "full": refund.amount == order.paid,
                "url": order_url(platform, &order),
            }),
            dedupe_key: format!("refunded:{id}"),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
        tx.commit().await?;
    }
    if let Some(parcel) = payload.cancelled_parcel_id {
        let notice = PackerEmail {
            parcel,
            template: "provider_parcel_cancelled",
            context: json!({}),
            dedupe_key: parcel.to_string(),
        };
        return to_packers(platform, themes, tenant, notice).await;
    }
    let parcel = order.parcels.iter().find(|parcel| Some(parcel.id) == payload.units_parcel_id);
    let units = payload.units.unwrap_or_default();
    let Some(parcel) = parcel.filter(|row| row.state == ParcelState::ToShip && units > 0) else {
        return Ok(());
    };
    let notice = PackerEmail {
        parcel: parcel.id,
        template: "provider_units_refunded",
        context: json!({"units": refunded_units(&order, refund)}),
        dedupe_key: id.to_string(),
    };
    to_packers(platform, themes, tenant, notice).await
}

/// A refund as templates want it.
fn context(order: &OrderView, refund: &RefundView) -> Value {
    let mut context = json!(refund);
    context["elsewhere"] = (refund.state == RefundState::SettledElsewhere).into();
    context["destination"] = contexts::destination(refund).into();
    context["units"] = refunded_units(order, refund).into();
    context
}

/// The units that a refund is of, by what they are.
fn refunded_units(order: &OrderView, refund: &RefundView) -> Vec<Value> {
    let lines = || order.parcels.iter().flat_map(|parcel| &parcel.lines);
    let unit = |row: &orders::RefundLineView| {
        let line = lines().find(|line| line.id == row.line_id)?;
        Some(json!({
            "quantity": row.quantity,
            "title": line.title,
            "item_name": line.item_name,
        }))
    };
    refund.lines.iter().filter(|row| row.quantity > 0).filter_map(unit).collect()
}

/// The gateway refused a refund: the shopper is told that it takes longer, once; SMP, that it has to act.
pub async fn refund_failed(
    platform: &Platform,
    themes: &Themes,
    payload: &EventPayload,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let id = required(payload.refund_id, "refund")?;
    let refund = order.refunds.iter().find(|refund| refund.id == id);
    let refund = required(refund, "refund of its order")?;
    let mut tx = platform.db.platform("refund failed").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let context = json!({"order": {"number": order.number}, "refund": {"amount": refund.amount}});
    let with_url = |url: String, reason: Option<&str>| {
        let mut context = context.clone();
        context["url"] = url.into();
        context["reason"] = reason.into();
        context
    };
    if !payload.again {
        let draft = EmailDraft {
            tenant: TenantId::PLATFORM,
            to: &to,
            template: "refund_failed",
            context: with_url(order_url(platform, &order), None),
            dedupe_key: format!("refund_failed:{id}"),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
    }
    let url = platform.portal_url(PortalPath::StaffOrder { number: &order.number });
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(&mut tx, &["finance", "support", "admin"]).await?,
        template: "staff_refund_failed",
        context: with_url(url, payload.reason.as_deref()),
        dedupe_key: id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

/// Reminds finance of refunds that have been failed for a day or longer, once a day, while there are any.
/// Any number of nodes may run it at once.
pub async fn remind_of_failed_refunds(platform: &Platform, themes: &Themes) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("failed refunds").await?;
    let found = orders::failed_refunds_since(&mut tx, now - REMINDED_AFTER).await?;
    let Some((count, oldest)) = found else { return Ok(()) };
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(&mut tx, &["finance"]).await?,
        template: "staff_refunds_failed",
        context: json!({
            "failed": count,
            "single": count == 1,
            "oldest": contexts::rfc3339(oldest),
            "url": platform.portal_url(PortalPath::FailedRefunds),
        }),
        dedupe_key: now.date().to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}
