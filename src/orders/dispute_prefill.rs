//! What an order says for itself in a dispute of its payment: what was sold, to whom, and how it was shipped.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    address::Address,
    lines::{self, OrderLine},
    parcels,
    shipments::{self, ShipmentState, ShipmentView},
    store::{self, Order},
};
use crate::{
    kernel::{Country, Money, OrderId, Result},
    payouts::{EVIDENCE_CHARS_MAX, Evidence},
};

/// Characters of what is said of deliveries.
const DELIVERIES_CHARS_MAX: usize = 4_000;
/// Characters of the receipt, which goes with it as one text; two stand between them.
const RECEIPT_CHARS_MAX: usize = EVIDENCE_CHARS_MAX - DELIVERIES_CHARS_MAX - 2;

/// The evidence of an order, as far as the order has it. Platform scope.
pub(super) async fn of_order(conn: &mut PgConnection, id: OrderId) -> Result<Evidence> {
    let order = store::by_id(conn, id).await?;
    let lines = lines::of_orders(conn, &[id.0]).await?;
    let rows = parcels::of_orders(conn, &[id.0]).await?;
    let ids: Vec<Uuid> = rows.iter().map(|parcel| parcel.id.0).collect();
    let shipped = shipments::shipments_of_parcels(conn, &[id.0], &ids).await?;
    let mut shipments: Vec<ShipmentView> = shipped.into_values().flatten().collect();
    shipments.sort_by_key(|shipment| shipment.created_at);
    Ok(evidence(&order, &lines, &shipments))
}

fn evidence(order: &Order, lines: &[OrderLine], shipments: &[ShipmentView]) -> Evidence {
    let address = &order.shipping_address.0;
    let sold: Vec<String> = lines.iter().map(|line| sold(line, &order.currency)).collect();
    let delivered: Vec<String> = shipments.iter().filter_map(delivered).collect();
    Evidence {
        product_description: capped(&sold.join("\n"), EVIDENCE_CHARS_MAX),
        customer_name: address.name.clone(),
        customer_email: order.email.clone(),
        shipping_carrier: distinct(shipments, |shipment| shipment.carrier.clone()),
        shipping_tracking_number: distinct(shipments, |shipment| shipment.tracking_number.clone()),
        shipping_date: distinct(shipments, |shipment| shipment.created_at.date().to_string()),
        receipt: capped(&receipt(order, &sold, address), RECEIPT_CHARS_MAX),
        uncategorized_text: capped(&delivered.join("\n"), DELIVERIES_CHARS_MAX),
    }
}

/// What shipments have, each once and with commas.
fn distinct(shipments: &[ShipmentView], of: impl Fn(&ShipmentView) -> String) -> String {
    let mut texts: Vec<String> = vec![];
    for text in shipments.iter().map(of) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    capped(&texts.join(", "), EVIDENCE_CHARS_MAX)
}

/// A line, as the order's page has it.
fn sold(line: &OrderLine, currency: &str) -> String {
    let what = format!("{} × {}, {} ({})", line.quantity, line.title, line.item_name, line.sku);
    let price = Money::new(line.total_minor(), currency);
    match (line.slot_starts_on.zip(line.slot_ends_on), line.voucher_valid_days) {
        (Some((from, to)), _) => format!("{what}, reserved from {from} to {to}: {price}"),
        (None, Some(days)) => format!("{what}, a voucher valid for {days} days: {price}"),
        (None, None) => format!("{what}: {price}"),
    }
}

fn receipt(order: &Order, sold: &[String], address: &Address) -> String {
    let total = Money::new(order.total_minor, &order.currency);
    let place = format!("{} {}", address.postal_code, address.city);
    let country = Country::name_of(&address.country);
    let parts = [address.name.as_str(), address.line1.as_str(), place.trim(), country];
    let mut rows = vec![format!("Order {}", order.number)];
    rows.extend(order.confirmed_at.map(|at| format!("Confirmed on {}", at.date())));
    rows.extend(sold.iter().cloned());
    rows.push(format!("Total {total}"));
    rows.push(format!("Ordered for {}", parts.join(", ")));
    rows.join("\n")
}

/// That a shipment arrived, and when, if it did.
fn delivered(shipment: &ShipmentView) -> Option<String> {
    let arrived = shipment.events.iter().find(|event| event.state == ShipmentState::Delivered)?;
    let ShipmentView { carrier, tracking_number, .. } = shipment;
    let day = arrived.created_at.date();
    Some(format!("{carrier} delivered {tracking_number} on {day}."))
}

/// The first characters of a text.
fn capped(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
