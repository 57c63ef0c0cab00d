//! Click-outs: shoppers sent to a provider's cart. The token of a click-out is signed, so that a
//! provider cannot report a purchase for a click that never happened.

use poem::web::cookie::CookieJar;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, ClickOutId, Error, FieldError, FieldErrors, Keyring, Money, Result, SaleId,
        SaleItemId, TenantId,
    },
    offers,
    platform::Platform,
    sales::{self, ContentItem, PublishedSale, SaleMode},
};

/// The purpose of a click token's signature.
const PURPOSE: &str = "click";

/// The address for a shopper who pressed Buy in a redirect sale: the approved one, with the click
/// token, the item and the quantity added. The cookies name the visit.
pub async fn click_out(
    platform: &Platform,
    slug: &str,
    item: SaleItemId,
    quantity: i32,
    account: Option<AccountId>,
    jar: &CookieJar,
) -> Result<Url> {
    let mut tx = platform.db.platform("click-out").await?;
    let sale = sales::published(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))?;
    let now = platform.clock.now();
    let approved = open(&sale, now)?;
    let item = checked_item(&sale, item, quantity)?;
    if sale.content.registered_only {
        let account = account.ok_or(Error::Unauthenticated(
            "Only those who registered can buy in this sale. Sign in first.",
        ))?;
        if !sales::registered(&mut tx, sale.tenant, sale.id, account).await? {
            return Err(sales::not_registered(&sale, now));
        }
    }

    if sale.content.sold_out_at_guarantee
        && sales::is_sold_out(&mut tx, sale.tenant, item.sale_item_id).await?
    {
        let detail = format!(
            "{} is sold out: the seller has reported that everything it set aside is taken.",
            item.name
        );
        return Err(Error::conflict("sold_out", detail));
    }

    let visit = sales::visit(jar, sale.id).map(|visit| visit.0);
    let id = ClickOutId::new();
    let url =
        cart_url(approved, &platform.config.keyring.sign(PURPOSE, &id.to_string()), item, quantity);
    sqlx::query!(
        "INSERT INTO click_outs (tenant_id, id, sale_id, sale_item_id, account_id, visit_id,
             quantity, unit_price_minor, currency, target_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        sale.tenant.0,
        id.0,
        sale.id.0,
        item.sale_item_id.0,
        account.map(|account| account.0),
        visit,
        quantity,
        item.price_minor,
        sale.content.currency,
        sale.content.redirect_url,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let payload =
        json!({"sale_id": sale.id, "visit_id": visit, "click_out_id": id, "quantity": quantity});
    events::publish(&mut tx, sale.tenant, "click_out.created", &payload).await?;
    tx.commit().await?;
    Ok(url)
}

/// The approved address, while the sale sends shoppers there.
fn open(sale: &PublishedSale, now: time::OffsetDateTime) -> Result<Url> {
    if sale.content.mode == SaleMode::Hosted {
        return Err(Error::conflict(
            "hosted_sale",
            "This sale is bought here, not at the provider's shop. Hold the units instead.",
        ));
    }
    sale.check_open(now)?;
    let url = sale.content.redirect_url.as_deref().and_then(|url| Url::parse(url).ok());
    Ok(url.ok_or_else(|| {
        anyhow::anyhow!("the approved revision {} has no address to redirect to", sale.revision)
    })?)
}

fn checked_item(sale: &PublishedSale, item: SaleItemId, quantity: i32) -> Result<&ContentItem> {
    let item = sale.item(item).ok_or_else(|| {
        FieldError::new("sale_item_id", "Is not an item of this sale; choose one that is")
    })?;
    let mut fields = FieldErrors::default();
    let limit = item.limit_per_shopper;
    fields.check((1..=limit).contains(&quantity), "quantity", &format!("Choose from 1 to {limit}"));
    fields.finish()?;
    Ok(item)
}

/// Adds our query parameters to the approved address, in place of any of the same names.
fn cart_url(mut url: Url, token: &str, item: &ContentItem, quantity: i32) -> Url {
    let (id, quantity) = (item.sale_item_id.to_string(), quantity.to_string());
    let ours = [("click_token", token), ("sku", &item.sku), ("item", &id), ("quantity", &quantity)];
    let theirs: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| !ours.iter().any(|(ours, _)| ours == name))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(theirs).extend_pairs(ours);
    url
}

/// A provider's own test of its cart.
#[derive(Debug)]
pub struct TestClick {
    pub id: ClickOutId,
    pub token: String,
    /// Of the unit, as the sale's draft has it.
    pub price: Money,
    /// The address that a shopper would go to.
    pub url: Url,
}

/// Makes a click of the provider itself, to try its cart with: at one unit of the first item of a
/// redirect sale, published or not. It counts nowhere.
pub async fn test_click(
    platform: &Platform,
    tenant: TenantId,
    sale: SaleId,
    actor: Actor,
) -> Result<TestClick> {
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(tenant).await?;
    let sale = sales::sale(&mut tx, tenant, sale, now).await?;
    let offer = offers::get(&mut tx, tenant, sale.offer).await?;
    let content = sale.content(&offer);
    let url = content.redirect_url.as_deref().and_then(|url| Url::parse(url).ok());
    let (Some(url), Some(item)) = (url, content.items.first()) else {
        let message = "Is bought at SMP, or has no items; choose a sale in your own cart";
        return Err(FieldError::new("sale_id", message).into());
    };
    let id = ClickOutId::new();
    let token = platform.config.keyring.sign(PURPOSE, &id.to_string());
    sqlx::query!(
        "INSERT INTO click_outs (tenant_id, id, sale_id, sale_item_id, quantity, unit_price_minor,
             currency, target_url, created_at, test)
         VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, true)",
        tenant.0,
        id.0,
        sale.id.0,
        item.sale_item_id.0,
        item.price_minor,
        content.currency,
        content.redirect_url,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let (action, subject) = ("test_click_create", format!("sale {}", sale.id));
    audit::record(&mut tx, actor, tenant, action, &subject, &json!({"click_out_id": id})).await?;
    tx.commit().await?;
    let url = cart_url(url, &token, item, 1);
    let price = Money::new(item.price_minor, &content.currency);
    Ok(TestClick { id, token, price, url })
}

/// A click-out of one of this tenant's sales.
#[derive(Debug)]
pub(super) struct ClickOut {
    pub id: ClickOutId,
    pub sale: SaleId,
    pub item: SaleItemId,
    pub account: Option<AccountId>,
    pub visit: Option<Uuid>,
    pub quantity: i32,
    /// As published when the shopper left; None for a click-out older than this was kept.
    pub unit_price_minor: Option<i64>,
    pub currency: Option<String>,
    pub test: bool,
    pub created_at: OffsetDateTime,
}

/// Whether SMP signed a click token.
pub(super) fn is_signed(keyring: &Keyring, token: &str) -> bool {
    keyring.verify(PURPOSE, token.trim()).is_some()
}

/// What a click token stands for.
#[derive(Debug)]
pub(super) enum Click {
    Found(ClickOut),
    /// SMP did not sign it.
    Unsigned,
    /// A click to another provider.
    Foreign,
    /// It was deleted.
    Gone,
}

impl Click {
    pub fn found(&self) -> Option<&ClickOut> {
        if let Self::Found(click) = self { Some(click) } else { None }
    }
}

/// The click-out of a token of this tenant. Its row is locked: reports of one click come one after
/// the other.
pub(super) async fn of_token(
    platform: &Platform,
    conn: &mut PgConnection,
    tenant: TenantId,
    token: &str,
) -> Result<Click> {
    let keyring = &platform.config.keyring;
    let Some(id) =
        keyring.verify(PURPOSE, token.trim()).and_then(|id| id.parse::<ClickOutId>().ok())
    else {
        return Ok(Click::Unsigned);
    };
    let row = sqlx::query_as!(
        ClickOut,
        r#"SELECT id AS "id: ClickOutId", sale_id AS "sale: SaleId",
                  sale_item_id AS "item: SaleItemId", account_id AS "account: AccountId",
                  visit_id AS visit, quantity, unit_price_minor, currency, test, created_at
           FROM click_outs WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    if let Some(row) = row {
        return Ok(Click::Found(row));
    }
    let mut tx = platform.db.platform("whose click a token is").await?;
    let is_known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM click_outs WHERE id = $1) AS "known!""#,
        id.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(if is_known { Click::Foreign } else { Click::Gone })
}

/// A click-out by its id.
pub(super) async fn by_id(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ClickOutId,
) -> Result<Option<ClickOut>> {
    let row = sqlx::query_as!(
        ClickOut,
        r#"SELECT id AS "id: ClickOutId", sale_id AS "sale: SaleId",
                  sale_item_id AS "item: SaleItemId", account_id AS "account: AccountId",
                  visit_id AS visit, quantity, unit_price_minor, currency, test, created_at
           FROM click_outs WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Deletes click-outs from before this time that no purchase was reported for. Returns how many, `max`
/// at most. Platform scope.
pub async fn delete_unconverted(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM click_outs WHERE (tenant_id, id) IN (
             SELECT o.tenant_id, o.id FROM click_outs o
             WHERE o.created_at < $1 AND NOT EXISTS (
                 SELECT FROM conversions c
                 WHERE c.tenant_id = o.tenant_id AND c.click_out_id = o.id
             )
             ORDER BY o.created_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Whether this sale sent this account to the provider's cart.
pub async fn has_clicked_out(
    conn: &mut PgConnection,
    account: AccountId,
    tenant: TenantId,
    sale: SaleId,
) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM click_outs WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3
           ) AS "found!""#,
        tenant.0,
        sale.0,
        account.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}
