//! The API of reviews: submitting a sale and withdrawing it, the queue, a revision beside the
//! approved one, the decision.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    decide::{self, NewDecision},
    evidence,
    views::{RevisionSummaryView, RevisionView, RevisionViews},
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{
        Error, FieldErrors, Input, PageQuery, Result, RevisionId, SaleId, TenantId,
        limits::REASON_CHARS_MAX, validate,
    },
    platform::{Platform, Tx, broker::Notice},
    sales::{self, Decision, Revision, RevisionState, SaleState, SaleView},
};

pub struct ReviewApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields, rename = "SaleSubmission")]
struct SubmissionInput {
    /// For the reviewers, at most 1000 characters.
    #[oai(default)]
    note: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields, rename = "ReviewDecision")]
struct DecisionInput {
    /// What becomes of the revision.
    decision: Decision,
    /// Required unless you approve; at most 1000 characters.
    reason: Option<String>,
    /// The hash of the content that you read.
    content_hash: String,
}

#[derive(Object)]
struct RevisionList {
    items: Vec<RevisionView>,
}

/// A revision beside the approved one.
#[derive(Object)]
#[oai(rename = "Review")]
struct ReviewView {
    revision: RevisionView,
    /// The revision that shoppers see now; null when no other was approved.
    approved: Option<RevisionView>,
}

#[derive(Object)]
#[oai(rename = "ReviewEntry")]
struct ReviewEntryView {
    revision: RevisionSummaryView,
    /// Of the sale as a whole.
    sale_state: SaleState,
    /// Since the submission.
    age_seconds: i64,
}

#[derive(Object)]
#[oai(rename = "ReviewQueue")]
struct ReviewQueueView {
    items: Vec<ReviewEntryView>,
    /// Pass it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
    /// How many revisions are waiting for a decision, on all pages.
    open_count: i64,
}

#[OpenApi(tag = "Tag::Sales")]
impl ReviewApi {
    /// Freeze a sale's content and put it into the review queue
    ///
    /// Freezes the draft as a revision and puts it into SMP's review queue. The draft cannot be
    /// edited until the review is decided or withdrawn. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:already_submitted`, `urn:smp:nothing_changed` when exactly this
    /// content is approved, `urn:smp:offer_archived`, `urn:smp:asset_not_ready`,
    /// `urn:smp:provider_not_approved`, `urn:smp:provider_suspended`, `urn:smp:rejected`,
    /// `urn:smp:cancelled`. What the content lacks is a 422, as is an item without evidence of its
    /// inventory: a statement, a document or a stock figure.
    #[oai(
        path = "/providers/:tenant/sales/:sale/submit",
        method = "post",
        operation_id = "sale_submit"
    )]
    async fn sale_submit(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<SubmissionInput>,
    ) -> Result<Json<RevisionView>> {
        let mut fields = FieldErrors::default();
        let note = validate::text(&mut fields, "note", &body.note, 0, REASON_CHARS_MAX);
        fields.finish()?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let revision =
            sales::submit(&mut tx, member.tenant, sale.0, member.account(), &note, now).await?;
        evidence::require(&mut tx, &revision, now).await?;
        let view = self.view(&mut tx, revision).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// Withdraw a submission
    ///
    /// Takes the submission out of the review queue, so that the draft can be edited again. What
    /// was published before stays. Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:not_submitted` when nothing is in review.
    #[oai(
        path = "/providers/:tenant/sales/:sale/withdraw",
        method = "post",
        operation_id = "sale_withdraw"
    )]
    async fn sale_withdraw(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<SaleView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        sales::withdraw(&mut tx, member.tenant, sale.0, member.account(), now).await?;
        let view = sales::sale_view(&mut tx, &self.platform, member.tenant, sale.0).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// A sale's revisions, newest first
    ///
    /// Every content that was submitted, with the decision on it; the latest 100.
    #[oai(
        path = "/providers/:tenant/sales/:sale/revisions",
        method = "get",
        operation_id = "revision_list"
    )]
    async fn revision_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<RevisionList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = sales::sale(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let revisions = sales::revisions_of_sale(&mut tx, member.tenant, sale.id).await?;
        let views = RevisionViews::of(&mut tx, &self.platform, &revisions).await?;
        Ok(Json(RevisionList {
            items: revisions.into_iter().map(|revision| views.full(revision)).collect(),
        }))
    }

    /// The review queue: submitted revisions by their start, or those in another state newest first
    ///
    /// What waits for a decision, with how long it has waited, and the number of all that wait.
    #[oai(path = "/reviews", method = "get", operation_id = "review_list")]
    async fn review_list(
        &self,
        _staff: Staff,
        /// `submitted` when absent.
        state: Query<Option<RevisionState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<ReviewQueueView>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("review queue").await?;
        let state = state.0.unwrap_or(RevisionState::Submitted);
        let revisions = sales::revisions_in_state(&mut tx, state, &page).await?;
        let views = RevisionViews::of(&mut tx, &self.platform, &revisions).await?;
        let open_count = sales::open_revision_count(&mut tx).await?;
        let entry = |revision: Revision| ReviewEntryView {
            revision: views.summary(&revision),
            sale_state: revision.sale_state,
            age_seconds: (now - revision.submitted_at).whole_seconds(),
        };
        let position = |revision: &Revision| {
            let at = match state {
                RevisionState::Submitted => revision.content.starts_at,
                _ => revision.submitted_at,
            };
            (at, revision.id.0)
        };
        let page = page.page(revisions, position, entry);
        Ok(Json(ReviewQueueView { items: page.items, next_cursor: page.next_cursor, open_count }))
    }

    /// A revision beside the approved one
    ///
    /// The frozen content of a revision, and beside it the content that shoppers see now, to
    /// compare. `content_hash` names exactly what was read; the decision sends it back.
    #[oai(
        path = "/providers/:tenant/sales/:sale/revisions/:revision",
        method = "get",
        operation_id = "review_get"
    )]
    async fn review_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        revision: Path<RevisionId>,
    ) -> Result<Json<ReviewView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = sales::sale(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let revision = sales::revision(&mut tx, member.tenant, revision.0).await?;
        if revision.sale != sale.id {
            return Err(Error::NotFound("revision"));
        }
        let approved = match sale.approved_revision.filter(|approved| *approved != revision.id) {
            Some(approved) => Some(sales::revision(&mut tx, member.tenant, approved).await?),
            None => None,
        };
        let both: Vec<Revision> = [Some(revision), approved].into_iter().flatten().collect();
        let views = RevisionViews::of(&mut tx, &self.platform, &both).await?;
        let mut both = both.into_iter().map(|revision| views.full(revision));
        let revision = both.next().ok_or(Error::NotFound("revision"))?;
        Ok(Json(ReviewView { revision, approved: both.next() }))
    }

    /// Approve a revision, request changes, or reject it
    ///
    /// Decides on a submitted revision. `approve` publishes its content at once and sets the stock
    /// of a hosted sale; `request_changes` gives the draft back to the provider; `reject` is final
    /// for a sale that was never published. Anything but an approval needs a reason of 1 to 1000
    /// characters, which the provider reads. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:content_changed` when `content_hash` is not the revision's,
    /// `urn:smp:already_decided`, `urn:smp:window_over` for a sale that would be over,
    /// `urn:smp:origin_not_approved` for a cart address that SMP has not approved,
    /// `urn:smp:no_contract`, `urn:smp:payouts_not_ready` for a hosted sale whose provider cannot be paid
    /// yet, `urn:smp:proof_not_verified`, `urn:smp:proof_refused`, `urn:smp:capacity_above_verified`,
    /// `urn:smp:guaranteed_elsewhere` when another sale at the same time guarantees the same units,
    /// `urn:smp:guarantee_above_stock`, `urn:smp:asset_not_ready`. Nothing is changed then.
    #[oai(
        path = "/providers/:tenant/sales/:sale/revisions/:revision/decision",
        method = "post",
        operation_id = "review_decide"
    )]
    async fn review_decide(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        revision: Path<RevisionId>,
        body: Input<DecisionInput>,
    ) -> Result<Json<RevisionView>> {
        let now = self.platform.clock.now();
        let mut fields = FieldErrors::default();
        let reason = validate::text(
            &mut fields,
            "reason",
            body.reason.as_deref().unwrap_or(""),
            0,
            REASON_CHARS_MAX,
        );
        fields.finish()?;
        let decision = NewDecision {
            decision: body.decision,
            reason: Some(reason.as_str()).filter(|reason| !reason.is_empty()),
            content_hash: &body.content_hash,
        };
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let decided = decide::decide(
            &mut tx,
            member.tenant,
            sale.0,
            revision.0,
            member.account(),
            &decision,
            now,
        )
        .await?;
        let slug = sales::slug(&mut tx, member.tenant, sale.0).await?;
        let view = self.view(&mut tx, decided).await?;
        tx.commit().await?;
        if let Some(slug) = slug {
            self.platform.broker.publish(Notice::SaleChanged { slug }).await;
        }
        Ok(Json(view))
    }
}

impl ReviewApi {
    async fn view(&self, tx: &mut Tx, revision: Revision) -> Result<RevisionView> {
        let views = RevisionViews::of(tx, &self.platform, std::slice::from_ref(&revision)).await?;
        Ok(views.full(revision))
    }
}
