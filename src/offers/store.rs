//! The SQL of offers, their items and their assets' order.

use std::collections::{BTreeMap, HashMap};

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    input::{NewOffer, NewOfferItem},
    offer::{Offer, OfferItem, OfferState},
};
use crate::{
    access::edits::LastEdit,
    assets::{self, AssetKind},
    kernel::{
        AccountId, AssetId, Error, FieldErrors, ItemId, OfferId, PageQuery, Result, TenantId,
    },
};

/// One offer, or `NotFound`.
pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: OfferId) -> Result<Offer> {
    many(conn, &[(tenant, id)]).await?.remove(&id).ok_or(Error::NotFound("offer"))
}

/// The offers with these ids, each with its tenant, in three queries; unknown ids are left out.
pub async fn many(
    conn: &mut PgConnection,
    ids: &[(TenantId, OfferId)],
) -> Result<HashMap<OfferId, Offer>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().map(|(tenant, id)| (tenant.0, id.0)).unzip();
    let rows = sqlx::query!(
        r#"
        SELECT tenant_id, id, title, summary, description, terms, currency,
               state AS "state: OfferState", version, created_at, updated_at
        FROM offers WHERE (tenant_id, id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
        "#,
        &tenants,
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut offers: HashMap<OfferId, Offer> = HashMap::with_capacity(rows.len());
    for row in rows {
        let offer = Offer {
            tenant: TenantId(row.tenant_id),
            id: OfferId(row.id),
            title: row.title,
            summary: row.summary,
            description: row.description,
            terms: row.terms,
            currency: row.currency,
            state: row.state,
            version: row.version,
            items: vec![],
            removed_items: vec![],
            assets: vec![],
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        offers.insert(offer.id, offer);
    }
    add_items(conn, &tenants, &ids, &mut offers).await?;
    add_assets(conn, &tenants, &ids, &mut offers).await?;
    Ok(offers)
}

async fn add_items(
    conn: &mut PgConnection,
    tenants: &[Uuid],
    ids: &[Uuid],
    offers: &mut HashMap<OfferId, Offer>,
) -> Result<()> {
    let rows = sqlx::query!(
        r#"
        SELECT offer_id, id, sku, name, attributes AS "attributes: Json<BTreeMap<String, String>>",
               price_minor, compare_at_minor, removed_at IS NOT NULL AS "removed!"
        FROM items WHERE (tenant_id, offer_id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
        ORDER BY offer_id, position, id
        "#,
        tenants,
        ids,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(offer) = offers.get_mut(&OfferId(row.offer_id)) else { continue };
        let item = OfferItem {
            id: ItemId(row.id),
            sku: row.sku,
            name: row.name,
            attributes: row.attributes.0,
            price_minor: row.price_minor,
            compare_at_minor: row.compare_at_minor,
        };
        if row.removed { offer.removed_items.push(item) } else { offer.items.push(item) }
    }
    Ok(())
}

async fn add_assets(
    conn: &mut PgConnection,
    tenants: &[Uuid],
    ids: &[Uuid],
    offers: &mut HashMap<OfferId, Offer>,
) -> Result<()> {
    let rows = sqlx::query!(
        r#"
        SELECT tenant_id, offer_id, asset_id FROM offer_assets
        WHERE (tenant_id, offer_id) IN (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]))
        ORDER BY offer_id, position
        "#,
        tenants,
        ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let named: Vec<_> =
        rows.iter().map(|row| (TenantId(row.tenant_id), AssetId(row.asset_id))).collect();
    let known = assets::many(conn, &named).await?;
    for row in rows {
        let asset = known.get(&AssetId(row.asset_id)).filter(|asset| asset.is_for_sales());
        if let (Some(offer), Some(asset)) = (offers.get_mut(&OfferId(row.offer_id)), asset) {
            offer.assets.push(asset.clone());
        }
    }
    Ok(())
}

/// The ids of a page of offers, newest first, with their time of creation.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    state: Option<OfferState>,
    text: Option<&str>,
    page: &PageQuery,
) -> Result<Vec<(OffsetDateTime, OfferId)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id, created_at FROM offers o
        WHERE tenant_id = $1 AND (created_at, id) < ($2, $3) AND ($4::text IS NULL OR state = $4)
          AND ($5::text IS NULL OR strpos(lower(title), lower($5)) > 0 OR EXISTS (
              SELECT FROM items i
              WHERE i.tenant_id = o.tenant_id AND i.offer_id = o.id AND i.removed_at IS NULL
                AND (strpos(lower(i.sku), lower($5)) > 0 OR strpos(lower(i.name), lower($5)) > 0)))
        ORDER BY created_at DESC, id DESC LIMIT $6
        "#,
        tenant.0,
        page.before_at(),
        page.before_id(),
        state.map(<&str>::from),
        text,
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.created_at, OfferId(row.id))).collect())
}

/// Offers whose title contains `text`, of one provider or of all that the scope sees, newest first,
/// at most `limit`.
pub async fn search(
    conn: &mut PgConnection,
    tenant: Option<TenantId>,
    text: &str,
    limit: i64,
) -> Result<Vec<OfferId>> {
    let ids = sqlx::query_scalar!(
        "
        SELECT id FROM offers
        WHERE ($1::uuid IS NULL OR tenant_id = $1) AND strpos(lower(title), lower($2)) > 0
        ORDER BY created_at DESC LIMIT $3
        ",
        tenant.map(|tenant| tenant.0),
        text,
        limit,
    );
    Ok(ids.fetch_all(conn).await?.into_iter().map(OfferId).collect())
}

pub async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewOffer,
    now: OffsetDateTime,
) -> Result<OfferId> {
    let id = OfferId::new();
    check_against_stored(conn, tenant, id, new, &[]).await?;
    sqlx::query!(
        "
        INSERT INTO offers (
            tenant_id, id, title, summary, description, terms, currency, created_at, updated_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ",
        tenant.0,
        id.0,
        new.title,
        new.summary,
        new.description,
        new.terms,
        new.currency,
        now,
    )
    .execute(&mut *conn)
    .await?;
    put_items(conn, tenant, id, &new.items).await?;
    put_assets(conn, tenant, id, &new.asset_ids).await?;
    Ok(id)
}

/// Replaces an offer that is locked. Items with an id are kept, items without one are added, and all others are
/// removed.
pub async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: OfferId,
    new: &NewOffer,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let present = sqlx::query_scalar!(
        "SELECT id FROM items WHERE tenant_id = $1 AND offer_id = $2 AND removed_at IS NULL",
        tenant.0,
        id.0
    )
    .fetch_all(&mut *conn)
    .await?;
    check_against_stored(conn, tenant, id, new, &present).await?;
    sqlx::query!(
        "
        UPDATE offers SET
            title = $3, summary = $4, description = $5, terms = $6, currency = $7, updated_at = $8,
            version = version + 1, edited_by = $9, edited_at = $8
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        new.title,
        new.summary,
        new.description,
        new.terms,
        new.currency,
        now,
        by.0,
    )
    .execute(&mut *conn)
    .await?;
    let kept: Vec<Uuid> = new.items.iter().filter_map(|item| item.id).map(|item| item.0).collect();
    sqlx::query!(
        "
        UPDATE items SET removed_at = $4
        WHERE tenant_id = $1 AND offer_id = $2 AND removed_at IS NULL AND id <> ALL($3)
        ",
        tenant.0,
        id.0,
        &kept,
        now,
    )
    .execute(&mut *conn)
    .await?;
    // The unique index on SKUs is checked row by row, so items that swap theirs give them up first.
    sqlx::query!(
        "UPDATE items SET sku = id::text WHERE tenant_id = $1 AND offer_id = $2 AND id = ANY($3)",
        tenant.0,
        id.0,
        &kept
    )
    .execute(&mut *conn)
    .await?;
    put_items(conn, tenant, id, &new.items).await?;
    sqlx::query!("DELETE FROM offer_assets WHERE tenant_id = $1 AND offer_id = $2", tenant.0, id.0)
        .execute(&mut *conn)
        .await?;
    put_assets(conn, tenant, id, &new.asset_ids).await
}

/// draft → archived; false when the offer was archived already.
pub async fn archive(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: OfferId,
    now: OffsetDateTime,
) -> Result<bool> {
    if lock(conn, tenant, id).await?.0 == OfferState::Archived {
        return Ok(false);
    }
    sqlx::query!(
        "UPDATE offers SET state = 'archived', updated_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Locks an offer that may be edited, and gives its last edit.
pub async fn lock_draft(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: OfferId,
) -> Result<LastEdit> {
    match lock(conn, tenant, id).await? {
        (OfferState::Draft, last) => Ok(last),
        (OfferState::Archived, _) => Err(Error::conflict(
            "offer_archived",
            "This offer is archived and cannot be changed. Create a new one.",
        )),
    }
}

async fn lock(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: OfferId,
) -> Result<(OfferState, LastEdit)> {
    let row = sqlx::query!(
        r#"
        SELECT state AS "state: OfferState", version, edited_by, edited_at FROM offers
        WHERE tenant_id = $1 AND id = $2 FOR UPDATE
        "#,
        tenant.0,
        id.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("offer"))?;
    let last =
        LastEdit { version: row.version, edited_by: row.edited_by, edited_at: row.edited_at };
    Ok((row.state, last))
}

/// Checks ids and SKUs against what is stored; `present` are the offer's current items.
async fn check_against_stored(
    conn: &mut PgConnection,
    tenant: TenantId,
    offer: OfferId,
    new: &NewOffer,
    present: &[Uuid],
) -> Result<()> {
    let mut fields = FieldErrors::default();
    for (index, item) in new.items.iter().enumerate() {
        let known = item.id.is_none_or(|id| present.contains(&id.0));
        fields.check(
            known,
            &format!("items.{index}.id"),
            "This offer has no such item; leave the id out to add a new one",
        );
    }
    let skus: Vec<String> = new.items.iter().map(|item| item.sku.clone()).collect();
    let taken = sqlx::query!(
        r#"
        SELECT i.sku, o.title
        FROM items i JOIN offers o ON (o.tenant_id, o.id) = (i.tenant_id, i.offer_id)
        WHERE i.tenant_id = $1 AND i.sku = ANY($2) AND i.removed_at IS NULL AND i.offer_id <> $3
        "#,
        tenant.0,
        &skus,
        offer.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    for (index, item) in new.items.iter().enumerate() {
        if let Some(other) = taken.iter().find(|row| row.sku == item.sku) {
            fields.add(
                format!("items.{index}.sku"),
                format!("Your offer {:?} has this SKU; use another one", other.title),
            );
        }
    }
    let named: Vec<_> = new.asset_ids.iter().map(|id| (tenant, *id)).collect();
    let assets = assets::many(conn, &named).await?;
    for (index, id) in new.asset_ids.iter().enumerate() {
        let field = format!("asset_ids.{index}");
        match assets.get(id).filter(|asset| asset.is_for_sales()) {
            None => fields.add(
                field,
                "There is no such asset, or its upload is not complete; upload it first",
            ),
            Some(asset) => fields.check(
                asset.kind == AssetKind::Image,
                &field,
                "Is not a picture, and shoppers see pictures only. Leave it out; a PDF can be \
                 evidence for SMP's reviewers, at an item of the sale",
            ),
        }
    }
    fields.finish()
}

async fn put_items(
    conn: &mut PgConnection,
    tenant: TenantId,
    offer: OfferId,
    items: &[NewOfferItem],
) -> Result<()> {
    let ids: Vec<Uuid> = items.iter().map(|item| item.id.unwrap_or_else(ItemId::new).0).collect();
    let positions: Vec<i32> = (0..).take(items.len()).collect();
    let skus: Vec<String> = items.iter().map(|item| item.sku.clone()).collect();
    let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
    let attributes = items
        .iter()
        .map(|item| serde_json::to_value(&item.attributes))
        .collect::<Result<Vec<_>, _>>()
        .map_err(anyhow::Error::from)?;
    let prices: Vec<i64> = items.iter().map(|item| item.price_minor).collect();
    let compare_at: Vec<Option<i64>> = items.iter().map(|item| item.compare_at_minor).collect();
    sqlx::query!(
        r#"
        INSERT INTO items (
            tenant_id, offer_id, id, position, sku, name, attributes, price_minor, compare_at_minor
        )
        SELECT $1, $2, * FROM UNNEST(
            $3::uuid[], $4::int[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[], $9::bigint[]
        )
        ON CONFLICT (tenant_id, id) DO UPDATE SET
            position = excluded.position, sku = excluded.sku, name = excluded.name,
            attributes = excluded.attributes, price_minor = excluded.price_minor,
            compare_at_minor = excluded.compare_at_minor
        "#,
        tenant.0,
        offer.0,
        &ids,
        &positions,
        &skus,
        &names,
        &attributes,
        &prices,
        &compare_at as &[Option<i64>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn put_assets(
    conn: &mut PgConnection,
    tenant: TenantId,
    offer: OfferId,
    assets: &[AssetId],
) -> Result<()> {
    let ids: Vec<Uuid> = assets.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        INSERT INTO offer_assets (tenant_id, offer_id, asset_id, position)
        SELECT $1, $2, id, position::int
        FROM UNNEST($3::uuid[]) WITH ORDINALITY AS given (id, position)
        "#,
        tenant.0,
        offer.0,
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an item of one of the provider's offers has this SKU.
pub async fn has_sku(conn: &mut PgConnection, tenant: TenantId, sku: &str) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM items WHERE tenant_id = $1 AND sku = $2 AND removed_at IS NULL
           ) AS "found!""#,
        tenant.0,
        sku,
    );
    Ok(found.fetch_one(conn).await?)
}
