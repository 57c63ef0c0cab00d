//! Click-outs: shoppers sent to a provider's cart. The token of a click-out is signed, so that a
//! provider cannot report a purchase for a click that never happened.

use poem::web::cookie::CookieJar;
use serde_json::json;
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use crate::{
    events,
    kernel::{
        AccountId, ClickOutId, Error, FieldError, FieldErrors, Keyring, Result, SaleId, SaleItemId,
        TenantId,
    },
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

/// A click-out of one of this tenant's sales.
#[derive(Debug)]
pub(super) struct ClickOut {
    pub id: ClickOutId,
    pub sale: SaleId,
    pub account: Option<AccountId>,
    pub visit: Option<Uuid>,
    pub quantity: i32,
    /// As published when the shopper left; None for a click-out older than this was kept.
    pub unit_price_minor: Option<i64>,
    pub currency: Option<String>,
}

/// The click-out of a token, if we signed it for this tenant. Its row is locked: reports of one
/// click come one after the other.
pub(super) async fn of_token(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    token: &str,
) -> Result<Option<ClickOut>> {
    let Some(id) =
        keyring.verify(PURPOSE, token.trim()).and_then(|id| id.parse::<ClickOutId>().ok())
    else {
        return Ok(None);
    };
    let row = sqlx::query_as!(
        ClickOut,
        r#"SELECT id AS "id: ClickOutId", sale_id AS "sale: SaleId",
                  account_id AS "account: AccountId", visit_id AS visit, quantity,
                  unit_price_minor, currency
           FROM click_outs WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// The visit a click-out came from, if it is known.
pub(super) async fn visit_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ClickOutId,
) -> Result<Option<Uuid>> {
    let visit = sqlx::query_scalar!(
        "SELECT visit_id FROM click_outs WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(visit.flatten())
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
