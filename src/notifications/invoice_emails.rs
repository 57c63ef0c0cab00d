//! The email that an invoice or a credit note is there.

use serde_json::json;

use super::{
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

/// Tells the shopper of an order that a document was issued for it.
pub async fn issued(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let number = required(payload.invoice_number.as_deref(), "number")?;
    let mut tx = platform.db.platform("invoice issued").await?;
    let to = order_emails::shopper(&mut tx, payload, &order).await?;
    let path = PublicPath::Invoice { order_number: &order.number, invoice_number: number };
    let draft = EmailDraft {
        tenant,
        to: &to,
        template: "invoice_issued",
        context: json!({
            "order": {"number": order.number},
            "invoice": {
                "number": number,
                "is_credit_note": payload.document.as_deref() == Some("credit_note"),
            },
            "url": platform.public_url(path),
        }),
        dedupe_key: format!("invoice_issued:{number}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
