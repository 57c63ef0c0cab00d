//! Order lines in SQL: which item was ordered, from which hold, at which price.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::{
    kernel::{HoldId, LineId, OrderId, ParcelId, Result, SaleId, SaleItemId, TenantId},
    pricing::line_minor,
};

/// A line of an order.
#[derive(Debug, Clone)]
pub struct OrderLine {
    pub tenant: TenantId,
    pub id: LineId,
    pub parcel: ParcelId,
    pub order: OrderId,
    pub sale: SaleId,
    pub sale_item: SaleItemId,
    pub hold: HoldId,
    pub visit: Option<Uuid>,
    pub title: String,
    pub item_name: String,
    pub sku: String,
    pub image_key: Option<String>,
    pub quantity: i32,
    pub unit_price_minor: i64,
    /// What of the price of each unit is due at once; None: all of it.
    pub deposit_minor: Option<i64>,
    /// Until when the rest is due.
    pub rest_due_on: Option<Date>,
    /// First and last day of a reserved package.
    pub slot_starts_on: Option<Date>,
    pub slot_ends_on: Option<Date>,
    /// Days a voucher is valid; None: the line is shipped.
    pub voucher_valid_days: Option<i32>,
}

impl OrderLine {
    /// Unit price times quantity, in minor units.
    pub fn total_minor(&self) -> i64 {
        line_minor(self.unit_price_minor, self.quantity)
    }

    /// What of it is due after its deposit, in minor units.
    pub fn rest_minor(&self) -> i64 {
        let rest = self.deposit_minor.map_or(0, |deposit| self.unit_price_minor - deposit);
        line_minor(rest, self.quantity)
    }
}

/// The lines of some orders, in the order in which stock is to be locked.
pub async fn of_orders(conn: &mut PgConnection, orders: &[Uuid]) -> Result<Vec<OrderLine>> {
    let rows = sqlx::query_as!(
        OrderLine,
        r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: LineId",
                  parcel_id AS "parcel: ParcelId", order_id AS "order: OrderId",
                  sale_id AS "sale: SaleId", sale_item_id AS "sale_item: SaleItemId",
                  hold_id AS "hold: HoldId", visit_id AS visit, title, item_name, sku, image_key,
                  quantity, unit_price_minor, deposit_minor, rest_due_on, slot_starts_on, slot_ends_on, voucher_valid_days
           FROM order_lines WHERE order_id = ANY($1)
           ORDER BY tenant_id, sale_item_id, id LIMIT 10000"#,
        orders,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Inserts lines of orders that are inserted.
pub async fn insert_all(conn: &mut PgConnection, lines: &[&OrderLine]) -> Result<()> {
    fn column<T>(lines: &[&OrderLine], of: impl Fn(&OrderLine) -> T) -> Vec<T> {
        lines.iter().map(|line| of(line)).collect()
    }
    sqlx::query!(
        "INSERT INTO order_lines (tenant_id, id, parcel_id, order_id, account_id, sale_id,
             sale_item_id, hold_id, visit_id, title, item_name, sku, image_key, quantity,
             unit_price_minor, slot_starts_on, slot_ends_on, voucher_valid_days, deposit_minor,
             rest_due_on)
         SELECT l.tenant_id, l.id, l.parcel_id, o.id, o.account_id, l.sale_id, l.sale_item_id,
             l.hold_id, l.visit_id, l.title, l.item_name, l.sku, l.image_key, l.quantity, l.price,
             l.first_day, l.last_day, l.valid_days, l.deposit, l.rest_due_on
         FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[],
                     $7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::int[], $14::bigint[], $15::date[], $16::date[], $17::int[],
                     $18::bigint[], $19::date[])
              AS l (order_id, tenant_id, id, parcel_id, sale_id, sale_item_id, hold_id, visit_id,
                    title, item_name, sku, image_key, quantity, price, first_day, last_day,
                    valid_days, deposit, rest_due_on)
         JOIN orders o ON o.id = l.order_id",
        &column(lines, |l| l.order.0),
        &column(lines, |l| l.tenant.0),
        &column(lines, |l| l.id.0),
        &column(lines, |l| l.parcel.0),
        &column(lines, |l| l.sale.0),
        &column(lines, |l| l.sale_item.0),
        &column(lines, |l| l.hold.0),
        &column(lines, |l| l.visit) as &[Option<Uuid>],
        &column(lines, |l| l.title.clone()),
        &column(lines, |l| l.item_name.clone()),
        &column(lines, |l| l.sku.clone()),
        &column(lines, |l| l.image_key.clone()) as &[Option<String>],
        &column(lines, |l| l.quantity),
        &column(lines, |l| l.unit_price_minor),
        &column(lines, |l| l.slot_starts_on) as &[Option<Date>],
        &column(lines, |l| l.slot_ends_on) as &[Option<Date>],
        &column(lines, |l| l.voucher_valid_days) as &[Option<i32>],
        &column(lines, |l| l.deposit_minor) as &[Option<i64>],
        &column(lines, |l| l.rest_due_on) as &[Option<Date>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
