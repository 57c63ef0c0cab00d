//! Writing the draft of a sale: the SQL that creates and replaces it.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    input::{NewSale, NewSaleItem},
    sale::{Sale, SaleItem},
    terms::TargetMissed,
};
use crate::{
    access::edits,
    kernel::{AccountId, FieldError, Result, SaleId, SaleItemId, TenantId, token, validate},
};

/// How many endings are tried for a slug made from a title before the caller has to choose one.
const SLUG_TRIES: usize = 4;
/// Lower-case letters and digits that distinguish sales with the same title.
const SLUG_ENDING_CHARS: usize = 4;

/// Creates a draft. A given slug that is taken is an error on `slug`; a slug made from `title` gets
/// an ending when it is taken.
pub async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    new: &NewSale,
    title: &str,
    now: OffsetDateTime,
) -> Result<SaleId> {
    let id = SaleId::new();
    let from_title = validate::slug_from(title);
    let from_title = if from_title.len() < 2 { "sale".to_owned() } else { from_title };
    for nth in 0..SLUG_TRIES {
        let slug = match &new.slug {
            Some(slug) => slug.clone(),
            None if nth == 0 => from_title.clone(),
            None => format!("{from_title}-{}", token::short_code(SLUG_ENDING_CHARS)),
        };
        let inserted = sqlx::query!(
            "
            INSERT INTO sales (
                tenant_id, id, slug, offer_id, mode, kind, starts_at, ends_at, hold_seconds,
                redirect_url, countries, created_at, updated_at, registration_opens_at,
                registration_closes_at, registered_only, waitlist_offer_seconds,
                target_quantity, ship_min_days, ship_max_days, voucher_valid_days,
                sold_out_at_guarantee, when_target_missed
            ) VALUES (
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16,
                $17, $18, $19, $20, $21, $22
            ) ON CONFLICT ON CONSTRAINT sales_slug_key DO NOTHING
            ",
            tenant.0,
            id.0,
            slug,
            new.offer.0,
            <&str>::from(new.mode),
            <&str>::from(new.kind),
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
            new.sold_out_at_guarantee,
            new.terms_of_kind.when_target_missed as Option<TargetMissed>,
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
    Err(FieldError::new("slug", "Another sale has this slug; choose a different one").into())
}

/// The fields in which an edit differs from the stored draft.
pub fn differing(new: &NewSale, stored: &Sale) -> Vec<&'static str> {
    let same = |new: &NewSaleItem, stored: &SaleItem| {
        new.item_id == stored.item_id
            && new.price_minor == stored.price_minor
            && new.capacity == stored.capacity
            && new.limit_per_shopper == stored.limit_per_shopper
            && new.slot == stored.slot
            && new.guarantee == stored.guarantee
            && new.deposit == stored.deposit
    };
    let items_differ = new.items.len() != stored.items.len()
        || !new.items.iter().zip(&stored.items).all(|(new, stored)| same(new, stored));
    let (terms, stored_terms) = (&new.terms_of_kind, &stored.terms_of_kind);
    let (window, stored_window) = (new.registration, stored.registration);
    edits::differing(&[
        ("slug", new.slug.as_ref().is_some_and(|slug| *slug != stored.slug)),
        ("offer_id", new.offer != stored.offer),
        ("mode", new.mode != stored.mode),
        ("kind", new.kind != stored.kind),
        ("starts_at", new.starts_at != stored.starts_at),
        ("ends_at", new.ends_at != stored.ends_at),
        ("hold_seconds", new.hold_seconds != stored.hold_seconds),
        (
            "registration_opens_at",
            window.map(|window| window.opens_at) != stored_window.map(|window| window.opens_at),
        ),
        (
            "registration_closes_at",
            window.map(|window| window.closes_at) != stored_window.map(|window| window.closes_at),
        ),
        ("registered_only", new.registered_only != stored.registered_only),
        ("waitlist_offer_seconds", new.waitlist_offer_seconds != stored.waitlist_offer_seconds),
        ("redirect_url", new.redirect_url != stored.redirect_url),
        ("sold_out_at_guarantee", new.sold_out_at_guarantee != stored.sold_out_at_guarantee),
        ("countries", new.countries != stored.countries),
        ("items", items_differ),
        ("target_quantity", terms.target_quantity != stored_terms.target_quantity),
        ("when_target_missed", terms.when_target_missed != stored_terms.when_target_missed),
        ("ship_min_days", terms.ship_min_days != stored_terms.ship_min_days),
        ("ship_max_days", terms.ship_max_days != stored_terms.ship_max_days),
        ("voucher_valid_days", terms.voucher_valid_days != stored_terms.voucher_valid_days),
    ])
}

/// Replaces a sale's draft; an item that is in the draft before and after keeps its id.
pub async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    new: &NewSale,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "
        UPDATE sales SET
            slug = coalesce($3, slug), offer_id = $4, mode = $5, kind = $6, starts_at = $7,
            ends_at = $8, hold_seconds = $9, redirect_url = $10, countries = $11, updated_at = $12,
            registration_opens_at = $13, registration_closes_at = $14, registered_only = $15,
            waitlist_offer_seconds = $16, target_quantity = $17, ship_min_days = $18,
            ship_max_days = $19, voucher_valid_days = $20,
            sold_out_at_guarantee = $22, when_target_missed = $23,
            version = version + 1, edited_by = $21, edited_at = $12
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        new.slug,
        new.offer.0,
        <&str>::from(new.mode),
        <&str>::from(new.kind),
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
        by.0,
        new.sold_out_at_guarantee,
        new.terms_of_kind.when_target_missed as Option<TargetMissed>,
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
    let deposits: Vec<Option<i64>> =
        items.iter().map(|item| item.deposit.map(|deposit| deposit.amount_minor)).collect();
    let rests: Vec<Option<Date>> =
        items.iter().map(|item| item.deposit.map(|deposit| deposit.rest_due_on)).collect();
    let refundable: Vec<bool> =
        items.iter().map(|item| item.deposit.is_some_and(|deposit| deposit.refundable)).collect();
    sqlx::query!(
        "
        DELETE FROM sale_items s WHERE tenant_id = $1 AND sale_id = $2 AND NOT EXISTS (
            SELECT FROM UNNEST($3::uuid[], $4::date[], $5::date[])
                AS kept (item_id, first_day, last_day)
            WHERE kept.item_id = s.item_id
              AND kept.first_day IS NOT DISTINCT FROM s.slot_starts_on
              AND kept.last_day IS NOT DISTINCT FROM s.slot_ends_on
        )
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
        INSERT INTO sale_items (
            tenant_id, sale_id, id, item_id, price_minor, capacity, limit_per_shopper, position,
            slot_starts_on, slot_ends_on, guaranteed_quantity, evidence, evidence_asset_id,
            deposit_minor, rest_due_on, deposit_refundable
        )
        SELECT $1, $2, id, item_id, price_minor, capacity, limit_per_shopper, position::int,
               first_day, last_day, guaranteed, evidence, evidence_asset, deposit, rest_due_on,
               refundable
        FROM UNNEST(
            $3::uuid[], $4::uuid[], $5::bigint[], $6::int[], $7::int[], $8::date[], $9::date[],
            $10::int[], $11::text[], $12::uuid[], $13::bigint[], $14::date[],
            $15::bool[]
        ) WITH ORDINALITY AS given (
            id, item_id, price_minor, capacity, limit_per_shopper, first_day, last_day,
            guaranteed, evidence, evidence_asset, deposit, rest_due_on, refundable, position
        )
        ON CONFLICT ON CONSTRAINT sale_items_item_key DO UPDATE SET
            price_minor = excluded.price_minor, capacity = excluded.capacity,
            limit_per_shopper = excluded.limit_per_shopper, position = excluded.position,
            guaranteed_quantity = excluded.guaranteed_quantity, evidence = excluded.evidence,
            evidence_asset_id = excluded.evidence_asset_id,
            deposit_minor = excluded.deposit_minor, rest_due_on = excluded.rest_due_on,
            deposit_refundable = excluded.deposit_refundable
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
        &deposits as &[Option<i64>],
        &rests as &[Option<Date>],
        &refundable,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a sale that was never published, with everything that belongs to it.
pub async fn delete(conn: &mut PgConnection, tenant: TenantId, id: SaleId) -> Result<()> {
    sqlx::query!("DELETE FROM access_points WHERE tenant_id = $1 AND sale_id = $2", tenant.0, id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM revisions WHERE tenant_id = $1 AND sale_id = $2", tenant.0, id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM sale_items WHERE tenant_id = $1 AND sale_id = $2", tenant.0, id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM sales WHERE tenant_id = $1 AND id = $2", tenant.0, id.0)
        .execute(conn)
        .await?;
    Ok(())
}
