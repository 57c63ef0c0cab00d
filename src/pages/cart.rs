//! The cart: what is held for a shopper, by provider, with the clock of the first to expire.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use poem::{Response, handler, web::Path};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    context::{CartHold, CartPage, CartParcel, ExpiredHold, OpenOrder},
    failure::Failure,
    flash, present,
    view::{View, see_other},
    words::day,
};
use crate::{
    kernel::{AccountId, Error, HoldId, Money, Result, SaleId, SaleItemId, TenantId},
    sales::PublishedSale,
    stock,
};

/// Lines of a cart at most.
const LINES_MAX: i64 = 100;
/// Units that ran out are spoken of this long, and so many of them.
const EXPIRED_FOR: Duration = Duration::hours(1);
const EXPIRED_MAX: i64 = 10;

/// What is held for a shopper, by provider.
pub struct Cart {
    pub parcels: Vec<CartParcel>,
    pub total: Option<Money>,
    pub expires_at: Option<OffsetDateTime>,
    /// The countries that every sale in the cart ships to (ISO 3166-1); None: all.
    pub countries: Option<Vec<String>>,
}

/// What is held for a shopper, without what the sales say of it.
pub struct Row {
    tenant: TenantId,
    id: HoldId,
    sale: SaleId,
    slug: String,
    item: SaleItemId,
    quantity: i32,
    expires_at: OffsetDateTime,
}

/// Reads what is held for a shopper; with `ordered`, the units of an order that waits for its
/// payment too. Shopper scope.
pub async fn held(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
    ordered: bool,
) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT h.tenant_id AS "tenant: TenantId", h.id AS "id: HoldId", h.sale_id AS "sale: SaleId", s.slug, h.sale_item_id AS "item: SaleItemId", h.quantity,
               h.expires_at
        FROM (SELECT * FROM holds WHERE account_id = $1 OFFSET 0) h -- as in stock::held_by
        JOIN sales s ON s.tenant_id = h.tenant_id AND s.id = h.sale_id
        WHERE h.state = 'held' AND h.expires_at > $2
          AND ($4 OR NOT EXISTS (
            SELECT FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE l.tenant_id = h.tenant_id AND l.hold_id = h.id AND o.state = 'awaiting_payment'))
        ORDER BY h.created_at, h.id LIMIT $3
        "#,
        account.0,
        now,
        LINES_MAX,
        ordered,
    );
    Ok(rows.fetch_all(conn).await?)
}

impl Cart {
    /// Arranges what is held, with what the sales say of it. To be called without a transaction at
    /// hand: a sale may have to be read.
    pub async fn of(view: &View, rows: &[Row]) -> Result<Self> {
        Ok(Self::arrange(rows, &sales_of(view, rows.iter().map(|row| row.slug.as_str())).await?))
    }

    fn arrange(rows: &[Row], sales: &HashMap<SaleId, Arc<PublishedSale>>) -> Self {
        let mut cart = Self {
            parcels: vec![],
            total: None,
            expires_at: rows.iter().map(|row| row.expires_at).min(),
            countries: None,
        };
        let mut tenants: Vec<TenantId> = vec![];
        let mut currencies: Vec<String> = vec![];
        let mut sum = 0;
        for row in rows {
            let Some((sale, item)) =
                sales.get(&row.sale).and_then(|sale| Some((sale, sale.item(row.item)?)))
            else {
                continue;
            };
            let currency = &sale.content.currency;
            let total = item.price_minor * i64::from(row.quantity);
            let place =
                tenants.iter().position(|tenant| *tenant == row.tenant).unwrap_or_else(|| {
                    tenants.push(row.tenant);
                    cart.parcels.push(CartParcel {
                        provider_name: sale.provider_name.clone(),
                        subtotal: Money::new(0, currency),
                        holds: vec![],
                    });
                    tenants.len() - 1
                });
            let parcel = &mut cart.parcels[place];
            parcel.subtotal.amount += total;
            parcel.holds.push(CartHold {
                id: row.id.to_string(),
                sale_url: format!("/sales/{}", sale.slug),
                title: sale.content.title.clone(),
                item_name: item.name.clone(),
                quantity: row.quantity,
                unit_price: Money::new(item.price_minor, currency),
                total: Money::new(total, currency),
                expires_at: row.expires_at.into(),
                image: present::thumbnail(&sale.content),
                slot_starts_on: item.slot.map(|slot| day(slot.starts_on)),
                slot_ends_on: item.slot.map(|slot| day(slot.ends_on)),
                voucher_valid_days: sale.content.terms_of_kind.voucher_valid_days,
                promised_ship_by: sale.content.promised_ship_by().map(Into::into),
            });
            sum += total;
            if !currencies.contains(currency) {
                currencies.push(currency.clone());
            }
            if !sale.content.countries.is_empty() {
                let here = &sale.content.countries;
                cart.countries = Some(match cart.countries {
                    Some(all) => all.into_iter().filter(|code| here.contains(code)).collect(),
                    None => here.clone(),
                });
            }
        }
        // Amounts in different currencies have no sum.
        if let [currency] = currencies.as_slice() {
            cart.total = Some(Money::new(sum, currency));
        }
        cart
    }
}

/// The sales of these addresses, as this node knows them.
async fn sales_of(
    view: &View,
    slugs: impl Iterator<Item = &str>,
) -> Result<HashMap<SaleId, Arc<PublishedSale>>> {
    let mut sales = HashMap::new();
    for slug in slugs.collect::<BTreeSet<_>>() {
        sales
            .extend(view.pages.allocator.sale_cache().get(slug).await?.map(|sale| (sale.id, sale)));
    }
    Ok(sales)
}

/// The order of a shopper that still can be paid, if any.
pub async fn open_order(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Option<OpenOrder>> {
    let row = sqlx::query!(
        "SELECT number, total_minor, currency, pay_by FROM orders WHERE account_id = $1 AND state = 'awaiting_payment' AND pay_by > $2 ORDER BY created_at DESC LIMIT 1",
        account.0,
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| OpenOrder {
        number: row.number,
        total: Money::new(row.total_minor, row.currency),
        pay_by: row.pay_by.into(),
    }))
}

struct Gone {
    slug: String,
    sale: SaleId,
    item: SaleItemId,
    quantity: i32,
}

/// Units that went back on sale a short while ago, and were not taken again since.
async fn gone(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<Gone>> {
    let rows = sqlx::query_as!(
        Gone,
        r#"
        SELECT s.slug, h.sale_id AS "sale: SaleId", h.sale_item_id AS "item: SaleItemId", h.quantity
        FROM (SELECT * FROM holds WHERE account_id = $1 OFFSET 0) h JOIN sales s ON s.tenant_id = h.tenant_id AND s.id = h.sale_id
        WHERE (h.state = 'expired' OR (h.state = 'held' AND h.expires_at <= $2)) AND h.expires_at > $3
          AND NOT EXISTS (
            SELECT FROM holds later WHERE later.account_id = h.account_id AND later.sale_item_id = h.sale_item_id AND later.created_at > h.created_at)
        ORDER BY h.expires_at DESC, h.id LIMIT $4
        "#,
        account.0,
        now,
        now - EXPIRED_FOR,
        EXPIRED_MAX,
    );
    Ok(rows.fetch_all(conn).await?)
}

async fn expired(view: &View, gone: Vec<Gone>) -> Result<Vec<ExpiredHold>> {
    let sales = sales_of(view, gone.iter().map(|row| row.slug.as_str())).await?;
    let lines = gone.into_iter().filter_map(|row| {
        let sale = sales.get(&row.sale)?;
        let item_name = sale.item(row.item)?.name.clone();
        Some(ExpiredHold {
            title: sale.content.title.clone(),
            item_name,
            quantity: row.quantity,
            sale_url: format!("/sales/{}", sale.slug),
        })
    });
    Ok(lines.collect())
}

#[handler]
pub async fn cart_page(view: &View) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let held = held(&mut tx, account, view.now, false).await?;
    let open_order = open_order(&mut tx, account, view.now).await?;
    let gone = gone(&mut tx, account, view.now).await?;
    drop(tx);
    let cart = Cart::of(view, &held).await?;
    let expired = expired(view, gone).await?;
    let page = CartPage {
        total: cart.total,
        expires_at: cart.expires_at.map(Into::into),
        parcels: cart.parcels,
        open_order,
        expired,
    };
    view.show(view.sheet("pages/cart"), &page).await
}

/// Gives units back before their time.
#[handler]
pub async fn release_hold(view: &View, Path(hold): Path<String>) -> Result<Response, Failure> {
    let account = view.account().ok_or_else(|| Failure::sign_in("/cart"))?;
    let hold: HoldId = hold.parse().map_err(|_| Error::NotFound("hold"))?;
    match stock::release(view.platform(), account, hold).await {
        Ok(()) => {
            flash::success(view, "Released. The units are back on sale, and nothing was charged.")
        }
        Err(Error::Conflict { detail, .. }) => flash::info(view, &detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other("/cart"))
}
