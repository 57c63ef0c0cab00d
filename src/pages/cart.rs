//! The cart: the units held for a shopper, by provider, with a clock for the first to expire.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use poem::{Response, handler, web::Path};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use url::form_urlencoded;

use super::{
    context::{CartHold, CartPage, CartParcel, ExpiredHold, OpenCheckout, OpenOrder, OrderRest},
    errors::PageError,
    order_presenter::DueRest,
    present,
    request::PageRequest,
    response::see_other,
    wording::{day, time_left},
};
use crate::{
    checkouts::{self, CheckoutRow},
    kernel::{AccountId, Error, HoldId, Money, Result, RevisionId, SaleId, SaleItemId, TenantId},
    orders,
    pricing::{self, Quote, QuoteInput, QuoteLine},
    sales::{self, PublishedSale},
    stock,
};

/// Most holds in a cart.
const HOLDS_MAX: i64 = 100;
/// Unpaid orders that are shown.
const OPEN_ORDERS_MAX: i64 = 10;
/// Expired holds are mentioned for this long, at most this many.
const EXPIRED_FOR: Duration = Duration::hours(1);
const EXPIRED_MAX: i64 = 10;

/// The units held for a shopper, by provider.
pub struct Cart {
    pub parcels: Vec<CartParcel>,
    pub total: Option<Money>,
    /// What of the total is due later.
    pub rest: Option<OrderRest>,
    /// When the first hold expires whose clock runs; None while all clocks stand still.
    pub expires_at: Option<OffsetDateTime>,
    /// One for each currency, when there are several.
    pub totals_by_currency: Vec<Money>,
    /// The countries that every sale in the cart ships to (ISO 3166-1); None: all of them.
    pub countries: Option<Vec<String>>,
    /// The sales that ship to some countries only.
    pub limits: Vec<ShippingLimit>,
}

/// A sale that ships only to these countries (ISO 3166-1).
pub struct ShippingLimit {
    pub title: String,
    pub sale_url: String,
    pub countries: Vec<String>,
}

/// A hold, without what its sale says about it.
pub struct HeldRow {
    tenant: TenantId,
    pub id: HoldId,
    sale: SaleId,
    slug: String,
    item: SaleItemId,
    quantity: i32,
    expires_at: OffsetDateTime,
    stopped_at: Option<OffsetDateTime>,
    revision: Option<RevisionId>,
}

/// Reads a shopper's holds; with `ordered`, also those of an order that waits for payment. Shopper
/// scope.
pub async fn held(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
    ordered: bool,
) -> Result<Vec<HeldRow>> {
    let rows = sqlx::query_as!(
        HeldRow,
        r#"
        SELECT h.tenant_id AS "tenant: TenantId", h.id AS "id: HoldId",
               h.sale_id AS "sale: SaleId", s.slug, h.sale_item_id AS "item: SaleItemId",
               h.quantity, h.expires_at, h.stopped_at, h.revision_id AS "revision: RevisionId"
        FROM (SELECT * FROM holds WHERE account_id = $1 OFFSET 0) h -- as in stock::held_by
        JOIN sales s ON s.tenant_id = h.tenant_id AND s.id = h.sale_id
        WHERE h.state = 'held' AND (h.expires_at > $2 OR h.stopped_at IS NOT NULL)
          AND ($4 OR NOT EXISTS (
            SELECT FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE l.tenant_id = h.tenant_id AND l.hold_id = h.id
              AND o.state = 'awaiting_payment'))
        ORDER BY h.created_at, h.id LIMIT $3
        "#,
        account.0,
        now,
        HOLDS_MAX,
        ordered,
    );
    Ok(rows.fetch_all(conn).await?)
}

impl Cart {
    /// Groups holds by provider and adds what their sales said when the units were held; with
    /// `currency`, only what is priced in it. Call it outside a transaction: a sale may have to be
    /// read on another connection.
    pub async fn of(
        request: &PageRequest,
        rows: &[HeldRow],
        currency: Option<&str>,
    ) -> Result<Self> {
        let now = sales_of(request, rows.iter().map(|row| row.slug.as_str())).await?;
        let earlier: Vec<RevisionId> = rows
            .iter()
            .filter_map(|row| row.revision)
            .filter(|revision| now.values().all(|sale| sale.revision != *revision))
            .collect();
        let mut sales: HashMap<RevisionId, Arc<PublishedSale>> = HashMap::new();
        if !earlier.is_empty() {
            let mut tx = request.platform().db.shopper(None).await?;
            let read = sales::published_at(&mut tx, &earlier).await?;
            sales.extend(read.into_iter().map(|sale| (sale.revision, Arc::new(sale))));
        }
        sales.extend(now.values().map(|sale| (sale.revision, sale.clone())));
        let as_held = rows.iter().filter_map(|row| {
            let sale = match row.revision {
                Some(revision) => sales.get(&revision),
                None => now.get(&row.sale),
            };
            Some((row, sale?.clone()))
        });
        let wanted = as_held
            .filter(|(_, sale)| currency.is_none_or(|only| sale.content.currency == only))
            .collect::<Vec<_>>();
        Self::arrange(&wanted)
    }

    fn arrange(rows: &[(&HeldRow, Arc<PublishedSale>)]) -> Result<Self> {
        let quotes = quotes(rows)?;
        let running = rows.iter().filter(|(row, _)| row.stopped_at.is_none());
        let mut cart = Self {
            parcels: vec![],
            total: None,
            rest: None,
            expires_at: running.map(|(row, _)| row.expires_at).min(),
            totals_by_currency: vec![],
            countries: None,
            limits: vec![],
        };
        let (mut tenants, mut split): (Vec<TenantId>, _) = (vec![], orders::Split::default());
        for (row, sale) in rows {
            let Some(item) = sale.item(row.item) else { continue };
            split.add(item.deposit, item.price_minor, row.quantity);
            let currency = &sale.content.currency;
            let Some((_, quote)) = quotes.iter().find(|(code, _)| code == currency) else {
                continue;
            };
            let index =
                tenants.iter().position(|tenant| *tenant == row.tenant).unwrap_or_else(|| {
                    tenants.push(row.tenant);
                    cart.parcels.push(CartParcel {
                        provider_name: sale.provider_name.clone(),
                        subtotal: Money::new(quote.total_of_minor(row.tenant), currency),
                        holds: vec![],
                    });
                    tenants.len() - 1
                });
            cart.parcels[index].holds.push(CartHold {
                id: row.id.to_string(),
                sale_url: format!("/sales/{}", sale.slug),
                title: sale.content.title.clone(),
                item_name: item.name.clone(),
                quantity: row.quantity,
                unit_price: Money::new(item.price_minor, currency),
                total: Money::new(quote.line_minor(row.id), currency),
                expires_at: row.expires_at.into(),
                time_left: row.stopped_at.map(|at| time_left(at, row.expires_at)),
                image: present::thumbnail(&sale.content),
                slot_starts_on: item.slot.map(|slot| day(slot.starts_on)),
                slot_ends_on: item.slot.map(|slot| day(slot.ends_on)),
                voucher_valid_days: sale.content.terms_of_kind.voucher_valid_days,
                promised_ship_by: sale.content.promised_ship_by().map(Into::into),
            });
            if !sale.content.countries.is_empty() {
                let here = &sale.content.countries;
                cart.countries = Some(match cart.countries {
                    Some(all) => all.into_iter().filter(|code| here.contains(code)).collect(),
                    None => here.clone(),
                });
                let sale_url = format!("/sales/{}", sale.slug);
                if cart.limits.iter().all(|limit| limit.sale_url != sale_url) {
                    let title = sale.content.title.clone();
                    cart.limits.push(ShippingLimit { title, sale_url, countries: here.clone() });
                }
            }
        }
        let sum = |(currency, quote): (String, Quote)| Money::new(quote.total_minor(), currency);
        cart.totals_by_currency = quotes.into_iter().map(sum).collect();
        // Amounts in different currencies have no sum.
        if cart.totals_by_currency.len() == 1 {
            cart.total = cart.totals_by_currency.pop();
            cart.rest = cart.total.as_ref().and_then(|total| rest_of(split, total));
        }
        Ok(cart)
    }
}

/// What of a total is due later.
fn rest_of(split: orders::Split, total: &Money) -> Option<OrderRest> {
    let split = split.within(total.amount);
    let rest = DueRest {
        amount: split.rest_minor,
        due_on: split.rest_due_on?,
        due_now: total.amount - split.rest_minor,
        kept: split.kept_minor,
    };
    Some(rest.view(&total.currency))
}

/// The price of what is held in each currency, in the order in which they first occur. An order for
/// all of it costs the same.
fn quotes(rows: &[(&HeldRow, Arc<PublishedSale>)]) -> Result<Vec<(String, Quote)>> {
    let mut inputs: Vec<(String, QuoteInput)> = vec![];
    for (row, sale) in rows {
        let Some(item) = sale.item(row.item) else { continue };
        let line = QuoteLine {
            hold: row.id,
            tenant: row.tenant,
            quantity: row.quantity,
            unit_price_minor: item.price_minor,
        };
        let currency = &sale.content.currency;
        match inputs.iter_mut().find(|(code, _)| code == currency) {
            Some((_, input)) => input.lines.push(line),
            None => {
                let input = QuoteInput { lines: vec![line], ..QuoteInput::default() };
                inputs.push((currency.clone(), input));
            }
        }
    }
    let quote = |(currency, input): (String, QuoteInput)| {
        pricing::quote(&input).map(|quote| (currency, quote))
    };
    inputs.into_iter().map(quote).collect()
}

/// The sales with these slugs, as this node knows them.
async fn sales_of(
    request: &PageRequest,
    slugs: impl Iterator<Item = &str>,
) -> Result<HashMap<SaleId, Arc<PublishedSale>>> {
    let mut sales = HashMap::new();
    for slug in slugs.collect::<BTreeSet<_>>() {
        sales.extend(
            request.pages.allocator.sale_cache().get(slug).await?.map(|sale| (sale.id, sale)),
        );
    }
    Ok(sales)
}

/// The shopper's orders that can still be paid, newest first.
async fn open_orders(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<OpenOrder>> {
    let rows = sqlx::query!(
        r#"
        SELECT o.number, o.total_minor, o.currency, c.pay_by AS "pay_by?", c.open AS "open!"
        FROM orders o, LATERAL (
            SELECT min(greatest(h.expires_at, h.paying_until))
                       FILTER (WHERE h.stopped_at IS NULL) AS pay_by,
                   coalesce(bool_and(h.state = 'held' AND (
                       h.stopped_at IS NOT NULL OR greatest(h.expires_at, h.paying_until) > $2
                   )), false) AS open
            FROM order_lines l
            JOIN holds h ON h.tenant_id = l.tenant_id AND h.id = l.hold_id
            WHERE l.order_id = o.id
        ) c
        WHERE o.account_id = $1 AND o.state = 'awaiting_payment'
        ORDER BY o.created_at DESC LIMIT $3
        "#,
        account.0,
        now,
        OPEN_ORDERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    let open = rows.into_iter().filter(|row| row.open).map(|row| OpenOrder {
        number: row.number,
        total: Money::new(row.total_minor, row.currency),
        pay_by: row.pay_by.map(Into::into),
    });
    Ok(open.collect())
}

/// A hold that expired.
struct ExpiredHoldRow {
    slug: String,
    sale: SaleId,
    item: SaleItemId,
    quantity: i32,
}

/// Holds that expired a short while ago, if the shopper has held nothing since, nor the same item
/// again before.
async fn recently_expired(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<ExpiredHoldRow>> {
    let rows = sqlx::query_as!(
        ExpiredHoldRow,
        r#"
        SELECT s.slug, h.sale_id AS "sale: SaleId", h.sale_item_id AS "item: SaleItemId",
               h.quantity
        FROM (SELECT * FROM holds WHERE account_id = $1 OFFSET 0) h -- as in stock::held_by
        JOIN sales s ON s.tenant_id = h.tenant_id AND s.id = h.sale_id
        WHERE (h.state = 'expired'
               OR (h.state = 'held' AND h.expires_at <= $2 AND h.stopped_at IS NULL))
          AND h.expires_at > $3
          AND NOT EXISTS (
            SELECT FROM holds later
            WHERE later.account_id = h.account_id
              AND (later.created_at > h.expires_at
                   OR later.sale_item_id = h.sale_item_id AND later.created_at > h.created_at))
        ORDER BY h.expires_at DESC, h.id LIMIT $4
        "#,
        account.0,
        now,
        now - EXPIRED_FOR,
        EXPIRED_MAX,
    );
    Ok(rows.fetch_all(conn).await?)
}

async fn expired_holds(
    request: &PageRequest,
    rows: Vec<ExpiredHoldRow>,
) -> Result<Vec<ExpiredHold>> {
    let sales = sales_of(request, rows.iter().map(|row| row.slug.as_str())).await?;
    let expired = rows.into_iter().filter_map(|row| {
        let sale = sales.get(&row.sale)?;
        let item_name = sale.item(row.item)?.name.clone();
        Some(ExpiredHold {
            title: sale.content.title.clone(),
            item_name,
            quantity: row.quantity,
            sale_url: format!("/sales/{}", sale.slug),
        })
    });
    Ok(expired.collect())
}

#[handler]
pub async fn cart_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let held = held(&mut tx, account, request.now, false).await?;
    let open_orders = open_orders(&mut tx, account, request.now).await?;
    let expired = recently_expired(&mut tx, account, request.now).await?;
    let checkouts = checkouts::list_open(&mut tx, account).await?;
    drop(tx);
    let cart = Cart::of(request, &held, None).await?;
    let expired = expired_holds(request, expired).await?;
    let page = CartPage {
        has_choice: cart.parcels.iter().map(|parcel| parcel.holds.len()).sum::<usize>() > 1,
        total: cart.total,
        rest: cart.rest,
        totals_by_currency: cart.totals_by_currency,
        expires_at: cart.expires_at.map(Into::into),
        parcels: cart.parcels,
        open_orders,
        open_checkouts: checkouts.iter().filter_map(|row| open_checkout(row, &held)).collect(),
        expired,
    };
    request.show(request.page("pages/cart"), &page).await
}

/// A checkout to go on with: something was typed in it, and something of it is held.
fn open_checkout(row: &CheckoutRow, held: &[HeldRow]) -> Option<OpenCheckout> {
    let holds: Vec<&HeldRow> = held.iter().filter(|hold| row.has(hold.id)).collect();
    if holds.is_empty() || row.fields.0.is_empty() {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(holds.iter().map(|hold| ("hold", hold.id.to_string())));
    Some(OpenCheckout {
        url: format!("/checkout?{}", query.finish()),
        currency: row.currency.clone(),
        units: holds.iter().map(|hold| hold.quantity).sum(),
    })
}

/// Redirects a link to a form's address to the cart.
#[handler]
pub fn back_to_cart() -> Response {
    see_other("/cart")
}

/// Releases a hold before it expires.
#[handler]
pub async fn release_hold(
    request: &PageRequest,
    Path(hold): Path<String>,
) -> Result<Response, PageError> {
    let account = request.account().ok_or_else(|| PageError::sign_in("/cart"))?;
    let hold: HoldId = hold.parse().map_err(|_| Error::NotFound("hold"))?;
    match stock::release(request.platform(), account, hold).await {
        Ok(()) => {
            request
                .flash()
                .success("Removed. The units are back on sale, and nothing was charged.");
        }
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other("/cart"))
}
