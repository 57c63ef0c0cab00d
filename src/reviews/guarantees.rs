//! The same units are never guaranteed to two sales at once: the sales of an item that overlap in time
//! guarantee no more, together, than was proved to exist.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    proof::{self, Proof},
    stock_figure::{self, StockFigure},
};
use crate::{
    kernel::{Error, ItemId, Result, SaleId, TenantId},
    sales::{self, SaleState},
};

/// What another sale guarantees of the same units.
#[derive(Debug, Clone)]
pub struct OtherGuarantee {
    pub sale: SaleId,
    pub title: String,
    /// Units: all that it guarantees, and those that it has not sold yet.
    pub guaranteed: i32,
    pub unsold: i32,
    /// What a manager found proved for it.
    pub verified: i32,
    pub ends_at: OffsetDateTime,
}

/// Waits until nobody else approves or reports stock at the provider, until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('guarantees ' || $1::text, 0))")
        .bind(tenant.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// For each of these proofs, what other sales that overlap in time, are not over and not cancelled
/// guarantee of the same units.
pub async fn of_others(
    conn: &mut PgConnection,
    tenant: TenantId,
    proofs: &[Proof],
    now: OffsetDateTime,
) -> Result<Vec<Vec<OtherGuarantee>>> {
    let items: Vec<ItemId> = proofs.iter().map(|proof| proof.item).collect();
    let in_force = proof::in_force(conn, tenant, &items, now).await?;
    let mut others = vec![];
    for proof in proofs {
        let mut found = vec![];
        for other in in_force.iter().filter(|other| same_units(proof, other)) {
            found.extend(standing(conn, tenant, other, now).await?);
        }
        others.push(found);
    }
    Ok(others)
}

fn same_units(proof: &Proof, other: &Proof) -> bool {
    other.sale != proof.sale
        && other.item == proof.item
        && other.slot_starts_on == proof.slot_starts_on
        && other.starts_at < proof.ends_at
        && proof.starts_at < other.ends_at
}

/// What a proof in force guarantees; None for a sale that was cancelled, or that guarantees nothing.
pub async fn standing(
    conn: &mut PgConnection,
    tenant: TenantId,
    proof: &Proof,
    now: OffsetDateTime,
) -> Result<Option<OtherGuarantee>> {
    let Some(guaranteed) = proof.guaranteed else { return Ok(None) };
    let sale = sales::sale(conn, tenant, proof.sale, now).await?;
    if sale.state == SaleState::Cancelled {
        return Ok(None);
    }
    let revision = sales::revision(conn, tenant, proof.revision).await?;
    let sold = sold(conn, tenant, proof).await?;
    Ok(Some(OtherGuarantee {
        sale: proof.sale,
        title: revision.content.0.title,
        guaranteed,
        unsold: (guaranteed - sold).max(0),
        verified: proof.verified.unwrap_or(0),
        ends_at: proof.ends_at,
    }))
}

/// Units of an item that are sold, or in redirect mode reported as bought.
async fn sold(conn: &mut PgConnection, tenant: TenantId, proof: &Proof) -> Result<i32> {
    let levels = sales::stock_levels(conn, tenant, proof.sale).await?;
    if let Some(level) = levels.iter().find(|level| level.sale_item_id == proof.sale_item_id) {
        return Ok(level.sold);
    }
    let units = sales::guaranteed_units(conn, &[proof.sale]).await?;
    let reported = units.get(&proof.sale_item_id).map_or(0, |units| units.reported);
    Ok(i32::try_from(reported).unwrap_or(i32::MAX))
}

/// Checks a proof that is to be in force, with the verified quantity, against the guarantees of other
/// sales. `name` is the item's.
pub async fn check(
    conn: &mut PgConnection,
    tenant: TenantId,
    name: &str,
    proof: &Proof,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(own) = proof.guaranteed else { return Ok(()) };
    let others = of_others(conn, tenant, std::slice::from_ref(proof), now).await?;
    let others = others.into_iter().next().unwrap_or_default();
    let figure = stock_figure::of_sku(conn, tenant, &proof.sku)
        .await?
        .filter(|figure| figure.is_fresh(now) && proof.slot_starts_on.is_none());
    let own = Own { guaranteed: own, sold: sold(conn, tenant, proof).await?, proof };
    require_enough(name, &own, &others, figure.as_ref())
}

struct Own<'a> {
    guaranteed: i32,
    sold: i32,
    proof: &'a Proof,
}

/// A stock figure says what is there now, so what is sold no longer counts against it. Without one,
/// the highest quantity that a manager verified is what was there at first.
fn require_enough(
    name: &str,
    own: &Own<'_>,
    others: &[OtherGuarantee],
    figure: Option<&StockFigure>,
) -> Result<()> {
    let (asked, proved, how) = match figure {
        Some(figure) => {
            let unsold = others.iter().map(|other| i64::from(other.unsold)).sum::<i64>();
            let own = i64::from((own.guaranteed - own.sold).max(0));
            (own + unsold, figure.quantity, "in stock, as the provider reported")
        }
        None => {
            let all = others.iter().map(|other| i64::from(other.guaranteed)).sum::<i64>();
            let verified = others.iter().map(|other| other.verified);
            let proved = verified.chain(own.proof.verified).max().unwrap_or(0);
            (i64::from(own.guaranteed) + all, proved, "verified")
        }
    };
    if asked <= i64::from(proved) {
        return Ok(());
    }
    let guaranteed = own.guaranteed;
    let Some(largest) = others.iter().max_by_key(|other| other.guaranteed) else {
        return Err(Error::conflict(
            "guarantee_above_stock",
            format!(
                "{guaranteed} of {name} are guaranteed, but only {proved} are {how}. Request \
                 changes, or have the provider report its stock again."
            ),
        ));
    };
    Err(Error::conflict(
        "guaranteed_elsewhere",
        format!(
            "{guaranteed} of {name} are guaranteed here and {} in the sale “{}”, which goes on at \
             the same time{}, but only {proved} are {how}. Verify that all of them exist, or \
             request changes so that the guarantees fit or the sales do not overlap.",
            largest.guaranteed,
            largest.title,
            if others.len() > 1 { ", and more in other sales" } else { "" },
        ),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;

    use super::super::proof::ProofState;
    use super::*;
    use crate::kernel::{RevisionId, SaleItemId};

    fn proof(guaranteed: i32, verified: i32) -> Proof {
        let at = OffsetDateTime::UNIX_EPOCH;
        Proof {
            revision: RevisionId::new(),
            sale_item_id: SaleItemId::new(),
            sale: SaleId::new(),
            item: ItemId::new(),
            slot_starts_on: None,
            sku: "BOWL".to_owned(),
            guaranteed: Some(guaranteed),
            starts_at: at,
            ends_at: at + Duration::DAY,
            state: ProofState::Verified,
            verified: Some(verified),
            reason: String::new(),
            decided_by: None,
            decided_at: None,
        }
    }

    proptest! {
        #[test]
        fn sales_approved_one_after_the_other_never_guarantee_more_than_was_proved(
            sales in prop::collection::vec((1..50_i32, 0..200_i32), 1..12)
        ) {
            let mut approved: Vec<OtherGuarantee> = vec![];
            for (guaranteed, verified) in sales {
                let proof = proof(guaranteed, verified);
                let own = Own { guaranteed, sold: 0, proof: &proof };
                if require_enough("Bowl", &own, &approved, None).is_ok() {
                    approved.push(OtherGuarantee {
                        sale: proof.sale,
                        title: "Another".to_owned(),
                        guaranteed,
                        unsold: guaranteed,
                        verified,
                        ends_at: proof.ends_at,
                    });
                }
            }
            let all: i32 = approved.iter().map(|other| other.guaranteed).sum();
            let proved = approved.iter().map(|other| other.verified).max().unwrap_or(0);
            prop_assert!(all <= proved, "{all} of {proved}");
        }
    }

    #[test]
    fn sales_that_follow_one_another_may_guarantee_the_same_units() {
        let first = proof(20, 20);
        let mut second = Proof { item: first.item, ..proof(20, 20) };
        assert!(same_units(&second, &first));
        second.starts_at = first.ends_at;
        second.ends_at = first.ends_at + Duration::DAY;
        assert!(!same_units(&second, &first));
    }
}
