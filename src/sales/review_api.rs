//! The API of review: submit, take back, the queue, the two contents side by side, the decision.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    RevisionState, SaleState,
    api::REASON_CHARS_MAX,
    proof::Verified,
    review::{self, Judgement, Verdict},
    revisions::{self, Revision},
    store,
    views::{self, DecisionWord, RevisionSummary, RevisionView, RevisionViews, SaleView},
};
use crate::{
    access::{Member, Staff, api::Tag},
    kernel::{
        Error, FieldErrors, Input, PageQuery, Result, RevisionId, SaleId, SaleItemId, TenantId,
        validate,
    },
    platform::{Platform, Tx, broker::Notice},
};

const NOTE_CHARS_MAX: usize = 1000;

pub struct ReviewApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SaleSubmission {
    /// For the reviewers, at most 1000 characters.
    #[oai(default)]
    note: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReviewDecision {
    decision: DecisionWord,
    /// Why, at most 1000 characters; only an approval may do without.
    reason: Option<String>,
    /// The hash of the content that was looked at.
    content_hash: String,
    /// With an approval: the quantity verified of each item of a hosted sale. Of an item left out,
    /// the capacity that was submitted is verified.
    #[oai(default)]
    verified: Vec<VerifiedInput>,
}

/// What a manager verified of an item's inventory. Its stock never exceeds it.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct VerifiedInput {
    sale_item_id: SaleItemId,
    /// At least the capacity that was submitted.
    quantity: i32,
}

#[derive(Object)]
struct RevisionList {
    items: Vec<RevisionView>,
}

/// A revision beside what is approved.
#[derive(Object)]
struct Review {
    revision: RevisionView,
    /// What shoppers see now; null when nothing else was approved.
    approved: Option<RevisionView>,
}

#[derive(Object)]
struct ReviewEntry {
    revision: RevisionSummary,
    sale_state: SaleState,
    /// Since the submission.
    age_seconds: i64,
}

#[derive(Object)]
struct ReviewQueue {
    items: Vec<ReviewEntry>,
    /// Pass it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
    /// Revisions that wait for a decision, on all pages.
    open_count: i64,
}

#[OpenApi(tag = "Tag::Sales")]
impl ReviewApi {
    /// Freeze a sale's content and put it into the review queue
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
        body: Input<SaleSubmission>,
    ) -> Result<Json<RevisionView>> {
        let mut fields = FieldErrors::default();
        let note = validate::text(&mut fields, "note", &body.note, 0, NOTE_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let revision = review::submit(
            &mut tx,
            member.tenant,
            sale.0,
            member.account(),
            &note,
            self.platform.clock.now(),
        )
        .await?;
        let view = self.view(&mut tx, revision).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// Take a submission back
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
        review::withdraw(&mut tx, member.tenant, sale.0, member.account(), now).await?;
        let sale = store::get(&mut tx, member.tenant, sale.0, now).await?;
        let view = views::sale(&mut tx, &self.platform, sale).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// A sale's revisions, newest first
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
        let sale = store::get(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let revisions = revisions::of_sale(&mut tx, member.tenant, sale.id).await?;
        let views = RevisionViews::of(&mut tx, &self.platform, &revisions).await?;
        Ok(Json(RevisionList {
            items: revisions.into_iter().map(|revision| views.whole(revision)).collect(),
        }))
    }

    /// The review queue: what waits, the longest wait first; of the other states, the latest first
    #[oai(path = "/reviews", method = "get", operation_id = "review_list")]
    async fn review_list(
        &self,
        _staff: Staff,
        /// `submitted` when absent.
        state: Query<Option<RevisionState>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<ReviewQueue>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("review queue").await?;
        let revisions =
            revisions::queue(&mut tx, state.0.unwrap_or(RevisionState::Submitted), &page).await?;
        let views = RevisionViews::of(&mut tx, &self.platform, &revisions).await?;
        let open_count = revisions::open_count(&mut tx).await?;
        let entry = |revision: Revision| ReviewEntry {
            revision: views.summary(&revision),
            sale_state: revision.sale_state,
            age_seconds: (now - revision.submitted_at).whole_seconds(),
        };
        let page = page.page(revisions, |revision| (revision.submitted_at, revision.id.0), entry);
        Ok(Json(ReviewQueue { items: page.items, next_cursor: page.next_cursor, open_count }))
    }

    /// A revision beside what is approved
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
    ) -> Result<Json<Review>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = store::get(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let revision = revisions::revision(&mut tx, member.tenant, revision.0).await?;
        if revision.sale != sale.id {
            return Err(Error::NotFound("revision"));
        }
        let approved = match sale.approved_revision.filter(|approved| *approved != revision.id) {
            Some(approved) => Some(revisions::revision(&mut tx, member.tenant, approved).await?),
            None => None,
        };
        let both: Vec<Revision> = [Some(revision), approved].into_iter().flatten().collect();
        let views = RevisionViews::of(&mut tx, &self.platform, &both).await?;
        let mut both = both.into_iter().map(|revision| views.whole(revision));
        let revision = both.next().ok_or(Error::NotFound("revision"))?;
        Ok(Json(Review { revision, approved: both.next() }))
    }

    /// Approve a revision, ask for changes, or reject it
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
        body: Input<ReviewDecision>,
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
        let verdict = match body.decision {
            DecisionWord::Approve => Verdict::Approve,
            DecisionWord::RequestChanges => Verdict::RequestChanges,
            DecisionWord::Reject => Verdict::Reject,
        };
        let verified: Vec<Verified> = body
            .verified
            .iter()
            .map(|one| Verified { sale_item_id: one.sale_item_id, quantity: one.quantity })
            .collect();
        let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
        let judgement =
            Judgement { verdict, reason, content_hash: &body.content_hash, verified: &verified };
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let decided = review::decide(
            &mut tx,
            member.tenant,
            sale.0,
            revision.0,
            member.account(),
            &judgement,
            now,
        )
        .await?;
        let slug = super::slug(&mut tx, member.tenant, sale.0).await?;
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
        Ok(views.whole(revision))
    }
}
