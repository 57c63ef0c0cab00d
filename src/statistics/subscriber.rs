//! Counts the events of other slices as interactions.

use serde::Deserialize;
use uuid::Uuid;

use super::interactions::{Interaction, InteractionKind, record_interactions};
use crate::{
    events::Event,
    kernel::{Money, Result, SaleId},
    platform::Platform,
};

/// What an event says about sales: about one, or about one for each line.
#[derive(Deserialize)]
struct CountedEvent {
    sale_id: Option<SaleId>,
    visit_id: Option<Uuid>,
    quantity: Option<i32>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    order_id: Option<Uuid>,
    conversion_id: Option<Uuid>,
    #[serde(default)]
    lines: Vec<CountedLine>,
}

#[derive(Deserialize)]
struct CountedLine {
    sale_id: SaleId,
    visit_id: Option<Uuid>,
    quantity: Option<i32>,
    amount_minor: Option<i64>,
}

impl CountedEvent {
    fn into_lines(self) -> Vec<CountedLine> {
        match self.sale_id {
            Some(sale_id) if self.lines.is_empty() => vec![CountedLine {
                sale_id,
                visit_id: self.visit_id,
                quantity: self.quantity,
                amount_minor: self.amount_minor,
            }],
            _ => self.lines,
        }
    }
}

/// The interaction an event is counted as, if any.
fn counted_as(event_kind: &str) -> Option<InteractionKind> {
    Some(match event_kind {
        "order.placed" => InteractionKind::Address,
        "payment.attempted" => InteractionKind::Payment,
        // The rest of a purchase adds to what its deposit brought, under the same subject.
        "order.confirmed" | "order.rest_paid" => InteractionKind::Purchase,
        "refund.succeeded" | "order.lapsed" | "order.withdrawn" | "order.called_off" => {
            InteractionKind::Refund
        }
        "click_out.created" => InteractionKind::ClickOut,
        "conversion.reported" => InteractionKind::Conversion,
        "conversion.reversed" => InteractionKind::Reversal,
        "feedback.received" => InteractionKind::Feedback,
        _ => return None,
    })
}

/// Counts an event. An event that is delivered twice counts once.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    let Some(kind) = counted_as(&event.kind) else { return Ok(()) };
    let counted: CountedEvent =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let subject = counted.order_id.or(counted.conversion_id);
    let currency = counted.currency.clone();
    let interaction = |(line, index): (CountedLine, u128)| Interaction {
        // One id for each line, derived from the event's: random bits stay random under XOR.
        id: Uuid::from_u128(event.id.as_u128() ^ index),
        sale: line.sale_id,
        visit: line.visit_id,
        kind,
        at: event.created_at,
        quantity: line.quantity.unwrap_or(1),
        subject,
        amount: line.amount_minor.zip(currency.clone()).map(|(amount, of)| Money::new(amount, of)),
        channel: None,
    };
    let interactions: Vec<Interaction> =
        counted.into_lines().into_iter().zip(0_u128..).map(interaction).collect();
    let mut tx = platform.db.tenant(event.tenant_id).await?;
    record_interactions(&mut tx, event.tenant_id, &interactions).await?;
    tx.commit().await?;
    Ok(())
}
