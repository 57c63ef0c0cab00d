//! The email about a payment that failed, to the shopper: it says until when it can be tried again.

use serde_json::json;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft},
    order_emails,
    payload::{EventPayload, required},
};
use crate::{
    kernel::{Result, TenantId},
    orders,
    platform::{Platform, PublicPath},
    providers::Themes,
};

/// Tells of the first payment that fails of what is due now: who tries again sees what becomes of it.
/// Nobody is told who has paid meanwhile, is about to, or whose order is cancelled.
pub async fn failed(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let payment_id = required(payload.payment_id, "payment")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let payment = order.payments.iter().find(|payment| payment.id == payment_id);
    let payment = required(payment, "payment of its order")?;
    let is_tried_again = order.payments.iter().any(|other| {
        let is_hopeful = other.state.is_open() || other.state.is_settled();
        other.id > payment.id && other.part == payment.part && is_hopeful
    });
    let is_payable = order.state == orders::OrderState::AwaitingPayment || order.rest_is_due;
    let now = platform.clock.now();
    let is_late = !order.rest_is_due && !order.clock_stopped && order.pay_by <= now;
    if is_tried_again || !is_payable || is_late {
        return Ok(());
    }
    let pay_by =
        (!order.rest_is_due && !order.clock_stopped).then(|| contexts::rfc3339(order.pay_by));
    let mut tx = platform.db.platform("payment failed").await?;
    let to = order_emails::shopper(&mut tx, payload, &order).await?;
    let part = if order.rest_is_due { "rest" } else { "first" };
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "payment_failed",
        context: json!({
            "order": {"number": order.number},
            "amount": payment.amount,
            "pay_by": pay_by,
            "url": platform.public_url(PublicPath::Payment { order_number: &order.number }),
        }),
        dedupe_key: format!("payment_failed:{id}:{part}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
