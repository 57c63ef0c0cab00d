//! Click-outs: who was sent where. The token a click carries is signed, so that a provider cannot
//! report one that never was.

use poem::web::cookie::CookieJar;
use serde_json::json;
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use crate::{
    events,
    kernel::{
        AccountId, ClickOutId, Error, FieldError, FieldErrors, Result, SaleId, SaleItemId,
        TenantId, token,
    },
    platform::Platform,
    sales::{self, ContentItem, PublishedSale, SaleMode},
};

/// What a signature over a click-out's id is for.
const PURPOSE: &str = "click";

/// Where to send a shopper who pressed Buy on a redirect sale: the approved address, told which
/// click this is and what is wanted. The cookies say of which visit it is.
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
    let item = choose(&sale, item, quantity)?;
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
    let url = address(
        approved,
        &token::sign(&platform.config.secret, PURPOSE, &id.to_string()),
        item,
        quantity,
    );
    sqlx::query!(
        "INSERT INTO click_outs (tenant_id, id, sale_id, sale_item_id, account_id, visit_id, quantity, target_url, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        sale.tenant.0,
        id.0,
        sale.id.0,
        item.sale_item_id.0,
        account.map(|account| account.0),
        visit,
        quantity,
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

fn choose(sale: &PublishedSale, item: SaleItemId, quantity: i32) -> Result<&ContentItem> {
    let item = sale.item(item).ok_or_else(|| {
        FieldError::new("sale_item_id", "Is not an item of this sale; choose one that is")
    })?;
    let mut fields = FieldErrors::default();
    let limit = item.limit_per_shopper;
    fields.check((1..=limit).contains(&quantity), "quantity", &format!("Choose from 1 to {limit}"));
    fields.finish()?;
    Ok(item)
}

/// Adds what the cart is to know; what the approved address says itself under these names gives
/// way.
fn address(mut url: Url, token: &str, item: &ContentItem, quantity: i32) -> Url {
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
pub(super) struct Click {
    pub id: ClickOutId,
    pub sale: SaleId,
    pub account: Option<AccountId>,
    pub visit: Option<Uuid>,
}

/// The click of a token, when we signed it and it went to this tenant.
pub(super) async fn of_token(
    conn: &mut PgConnection,
    secret: &[u8],
    tenant: TenantId,
    token: &str,
) -> Result<Option<Click>> {
    let Some(id) =
        token::verify(secret, PURPOSE, token.trim()).and_then(|id| id.parse::<ClickOutId>().ok())
    else {
        return Ok(None);
    };
    by_id(conn, tenant, id).await
}

pub(super) async fn by_id(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ClickOutId,
) -> Result<Option<Click>> {
    let row = sqlx::query_as!(
        Click,
        r#"SELECT id AS "id: ClickOutId", sale_id AS "sale: SaleId", account_id AS "account: AccountId", visit_id AS visit
           FROM click_outs WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Whether this account was sent to the provider's cart by this sale.
pub async fn clicked(
    conn: &mut PgConnection,
    account: AccountId,
    tenant: TenantId,
    sale: SaleId,
) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM click_outs WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3) AS "found!""#,
        tenant.0,
        sale.0,
        account.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}
