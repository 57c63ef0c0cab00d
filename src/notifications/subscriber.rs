//! Which email follows from which event. An event that is delivered twice causes its emails once.

use super::{
    account_emails, order_emails,
    payload::{EventPayload, required},
    sale_emails, waitlist_emails,
};
use crate::{events::Event, kernel::Result, platform::Platform, providers::Themes};

/// Queues the emails and SMS that follow from an event.
pub async fn on_event(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let payload: EventPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    match event.kind.as_str() {
        "account.created" => account_emails::welcome(platform, themes, &payload).await,
        "conversation.message" => {
            account_emails::conversation_reply(platform, themes, &payload).await
        }
        "order.confirmed" => {
            order_emails::order_confirmed(platform, themes, tenant, &payload).await
        }
        "shipment.handed_over" => {
            order_emails::shipped(platform, themes, tenant, &payload, "shipped").await
        }
        "shipment.delivered" => {
            order_emails::shipped(platform, themes, tenant, &payload, "delivered").await
        }
        "voucher.issued" => order_emails::vouchers_issued(platform, themes, &payload).await,
        "parcel.promise_missed" => {
            order_emails::promise_missed(platform, themes, tenant, &payload).await
        }
        "refund.succeeded" => order_emails::refunded(platform, themes, &payload).await,
        "registration.created" => sale_emails::registered(platform, themes, event, &payload).await,
        "sale.approved" | "sale.changes_requested" | "sale.rejected" => {
            sale_emails::review_decided(platform, themes, event, &payload).await
        }
        "sale.halted" => {
            let sale = required(payload.sale_id, "sale")?;
            sale_emails::halted(platform, themes, event, sale, payload.reason.as_deref()).await
        }
        "waitlist.offered" => waitlist_emails::offered(platform, themes, event).await,
        _ => Ok(()),
    }
}
