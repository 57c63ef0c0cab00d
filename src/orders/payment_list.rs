//! Payments and attempts across orders, for SMP's team.

use std::collections::HashMap;

use poem_openapi::Object;
use uuid::Uuid;

use super::{
    store::{self, Order},
    view::PaymentView,
};
use crate::{
    kernel::{Error, Money, OrderId, Page, PageQuery, PaymentId, Result},
    payments::{self, PaymentFilter, PaymentState},
    platform::Platform,
};

/// An attempt to pay, with whose order it is for.
#[derive(Debug, Object)]
#[oai(rename = "PaymentListEntry")]
pub struct PaymentEntryView {
    pub order_number: String,
    pub customer_name: String,
    pub email: String,
    /// What the gateway kept of it, in the currency of SMP's balance there; null while that is not known, and
    /// where it keeps nothing.
    pub fee: Option<Money>,
    pub payment: PaymentView,
}

/// Payments in every state, newest first. `number`: of one order only, however it is typed; a
/// number that no order has finds nothing.
pub async fn payment_list(
    platform: &Platform,
    state: Option<PaymentState>,
    gateway: Option<&str>,
    number: Option<&str>,
    page: &PageQuery,
) -> Result<Page<PaymentEntryView>> {
    let mut tx = platform.db.platform("payments").await?;
    let order = match number {
        None => None,
        Some(number) => match store::by_number(&mut tx, number).await {
            Ok(order) => Some(order.id),
            Err(Error::NotFound(_)) => return Ok(Page { items: vec![], next_cursor: None }),
            Err(error) => return Err(error),
        },
    };
    let found = payments::search(&mut tx, &PaymentFilter { state, gateway, order }, page).await?;
    let (found, next_cursor) = page.cut(found, |row| (row.created_at, row.id.0));
    let ids: Vec<Uuid> = found.iter().map(|row| row.order.0).collect();
    let orders: HashMap<OrderId, Order> =
        store::by_ids(&mut tx, &ids).await?.into_iter().map(|order| (order.id, order)).collect();
    let mut payments: HashMap<PaymentId, _> = payments::of_orders(&mut tx, &ids)
        .await?
        .into_iter()
        .map(|payment| (payment.id, payment))
        .collect();
    let entry = |row: payments::FoundPayment| {
        let (order, payment) = (orders.get(&row.order)?, payments.remove(&row.id)?);
        Some(PaymentEntryView {
            order_number: order.number.clone(),
            customer_name: order.shipping_address.name.clone(),
            email: order.email.clone(),
            fee: payment.fee(),
            payment: PaymentView::new(platform, &order.number, payment),
        })
    };
    Ok(Page { items: found.into_iter().filter_map(entry).collect(), next_cursor })
}
