//! Invoices of one order: those that were issued, those that wait, and those that come from the provider.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{
    duty::{self, DutyState},
    invoice::{self, Invoice},
};
use crate::{
    kernel::{AccountId, Error, OrderId, Result, TenantId},
    orders,
    platform::Platform,
    providers::{self, Seller},
};

/// The invoices of an order.
#[derive(Debug)]
pub struct OrderInvoices {
    /// Oldest first, with their credit notes.
    pub issued: Vec<Invoice>,
    /// Names of the providers that issue their invoices themselves.
    pub by_provider: Vec<String>,
    /// Names of the providers whose invoice SMP issues later.
    pub waiting: Vec<String>,
}

/// The invoices of one of a shopper's own orders.
pub async fn invoices_of_shopper(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<OrderInvoices> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = orders::order_id_of_account(&mut tx, account, number).await?;
    let (issued, open) = read(&mut tx, order).await?;
    drop(tx);
    named(platform, issued, open).await
}

/// The invoices of any order, for SMP's team.
pub async fn invoices_of_order(platform: &Platform, number: &str) -> Result<OrderInvoices> {
    let mut tx = platform.db.platform("invoices of an order").await?;
    let order = orders::order_id_by_number(&mut tx, number).await?;
    let (issued, open) = read(&mut tx, order).await?;
    drop(tx);
    named(platform, issued, open).await
}

/// An invoice of one of a shopper's own orders, by its number.
pub async fn invoice_of_shopper(
    platform: &Platform,
    account: AccountId,
    order_number: &str,
    number: &str,
) -> Result<Invoice> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = orders::order_id_of_account(&mut tx, account, order_number).await?;
    let issued = invoice::of_order(&mut tx, order).await?;
    let found = issued.into_iter().find(|one| one.number.eq_ignore_ascii_case(number));
    found.ok_or(Error::NotFound("invoice"))
}

/// What was issued, and whose invoices are open, by what became of them.
type Found = (Vec<Invoice>, Vec<(TenantId, DutyState)>);

async fn read(conn: &mut PgConnection, order: OrderId) -> Result<Found> {
    let issued = invoice::of_order(conn, order).await?;
    let duties = duty::invoices_of_order(conn, order).await?;
    Ok((issued, duties.into_iter().map(|duty| (duty.tenant, duty.state)).collect()))
}

async fn named(
    platform: &Platform,
    issued: Vec<Invoice>,
    open: Vec<(TenantId, DutyState)>,
) -> Result<OrderInvoices> {
    let tenants: Vec<TenantId> = open.iter().map(|(tenant, _)| *tenant).collect();
    let sellers: HashMap<TenantId, Seller> = providers::sellers_behind(platform, &tenants).await?;
    let names = |state: DutyState| -> Vec<String> {
        let of_state = open.iter().filter(|(_, of)| *of == state);
        of_state.filter_map(|(tenant, _)| Some(sellers.get(tenant)?.name.clone())).collect()
    };
    Ok(OrderInvoices {
        by_provider: names(DutyState::Provider),
        waiting: names(DutyState::Waiting),
        issued,
    })
}
