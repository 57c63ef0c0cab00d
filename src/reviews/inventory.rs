//! A manager verifies the proofs of a revision's inventory, or refuses them. Stock never exceeds what
//! was verified, which the database enforces, too (`stock_verified_check`).

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    guarantees,
    proof::{self, NewState, Proof, ProofState},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, Error, FieldErrors, Result, SaleItemId, limits::UNITS_MAX},
    sales::{Content, ContentItem, Revision, SaleMode},
    stock::{self, NewCapacity},
};

/// What a manager says of an item's proof.
#[derive(Debug)]
pub struct NewFinding {
    pub sale_item_id: SaleItemId,
    /// Verified, or else refused.
    pub is_verified: bool,
    /// Units that are proved to exist; the capacity where nothing is guaranteed.
    pub quantity: Option<i32>,
    /// Required to refuse.
    pub reason: String,
}

/// Checks what a manager says of the items of `content`.
pub fn check(content: &Content, findings: &[NewFinding]) -> Result<()> {
    let mut fields = FieldErrors::default();
    fields.check(!findings.is_empty(), "proofs", "Verify or refuse at least one item");
    for (index, finding) in findings.iter().enumerate() {
        let at = |name: &str| format!("proofs.{index}.{name}");
        let item = content.items.iter().find(|item| item.sale_item_id == finding.sale_item_id);
        fields.check(
            item.is_some(),
            &at("sale_item_id"),
            "Is not an item of this revision; load the review again",
        );
        let mut earlier = findings[..index].iter();
        let is_duplicate = earlier.any(|earlier| earlier.sale_item_id == finding.sale_item_id);
        fields.check(!is_duplicate, &at("sale_item_id"), "Is listed twice; keep one");
        let guarantees = item.is_some_and(|item| proof::guaranteed(content, item).is_some());
        match finding.quantity {
            Some(quantity) => {
                let range = 0..=UNITS_MAX;
                let message = format!("Must be from 0 to {UNITS_MAX} units");
                fields.check(range.contains(&quantity), &at("quantity"), &message);
                fields.check(
                    finding.is_verified,
                    &at("quantity"),
                    "A refused proof has no quantity; leave it out",
                );
            }
            None => fields.check(
                !(finding.is_verified && guarantees),
                &at("quantity"),
                "Is required: how many units are proved to exist",
            ),
        }
        fields.check(
            finding.is_verified || !finding.reason.is_empty(),
            &at("reason"),
            "Is required, so that the provider knows what is missing",
        );
    }
    fields.finish()
}

/// Verifies or refuses proofs of a revision that is submitted, or that is in force.
pub async fn decide(
    conn: &mut PgConnection,
    revision: &Revision,
    by: AccountId,
    findings: &[NewFinding],
    now: OffsetDateTime,
) -> Result<()> {
    let content = &revision.content.0;
    check(content, findings)?;
    guarantees::lock(conn, revision.tenant).await?;
    let proofs = proof::of_revision(conn, revision.tenant, revision.id).await?;
    for finding in findings {
        let item = content.items.iter().find(|item| item.sale_item_id == finding.sale_item_id);
        let known = proofs.iter().find(|proof| proof.sale_item_id == finding.sale_item_id);
        let (Some(item), Some(known)) = (item, known) else { continue };
        let state = if finding.is_verified { ProofState::Verified } else { ProofState::Refused };
        let verified = finding.is_verified.then(|| finding.quantity.unwrap_or(item.capacity));
        let new = NewState { state, verified, reason: &finding.reason, by: Some(by), at: now };
        proof::set_state(conn, revision.tenant, known, &new).await?;
        let details = json!({
            "sale_id": revision.sale,
            "revision_id": revision.id,
            "sale_item_id": item.sale_item_id,
            "title": content.title,
            "name": item.name,
            "quantity": verified,
            "reason": finding.reason,
        });
        let (kind, action) = if finding.is_verified {
            ("proof.verified", "proof_verify")
        } else {
            ("proof.refused", "proof_refuse")
        };
        events::publish(conn, revision.tenant, kind, &details).await?;
        let subject = format!("sale {}", revision.sale);
        audit::record(conn, Actor::Account(by), revision.tenant, action, &subject, &details)
            .await?;
    }
    Ok(())
}

/// The proofs of a revision that may be approved, in the order of its items. Every item needs a
/// verified proof of its capacity, and none of its units may be guaranteed to another sale.
pub async fn require_verified(
    conn: &mut PgConnection,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<Vec<Proof>> {
    let content = &revision.content.0;
    guarantees::lock(conn, revision.tenant).await?;
    let proofs = proof::of_revision(conn, revision.tenant, revision.id).await?;
    let mut verified = vec![];
    for item in &content.items {
        let known = proofs.iter().find(|proof| proof.sale_item_id == item.sale_item_id);
        let known = known.filter(|proof| proof.state == ProofState::Verified);
        let Some(known) = known else {
            let refused = proofs.iter().any(|proof| {
                proof.sale_item_id == item.sale_item_id && proof.state == ProofState::Refused
            });
            return Err(not_verified(&item.name, refused));
        };
        require_capacity(item, known.verified.unwrap_or(0))?;
        guarantees::check(conn, revision.tenant, &item.name, known, now).await?;
        verified.push(known.clone());
    }
    Ok(verified)
}

fn not_verified(name: &str, refused: bool) -> Error {
    if refused {
        let detail = format!(
            "The proof of {name} was refused. Request changes, so that the provider can answer, or \
             verify it after all."
        );
        return Error::conflict("proof_refused", detail);
    }
    let detail = format!("The proof of {name} is not verified. Verify or refuse it first.");
    Error::conflict("proof_not_verified", detail)
}

fn require_capacity(item: &ContentItem, verified: i32) -> Result<()> {
    let ContentItem { name, capacity, .. } = item;
    if verified >= *capacity {
        return Ok(());
    }
    let detail = format!(
        "{capacity} of {name} would be on sale, but only {verified} are verified. Verify \
         {capacity} or more, or request changes so that its capacity is at most {verified}."
    );
    Err(Error::conflict("capacity_above_verified", detail))
}

/// Sets the stock of the items, as far as it was verified. In redirect mode the provider keeps the
/// stock.
pub async fn set_stock(
    conn: &mut PgConnection,
    revision: &Revision,
    verified: &[Proof],
) -> Result<()> {
    let content = &revision.content.0;
    if content.mode == SaleMode::Redirect {
        return Ok(());
    }
    let capacities: Vec<NewCapacity<'_>> = content
        .items
        .iter()
        .zip(verified)
        .map(|(item, proof)| NewCapacity {
            sale_item_id: item.sale_item_id,
            name: &item.name,
            capacity: item.capacity,
            verified: proof.verified.unwrap_or(0),
        })
        .collect();
    stock::set_capacities(conn, revision.tenant, revision.sale, &capacities).await
}

/// Records in the event log and the audit log what was verified at an approval, and by whom.
pub async fn record(
    conn: &mut PgConnection,
    revision: &Revision,
    by: AccountId,
    verified: &[Proof],
    note: Option<&str>,
) -> Result<()> {
    let item = |(item, proof): (&ContentItem, &Proof)| {
        json!({
            "sale_item_id": item.sale_item_id,
            "name": item.name,
            "capacity": item.capacity,
            "guaranteed_quantity": item.guaranteed_quantity,
            "verified_quantity": proof.verified,
        })
    };
    let items: Vec<_> = revision.content.items.iter().zip(verified).map(item).collect();
    let details = json!({
        "sale_id": revision.sale,
        "revision_id": revision.id,
        "items": items,
        "note": note,
    });
    events::publish(conn, revision.tenant, "sale.stock_verified", &details).await?;
    audit::record(
        conn,
        Actor::Account(by),
        revision.tenant,
        "stock_verify",
        &format!("sale {}", revision.sale),
        &details,
    )
    .await
}

/// Checks proofs of a revision in force that were verified again, and lets its stock follow.
pub async fn renew_in_force(
    conn: &mut PgConnection,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<()> {
    let proofs = proof::of_revision(conn, revision.tenant, revision.id).await?;
    let mut in_order = vec![];
    for item in &revision.content.0.items {
        let known = proofs.iter().find(|proof| proof.sale_item_id == item.sale_item_id);
        let Some(known) = known.filter(|proof| proof.verified.is_some()) else { return Ok(()) };
        if known.state == ProofState::Verified {
            require_capacity(item, known.verified.unwrap_or(0))?;
            guarantees::check(conn, revision.tenant, &item.name, known, now).await?;
        }
        in_order.push(known.clone());
    }
    set_stock(conn, revision, &in_order).await
}
