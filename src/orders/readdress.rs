//! Changing where an unpaid order goes: its address and its email. The holds, the number and what
//! was ordered stay.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    address::Address,
    cancel, lines, lookup,
    place::{self, check_countries},
    state::OrderState,
    store::{self, Order},
    unpaid,
    view::OrderView,
};
use crate::{
    kernel::{AccountId, Error, FieldErrors, HoldId, Result, validate},
    platform::Platform,
    sales::PublishedSale,
    stock::{self, Hold},
};

/// Changes the address and, unless it is None, the email of an unpaid order. A country that one of
/// its sales does not ship to is an error on `shipping_address.country`, and changes nothing.
pub async fn readdress(
    platform: &Platform,
    account: AccountId,
    number: &str,
    address: Address,
    email: Option<&str>,
) -> Result<OrderView> {
    let mut fields = FieldErrors::default();
    let address = address.checked(&platform.addresses, &mut fields, "shipping_address");
    let email = email.map(|email| validate::email(&mut fields, "email", email));
    fields.finish()?;

    let now = platform.clock.now();
    let mut tx = platform.db.platform("readdress order").await?;
    let order = store::lock_of_account(&mut tx, account, number).await?;
    match order.state {
        OrderState::AwaitingPayment => {}
        OrderState::Cancelled => {
            return Err(Error::conflict(
                "order_cancelled",
                "This order was cancelled, so its address cannot be changed.",
            ));
        }
        OrderState::Confirmed | OrderState::Fulfilled | OrderState::Closed => {
            return Err(Error::conflict(
                "already_paid",
                "This order is paid, so its address cannot be changed here. Contact us from the \
                 order’s page as soon as you can.",
            ));
        }
    }
    cancel::refuse_in_progress(&mut tx, order.id, now).await?;
    check_countries(&sales_of(&mut tx, &order, now).await?, &address)?;
    let email = email.unwrap_or_else(|| order.email.clone());
    unpaid::readdress(&mut tx, &order, &address, &email, order.pay_by).await?;
    tx.commit().await?;
    lookup::order_view(platform, account, number).await
}

/// The countries that everything in an unpaid order ships to (ISO 3166-1); None: all of them.
pub async fn countries_of_order(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<Option<Vec<String>>> {
    let mut tx = platform.db.platform("countries of order").await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let sales = sales_of(&mut tx, &order, platform.clock.now()).await?;
    let limits = sales.values().map(|sale| &sale.content.countries).filter(|all| !all.is_empty());
    Ok(limits.fold(None, |shared: Option<Vec<String>>, here| {
        Some(match shared {
            None => here.clone(),
            Some(shared) => shared.into_iter().filter(|code| here.contains(code)).collect(),
        })
    }))
}

/// The sales of an order, at the terms of the time at which its units were held. A conflict when
/// some of them are not held any more.
async fn sales_of(
    conn: &mut PgConnection,
    order: &Order,
    now: OffsetDateTime,
) -> Result<HashMap<HoldId, PublishedSale>> {
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    let ordered: Vec<HoldId> = lines.iter().map(|line| line.hold).collect();
    let mut holds: Vec<Hold> = stock::held_by(conn, order.account, now).await?;
    holds.retain(|hold| ordered.contains(&hold.id));
    if holds.len() < ordered.len() {
        return Err(place::hold_expired());
    }
    stock::sales_as_held(conn, &holds).await
}
