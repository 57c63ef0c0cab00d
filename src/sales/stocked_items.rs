//! The items whose stock the stock monitor checks.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{Result, SaleId, SaleItemId, TenantId};

/// An item of a hosted sale that was approved, which therefore has stock.
#[derive(Debug)]
pub struct StockedItem {
    pub tenant: TenantId,
    pub sale_id: SaleId,
    pub slug: String,
    pub sale_item_id: SaleItemId,
    pub name: String,
}

/// The items of one sale, or of all sales that end after `ending_after` and are no rehearsals, in
/// the order of their sales' slugs. Platform scope.
pub async fn stocked_items(
    conn: &mut PgConnection,
    slug: Option<&str>,
    ending_after: Option<OffsetDateTime>,
    limit: i64,
) -> Result<Vec<StockedItem>> {
    let items = sqlx::query_as!(
        StockedItem,
        r#"
        SELECT s.tenant_id AS "tenant: TenantId", s.id AS "sale_id: SaleId", s.slug,
               si.id AS "sale_item_id: SaleItemId", i.name
        FROM sales s
        JOIN sale_items si ON si.tenant_id = s.tenant_id AND si.sale_id = s.id
        JOIN items i ON i.tenant_id = si.tenant_id AND i.id = si.item_id
        WHERE s.mode = 'hosted' AND s.approved_revision_id IS NOT NULL
            AND ($1::text IS NULL OR s.slug = $1)
            AND ($2::timestamptz IS NULL OR s.ends_at > $2 AND NOT s.rehearsal)
        ORDER BY s.slug, si.position LIMIT $3
        "#,
        slug,
        ending_after,
        limit,
    );
    Ok(items.fetch_all(conn).await?)
}
