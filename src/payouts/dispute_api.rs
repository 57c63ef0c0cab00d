//! The API of disputes, for SMP's finance.

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use time::OffsetDateTime;

use super::{
    dispute::{self, Dispute, DisputeState},
    dispute_answer,
};
use crate::{
    access::{Staff, Tag},
    kernel::{DisputeId, Money, Page, PageQuery, PaymentId, Result, SeenVersion},
    platform::{Config, Platform, config::StripeConfig},
};

const DASHBOARD: &str = "https://dashboard.stripe.com";

pub struct DisputesApi {
    pub platform: Platform,
}

/// A payment that its shopper's bank takes back, or asks about.
#[derive(Object)]
#[oai(rename = "Dispute")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a dispute")]
struct DisputeView {
    id: DisputeId,
    /// Stripe's id of it.
    reference: String,
    payment_id: PaymentId,
    order_number: String,
    amount: Money,
    /// Stripe's word for why: `fraudulent`, `product_not_received`.
    reason: String,
    state: DisputeState,
    /// Nothing more is to come.
    closed: bool,
    /// SMP has to answer, until `evidence_due_at`.
    needs_response: bool,
    /// Until when evidence counts; null where none is wanted.
    evidence_due_at: Option<OffsetDateTime>,
    opened_at: OffsetDateTime,
    closed_at: Option<OffsetDateTime>,
    updated_at: OffsetDateTime,
    /// Evidence was submitted, here or in Stripe's dashboard: a bank takes it once.
    evidence_submitted: bool,
    /// SMP gave it up, or is about to.
    accepted: bool,
    /// Stripe's page of the dispute, for files and what Stripe knows besides.
    dashboard_url: String,
}

impl DisputeView {
    fn new(dispute: Dispute, config: &Config) -> Self {
        let is_live = config.stripe.as_ref().is_some_and(StripeConfig::is_live);
        let mode = if is_live { "" } else { "/test" };
        Self {
            id: dispute.id,
            dashboard_url: format!("{DASHBOARD}{mode}/disputes/{}", dispute.reference),
            payment_id: dispute.payment,
            order_number: dispute.order_number.clone(),
            amount: dispute.amount(),
            reference: dispute.reference,
            reason: dispute.reason,
            state: dispute.state,
            closed: dispute.state.is_closed(),
            needs_response: dispute.state.needs_response(),
            evidence_due_at: dispute.evidence_due_at,
            opened_at: dispute.opened_at,
            closed_at: dispute.closed_at,
            updated_at: dispute.updated_at,
            evidence_submitted: dispute.submissions > 0,
            accepted: dispute.accepted_at.is_some(),
        }
    }
}

#[OpenApi(tag = "Tag::Payouts")]
impl DisputesApi {
    /// Disputes of payments
    ///
    /// Payments that shoppers' banks take back or ask about, the newest first. They are opened and decided by
    /// the banks.
    #[oai(path = "/disputes", method = "get", operation_id = "dispute_list")]
    async fn dispute_list(
        &self,
        _staff: Staff,
        /// Only those that are still open, or only those that are closed.
        open: Query<Option<bool>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<DisputeView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("disputes").await?;
        let found = dispute::list(&mut tx, open.0, &page).await?;
        let config = &self.platform.config;
        Ok(Json(page.page(
            found,
            |dispute| (dispute.opened_at, dispute.id.0),
            |dispute| DisputeView::new(dispute, config),
        )))
    }

    /// One dispute
    ///
    /// Where it stands, and until when evidence counts. While it is open, its order is
    /// not refunded (409 `urn:smp:disputed`). Once it is lost, what the bank paid back counts as refunded: no
    /// more than the remainder of the order can be.
    #[oai(path = "/disputes/:dispute", method = "get", operation_id = "dispute_get")]
    async fn dispute_get(
        &self,
        _staff: Staff,
        dispute: Path<DisputeId>,
    ) -> Result<Json<DisputeView>> {
        let mut tx = self.platform.db.platform("dispute").await?;
        let found = dispute::get(&mut tx, dispute.0).await?;
        Ok(Json(DisputeView::new(found, &self.platform.config)))
    }

    /// Submit the evidence of a dispute
    ///
    /// Sends the saved evidence to the shopper's bank, which takes it once: after that it is only read. `If-Match`
    /// is its version, so that nothing is submitted that was not read (412). When the gateway gives no answer
    /// (503), the repetition asks it first and submits nothing twice. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:evidence_missing` when nothing is saved, `urn:smp:evidence_submitted`,
    /// `urn:smp:evidence_late` after `evidence_due_at`, `urn:smp:dispute_closed`, and `urn:smp:payouts_refused`
    /// with what Stripe says.
    #[oai(
        path = "/disputes/:dispute/submission",
        method = "post",
        operation_id = "dispute_evidence_submit"
    )]
    async fn dispute_evidence_submit(
        &self,
        staff: Staff,
        dispute: Path<DisputeId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
    ) -> Result<Json<DisputeView>> {
        let by = staff.0.account.id;
        let found = dispute_answer::submit_evidence(&self.platform, by, dispute.0, seen.0).await?;
        Ok(Json(DisputeView::new(found, &self.platform.config)))
    }

    /// Accept a dispute
    ///
    /// Gives the money up: the dispute is closed as lost, for good. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:evidence_submitted`, `urn:smp:evidence_being_sent`, `urn:smp:dispute_closed`,
    /// `urn:smp:dispute_not_acceptable` while the bank only asks, and `urn:smp:payouts_refused` with what
    /// Stripe says.
    #[oai(path = "/disputes/:dispute/acceptance", method = "post", operation_id = "dispute_accept")]
    async fn dispute_accept(
        &self,
        staff: Staff,
        dispute: Path<DisputeId>,
    ) -> Result<Json<DisputeView>> {
        let by = staff.0.account.id;
        let found = dispute_answer::accept_dispute(&self.platform, by, dispute.0).await?;
        Ok(Json(DisputeView::new(found, &self.platform.config)))
    }
}
