//! The API of the evidence for disputes: what an order says for itself, and what SMP's team makes of it.

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::dispute_prefill;
use crate::{
    access::{Staff, Tag},
    kernel::{DisputeId, Input, Result, SeenVersion},
    payouts::{self, Evidence},
    platform::Platform,
};

pub struct DisputeEvidenceApi {
    pub platform: Platform,
}

/// What SMP tells the shopper's bank. A text that is left out is empty; each has at most 20,000 characters.
#[derive(Object)]
#[oai(rename = "DisputeEvidenceUpdate", deny_unknown_fields)]
struct EvidenceInput {
    product_description: Option<String>,
    customer_name: Option<String>,
    customer_email: Option<String>,
    /// Several with commas, as the numbers and dates.
    shipping_carrier: Option<String>,
    shipping_tracking_number: Option<String>,
    shipping_date: Option<String>,
    /// What was ordered and paid. With `uncategorized_text` at most 20,000 characters.
    receipt: Option<String>,
    /// Whatever else speaks for SMP.
    uncategorized_text: Option<String>,
}

/// The evidence of a dispute: what was saved, or what the order says before that.
#[derive(Object)]
#[oai(rename = "DisputeEvidence")]
struct EvidenceView {
    product_description: String,
    customer_name: String,
    customer_email: String,
    /// Several with commas, as the numbers and dates.
    shipping_carrier: String,
    shipping_tracking_number: String,
    shipping_date: String,
    /// What was ordered and paid.
    receipt: String,
    uncategorized_text: String,
    /// Send it in `If-Match` when you save or submit it; 0 before it was saved.
    version: i32,
    edited_at: Option<OffsetDateTime>,
    /// The bank waits for it, and its time is not over: it may be changed, unless it is being sent, and
    /// submitted.
    editable: bool,
    /// It was sent, and what became of that is not known yet.
    being_sent: bool,
}

#[OpenApi(tag = "Tag::Payouts")]
impl DisputeEvidenceApi {
    /// The evidence of a dispute
    ///
    /// What was saved of it. Before that, what the order says: what was sold, to whom, and how its parcels were
    /// shipped.
    #[oai(
        path = "/disputes/:dispute/evidence",
        method = "get",
        operation_id = "dispute_evidence_get"
    )]
    async fn dispute_evidence_get(
        &self,
        _staff: Staff,
        dispute: Path<DisputeId>,
    ) -> Result<Json<EvidenceView>> {
        let mut tx = self.platform.db.platform("evidence of a dispute").await?;
        Ok(Json(view(&mut tx, dispute.0, self.platform.clock.now()).await?))
    }

    /// Save evidence of a dispute
    ///
    /// Replaces the draft. Nothing is submitted. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:evidence_submitted`, `urn:smp:evidence_late` after `evidence_due_at`,
    /// `urn:smp:evidence_being_sent`, `urn:smp:dispute_closed`. When someone changed it after you read it,
    /// nothing is changed (412).
    #[oai(
        path = "/disputes/:dispute/evidence",
        method = "put",
        operation_id = "dispute_evidence_set"
    )]
    async fn dispute_evidence_set(
        &self,
        staff: Staff,
        dispute: Path<DisputeId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<EvidenceInput>,
    ) -> Result<Json<EvidenceView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("save evidence of a dispute").await?;
        let (by, evidence) = (staff.0.account.id, Evidence::from(body.0));
        payouts::save_evidence(&mut tx, by, dispute.0, seen.0, &evidence, now).await?;
        let view = view(&mut tx, dispute.0, now).await?;
        tx.commit().await?;
        Ok(Json(view))
    }
}

async fn view(conn: &mut PgConnection, id: DisputeId, now: OffsetDateTime) -> Result<EvidenceView> {
    let dispute = payouts::get_dispute(conn, id).await?;
    let saved = payouts::find_evidence(conn, id).await?;
    let editable = payouts::require_answerable(&dispute, now).is_ok();
    let was_sent = saved.as_ref().is_some_and(|saved| saved.sent_at.is_some());
    let version = saved.as_ref().map_or(0, |saved| saved.version);
    let edited_at = saved.as_ref().map(|saved| saved.edited_at);
    let evidence = match saved {
        Some(saved) => saved.evidence,
        None => dispute_prefill::of_order(conn, dispute.order).await?,
    };
    Ok(EvidenceView {
        editable,
        being_sent: editable && was_sent,
        version,
        edited_at,
        product_description: evidence.product_description,
        customer_name: evidence.customer_name,
        customer_email: evidence.customer_email,
        shipping_carrier: evidence.shipping_carrier,
        shipping_tracking_number: evidence.shipping_tracking_number,
        shipping_date: evidence.shipping_date,
        receipt: evidence.receipt,
        uncategorized_text: evidence.uncategorized_text,
    })
}

impl From<EvidenceInput> for Evidence {
    fn from(input: EvidenceInput) -> Self {
        Self {
            product_description: input.product_description.unwrap_or_default(),
            customer_name: input.customer_name.unwrap_or_default(),
            customer_email: input.customer_email.unwrap_or_default(),
            shipping_carrier: input.shipping_carrier.unwrap_or_default(),
            shipping_tracking_number: input.shipping_tracking_number.unwrap_or_default(),
            shipping_date: input.shipping_date.unwrap_or_default(),
            receipt: input.receipt.unwrap_or_default(),
            uncategorized_text: input.uncategorized_text.unwrap_or_default(),
        }
    }
}
