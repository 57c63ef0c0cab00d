//! The API of the proofs of inventory: what was submitted, and a manager's findings.

use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    guarantees::{self, OtherGuarantee},
    inventory::{self, NewFinding},
    proof::{self, Proof, ProofState},
    stock_figure,
    stock_figure_api::StockFigureView,
};
use crate::{
    access::{Member, Tag, accounts},
    kernel::{
        Error, FieldErrors, Input, Result, RevisionId, SaleId, SaleItemId, TenantId,
        limits::REASON_CHARS_MAX, validate,
    },
    platform::Platform,
    sales::{self, Revision, RevisionState, Submission},
};

pub struct ProofApi {
    pub platform: Platform,
}

/// The proof of an item's inventory.
#[derive(Object)]
#[oai(rename = "Proof")]
struct ProofView {
    sale_item_id: SaleItemId,
    sku: String,
    name: String,
    capacity: i32,
    /// Units; null when the item is made to order, so that nothing is guaranteed.
    guaranteed_quantity: Option<i32>,
    state: ProofState,
    /// Units that a manager found proved.
    verified_quantity: Option<i32>,
    /// Why it was refused or reopened.
    reason: String,
    decided_by_name: Option<String>,
    decided_at: Option<OffsetDateTime>,
    /// What the provider last reported; null when it reported none.
    stock_figure: Option<StockFigureView>,
    /// Other sales at the same time that guarantee the same units.
    guaranteed_elsewhere: Vec<OtherGuaranteeView>,
}

#[derive(Object)]
#[oai(rename = "OtherGuarantee")]
struct OtherGuaranteeView {
    sale_id: SaleId,
    title: String,
    /// Units.
    quantity: i32,
    ends_at: OffsetDateTime,
}

impl From<OtherGuarantee> for OtherGuaranteeView {
    fn from(other: OtherGuarantee) -> Self {
        Self {
            sale_id: other.sale,
            title: other.title,
            quantity: other.guaranteed,
            ends_at: other.ends_at,
        }
    }
}

#[derive(Object)]
struct ProofList {
    /// In the order of the items.
    items: Vec<ProofView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum ProofDecisionWord {
    Verify,
    Refuse,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ProofFinding {
    sale_item_id: SaleItemId,
    decision: ProofDecisionWord,
    /// To verify: units that are proved to exist. Stock never exceeds it. May be left out for an
    /// item that is made to order.
    quantity: Option<i32>,
    /// Required to refuse; at most 1000 characters. The provider reads it.
    reason: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ProofDecision {
    /// The hash of the content that you read.
    content_hash: String,
    proofs: Vec<ProofFinding>,
}

#[OpenApi(tag = "Tag::Sales")]
impl ProofApi {
    /// The proofs of a revision's inventory
    ///
    /// What each item's inventory is proved by, and what a manager found: `open`, `verified`,
    /// `refused`, or `reopened` when less is in stock by now. With the stock that the provider
    /// reported, and other sales that guarantee the same units.
    #[oai(
        path = "/providers/:tenant/sales/:sale/revisions/:revision/proofs",
        method = "get",
        operation_id = "proof_list"
    )]
    async fn proof_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        revision: Path<RevisionId>,
    ) -> Result<Json<ProofList>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let revision = sales::revision(&mut tx, member.tenant, revision.0).await?;
        if revision.sale != sale.0 {
            return Err(Error::NotFound("revision"));
        }
        Ok(Json(proofs(&mut tx, &revision, now).await?))
    }

    /// Verify or refuse proofs of a revision's inventory
    ///
    /// Says of some or all items how many units are proved to exist, or why the evidence does not
    /// do. A sale is approved once every proof is verified. A provider answers a refused one by
    /// submitting the sale again, with other evidence. Written to the audit log.
    ///
    /// Proofs of the approved revision can be verified again when they were reopened. Refused with
    /// 409: `urn:smp:content_changed` when `content_hash` is not the revision's,
    /// `urn:smp:already_decided`; and for the approved revision `urn:smp:capacity_above_verified`,
    /// `urn:smp:guaranteed_elsewhere`, `urn:smp:guarantee_above_stock`. Nothing is changed then.
    #[oai(
        path = "/providers/:tenant/sales/:sale/revisions/:revision/proofs",
        method = "post",
        operation_id = "proof_decide"
    )]
    async fn proof_decide(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        revision: Path<RevisionId>,
        body: Input<ProofDecision>,
    ) -> Result<Json<ProofList>> {
        let now = self.platform.clock.now();
        let mut fields = FieldErrors::default();
        let findings: Vec<NewFinding> = body
            .proofs
            .iter()
            .enumerate()
            .map(|(index, finding)| NewFinding {
                sale_item_id: finding.sale_item_id,
                is_verified: finding.decision == ProofDecisionWord::Verify,
                quantity: finding.quantity,
                reason: validate::text(
                    &mut fields,
                    &format!("proofs.{index}.reason"),
                    finding.reason.as_deref().unwrap_or_default(),
                    0,
                    REASON_CHARS_MAX,
                ),
            })
            .collect();
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let hash = &body.content_hash;
        let submission =
            Submission::lock(&mut tx, member.tenant, sale.0, revision.0, hash, now).await?;
        let is_in_force = submission.is_published();
        if !is_in_force {
            submission.check_undecided()?;
        }
        let revision = &submission.revision;
        inventory::decide(&mut tx, revision, member.account(), &findings, now).await?;
        if is_in_force {
            inventory::renew_in_force(&mut tx, revision, now).await?;
        }
        let view = proofs(&mut tx, revision, now).await?;
        tx.commit().await?;
        Ok(Json(view))
    }
}

async fn proofs(
    conn: &mut PgConnection,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<ProofList> {
    let tenant = revision.tenant;
    let mut known = proof::of_revision(conn, tenant, revision.id).await?;
    let items = &revision.content.0.items;
    let position =
        |proof: &Proof| items.iter().position(|item| item.sale_item_id == proof.sale_item_id);
    known.sort_by_key(position);
    // Of a sale that is decided otherwise, nothing is asked any more.
    let others = match revision.state {
        RevisionState::Submitted | RevisionState::Approved => {
            guarantees::of_others(conn, tenant, &known, now).await?
        }
        _ => known.iter().map(|_| vec![]).collect(),
    };
    let skus: Vec<String> = known.iter().map(|proof| proof.sku.clone()).collect();
    let figures = stock_figure::list(conn, tenant, Some(&skus)).await?;
    let figures = StockFigureView::of(conn, figures, now).await?;
    let people: Vec<_> = known.iter().filter_map(|proof| proof.decided_by).collect();
    let names = accounts::names(conn, &people).await?;
    let view = |(proof, others): (Proof, Vec<OtherGuarantee>)| {
        let item = items.iter().find(|item| item.sale_item_id == proof.sale_item_id)?;
        Some(ProofView {
            sale_item_id: proof.sale_item_id,
            name: item.name.clone(),
            capacity: item.capacity,
            guaranteed_quantity: proof.guaranteed,
            state: proof.state,
            verified_quantity: proof.verified,
            reason: proof.reason,
            decided_by_name: proof.decided_by.and_then(|by| names.get(&by).cloned()),
            decided_at: proof.decided_at,
            stock_figure: figures.iter().find(|figure| figure.sku == proof.sku).cloned(),
            guaranteed_elsewhere: others.into_iter().map(OtherGuaranteeView::from).collect(),
            sku: proof.sku,
        })
    };
    Ok(ProofList { items: known.into_iter().zip(others).filter_map(view).collect() })
}
