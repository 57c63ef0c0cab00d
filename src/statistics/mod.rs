//! Statistics: what visitors did, without who they are. Written from events, read in aggregates.
//! May read other slices' tables.

pub mod api;
pub mod public_api;
mod reports;
pub mod visits;

use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    events::Event,
    kernel::{Result, SaleId, TenantId},
    platform::Platform,
};

/// One thing somebody did about a sale.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// Known again when the same thing is told twice.
    pub id: Uuid,
    pub sale: SaleId,
    pub visit: Option<Uuid>,
    /// One of the kinds of the table's CHECK.
    pub kind: &'static str,
    pub quantity: i32,
    pub amount_minor: i64,
}

/// Writes interactions; those that are there already are left as they are.
pub async fn record(
    conn: &mut PgConnection,
    tenant: TenantId,
    interactions: &[Interaction],
) -> Result<()> {
    let ids: Vec<Uuid> = interactions.iter().map(|i| i.id).collect();
    let sales: Vec<Uuid> = interactions.iter().map(|i| i.sale.0).collect();
    let visits: Vec<Option<Uuid>> = interactions.iter().map(|i| i.visit).collect();
    let kinds: Vec<String> = interactions.iter().map(|i| i.kind.to_owned()).collect();
    let quantities: Vec<i32> = interactions.iter().map(|i| i.quantity).collect();
    let amounts: Vec<i64> = interactions.iter().map(|i| i.amount_minor).collect();
    sqlx::query!(
        r#"
        INSERT INTO interactions (tenant_id, id, sale_id, visit_id, kind, quantity, amount_minor)
        SELECT $1, * FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::bigint[])
        ON CONFLICT (tenant_id, id) DO NOTHING
        "#,
        tenant.0,
        &ids,
        &sales,
        &visits as &[Option<Uuid>],
        &kinds,
        &quantities,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What events of every kind may say about sales: either one, or one a line.
#[derive(Deserialize)]
struct About {
    sale_id: Option<SaleId>,
    visit_id: Option<Uuid>,
    quantity: Option<i32>,
    amount_minor: Option<i64>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    sale_id: SaleId,
    visit_id: Option<Uuid>,
    quantity: Option<i32>,
    amount_minor: Option<i64>,
}

/// The kind of interaction an event is counted as, if any.
fn counted_as(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "order.placed" => "address",
        "payment.attempted" => "payment",
        "order.confirmed" => "purchase",
        "refund.succeeded" => "refund",
        "click_out.created" => "click_out",
        "conversion.reported" => "conversion",
        "conversion.reversed" => "reversal",
        "feedback.received" => "feedback",
        _ => return None,
    })
}

/// Counts an event; hearing it twice counts it once.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    let Some(kind) = counted_as(&event.kind) else { return Ok(()) };
    let about: About =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut lines = about.lines;
    if let (true, Some(sale_id)) = (lines.is_empty(), about.sale_id) {
        lines.push(Line {
            sale_id,
            visit_id: about.visit_id,
            quantity: about.quantity,
            amount_minor: about.amount_minor,
        });
    }
    let interactions: Vec<Interaction> = lines
        .iter()
        .zip(0_u128..)
        .map(|(line, index)| Interaction {
            // The event's id, told apart by line: random bits stay random under an exclusive or.
            id: Uuid::from_u128(event.id.as_u128() ^ index),
            sale: line.sale_id,
            visit: line.visit_id,
            kind,
            quantity: line.quantity.unwrap_or(1),
            amount_minor: line.amount_minor.unwrap_or(0),
        })
        .collect();
    let mut tx = platform.db.tenant(event.tenant_id).await?;
    record(&mut tx, event.tenant_id, &interactions).await?;
    tx.commit().await?;
    Ok(())
}
