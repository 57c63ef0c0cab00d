//! What one provider sold in an order, with the price that the order keeps, as an invoice states it.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    address::Address,
    components,
    lines::{self, OrderLine},
    refund_lines, store,
};
use crate::{
    kernel::{AccountId, OrderId, ParcelId, RefundId, Result, TenantId},
    payments,
    pricing::{Component, ComponentKind},
};

/// A provider's part of an order.
#[derive(Debug, Clone)]
pub struct SoldParcel {
    pub order: OrderId,
    pub order_number: String,
    pub account: AccountId,
    pub parcel: ParcelId,
    pub currency: String,
    /// The order was confirmed, and no rest of it is left to pay. Cash on delivery is no rest.
    pub is_settled: bool,
    pub confirmed_at: Option<OffsetDateTime>,
    /// It is paid in cash on delivery, or was to be, so that what is cancelled is not refunded.
    pub is_cash: bool,
    pub billed_to: Address,
    /// Empty when none was given.
    pub vat_id: String,
    pub lines: Vec<SoldLine>,
}

/// A line of it, or what is charged for all its lines together.
#[derive(Debug, Clone)]
pub struct SoldLine {
    /// Of the sale and the item; of what is charged for all lines, its kind.
    pub description: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price_minor: i64,
    /// What was taken off it, in minor units: never above zero.
    pub discount_minor: i64,
    /// What the shopper pays for it, taxes included, in minor units.
    pub charged_minor: i64,
    /// The tax in that, in minor units; None: the price has no component of that kind.
    pub tax_minor: Option<i64>,
    /// Millionths; None: no tax, or several rates.
    pub tax_rate_ppm: Option<i32>,
}

/// What a provider sold in an order; None: nothing. Platform scope.
pub async fn sold_parcel(
    conn: &mut PgConnection,
    order: OrderId,
    tenant: TenantId,
) -> Result<Option<SoldParcel>> {
    let order = store::by_id(conn, order).await?;
    let all = lines::of_orders(conn, &[order.id.0]).await?;
    let quote = components::of_order(conn, order.id, &all).await?;
    let parts: Vec<&Component> =
        quote.components().iter().filter(|part| part.tenant == tenant).collect();
    let own: Vec<_> = all.iter().filter(|line| line.tenant == tenant).collect();
    let Some(first) = own.first() else { return Ok(None) };
    let mut sold: Vec<SoldLine> = own
        .iter()
        .map(|line| {
            let of_line: Vec<&Component> =
                parts.iter().copied().filter(|part| part.hold == Some(line.hold)).collect();
            let description = if line.item_name.is_empty() {
                line.title.clone()
            } else {
                format!("{}, {}", line.title, line.item_name)
            };
            SoldLine {
                description,
                sku: line.sku.clone(),
                quantity: line.quantity,
                unit_price_minor: line.unit_price_minor,
                ..charged(&of_line)
            }
        })
        .collect();
    let shared: Vec<&Component> =
        parts.iter().copied().filter(|part| part.hold.is_none()).collect();
    let together = charged(&shared);
    if together.charged_minor > 0 {
        let has_shipping = shared.iter().any(|part| part.kind == ComponentKind::Shipping);
        let description = if has_shipping { "Shipping" } else { "Fees" };
        sold.push(SoldLine {
            description: description.to_owned(),
            unit_price_minor: together.charged_minor,
            ..together
        });
    }
    let cash = payments::cash_orders(conn, &[order.id.0]).await?;
    // Cancelled before it was sent, an order in cash has no payment that counts.
    let paid = payments::paid_parts(conn, order.id).await?;
    Ok(Some(SoldParcel {
        is_cash: cash.contain(order.id) || paid.is_empty(),
        order: order.id,
        parcel: first.parcel,
        is_settled: order.confirmed_at.is_some() && !order.rest_is_unpaid(),
        confirmed_at: order.confirmed_at,
        billed_to: order.billing_address.unwrap_or(order.shipping_address).0,
        vat_id: order.vat_id,
        account: order.account,
        currency: order.currency,
        order_number: order.number,
        lines: sold,
    }))
}

/// What a refund takes of each of a provider's lines in an order, in minor units and in the order of
/// [`SoldParcel::lines`]; empty when it names none of them. Platform scope.
pub async fn refunded_of_lines(
    conn: &mut PgConnection,
    order: OrderId,
    tenant: TenantId,
    refund: RefundId,
) -> Result<Vec<i64>> {
    let mut rows = refund_lines::of_orders(conn, &[order.0]).await?;
    rows.retain(|row| row.refund == refund && row.tenant == tenant);
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let all = lines::of_orders(conn, &[order.0]).await?;
    let of_line = |line: &OrderLine| -> i64 {
        rows.iter().filter(|row| row.line == line.id).map(|row| row.amount_minor).sum()
    };
    Ok(all.iter().filter(|line| line.tenant == tenant).map(of_line).collect())
}

/// What components of one line come to. It has no name and no unit price yet.
fn charged(parts: &[&Component]) -> SoldLine {
    let sum = |of: ComponentKind| -> i64 {
        parts.iter().filter(|part| part.kind == of).map(|part| part.amount_minor).sum()
    };
    let taxes: Vec<&&Component> =
        parts.iter().filter(|part| part.kind == ComponentKind::Tax).collect();
    let rate = taxes.first().and_then(|part| part.rate_ppm);
    let is_one_rate = taxes.iter().all(|part| part.rate_ppm == rate);
    SoldLine {
        description: String::new(),
        sku: String::new(),
        quantity: 1,
        unit_price_minor: 0,
        discount_minor: sum(ComponentKind::Discount),
        charged_minor: parts.iter().map(|part| part.charged_minor()).sum(),
        tax_minor: (!taxes.is_empty()).then(|| sum(ComponentKind::Tax)),
        tax_rate_ppm: rate.filter(|_| is_one_rate),
    }
}

/// The id of one of a shopper's own orders.
pub async fn order_id_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<OrderId> {
    Ok(store::of_account(conn, account, number).await?.id)
}

/// The id of any order. Platform scope.
pub async fn order_id_by_number(conn: &mut PgConnection, number: &str) -> Result<OrderId> {
    Ok(store::by_number(conn, number).await?.id)
}
