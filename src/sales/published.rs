//! Published sales, as shoppers see them: the approved revision and today's state.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    content::{Content, ContentItem},
    phase::{Phase, phase},
    states::SaleState,
};
use crate::{
    kernel::{Cursor, Result, RevisionId, SaleId, SaleItemId, TenantId},
    providers::{self, ProviderState},
};

/// A sale as shoppers see it: the approved revision, and the state of the sale and its provider
/// today.
#[derive(Debug, Clone)]
pub struct PublishedSale {
    pub tenant: TenantId,
    pub id: SaleId,
    pub slug: String,
    /// Approved, halted or cancelled.
    pub state: SaleState,
    pub halt_reason: Option<String>,
    /// When it was halted or cancelled.
    pub stopped_at: Option<OffsetDateTime>,
    pub featured: bool,
    /// When it was featured last; None once somebody stopped featuring it.
    pub featured_at: Option<OffsetDateTime>,
    pub revision: RevisionId,
    pub content: Content,
    pub provider_slug: String,
    pub provider_name: String,
    /// Approved or suspended; a suspended provider sells nothing.
    pub provider_state: ProviderState,
    /// Until when the provider's contract is in force; None without one. Nothing goes live without.
    pub contract_until: Option<OffsetDateTime>,
    /// Whether the provider can be paid, or nobody asks; without that nothing hosted goes live.
    pub can_be_paid: bool,
    /// A copy for a rehearsal: sold to simulated shoppers only, and never listed.
    pub rehearsal: bool,
}

impl PublishedSale {
    /// The memory it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.slug.len() + self.provider_name.len() + self.content.bytes()
    }

    /// The phase at `now`. `left` is the number of units neither held nor sold; None means unknown,
    /// and the sale is then never sold out.
    pub fn phase(&self, now: OffsetDateTime, left: Option<i64>) -> Phase {
        phase(self.content.starts_at, self.content.ends_at, self.content.registration(), now, left)
    }

    pub fn item(&self, id: SaleItemId) -> Option<&ContentItem> {
        self.content.items.iter().find(|item| item.sale_item_id == id)
    }
}

struct PublishedRow {
    tenant_id: TenantId,
    id: SaleId,
    slug: String,
    state: SaleState,
    halt_reason: Option<String>,
    stopped_at: Option<OffsetDateTime>,
    featured: bool,
    featured_at: Option<OffsetDateTime>,
    revision: RevisionId,
    content: Json<Content>,
    rehearsal: bool,
}

/// Every read of published sales is this query: `$revision` says which revision is read, `$rest`
/// is the condition.
macro_rules! published_rows {
    ($rest:literal $(, $bind:expr)*) => {
        published_rows!(at "r.id = s.approved_revision_id", $rest $(, $bind)*)
    };
    (at $revision:literal, $rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            PublishedRow,
            r#"
            SELECT s.tenant_id AS "tenant_id: TenantId", s.id AS "id: SaleId", s.slug,
                   s.state AS "state: SaleState", s.halt_reason, s.stopped_at, s.featured,
                   s.featured_at,
                   r.id AS "revision: RevisionId", r.content AS "content: Json<Content>",
                   s.rehearsal
            FROM sales s
            JOIN revisions r ON r.tenant_id = s.tenant_id AND "# + $revision + " " + $rest
            $(, $bind)*
        )
    };
}

/// The published sale with this slug. Works in every scope that may see it: shopper, platform, its
/// tenant.
pub async fn published(conn: &mut PgConnection, slug: &str) -> Result<Option<PublishedSale>> {
    let rows = published_rows!("WHERE s.slug = $1 AND NOT s.rehearsal", slug)
        .fetch_all(&mut *conn)
        .await?;
    Ok(with_sellers(conn, rows).await?.pop())
}

/// The same, rehearsals included: for the code that sells.
pub async fn published_or_rehearsed(
    conn: &mut PgConnection,
    slug: &str,
) -> Result<Option<PublishedSale>> {
    let rows = published_rows!("WHERE s.slug = $1", slug).fetch_all(&mut *conn).await?;
    Ok(with_sellers(conn, rows).await?.pop())
}

/// The published sale with this id.
pub async fn published_by_id(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
) -> Result<Option<PublishedSale>> {
    let rows = published_rows!("WHERE s.tenant_id = $1 AND s.id = $2", tenant.0, id.0)
        .fetch_all(&mut *conn)
        .await?;
    Ok(with_sellers(conn, rows).await?.pop())
}

/// The published sales with these ids that the scope may see, in no order.
pub async fn published_by_ids(
    conn: &mut PgConnection,
    ids: &[SaleId],
) -> Result<Vec<PublishedSale>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = published_rows!("WHERE s.id = ANY($1)", &ids).fetch_all(&mut *conn).await?;
    with_sellers(conn, rows).await
}

/// Published sales as they were at these revisions, in no order: the content of then, the state of
/// today.
pub async fn published_at(
    conn: &mut PgConnection,
    revisions: &[RevisionId],
) -> Result<Vec<PublishedSale>> {
    let ids: Vec<Uuid> = revisions.iter().map(|id| id.0).collect();
    let rows = published_rows!(
        at "r.sale_id = s.id",
        "WHERE r.id = ANY($1) AND r.state = 'approved'",
        &ids
    );
    let rows = rows.fetch_all(&mut *conn).await?;
    with_sellers(conn, rows).await
}

/// Published sales that end after `since`, soonest end first, at most `limit`. Left out are cancelled
/// sales, and those of providers that sell nothing at `now`: suspended, without a contract, or not to be paid.
pub async fn published_list(
    conn: &mut PgConnection,
    since: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<PublishedSale>> {
    published_after(conn, since, now, None, limit).await
}

/// The same, after the last sale of the page before.
pub(super) async fn published_after(
    conn: &mut PgConnection,
    since: OffsetDateTime,
    now: OffsetDateTime,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<PublishedSale>> {
    let (at, id) = after.map_or((since, Uuid::max()), |cursor| (cursor.at, cursor.id));
    let rows = published_rows!(
        "
        WHERE s.state <> 'cancelled' AND NOT s.rehearsal
          AND ((r.content->>'ends_at')::timestamptz, s.id) > ($1, $2)
          AND (r.content->>'ends_at')::timestamptz > $3
          AND EXISTS (
              SELECT FROM providers p
              WHERE p.tenant_id = s.tenant_id AND p.state = 'approved' AND p.contract_until > $4
                AND (p.payouts_blocked IS NULL OR r.content->>'mode' = 'redirect')
          )
        ORDER BY (r.content->>'ends_at')::timestamptz, s.id LIMIT $5
        ",
        at,
        id,
        since,
        now,
        limit
    );
    let rows = rows.fetch_all(&mut *conn).await?;
    with_sellers(conn, rows).await
}

/// The slug of a sale, published or not.
pub async fn slug(conn: &mut PgConnection, tenant: TenantId, id: SaleId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT slug FROM sales WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0
    )
    .fetch_optional(conn)
    .await?)
}

async fn with_sellers(
    conn: &mut PgConnection,
    rows: Vec<PublishedRow>,
) -> Result<Vec<PublishedSale>> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let tenants: Vec<TenantId> = rows.iter().map(|row| row.tenant_id).collect();
    let sellers = providers::sellers(conn, &tenants).await?;
    let sale = |row: PublishedRow| {
        let seller = sellers.get(&row.tenant_id)?;
        Some(PublishedSale {
            tenant: row.tenant_id,
            id: row.id,
            slug: row.slug,
            state: row.state,
            halt_reason: row.halt_reason,
            stopped_at: row.stopped_at,
            featured: row.featured,
            featured_at: row.featured_at,
            revision: row.revision,
            content: row.content.0,
            provider_slug: seller.slug.clone(),
            provider_name: seller.name.clone(),
            provider_state: seller.state,
            contract_until: seller.contract_until,
            can_be_paid: seller.can_be_paid,
            rehearsal: row.rehearsal,
        })
    };
    Ok(rows.into_iter().filter_map(sale).collect())
}
