//! The API of disputes, for SMP's finance.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use time::OffsetDateTime;

use super::dispute::{self, Dispute, DisputeState};
use crate::{
    access::{Staff, Tag},
    kernel::{DisputeId, Money, Page, PageQuery, PaymentId, Result},
    platform::{Config, Platform, config::StripeConfig},
};

const DASHBOARD: &str = "https://dashboard.stripe.com";

pub struct DisputesApi {
    pub platform: Platform,
}

/// A payment that its shopper's bank takes back, or asks about.
#[derive(Object)]
#[oai(rename = "Dispute")]
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
    /// Stripe's page of the dispute, where evidence is submitted, or the dispute accepted.
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
        }
    }
}

#[OpenApi(tag = "Tag::Payouts")]
impl DisputesApi {
    /// Disputes of payments
    ///
    /// Payments that shoppers' banks take back or ask about, the newest first. They are opened, answered and
    /// decided at Stripe.
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
    /// Where it stands, until when evidence counts, and where it is submitted. While it is open, its order is
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
}
