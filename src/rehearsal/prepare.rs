//! What a rehearsal needs: a copy of the sale that sells one item, and registered shoppers who are
//! signed in.

use serde::Serialize;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::rules::{check, redirect_sale};
use crate::{
    access,
    kernel::{AccountId, Error, Result, SaleId, SaleItemId, TenantId, token},
    platform::{Platform, PublicPath},
    sales::{self, PublishedSale, RehearsalCopy, SaleMode},
    stock,
};

/// How long the copy of a sale sells.
const OPEN_FOR: Duration = Duration::hours(2);
/// How long a prepared rehearsal is kept.
const KEPT_FOR: Duration = Duration::days(1);
/// Shoppers made up in one transaction, so that none keeps the database busy for long.
const BATCH: usize = 5_000;

/// A rehearsal that is ready to start.
pub struct Prepared {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub slug: String,
    pub item: SaleItemId,
    pub units: i32,
    /// The session token of each shopper.
    pub tokens: Vec<String>,
    accounts: Vec<AccountId>,
}

/// The request by which a shopper buys, for whatever tool sends it.
#[derive(Debug, Clone, Serialize)]
pub struct BuyRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: std::collections::BTreeMap<&'static str, String>,
    /// The name of the cookie for the session token.
    pub cookie: &'static str,
    /// Sent unchanged.
    pub body: String,
    /// The header for the shopper's own key, by which a retry is recognised.
    pub idempotency_header: &'static str,
}

impl Prepared {
    pub fn buy_request(&self, platform: &Platform) -> BuyRequest {
        BuyRequest {
            method: "POST",
            url: platform.public_url(PublicPath::HoldCreate { slug: &self.slug }),
            headers: [
                ("Content-Type", "application/json".to_owned()),
                ("Accept", "application/json".to_owned()),
            ]
            .into(),
            cookie: access::SESSION_COOKIE,
            body: json!({"sale_item_id": self.item, "quantity": 1}).to_string(),
            idempotency_header: "Idempotency-Key",
        }
    }
}

/// Copies an approved sale into one that starts now, sells `units` of its first item to `shoppers`
/// registered shoppers, and is shown to nobody.
pub async fn prepare(
    platform: &Platform,
    slug: &str,
    shoppers: i32,
    units: i32,
) -> Result<Prepared> {
    check(shoppers, units)?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("prepare rehearsal").await?;
    let source = sales::published(&mut tx, slug)
        .await?
        .filter(|sale| !sale.rehearsal)
        .ok_or(Error::NotFound("sale"))?;
    if source.content.mode == SaleMode::Redirect {
        return Err(redirect_sale());
    }
    drop(tx);
    let slug = format!(
        "rehearsal-{}-{}",
        source.slug.chars().take(50).collect::<String>().trim_end_matches('-'),
        token::short_code(10)
    );
    let mut prepared = Prepared {
        tenant: source.tenant,
        sale: SaleId::new(),
        slug,
        item: SaleItemId::new(),
        units,
        tokens: vec![],
        accounts: vec![],
    };
    if let Err(error) = fill(platform, &source, &mut prepared, shoppers, now).await {
        clear(platform, &prepared).await?;
        return Err(error);
    }
    Ok(prepared)
}

/// Makes up the shoppers, then copies the sale.
async fn fill(
    platform: &Platform,
    source: &PublishedSale,
    prepared: &mut Prepared,
    shoppers: i32,
    now: OffsetDateTime,
) -> Result<()> {
    let mut left = usize::try_from(shoppers).unwrap_or(0);
    while left > 0 {
        let batch = left.min(BATCH);
        let mut tx = platform.db.platform("rehearsal shoppers").await?;
        let shoppers =
            access::create_rehearsal_shoppers(&mut tx, batch, now, now + OPEN_FOR).await?;
        let first = prepared.accounts.len();
        for shopper in shoppers {
            prepared.accounts.push(shopper.account);
            prepared.tokens.push(shopper.token);
        }
        let accounts = &prepared.accounts[first..];
        sales::register_for_rehearsal(&mut tx, prepared.tenant, prepared.sale, accounts, now)
            .await?;
        tx.commit().await?;
        left -= batch;
    }
    // Last, so that nodes that notice the sale find every shopper registered.
    let copy = RehearsalCopy {
        id: prepared.sale,
        slug: prepared.slug.clone(),
        sale_item_id: prepared.item,
        capacity: prepared.units,
        starts_at: now,
        ends_at: now + OPEN_FOR,
    };
    let capacity = stock::NewCapacity {
        sale_item_id: copy.sale_item_id,
        name: "the rehearsed item",
        capacity: copy.capacity,
        verified: copy.capacity,
    };
    let mut tx = platform.db.platform("prepare rehearsal").await?;
    sales::copy_for_rehearsal(&mut tx, source, &copy).await?;
    stock::set_capacities(&mut tx, source.tenant, copy.id, &[capacity]).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the rehearsal and removes it and its shoppers.
pub async fn clear(platform: &Platform, prepared: &Prepared) -> Result<()> {
    let mut tx = platform.db.platform("end rehearsal").await?;
    sales::end_rehearsal(&mut tx, prepared.tenant, prepared.sale).await?;
    tx.commit().await?;
    let mut tx = platform.db.platform("clear rehearsal").await?;
    sales::remove_rehearsal(&mut tx, prepared.tenant, prepared.sale).await?;
    access::remove_rehearsal_shoppers(&mut tx, &prepared.accounts).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes what rehearsals left that nobody ended: prepared for another load generator, or cut short
/// when their node died. Shared among the nodes by row locks.
pub async fn clear_abandoned(platform: &Platform) -> Result<()> {
    let before = platform.clock.now() - KEPT_FOR;
    loop {
        let mut tx = platform.db.platform("abandoned rehearsals").await?;
        let Some((tenant, sale)) = sales::rehearsals_before(&mut tx, before, 1).await?.pop() else {
            break;
        };
        sales::remove_rehearsal(&mut tx, tenant, sale).await?;
        tx.commit().await?;
    }
    loop {
        let mut tx = platform.db.platform("abandoned rehearsals").await?;
        let removed = access::remove_rehearsal_shoppers_before(&mut tx, before, BATCH).await?;
        tx.commit().await?;
        if removed < BATCH {
            return Ok(());
        }
    }
}
