//! A draft made from another sale, and the deletion of a sale that nobody took part in.

use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    drafts,
    input::{NewSale, NewSaleItem},
    phase::{Phase, RegistrationWindow},
    sale::{Sale, SaleItem},
    states::SaleState,
    store,
    terms::{Deposit, ReservationSlot},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{Error, Result, SaleId, TenantId},
    offers,
};

/// The copy of a sale that has started begins at least this much later than now.
const STARTS_IN_MIN: Duration = Duration::days(1);

/// Makes a draft with everything of a sale but its slug. Dates move by whole weeks when the sale
/// has started, so that weekday and hour stay.
pub async fn duplicate(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<SaleId> {
    let sale = store::get(conn, tenant, id, now).await?;
    let offer = offers::get(conn, tenant, sale.offer).await?;
    let copy = drafts::create(conn, tenant, &copy_of(&sale, now), &offer.title, now).await?;
    events::publish(conn, tenant, "sale.duplicated", &json!({"sale_id": copy, "of": id})).await?;
    audit::record(
        conn,
        actor,
        tenant,
        "sale_duplicate",
        &format!("sale {copy}"),
        &json!({"of": id, "title": offer.title}),
    )
    .await?;
    Ok(copy)
}

fn copy_of(sale: &Sale, now: OffsetDateTime) -> NewSale {
    let first =
        sale.registration.map_or(sale.starts_at, |window| window.opens_at.min(sale.starts_at));
    let later = moved_by(first, now);
    let item = |item: &SaleItem| NewSaleItem {
        item_id: item.item_id,
        price_minor: item.price_minor,
        capacity: item.capacity,
        limit_per_shopper: item.limit_per_shopper,
        slot: item.slot.map(|slot| ReservationSlot {
            starts_on: slot.starts_on + later,
            ends_on: slot.ends_on + later,
        }),
        guarantee: item.guarantee.clone(),
        deposit: item
            .deposit
            .map(|deposit| Deposit { rest_due_on: deposit.rest_due_on + later, ..deposit }),
    };
    NewSale {
        slug: None,
        offer: sale.offer,
        mode: sale.mode,
        kind: sale.kind,
        starts_at: sale.starts_at + later,
        ends_at: sale.ends_at + later,
        hold_seconds: sale.hold_seconds,
        registration: sale.registration.map(|window| RegistrationWindow {
            opens_at: window.opens_at + later,
            closes_at: window.closes_at + later,
        }),
        registered_only: sale.registered_only,
        waitlist_offer_seconds: sale.waitlist_offer_seconds,
        redirect_url: sale.redirect_url.clone(),
        sold_out_at_guarantee: sale.sold_out_at_guarantee,
        countries: sale.countries.clone(),
        items: sale.items.iter().map(item).collect(),
        terms_of_kind: sale.terms_of_kind.clone(),
    }
}

/// By how many whole weeks a schedule whose first date is `first` moves.
fn moved_by(first: OffsetDateTime, now: OffsetDateTime) -> Duration {
    if first > now {
        return Duration::ZERO;
    }
    let behind = now + STARTS_IN_MIN - first;
    let weeks = behind.whole_weeks();
    let is_whole = Duration::weeks(weeks) == behind;
    Duration::weeks(if is_whole { weeks } else { weeks + 1 })
}

/// Deletes a sale with its submissions, access points and figures: one that was never published, or
/// one that is over and that nobody took part in. Returns its slug.
pub async fn delete(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: SaleId,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<String> {
    let sale = store::get_locked(conn, tenant, id, now).await?;
    let is_over = sale.state == SaleState::Cancelled || sale.phase == Some(Phase::Ended);
    if sale.approved_revision.is_some() && !is_over {
        return Err(Error::conflict(
            "published",
            "This sale is public. Cancel it first; then it can be deleted, unless somebody has \
             registered, held units or bought.",
        ));
    }
    if sale.in_review {
        return Err(Error::conflict(
            "already_submitted",
            "This sale is in review. Withdraw the submission first.",
        ));
    }
    if sale.approved_revision.is_none() {
        drafts::delete(conn, tenant, id).await?;
    } else if !store::remove_unused(conn, tenant, id).await? {
        return Err(Error::conflict(
            "sale_used",
            "Shoppers have registered, held units, waited or bought in this sale, so its record \
             stays. It is over, and nobody can buy in it.",
        ));
    }
    events::publish(conn, tenant, "sale.deleted", &json!({"sale_id": id})).await?;
    audit::record(
        conn,
        actor,
        tenant,
        "sale_delete",
        &format!("sale {id}"),
        &json!({"slug": sale.slug, "state": <&str>::from(sale.state)}),
    )
    .await?;
    Ok(sale.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_in_the_past_moves_by_whole_weeks() {
        let now = time::macros::datetime!(2026-05-20 12:00 UTC);
        assert_eq!(moved_by(now + Duration::hours(1), now), Duration::ZERO);
        assert_eq!(moved_by(now - Duration::hours(1), now), Duration::weeks(1));
        assert_eq!(moved_by(now - Duration::days(6), now), Duration::weeks(1));
        assert_eq!(moved_by(now - Duration::days(7), now), Duration::weeks(2));
    }
}
