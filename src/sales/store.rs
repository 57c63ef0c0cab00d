//! The SQL of sales and their items, as their provider and SMP see them: the draft of today, not
//! what is published.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    KindTerms, Phase, RegistrationWindow, RevisionState, SaleKind, SaleMode, SaleState, Slot,
    proof::Guarantee,
    rules::{NewSale, NewSaleItem},
};
use crate::kernel::{
    AssetId, Error, ItemId, OfferId, PageQuery, Result, RevisionId, SaleId, SaleItemId, TenantId,
    token, validate,
};

/// A slug made from a title is tried with this many endings before we give up.
const SLUG_TRIES: usize = 4;
/// Lower-case letters and digits that tell apart sales of one title.
const SLUG_ENDING_CHARS: usize = 4;

#[derive(Debug, Clone)]
pub struct Sale {
    pub tenant: TenantId,
    pub id: SaleId,
    pub slug: String,
    pub offer: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub state: SaleState,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub hold_seconds: i32,
    pub registration: Option<RegistrationWindow>,
    pub registered_only: bool,
    pub waitlist_offer_seconds: i32,
    pub redirect_url: Option<String>,
    pub countries: Vec<String>,
    pub featured: bool,
    pub halt_reason: Option<String>,
    pub approved_revision: Option<RevisionId>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// Of the approved window; None unless the sale is approved.
    pub phase: Option<Phase>,
    /// A revision waits for a decision.
    pub in_review: bool,
    /// Hash of the newest revision that is submitted or approved.
    pub submitted_hash: Option<String>,
    pub decided_as: Option<RevisionState>,
    pub decided_reason: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    /// In their order.
    pub items: Vec<SaleItem>,
    pub terms_of_kind: KindTerms,
}

#[derive(Debug, Clone)]
pub struct SaleItem {
    pub id: SaleItemId,
    pub item_id: ItemId,
    pub price_minor: i64,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    pub slot: Option<Slot>,
    pub guarantee: Guarantee,
}

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
    countries: Vec<String>,
    featured: bool,
    halt_reason: Option<String>,
    approved_revision: Option<RevisionId>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    phase: Option<Phase>,
    in_review: bool,
    submitted_hash: Option<String>,
    decided_as: Option<RevisionState>,
    decided_reason: Option<String>,
    decided_at: Option<OffsetDateTime>,
    target_quantity: Option<i32>,
    ship_min_days: Option<i32>,
    ship_max_days: Option<i32>,
    voucher_valid_days: Option<i32>,
}

/// Sales at `$now`, which is `$1`; `$rest` says which.
macro_rules! sale_rows {
    ($rest:literal, $now:expr $(, $bind:expr)*) => {
        sqlx::query_as!(
            SaleRow,
            r#"
            SELECT s.tenant_id AS "tenant: TenantId", s.id AS "id: SaleId", s.slug, s.offer_id AS "offer: OfferId", s.mode AS "mode: SaleMode",
                   s.kind AS "kind: SaleKind", s.state AS "state: SaleState", s.starts_at, s.ends_at, s.hold_seconds, s.redirect_url, s.countries,
                   s.registration_opens_at, s.registration_closes_at, s.registered_only, s.waitlist_offer_seconds,
                   s.featured, s.halt_reason, s.approved_revision_id AS "approved_revision: RevisionId", s.created_at, s.updated_at,
                   s.phase AS "phase?: Phase",
                   EXISTS (
                       SELECT FROM revisions r WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id AND r.state = 'submitted'
                   ) AS "in_review!",
                   (SELECT r.content_hash FROM revisions r
                    WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id AND r.state IN ('submitted', 'approved')
                    ORDER BY r.number DESC LIMIT 1) AS "submitted_hash?",
                   d.state AS "decided_as?: RevisionState", d.reason AS "decided_reason?", d.decided_at AS "decided_at?",
                   s.target_quantity, s.ship_min_days, s.ship_max_days, s.voucher_valid_days
            FROM (
                SELECT s.*, CASE
                    WHEN s.state <> 'approved' OR a.id IS NULL THEN NULL
                    WHEN (a.content->>'ends_at')::timestamptz <= $1 THEN 'ended'
                    WHEN (a.content->>'starts_at')::timestamptz <= $1 THEN CASE
                        WHEN s.mode = 'hosted' AND NOT EXISTS (
                            SELECT FROM stock k WHERE k.tenant_id = s.tenant_id AND k.sale_id = s.id AND k.capacity > k.held + k.sold
                        ) THEN 'sold_out'
                        ELSE 'live'
                    END
                    WHEN (a.content->>'registration_opens_at')::timestamptz > $1 THEN 'announced'
                    WHEN (a.content->>'registration_closes_at')::timestamptz > $1 THEN 'registration'
                    WHEN a.content ? 'registration_closes_at' THEN 'countdown'
                    WHEN (a.content->>'starts_at')::timestamptz <= $1::timestamptz + interval '1 day' THEN 'countdown'
                    ELSE 'announced'
                END AS phase
                FROM sales s LEFT JOIN revisions a ON a.tenant_id = s.tenant_id AND a.id = s.approved_revision_id
                WHERE NOT s.rehearsal
            ) s
            LEFT JOIN LATERAL (
                SELECT r.state, r.reason, r.decided_at FROM revisions r
                WHERE r.tenant_id = s.tenant_id AND r.sale_id = s.id AND r.decided_at IS NOT NULL ORDER BY r.number DESC LIMIT 1
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

/// One sale, to be changed: its row is locked until the transaction ends.
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

/// Which sales a list shows. `None` leaves a condition out.
#[derive(Debug, Default)]
pub struct Filter {
    pub tenant: Option<TenantId>,
    pub state: Option<SaleState>,
    pub phase: Option<Phase>,
    /// Words that are in the slug, or brought in the offers and providers found by them.
    pub words: Option<Words>,
}

#[derive(Debug)]
pub struct Words {
    pub slug_part: String,
    pub offers: Vec<Uuid>,
    pub tenants: Vec<Uuid>,
}

/// A page of sales, newest first, with the one more that tells whether there is another page.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    page: &PageQuery,
    now: OffsetDateTime,
) -> Result<Vec<Sale>> {
    let words = filter.words.as_ref();
    let none = vec![];
    let rows = sale_rows!(
        "
        WHERE (s.created_at, s.id) < ($2, $3) AND ($4::uuid IS NULL OR s.tenant_id = $4)
          AND ($5::text IS NULL OR s.state = $5) AND ($6::text IS NULL OR s.phase = $6)
          AND ($7::text IS NULL OR ($7 <> '' AND strpos(s.slug, $7) > 0) OR s.offer_id = ANY($8) OR s.tenant_id = ANY($9))
        ORDER BY s.created_at DESC, s.id DESC LIMIT $10
        ",
        now,
        page.before_at(),
        page.before_id(),
        filter.tenant.map(|tenant| tenant.0),
        filter.state.map(SaleState::as_str),
        filter.phase.map(Phase::as_str),
        words.map(|words| words.slug_part.as_str()),
        words.map_or(&none, |words| &words.offers),
        words.map_or(&none, |words| &words.tenants),
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
               slot_starts_on, slot_ends_on, guaranteed_quantity, evidence, evidence_asset_id
        FROM sale_items
        WHERE (tenant_id, sale_id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[])) ORDER BY sale_id, position, id
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
            slot: Slot::of(row.slot_starts_on, row.slot_ends_on),
            guarantee: Guarantee {
                quantity: row.guaranteed_quantity,
                evidence: row.evidence,
                asset: row.evidence_asset_id.map(AssetId),
            },
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
            countries: self.countries,
            featured: self.featured,
            halt_reason: self.halt_reason,
            approved_revision: self.approved_revision,
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
                ship_min_days: self.ship_min_days,
                ship_max_days: self.ship_max_days,
                voucher_valid_days: self.voucher_valid_days,
            },
        }
    }
}

/// Makes a draft. A slug that was asked for and is taken is an error on `slug`; one made from
/// `title` gets an ending.
pub async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewSale,
    title: &str,
    now: OffsetDateTime,
) -> Result<SaleId> {
    let id = SaleId::new();
    let made_up = validate::slug_from(title);
    let made_up = if made_up.len() < 2 { "sale".to_owned() } else { made_up };
    for nth in 0..SLUG_TRIES {
        let slug = match &new.slug {
            Some(slug) => slug.clone(),
            None if nth == 0 => made_up.clone(),
            None => format!("{made_up}-{}", token::short_code(SLUG_ENDING_CHARS)),
        };
        let inserted = sqlx::query!(
            "
            INSERT INTO sales (tenant_id, id, slug, offer_id, mode, kind, starts_at, ends_at, hold_seconds, redirect_url, countries, created_at, updated_at,
                               registration_opens_at, registration_closes_at, registered_only, waitlist_offer_seconds,
                               target_quantity, ship_min_days, ship_max_days, voucher_valid_days)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17, $18, $19, $20) ON CONFLICT ON CONSTRAINT sales_slug_key DO NOTHING
            ",
            tenant.0,
            id.0,
            slug,
            new.offer.0,
            new.mode.as_str(),
            new.kind.as_str(),
            new.starts_at,
            new.ends_at,
            new.hold_seconds,
            new.redirect_url,
            &new.countries,
            now,
            new.registration.map(|window| window.opens_at),
            new.registration.map(|window| window.closes_at),
            new.registered_only,
            new.waitlist_offer_seconds,
            new.terms_of_kind.target_quantity,
            new.terms_of_kind.ship_min_days,
            new.terms_of_kind.ship_max_days,
            new.terms_of_kind.voucher_valid_days,
        )
        .execute(&mut *conn)
        .await?;
        if inserted.rows_affected() == 1 {
            put_items(conn, tenant, id, &new.items).await?;
            return Ok(id);
        }
        if new.slug.is_some() {
            break;
        }
    }
    Err(crate::kernel::FieldError::new("slug", "Another sale has this slug; choose another").into())
}

/// Replaces a sale's draft; its items keep their ids as long as they stay.
pub async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    new: &NewSale,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "
        UPDATE sales SET slug = coalesce($3, slug), offer_id = $4, mode = $5, kind = $6, starts_at = $7, ends_at = $8, hold_seconds = $9,
                         redirect_url = $10, countries = $11, updated_at = $12,
                         registration_opens_at = $13, registration_closes_at = $14, registered_only = $15, waitlist_offer_seconds = $16,
                         target_quantity = $17, ship_min_days = $18, ship_max_days = $19, voucher_valid_days = $20
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        new.slug,
        new.offer.0,
        new.mode.as_str(),
        new.kind.as_str(),
        new.starts_at,
        new.ends_at,
        new.hold_seconds,
        new.redirect_url,
        &new.countries,
        now,
        new.registration.map(|window| window.opens_at),
        new.registration.map(|window| window.closes_at),
        new.registered_only,
        new.waitlist_offer_seconds,
        new.terms_of_kind.target_quantity,
        new.terms_of_kind.ship_min_days,
        new.terms_of_kind.ship_max_days,
        new.terms_of_kind.voucher_valid_days,
    )
    .execute(&mut *conn)
    .await?;
    put_items(conn, tenant, id, &new.items).await
}

async fn put_items(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    items: &[NewSaleItem],
) -> Result<()> {
    let ids: Vec<Uuid> = items.iter().map(|_| SaleItemId::new().0).collect();
    let item_ids: Vec<Uuid> = items.iter().map(|item| item.item_id.0).collect();
    let prices: Vec<i64> = items.iter().map(|item| item.price_minor).collect();
    let capacities: Vec<i32> = items.iter().map(|item| item.capacity).collect();
    let limits: Vec<i32> = items.iter().map(|item| item.limit_per_shopper).collect();
    let first_days: Vec<Option<Date>> =
        items.iter().map(|item| item.slot.map(|slot| slot.starts_on)).collect();
    let last_days: Vec<Option<Date>> =
        items.iter().map(|item| item.slot.map(|slot| slot.ends_on)).collect();
    let guaranteed: Vec<Option<i32>> = items.iter().map(|item| item.guarantee.quantity).collect();
    let evidence: Vec<String> = items.iter().map(|item| item.guarantee.evidence.clone()).collect();
    let evidence_assets: Vec<Option<Uuid>> =
        items.iter().map(|item| item.guarantee.asset.map(|asset| asset.0)).collect();
    sqlx::query!(
        "
        DELETE FROM sale_items s WHERE tenant_id = $1 AND sale_id = $2 AND NOT EXISTS (
            SELECT FROM UNNEST($3::uuid[], $4::date[], $5::date[]) AS kept (item_id, first_day, last_day)
            WHERE kept.item_id = s.item_id AND kept.first_day IS NOT DISTINCT FROM s.slot_starts_on AND kept.last_day IS NOT DISTINCT FROM s.slot_ends_on)
        ",
        tenant.0,
        sale.0,
        &item_ids,
        &first_days as &[Option<Date>],
        &last_days as &[Option<Date>],
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        INSERT INTO sale_items (tenant_id, sale_id, id, item_id, price_minor, capacity, limit_per_shopper, position,
                                slot_starts_on, slot_ends_on, guaranteed_quantity, evidence, evidence_asset_id)
        SELECT $1, $2, id, item_id, price_minor, capacity, limit_per_shopper, position::int, first_day, last_day, guaranteed, evidence, evidence_asset
        FROM UNNEST($3::uuid[], $4::uuid[], $5::bigint[], $6::int[], $7::int[], $8::date[], $9::date[], $10::int[], $11::text[], $12::uuid[]) WITH ORDINALITY
             AS given (id, item_id, price_minor, capacity, limit_per_shopper, first_day, last_day, guaranteed, evidence, evidence_asset, position)
        ON CONFLICT ON CONSTRAINT sale_items_item_key DO UPDATE SET
            price_minor = excluded.price_minor, capacity = excluded.capacity, limit_per_shopper = excluded.limit_per_shopper, position = excluded.position,
            guaranteed_quantity = excluded.guaranteed_quantity, evidence = excluded.evidence, evidence_asset_id = excluded.evidence_asset_id
        ",
        tenant.0,
        sale.0,
        &ids,
        &item_ids,
        &prices,
        &capacities,
        &limits,
        &first_days as &[Option<Date>],
        &last_days as &[Option<Date>],
        &guaranteed as &[Option<i32>],
        &evidence,
        &evidence_assets as &[Option<Uuid>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The one way a sale's state changes; `reason` is kept as long as the sale is halted or cancelled.
pub async fn set_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    state: SaleState,
    reason: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE sales SET state = $3, halt_reason = $4, featured = featured AND $3 <> 'cancelled' WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        state.as_str(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
