//! The SQL of sales and their items as their provider and SMP see them: today's draft, not what is
//! published. `drafts` writes them.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    phase::{Phase, RegistrationWindow},
    sale::{Guarantee, Sale, SaleItem},
    states::{RevisionState, SaleKind, SaleMode, SaleState},
    terms::{Deposit, KindTerms, ReservationSlot, TargetMissed},
};
use crate::{
    access::edits::LastEdit,
    kernel::{
        AssetId, Error, ItemId, OfferId, PageQuery, Result, RevisionId, SaleId, SaleItemId,
        TenantId,
    },
};

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a sale, not the states of a machine"
)]
struct SaleRow {
    tenant: TenantId,
    id: SaleId,
    slug: String,
    offer: OfferId,
    mode: SaleMode,
    kind: SaleKind,
    state: SaleState,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    hold_seconds: i32,
    registration_opens_at: Option<OffsetDateTime>,
    registration_closes_at: Option<OffsetDateTime>,
    registered_only: bool,
    waitlist_offer_seconds: i32,
    redirect_url: Option<String>,
    sold_out_at_guarantee: bool,
    countries: Vec<String>,
    featured: bool,
    featured_at: Option<OffsetDateTime>,
    halt_reason: Option<String>,
    stopped_at: Option<OffsetDateTime>,
    halted_by_provider: bool,
    approved_revision: Option<RevisionId>,
    can_be_deleted: bool,
    version: i32,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    phase: Option<Phase>,
    in_review: bool,
    submitted_hash: Option<String>,
    decided_as: Option<RevisionState>,
    decided_reason: Option<String>,
    decided_at: Option<OffsetDateTime>,
    target_quantity: Option<i32>,
    when_target_missed: Option<TargetMissed>,
    ship_min_days: Option<i32>,
    ship_max_days: Option<i32>,
    voucher_valid_days: Option<i32>,
}

/// Sales at `$now`, which is `$1`; `$rest` is the condition. The phase says the same as `phase()`,
/// and reads `stock` for whether a sale is sold out: a list is filtered by it.
macro_rules! sale_rows {
    ($rest:literal, $now:expr $(, $bind:expr)*) => {
        sqlx::query_as!(
            SaleRow,
            r#"
            SELECT s.tenant_id AS "tenant: TenantId", s.id AS "id: SaleId", s.slug,
                   s.offer_id AS "offer: OfferId", s.mode AS "mode: SaleMode",
                   s.kind AS "kind: SaleKind", s.state AS "state: SaleState",
                   s.starts_at, s.ends_at, s.hold_seconds, s.redirect_url, s.countries,
                   s.sold_out_at_guarantee,
                   s.registration_opens_at, s.registration_closes_at, s.registered_only,
                   s.waitlist_offer_seconds, s.featured, s.featured_at, s.halt_reason,
                   s.stopped_at, s.halted_by_provider,
                   s.approved_revision_id AS "approved_revision: RevisionId",
                   CASE
                       WHEN s.approved_revision_id IS NULL THEN true
                       WHEN s.state = 'cancelled' OR s.phase = 'ended'
                           THEN NOT sale_is_used(s.tenant_id, s.id)
                       ELSE false
                   END AND NOT EXISTS (
                       SELECT FROM revisions r
                       WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id
                         AND r.state = 'submitted'
                   ) AS "can_be_deleted!",
                   s.version, s.created_at, s.updated_at, s.phase AS "phase?: Phase",
                   EXISTS (
                       SELECT FROM revisions r
                       WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id
                         AND r.state = 'submitted'
                   ) AS "in_review!",
                   (
                       SELECT r.content_hash FROM revisions r
                       WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id
                         AND r.state IN ('submitted', 'approved')
                       ORDER BY r.number DESC LIMIT 1
                   ) AS "submitted_hash?",
                   d.state AS "decided_as?: RevisionState", d.reason AS "decided_reason?",
                   d.decided_at AS "decided_at?",
                   s.target_quantity, s.when_target_missed AS "when_target_missed?: TargetMissed",
                   s.ship_min_days, s.ship_max_days, s.voucher_valid_days
            FROM (
                SELECT s.*, CASE
                    WHEN s.state <> 'approved' OR a.id IS NULL THEN NULL
                    WHEN (a.content->>'ends_at')::timestamptz <= $1 THEN 'ended'
                    WHEN (a.content->>'starts_at')::timestamptz <= $1 THEN CASE
                        WHEN s.mode = 'hosted' AND NOT EXISTS (
                            SELECT FROM stock k
                            WHERE k.tenant_id = s.tenant_id AND k.sale_id = s.id
                              AND k.capacity > k.held + k.sold
                        ) THEN 'sold_out'
                        WHEN s.mode = 'redirect' AND (
                            SELECT bool_and(g.sells_out AND g.reported >= g.guaranteed)
                            FROM guaranteed_units g
                            WHERE g.tenant_id = s.tenant_id AND g.sale_id = s.id
                        ) THEN 'sold_out'
                        ELSE 'live'
                    END
                    WHEN (a.content->>'registration_opens_at')::timestamptz > $1 THEN 'announced'
                    WHEN (a.content->>'registration_closes_at')::timestamptz > $1
                        THEN 'registration'
                    WHEN a.content ? 'registration_closes_at' THEN 'countdown'
                    WHEN (a.content->>'starts_at')::timestamptz
                        <= $1::timestamptz + interval '1 day' THEN 'countdown'
                    ELSE 'announced'
                END AS phase
                FROM sales s
                LEFT JOIN revisions a ON a.tenant_id = s.tenant_id AND a.id = s.approved_revision_id
                WHERE NOT s.rehearsal
            ) s
            LEFT JOIN LATERAL (
                SELECT r.state, r.reason, r.decided_at FROM revisions r
                WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id AND r.decided_at IS NOT NULL
                ORDER BY r.number DESC LIMIT 1
            ) d ON true
            "# + $rest,
            $now
            $(, $bind)*
        )
    };
}

/// One sale, or `NotFound`.
pub async fn get(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    now: OffsetDateTime,
) -> Result<Sale> {
    let row = sale_rows!("WHERE s.tenant_id = $2 AND s.id = $3", now, tenant.0, id.0)
        .fetch_optional(&mut *conn)
        .await?;
    let row = row.ok_or(Error::NotFound("sale"))?;
    with_items(conn, vec![row]).await?.pop().ok_or(Error::NotFound("sale"))
}

/// One sale that is to change: its row is locked until the transaction ends.
pub async fn get_locked(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    now: OffsetDateTime,
) -> Result<Sale> {
    sqlx::query!(
        "SELECT id FROM sales WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant.0,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, tenant, id, now).await
}

/// The last edit of a sale's draft.
pub async fn last_edit(conn: &mut PgConnection, tenant: TenantId, id: SaleId) -> Result<LastEdit> {
    let last = sqlx::query_as!(
        LastEdit,
        "SELECT version, edited_by, edited_at FROM sales WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
    );
    Ok(last.fetch_one(conn).await?)
}

/// Which sales a list shows; None leaves a condition out.
#[derive(Debug, Default)]
pub struct SaleFilter {
    pub tenant: Option<TenantId>,
    pub state: Option<SaleState>,
    pub phase: Option<Phase>,
    pub search: Option<SaleSearch>,
}

/// Matches a sale whose slug contains `slug_part`, or that is of one of these offers or providers.
#[derive(Debug)]
pub struct SaleSearch {
    pub slug_part: String,
    pub offers: Vec<Uuid>,
    pub tenants: Vec<Uuid>,
}

/// A page of sales, newest first, and one more, which shows that there is another page.
pub async fn list(
    conn: &mut PgConnection,
    filter: &SaleFilter,
    page: &PageQuery,
    now: OffsetDateTime,
) -> Result<Vec<Sale>> {
    let search = filter.search.as_ref();
    let none = vec![];
    let rows = sale_rows!(
        "
        WHERE (s.created_at, s.id) < ($2, $3) AND ($4::uuid IS NULL OR s.tenant_id = $4)
          AND ($5::text IS NULL OR s.state = $5) AND ($6::text IS NULL OR s.phase = $6)
          AND ($7::text IS NULL OR ($7 <> '' AND strpos(s.slug, $7) > 0)
               OR s.offer_id = ANY($8) OR s.tenant_id = ANY($9))
        ORDER BY s.created_at DESC, s.id DESC LIMIT $10
        ",
        now,
        page.before_at(),
        page.before_id(),
        filter.tenant.map(|tenant| tenant.0),
        filter.state.map(<&str>::from),
        filter.phase.map(<&str>::from),
        search.map(|search| search.slug_part.as_str()),
        search.map_or(&none, |search| &search.offers),
        search.map_or(&none, |search| &search.tenants),
        page.fetch()
    );
    let rows = rows.fetch_all(&mut *conn).await?;
    with_items(conn, rows).await
}

async fn with_items(conn: &mut PgConnection, rows: Vec<SaleRow>) -> Result<Vec<Sale>> {
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        rows.iter().map(|row| (row.tenant.0, row.id.0)).unzip();
    let items = sqlx::query!(
        "
        SELECT sale_id, id, item_id, price_minor, capacity, limit_per_shopper,
               slot_starts_on, slot_ends_on, guaranteed_quantity, evidence, evidence_asset_id,
               deposit_minor, rest_due_on, deposit_refundable
        FROM sale_items
        WHERE (tenant_id, sale_id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
        ORDER BY sale_id, position, id
        ",
        &tenants,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut by_sale: HashMap<Uuid, Vec<SaleItem>> = HashMap::new();
    for row in items {
        let item = SaleItem {
            id: SaleItemId(row.id),
            item_id: ItemId(row.item_id),
            price_minor: row.price_minor,
            capacity: row.capacity,
            limit_per_shopper: row.limit_per_shopper,
            slot: ReservationSlot::of(row.slot_starts_on, row.slot_ends_on),
            guarantee: Guarantee {
                quantity: row.guaranteed_quantity,
                evidence: row.evidence,
                asset: row.evidence_asset_id.map(AssetId),
            },
            deposit: Deposit::of(row.deposit_minor, row.rest_due_on, row.deposit_refundable),
        };
        by_sale.entry(row.sale_id).or_default().push(item);
    }
    Ok(rows.into_iter().map(|row| row.with(&mut by_sale)).collect())
}

impl SaleRow {
    fn with(self, items: &mut HashMap<Uuid, Vec<SaleItem>>) -> Sale {
        Sale {
            items: items.remove(&self.id.0).unwrap_or_default(),
            tenant: self.tenant,
            id: self.id,
            slug: self.slug,
            offer: self.offer,
            mode: self.mode,
            kind: self.kind,
            state: self.state,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            hold_seconds: self.hold_seconds,
            registration: RegistrationWindow::of(
                self.registration_opens_at,
                self.registration_closes_at,
            ),
            registered_only: self.registered_only,
            waitlist_offer_seconds: self.waitlist_offer_seconds,
            redirect_url: self.redirect_url,
            sold_out_at_guarantee: self.sold_out_at_guarantee,
            countries: self.countries,
            featured: self.featured,
            featured_at: self.featured_at,
            halt_reason: self.halt_reason,
            stopped_at: self.stopped_at,
            halted_by_provider: self.halted_by_provider,
            approved_revision: self.approved_revision,
            can_be_deleted: self.can_be_deleted,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            phase: self.phase,
            in_review: self.in_review,
            submitted_hash: self.submitted_hash,
            decided_as: self.decided_as,
            decided_reason: self.decided_reason,
            decided_at: self.decided_at,
            terms_of_kind: KindTerms {
                target_quantity: self.target_quantity,
                when_target_missed: self.when_target_missed,
                ship_min_days: self.ship_min_days,
                ship_max_days: self.ship_max_days,
                voucher_valid_days: self.voucher_valid_days,
            },
        }
    }
}

/// Why and when a sale was halted or cancelled.
#[derive(Debug, Clone, Copy)]
pub struct Stop<'a> {
    pub reason: &'a str,
    pub at: OffsetDateTime,
    /// By its provider, not by SMP.
    pub by_provider: bool,
}

/// Changes a sale's state; nothing else does. `stop` is kept while the sale is halted or cancelled.
pub async fn set_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    state: SaleState,
    stop: Option<Stop<'_>>,
) -> Result<()> {
    sqlx::query!(
        "
        UPDATE sales SET state = $3, halt_reason = $4, stopped_at = $5, halted_by_provider = $6,
            featured = featured AND $3 <> 'cancelled',
            featured_at = CASE WHEN $3 <> 'cancelled' THEN featured_at END
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        <&str>::from(state),
        stop.map(|stop| stop.reason),
        stop.map(|stop| stop.at),
        stop.is_some_and(|stop| stop.by_provider),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a sale that nobody took part in; false if somebody did.
pub async fn remove_unused(conn: &mut PgConnection, tenant: TenantId, id: SaleId) -> Result<bool> {
    let removed =
        sqlx::query_scalar!(r#"SELECT remove_unused_sale($1, $2) AS "removed!""#, tenant.0, id.0);
    Ok(removed.fetch_one(conn).await?)
}
