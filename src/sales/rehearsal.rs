//! The copy of a sale that a rehearsal sells, and its registrations.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{content::Content, published::PublishedSale};
use crate::kernel::{AccountId, Error, Result, RevisionId, SaleId, SaleItemId, TenantId};

/// How a copy of a sale differs from it.
#[derive(Debug, Clone)]
pub struct RehearsalCopy {
    pub id: SaleId,
    pub slug: String,
    /// The one item of the copy, which copies the first item of the sale.
    pub sale_item_id: SaleItemId,
    pub capacity: i32,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// Copies an approved sale into an approved one for registered shoppers, marked as a rehearsal, so
/// that no page or list shows it. Its stock is the stock slice's to set. Platform scope.
pub async fn copy_for_rehearsal(
    conn: &mut PgConnection,
    source: &PublishedSale,
    copy: &RehearsalCopy,
) -> Result<()> {
    let first = source.content.items.first().ok_or(Error::NotFound("item"))?;
    let revision = RevisionId::new();
    let registration_opens_at = copy.starts_at - (copy.ends_at - copy.starts_at);
    let mut item = first.clone();
    (item.sale_item_id, item.capacity) = (copy.sale_item_id, copy.capacity);
    let content = Content {
        starts_at: copy.starts_at,
        ends_at: copy.ends_at,
        registration_opens_at: Some(registration_opens_at),
        registration_closes_at: Some(copy.starts_at),
        registered_only: true,
        items: vec![item],
        ..source.content.clone()
    };
    sqlx::query!(
        "
        INSERT INTO sales (tenant_id, id, slug, offer_id, mode, kind, state, starts_at, ends_at,
            hold_seconds, countries, registration_opens_at, registration_closes_at,
            registered_only, waitlist_offer_seconds, approved_revision_id, rehearsal, created_at,
            updated_at)
        SELECT tenant_id, $3, $4, offer_id, mode, 'while_supplies_last', 'approved', $5, $6,
            hold_seconds, countries, $7, $5, true, waitlist_offer_seconds, $8, true, $5, $5
        FROM sales WHERE tenant_id = $1 AND id = $2
        ",
        source.tenant.0,
        source.id.0,
        copy.id.0,
        copy.slug,
        copy.starts_at,
        copy.ends_at,
        registration_opens_at,
        revision.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO sale_items (tenant_id, id, sale_id, item_id, position, price_minor, capacity,
            limit_per_shopper)
        VALUES ($1, $2, $3, $4, 0, $5, $6, $7)
        ",
        source.tenant.0,
        copy.sale_item_id.0,
        copy.id.0,
        first.item_id.0,
        first.price_minor,
        copy.capacity,
        first.limit_per_shopper,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO revisions (tenant_id, id, sale_id, number, state, content, content_hash, note,
            submitted_by, submitted_at, decided_at)
        VALUES ($1, $2, $3, 1, 'approved', $4, $5, 'A rehearsal.', $6, $7, $7)
        ",
        source.tenant.0,
        revision.0,
        copy.id.0,
        Json(&content) as _,
        content.hash(),
        Uuid::nil(),
        copy.starts_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Registers the shoppers of a rehearsal for its copy of a sale. Platform scope.
pub async fn register_for_rehearsal(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    accounts: &[AccountId],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    sqlx::query!(
        "
        INSERT INTO registrations (tenant_id, sale_id, account_id, created_at)
        SELECT $1, $2, account, $4 FROM UNNEST($3::uuid[]) AS account
        ",
        tenant.0,
        sale.0,
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the copy of a sale: nothing is sold any more. Platform scope.
pub async fn end_rehearsal(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<()> {
    sqlx::query!(
        "UPDATE sales SET state = 'cancelled' WHERE tenant_id = $1 AND id = $2 AND rehearsal",
        tenant.0,
        sale.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the copy of a sale with its registrations, holds, waitlist and receipt. Platform scope.
pub async fn remove_rehearsal(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<()> {
    sqlx::query!("SELECT remove_rehearsal($1, $2)", tenant.0, sale.0).execute(conn).await?;
    Ok(())
}

/// Copies made before `before`, the oldest first, at most `count`. Platform scope.
pub async fn rehearsals_before(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    count: i64,
) -> Result<Vec<(TenantId, SaleId)>> {
    let rows = sqlx::query!(
        "
        SELECT tenant_id, id FROM sales WHERE rehearsal AND created_at < $1
        ORDER BY created_at LIMIT $2
        ",
        before,
        count,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (TenantId(row.tenant_id), SaleId(row.id))).collect())
}
