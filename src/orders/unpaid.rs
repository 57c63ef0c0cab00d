//! Changing where an unpaid order goes and whom it is billed to, in SQL.

use serde_json::json;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use super::{
    address::Address,
    billing::Billing,
    history::{self, HistoryKind},
    store::Order,
};
use crate::{
    access::Actor,
    kernel::{Error, OrderId, Result},
};

/// How often the address or email of one order changes; each change is kept in its history.
const CHANGES_MAX: i64 = 50;

/// Changes the address, email and time to pay of a locked, unpaid order. Records what changed. A
/// conflict when it changed too often.
pub async fn readdress(
    conn: &mut PgConnection,
    order: &Order,
    address: &Address,
    email: &str,
    pay_by: OffsetDateTime,
) -> Result<()> {
    let changed: Vec<&str> = [
        ("email", order.email != email),
        ("shipping_address", order.shipping_address.0 != *address),
    ]
    .into_iter()
    .filter_map(|(field, is_changed)| is_changed.then_some(field))
    .collect();
    if !changed.is_empty() {
        check_count(conn, order.id).await?;
    }
    update_unpaid(conn, order.id, address, email, pay_by).await?;
    if changed.is_empty() {
        return Ok(());
    }
    let (by, details) = (Actor::Account(order.account), json!({"changed": changed}));
    history::record(conn, order.id, by, HistoryKind::Readdressed, details).await
}

/// Changes whom a locked, unpaid order is billed to. Records what changed. A conflict when it changed too
/// often.
pub async fn rebill(conn: &mut PgConnection, order: &Order, billing: &Billing) -> Result<()> {
    let Billing { phone, address, vat_id } = billing;
    let changed: Vec<&str> = [
        ("phone", order.phone != *phone),
        ("billing_address", order.billing_address.as_ref().map(|kept| &kept.0) != address.as_ref()),
        ("vat_id", order.vat_id != *vat_id),
    ]
    .into_iter()
    .filter_map(|(field, is_changed)| is_changed.then_some(field))
    .collect();
    if changed.is_empty() {
        return Ok(());
    }
    check_count(conn, order.id).await?;
    sqlx::query!(
        "UPDATE orders SET phone = $2, billing_address = $3, vat_id = $4
         WHERE id = $1 AND state = 'awaiting_payment'",
        order.id.0,
        phone.as_str(),
        address.as_ref().map(Json) as Option<Json<&Address>>,
        vat_id.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    let (by, details) = (Actor::Account(order.account), json!({"changed": changed}));
    history::record(conn, order.id, by, HistoryKind::Readdressed, details).await
}

async fn check_count(conn: &mut PgConnection, id: OrderId) -> Result<()> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM order_history
           WHERE order_id = $1 AND kind = 'readdressed'"#,
        id.0
    );
    if count.fetch_one(conn).await? < CHANGES_MAX {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_changes",
        format!(
            "The address or email of this order changed {CHANGES_MAX} times already. Cancel it and \
             order again."
        ),
    ))
}

async fn update_unpaid(
    conn: &mut PgConnection,
    id: OrderId,
    address: &Address,
    email: &str,
    pay_by: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET shipping_address = $2, email = $3, pay_by = $4
         WHERE id = $1 AND state = 'awaiting_payment'",
        id.0,
        Json(address) as Json<&Address>,
        email,
        pay_by,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE parcels SET shipping_address = $2 WHERE (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)",
        id.0,
        Json(address) as Json<&Address>,
    )
    .execute(conn)
    .await?;
    Ok(())
}
