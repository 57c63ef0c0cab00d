//! Vouchers that were bought: one for each unit, with a code that only its owner sees. The orders
//! slice decides when they are issued and voided, the redemptions slice when they are used.
//!
//! A code is 80 random bits. It is stored encrypted with a key of the server's secret, beside its
//! hash, by which it is looked up: without the secret, a read of the database shows no code,
//! whatever its scope.
//!
//! Owns the table `vouchers`.

mod code;
mod personal_data;

pub use code::{ending as code_ending, parse as parse_code};
pub use personal_data::export_of;

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    events,
    kernel::{
        AccountId, Error, Keyring, LineId, OrderId, ParcelId, Result, SaleId, TenantId, VoucherId,
        keyring::OpenError, token,
    },
};

/// Vouchers listed of some orders, at most.
const LIST_MAX: i64 = 5000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum, serde::Serialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum VoucherState {
    Issued,
    Active,
    /// It was redeemed.
    Exhausted,
    /// Its last day has passed.
    Expired,
    /// It was refunded.
    Void,
}

/// An order line whose units are vouchers.
#[derive(Debug)]
pub struct VoucherLine<'a> {
    pub tenant: TenantId,
    pub buyer: Buyer<'a>,
    pub parcel: ParcelId,
    pub line: LineId,
    pub sale: SaleId,
    pub quantity: i32,
    pub valid_days: i32,
}

/// The order that bought vouchers, and the account that owns them.
#[derive(Debug, Clone, Copy)]
pub struct Buyer<'a> {
    pub order: OrderId,
    pub order_number: &'a str,
    pub account: AccountId,
}

/// The event of a voucher that was issued.
pub const ISSUED: &str = "voucher.issued";

/// A voucher, its code still sealed.
#[derive(Debug, Clone)]
pub struct Voucher {
    pub tenant: TenantId,
    pub id: VoucherId,
    pub order: OrderId,
    pub parcel: ParcelId,
    pub line: LineId,
    pub account: AccountId,
    pub sale: SaleId,
    state: VoucherState,
    pub issued_at: OffsetDateTime,
    pub valid_until: OffsetDateTime,
    /// Of the redemption in force.
    pub redeemed_at: Option<OffsetDateTime>,
    sealed: Vec<u8>,
}

impl Voucher {
    /// Where it stands at a moment: nothing is written when its last day passes.
    pub fn state_at(&self, now: OffsetDateTime) -> VoucherState {
        match self.state {
            VoucherState::Issued | VoucherState::Active if self.valid_until <= now => {
                VoucherState::Expired
            }
            state => state,
        }
    }

    /// The code, for its owner. An error when it was sealed with a secret that is no longer in the
    /// keyring, or changed in the database.
    pub fn code(&self, keyring: &Keyring) -> Result<String, OpenError> {
        code::open(keyring, self.tenant, self.id, &self.sealed)
    }
}

/// Issues one voucher for each unit of some lines. Returns the payload of [`ISSUED`] for each, with its
/// provider, to be published in the same transaction. Platform scope.
pub async fn issue(
    conn: &mut PgConnection,
    keyring: &Keyring,
    lines: &[VoucherLine<'_>],
    now: OffsetDateTime,
) -> Result<Vec<(TenantId, Value)>> {
    fn column(lines: &[&VoucherLine<'_>], of: impl Fn(&VoucherLine<'_>) -> Uuid) -> Vec<Uuid> {
        lines.iter().map(|line| of(line)).collect()
    }
    let (mut ids, mut line_of, mut sealed, mut hashes, mut until) =
        (vec![], vec![], vec![], vec![], vec![]);
    let mut issued = vec![];
    for line in lines {
        let valid_until = now + Duration::days(line.valid_days.into());
        for _ in 0..line.quantity {
            let (id, code) = (VoucherId::new(), code::random());
            let payload = json!({
                "voucher_id": id,
                "order_id": line.buyer.order,
                "order_number": line.buyer.order_number,
                "account_id": line.buyer.account,
                "parcel_id": line.parcel,
                "line_id": line.line,
                "sale_id": line.sale,
                "valid_until": valid_until.unix_timestamp(),
            });
            issued.push((line.tenant, payload));
            ids.push(id.0);
            line_of.push(line);
            sealed.push(code::seal(keyring, line.tenant, id, &code)?);
            hashes.push(token::hash(&code));
            until.push(valid_until);
        }
    }
    if issued.is_empty() {
        return Ok(issued);
    }
    sqlx::query!(
        "INSERT INTO vouchers (tenant_id, id, order_id, parcel_id, line_id, account_id, sale_id,
             code_sealed, code_hash, issued_at, valid_until)
         SELECT tenant_id, id, order_id, parcel_id, line_id, account_id, sale_id, code_sealed,
             code_hash, $1, valid_until
         FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
                     $8::uuid[], $9::bytea[], $10::bytea[], $11::timestamptz[])
              AS v (tenant_id, id, order_id, parcel_id, line_id, account_id, sale_id, code_sealed,
                    code_hash, valid_until)",
        now,
        &column(&line_of, |line| line.tenant.0),
        &ids,
        &column(&line_of, |line| line.buyer.order.0),
        &column(&line_of, |line| line.parcel.0),
        &column(&line_of, |line| line.line.0),
        &column(&line_of, |line| line.buyer.account.0),
        &column(&line_of, |line| line.sale.0),
        &sealed,
        &hashes,
        &until,
    )
    .execute(conn)
    .await?;
    Ok(issued)
}

/// Voids as many vouchers of an order's line as units of it are refunded, the newest first, as far as
/// they can still be used. Publishes `voucher.voided` for each.
pub async fn void_units(
    conn: &mut PgConnection,
    tenant: TenantId,
    order: OrderId,
    line: LineId,
    units: i32,
    now: OffsetDateTime,
) -> Result<()> {
    let rows = sqlx::query!(
        "UPDATE vouchers SET state = 'void', voided_at = $5
         WHERE tenant_id = $1 AND id IN (
             SELECT id FROM vouchers
             WHERE tenant_id = $1 AND order_id = $2 AND line_id = $3
               AND state IN ('issued', 'active')
             ORDER BY id DESC LIMIT $4
         )
         RETURNING id, account_id, sale_id",
        tenant.0,
        order.0,
        line.0,
        i64::from(units),
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    let voided: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "voucher_id": row.id,
                "order_id": order,
                "account_id": row.account_id,
                "sale_id": row.sale_id,
            })
        })
        .collect();
    events::publish_all(conn, tenant, "voucher.voided", &voided).await
}

macro_rules! voucher_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Voucher,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: VoucherId",
               order_id AS "order: OrderId", parcel_id AS "parcel: ParcelId",
               line_id AS "line: LineId", account_id AS "account: AccountId",
               sale_id AS "sale: SaleId", state AS "state: VoucherState", issued_at, valid_until,
               redeemed_at, code_sealed AS sealed FROM vouchers "# + $rest
            $(, $arg)*
        )
    };
}

/// The vouchers of some orders that the scope may see, in the order they were issued.
pub async fn of_orders(conn: &mut PgConnection, orders: &[Uuid]) -> Result<Vec<Voucher>> {
    let rows = voucher_rows!(
        "WHERE order_id = ANY($1) ORDER BY order_id, line_id, id LIMIT $2",
        orders,
        LIST_MAX,
    );
    Ok(rows.fetch_all(conn).await?)
}

/// A provider's voucher by its code, as [`parse_code`] returns it; None: the provider has none. Platform scope.
pub async fn by_code(
    conn: &mut PgConnection,
    tenant: TenantId,
    code: &str,
) -> Result<Option<Voucher>> {
    let hash = token::hash(code);
    let row = voucher_rows!("WHERE code_hash = $1 AND tenant_id = $2", hash, tenant.0);
    Ok(row.fetch_optional(conn).await?)
}

/// A provider's voucher. Its order's lock keeps it as it is.
pub async fn find(conn: &mut PgConnection, tenant: TenantId, id: VoucherId) -> Result<Voucher> {
    let row = voucher_rows!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0);
    row.fetch_optional(conn).await?.ok_or(Error::NotFound("voucher"))
}

/// Notes that a voucher was redeemed at a moment, or (None) that it can be redeemed again. Its order is locked.
pub async fn set_redeemed(
    conn: &mut PgConnection,
    voucher: &Voucher,
    at: Option<OffsetDateTime>,
) -> Result<()> {
    let state = if at.is_some() { "exhausted" } else { "issued" };
    sqlx::query!(
        "UPDATE vouchers SET state = $3, redeemed_at = $4 WHERE tenant_id = $1 AND id = $2",
        voucher.tenant.0,
        voucher.id.0,
        state,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many units of each line of an order were redeemed.
pub async fn redeemed_units(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<HashMap<LineId, i32>> {
    let rows = sqlx::query!(
        r#"SELECT line_id AS "line: LineId", count(*)::int AS "units!"
           FROM vouchers WHERE order_id = $1 AND state = 'exhausted' GROUP BY line_id"#,
        order.0,
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| (row.line, row.units)).collect())
}
