//! A report of stock: a falling figure reopens the proofs that it no longer covers.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    guarantees::{self, OtherGuarantee},
    proof::{self, NewState, Proof, ProofState},
    stock_figure::{self, StockFigure},
};
use crate::{
    events,
    kernel::{Result, TenantId},
};

/// Keeps a figure, and reopens the proofs in force of the item that it no longer covers. Their sales
/// go on; the provider and SMP's managers are told.
pub async fn report(conn: &mut PgConnection, tenant: TenantId, figure: &StockFigure) -> Result<()> {
    guarantees::lock(conn, tenant).await?;
    stock_figure::keep(conn, tenant, figure).await?;
    reopen(conn, tenant, figure).await
}

async fn reopen(conn: &mut PgConnection, tenant: TenantId, figure: &StockFigure) -> Result<()> {
    let now = figure.reported_at;
    let mut standing: Vec<(Proof, OtherGuarantee)> = vec![];
    for proof in proof::in_force_of_sku(conn, tenant, &figure.sku, now).await? {
        // The packages of a slot are not what is on a shelf.
        if proof.slot_starts_on.is_some() {
            continue;
        }
        if let Some(guarantee) = guarantees::standing(conn, tenant, &proof, now).await? {
            standing.push((proof, guarantee));
        }
    }
    let unsold: i64 = standing.iter().map(|(_, guarantee)| i64::from(guarantee.unsold)).sum();
    if unsold <= i64::from(figure.quantity) {
        return Ok(());
    }
    let reason = format!(
        "{} of {} are in stock by the provider’s latest figure, but {unsold} are guaranteed and \
         not sold yet.",
        figure.quantity, figure.sku
    );
    for (proof, guarantee) in &standing {
        if proof.state != ProofState::Verified {
            continue;
        }
        let new = NewState {
            state: ProofState::Reopened,
            verified: proof.verified,
            reason: &reason,
            by: None,
            at: now,
        };
        proof::set_state(conn, tenant, proof, &new).await?;
        let payload = json!({
            "sale_id": proof.sale,
            "revision_id": proof.revision,
            "title": guarantee.title,
            "reason": reason,
        });
        events::publish(conn, tenant, "proof.reopened", &payload).await?;
    }
    Ok(())
}
