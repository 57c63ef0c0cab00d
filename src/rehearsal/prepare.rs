//! What a rehearsal needs: a copy of the sale with one hot item, and registered shoppers who are
//! signed in.

use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::check;
use crate::{
    kernel::{
        AccountId, Error, Result, RevisionId, SaleId, SaleItemId, SessionId, TenantId, token,
    },
    platform::Platform,
    sales::{self, Content, PublishedSale, SaleMode},
};

/// How long a prepared rehearsal can be bought from.
const WINDOW: Duration = Duration::hours(2);
/// Shoppers written in one statement.
const BATCH: usize = 5_000;

/// A rehearsal ready to be rushed.
pub struct Prepared {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub slug: String,
    pub item: SaleItemId,
    pub units: i32,
    /// A session's token each.
    pub tokens: Vec<String>,
    accounts: Vec<Uuid>,
}

/// How one shopper presses Buy, for whatever tool presses it.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub method: &'static str,
    pub url: String,
    pub headers: std::collections::BTreeMap<&'static str, String>,
    /// The cookie the token goes under.
    pub cookie: &'static str,
    /// Sent as it stands.
    pub body: String,
    /// The header that takes a key of one's own, so that a retry is the same press.
    pub idempotency_header: &'static str,
}

impl Prepared {
    pub fn plan(&self, platform: &Platform) -> Plan {
        Plan {
            method: "POST",
            url: platform.url(&format!("/api/v1/sales/{}/holds", self.slug)),
            headers: [
                ("Content-Type", "application/json".to_owned()),
                ("Accept", "application/json".to_owned()),
            ]
            .into(),
            cookie: crate::access::SESSION_COOKIE,
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
    let (sale, item) = (SaleId::new(), SaleItemId::new());
    let mut prepared = Prepared {
        tenant: source.tenant,
        sale,
        slug,
        item,
        units,
        tokens: vec![],
        accounts: vec![],
    };

    let filled = fill(platform, &source, &mut prepared, shoppers, now).await;
    if let Err(error) = filled {
        clear(platform, &prepared).await?;
        return Err(error);
    }
    Ok(prepared)
}

/// Makes up the shoppers and the sale of a rehearsal.
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
        // A transaction a batch, so that none keeps the database busy for long.
        let mut tx = platform.db.platform("rehearsal shoppers").await?;
        sign_in(&mut tx, prepared, batch, now).await?;
        tx.commit().await?;
        left -= batch;
    }
    // Last, so that nodes that notice it find everyone registered.
    let mut tx = platform.db.platform("prepare rehearsal").await?;
    copy(&mut tx, source, prepared, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) fn redirect_sale() -> Error {
    Error::conflict(
        "redirect_sale",
        "A redirect sale is bought in the provider's own cart, so there is no rush here to rehearse.",
    )
}

async fn copy(
    conn: &mut PgConnection,
    source: &PublishedSale,
    prepared: &Prepared,
    now: OffsetDateTime,
) -> Result<()> {
    let first = source.content.items.first().ok_or(Error::NotFound("item"))?;
    let &Prepared { sale, item, units, ref slug, .. } = prepared;
    let revision = RevisionId::new();
    let mut hot = first.clone();
    (hot.sale_item_id, hot.capacity) = (item, units);
    let content = Content {
        starts_at: now,
        ends_at: now + WINDOW,
        registration_opens_at: Some(now - WINDOW),
        registration_closes_at: Some(now),
        registered_only: true,
        items: vec![hot],
        ..source.content.clone()
    };
    sqlx::query!(
        "
        INSERT INTO sales (tenant_id, id, slug, offer_id, mode, kind, state, starts_at, ends_at, hold_seconds, countries, registration_opens_at,
                           registration_closes_at, registered_only, waitlist_offer_seconds, approved_revision_id, rehearsal, created_at, updated_at)
        SELECT tenant_id, $3, $4, offer_id, mode, 'while_supplies_last', 'approved', $5, $6, hold_seconds, countries, $7, $5, true, waitlist_offer_seconds, $8, true, $5, $5
        FROM sales WHERE tenant_id = $1 AND id = $2
        ",
        source.tenant.0,
        source.id.0,
        sale.0,
        slug,
        now,
        now + WINDOW,
        now - WINDOW,
        revision.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO sale_items (tenant_id, id, sale_id, item_id, position, price_minor, capacity, limit_per_shopper) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)",
        source.tenant.0,
        item.0,
        sale.0,
        first.item_id.0,
        first.price_minor,
        units,
        first.limit_per_shopper,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO revisions (tenant_id, id, sale_id, number, state, content, content_hash, note, submitted_by, submitted_at, decided_at)
        VALUES ($1, $2, $3, 1, 'approved', $4, $5, 'A rehearsal.', $6, $7, $7)
        ",
        source.tenant.0,
        revision.0,
        sale.0,
        Json(&content) as _,
        content.hash(),
        Uuid::nil(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO stock (tenant_id, sale_item_id, sale_id, capacity, verified) VALUES ($1, $2, $3, $4, $4)",
        source.tenant.0,
        item.0,
        sale.0,
        units
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes up shoppers, registers them and signs them in.
async fn sign_in(
    conn: &mut PgConnection,
    prepared: &mut Prepared,
    count: usize,
    now: OffsetDateTime,
) -> Result<()> {
    let accounts: Vec<Uuid> = (0..count).map(|_| AccountId::new().0).collect();
    let sessions: Vec<Uuid> = (0..count).map(|_| SessionId::new().0).collect();
    let tokens: Vec<String> = (0..count).map(|_| token::random()).collect();
    let hashes: Vec<Vec<u8>> = tokens.iter().map(|token| token::hash(token)).collect();
    sqlx::query!(
        "INSERT INTO accounts (id, email, name, created_at, rehearsal) SELECT id, id || '@rehearsal.invalid', 'Rehearsal', $2, true FROM UNNEST($1::uuid[]) AS id",
        &accounts,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO sessions (account_id, id, token_hash, user_agent, created_at, expires_at)
        SELECT account, session, hash, 'rehearsal', $4, $5 FROM UNNEST($1::uuid[], $2::uuid[], $3::bytea[]) AS s (account, session, hash)
        ",
        &accounts,
        &sessions,
        &hashes,
        now,
        now + WINDOW,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO registrations (tenant_id, sale_id, account_id, created_at) SELECT $1, $2, account, $4 FROM UNNEST($3::uuid[]) AS account",
        prepared.tenant.0,
        prepared.sale.0,
        &accounts,
        now,
    )
    .execute(conn)
    .await?;
    prepared.accounts.extend(accounts);
    prepared.tokens.extend(tokens);
    Ok(())
}

/// Ends the rehearsal and takes its shoppers away; the holds, the line and the receipt stay for who
/// wants to look.
pub async fn clear(platform: &Platform, prepared: &Prepared) -> Result<()> {
    let mut tx = platform.db.platform("clear rehearsal").await?;
    sqlx::query!(
        "UPDATE sales SET state = 'cancelled' WHERE tenant_id = $1 AND id = $2 AND rehearsal",
        prepared.tenant.0,
        prepared.sale.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM registrations WHERE tenant_id = $1 AND sale_id = $2",
        prepared.tenant.0,
        prepared.sale.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM accounts WHERE id = ANY($1) AND rehearsal", &prepared.accounts)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
