//! The API of sales, for providers and SMP: create, edit, list, duplicate, delete, halt, resume,
//! cancel, feature.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;

use super::{
    control, copies, drafts, guarantee,
    input::{NewSale, SaleInput},
    phase::Phase,
    rules,
    states::SaleState,
    store::{self, SaleFilter, SaleSearch},
    submission,
    views::{SaleView, sale_view, sale_views},
};
use crate::{
    access::{Empty, Member, Staff, Tag, audit},
    kernel::{
        FieldError, FieldErrors, Input, Page, PageQuery, Result, SaleId, SeenVersion, TenantId,
        limits::REASON_CHARS_MAX, validate,
    },
    offers,
    platform::{Platform, Tx, broker::Notice},
    providers::{self},
};

/// Most offers, and most providers, that a search looks for the sales of.
const SEARCH_MAX: i64 = 500;

pub struct SalesApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields, rename = "SaleReason")]
struct ReasonInput {
    /// At most 1000 characters.
    reason: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields, rename = "SaleFeatured")]
struct FeaturedInput {
    /// False to stop featuring it.
    featured: bool,
}

#[derive(ApiResponse)]
enum SaleCreated {
    /// Created, as a draft.
    #[oai(status = 201)]
    Created(Json<SaleView>),
}

#[OpenApi(tag = "Tag::Sales")]
impl SalesApi {
    /// A provider's sales, newest first
    ///
    /// The provider's sales in any state, drafts included.
    #[oai(path = "/providers/:tenant/sales", method = "get", operation_id = "sale_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the address")]
    async fn sale_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        state: Query<Option<SaleState>>,
        phase: Query<Option<Phase>>,
        /// Text in the title or the slug.
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<SaleView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let search = search(&mut tx, Some(member.tenant), q.0.as_deref()).await?;
        let filter =
            SaleFilter { tenant: Some(member.tenant), state: state.0, phase: phase.0, search };
        Ok(Json(self.page(&mut tx, &filter, &page).await?))
    }

    /// Every provider's sales, newest first
    ///
    /// The same list across providers, to watch what runs and what comes: by state, by phase or by
    /// text.
    #[oai(path = "/sales-overview", method = "get", operation_id = "sale_overview")]
    async fn sale_overview(
        &self,
        _staff: Staff,
        state: Query<Option<SaleState>>,
        phase: Query<Option<Phase>>,
        /// Text in the title, the slug or the provider's name.
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<SaleView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("sales overview").await?;
        let search = search(&mut tx, None, q.0.as_deref()).await?;
        let filter = SaleFilter { tenant: None, state: state.0, phase: phase.0, search };
        Ok(Json(self.page(&mut tx, &filter, &page).await?))
    }

    /// Create a sale of an offer, as a draft
    ///
    /// Creates a draft of a sale: which items of an offer, at which price, how many, when, and how
    /// it is sold. Shoppers see nothing until it is submitted and approved. Written to the audit
    /// log.
    ///
    /// Every wrong value is listed in one 422; a slug that is taken is one on `slug`. Refused with
    /// 409 `urn:smp:provider_rejected`. Not idempotent.
    #[oai(path = "/providers/:tenant/sales", method = "post", operation_id = "sale_create")]
    async fn sale_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<SaleInput>,
    ) -> Result<SaleCreated> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        providers::require_open(&mut tx, member.tenant).await?;
        let (new, offer) = check(&mut tx, member.tenant, &body).await?;
        let id =
            drafts::create(&mut tx, member.tenant, &new, &offer.title, self.platform.clock.now())
                .await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "sale_create",
            &format!("sale {id}"),
            &json!({"title": offer.title}),
        )
        .await?;
        let view = self.view(&mut tx, member.tenant, id).await?;
        tx.commit().await?;
        Ok(SaleCreated::Created(Json(view)))
    }

    /// One sale
    ///
    /// The sale as its draft has it, with its state, its stock and the last decision. What shoppers
    /// see is in its approved revision.
    #[oai(path = "/providers/:tenant/sales/:sale", method = "get", operation_id = "sale_get")]
    async fn sale_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<SaleView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(self.view(&mut tx, member.tenant, sale.0).await?))
    }

    /// Replace a sale's draft; shoppers see the change once it is submitted and approved
    ///
    /// Replaces the draft. What shoppers see stays as it is until the change is submitted and
    /// approved. Once a sale is published, its slug, mode and kind stay and no item can be removed:
    /// a 422 on the field. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:already_submitted` while it is in review, `urn:smp:rejected`,
    /// `urn:smp:cancelled`. A repeat changes nothing.
    ///
    /// When someone changed it after you read it, nothing is replaced (412).
    #[oai(path = "/providers/:tenant/sales/:sale", method = "put", operation_id = "sale_update")]
    async fn sale_update(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<SaleInput>,
    ) -> Result<Json<SaleView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = store::get_locked(&mut tx, member.tenant, sale.0, now).await?;
        submission::may_change(&sale)?;
        let (new, offer) = check(&mut tx, member.tenant, &body).await?;
        let last = store::last_edit(&mut tx, member.tenant, sale.id).await?;
        last.require(&mut tx, seen.0, &drafts::differing(&new, &sale)).await?;
        if let Some(published) = submission::published_content(&mut tx, &sale).await? {
            rules::check_published(&new, &sale, &published)?;
        }
        drafts::update(&mut tx, member.tenant, sale.id, &new, member.account(), now).await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "sale_update",
            &format!("sale {}", sale.id),
            &json!({"title": offer.title}),
        )
        .await?;
        let view = self.view(&mut tx, member.tenant, sale.id).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// Delete a sale that nobody took part in
    ///
    /// Deletes a sale with its submissions, access points and figures, for good: one that was never
    /// published, or one that was cancelled or has ended. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:published` while it is public (cancel it first),
    /// `urn:smp:sale_used` when anybody has registered, held units, waited, bought or gone to the
    /// provider's cart, `urn:smp:already_submitted` while it is in review. `can_be_deleted` of the
    /// sale says whether it would be refused.
    #[oai(path = "/providers/:tenant/sales/:sale", method = "delete", operation_id = "sale_delete")]
    async fn sale_delete(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let slug = copies::delete(&mut tx, member.tenant, sale.0, member.actor(), now).await?;
        tx.commit().await?;
        self.platform.broker.publish(Notice::SaleChanged { slug }).await;
        Ok(Empty::Done)
    }

    /// Make a draft that is a copy of a sale
    ///
    /// The copy gets a slug of its own. When the sale has started, its dates move by whole weeks
    /// into the future. Written to the audit log. Not idempotent: each request makes another draft.
    ///
    /// Refused with 409 `urn:smp:provider_rejected`.
    #[oai(
        path = "/providers/:tenant/sales/:sale/duplicate",
        method = "post",
        operation_id = "sale_duplicate"
    )]
    async fn sale_duplicate(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<SaleCreated> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        providers::require_open(&mut tx, member.tenant).await?;
        let id = copies::duplicate(&mut tx, member.tenant, sale.0, member.actor(), now).await?;
        let view = self.view(&mut tx, member.tenant, id).await?;
        tx.commit().await?;
        Ok(SaleCreated::Created(Json(view)))
    }

    /// End a published sale for good
    ///
    /// Nobody can buy or hold units any more, and its waitlist is closed. What was paid for it and was
    /// not shipped is refunded, also when it is paid after this. Everyone who registered, waits or has
    /// bought is told. Written to the audit log with the reason.
    ///
    /// Refused with 409: `urn:smp:not_published` before it was approved, `urn:smp:cancelled` when
    /// it is already, `urn:smp:halted_by_smp` for a provider whose sale SMP halted.
    #[oai(
        path = "/providers/:tenant/sales/:sale/cancel",
        method = "post",
        operation_id = "sale_cancel"
    )]
    async fn sale_cancel(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<ReasonInput>,
    ) -> Result<Json<SaleView>> {
        let reason = reason(&body.reason)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        control::cancel(
            &mut tx,
            member.tenant,
            sale.0,
            (&member).into(),
            &reason,
            self.platform.clock.now(),
        )
        .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Stop selling at once, until it is resumed
    ///
    /// Units that are held can still be paid for, and the clocks of their holds stand still.
    /// Written to the audit log with the reason. SMP can take over a provider's halt.
    ///
    /// Refused with 409: `urn:smp:halted` when it is halted already, `urn:smp:not_published`.
    #[oai(
        path = "/providers/:tenant/sales/:sale/halt",
        method = "post",
        operation_id = "sale_halt"
    )]
    async fn sale_halt(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<ReasonInput>,
    ) -> Result<Json<SaleView>> {
        let reason = reason(&body.reason)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        control::halt(
            &mut tx,
            member.tenant,
            sale.0,
            (&member).into(),
            &reason,
            self.platform.clock.now(),
        )
        .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Sell again after a halt
    ///
    /// What SMP halted, only SMP resumes. Each hold has the time left that it had at the halt.
    /// Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:not_halted`, `urn:smp:halted_by_smp`.
    #[oai(
        path = "/providers/:tenant/sales/:sale/resume",
        method = "post",
        operation_id = "sale_resume"
    )]
    async fn sale_resume(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<SaleView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        control::resume(
            &mut tx,
            member.tenant,
            sale.0,
            (&member).into(),
            self.platform.clock.now(),
        )
        .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Feature a sale at the top of the home page, or stop featuring it; only one is featured
    ///
    /// The featured sale opens the home page. Featuring one takes the place of the one before, which
    /// comes back when that one is no longer featured, unless it has ended by then. Written to the
    /// audit log, for each sale that changed.
    ///
    /// Refused with 409 `urn:smp:not_published` unless it is approved and not over. A repeat
    /// changes nothing.
    #[oai(
        path = "/providers/:tenant/sales/:sale/featured",
        method = "put",
        operation_id = "sale_feature"
    )]
    async fn sale_feature(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<FeaturedInput>,
    ) -> Result<Json<SaleView>> {
        let mut tx = self.platform.db.platform("feature sale").await?;
        let slugs = control::feature(
            &mut tx,
            tenant.0,
            sale.0,
            body.featured,
            member.actor(),
            self.platform.clock.now(),
        )
        .await?;
        let view = self.view(&mut tx, member.tenant, sale.0).await?;
        tx.commit().await?;
        for slug in slugs {
            self.platform.broker.publish(Notice::SaleChanged { slug }).await;
        }
        Ok(Json(view))
    }
}

impl SalesApi {
    async fn page(
        &self,
        tx: &mut Tx,
        filter: &SaleFilter,
        page: &PageQuery,
    ) -> Result<Page<SaleView>> {
        let sales = store::list(tx, filter, page, self.platform.clock.now()).await?;
        let views = sale_views(tx, &self.platform, &sales).await?;
        Ok(page.page(views, |view| (view.created_at, view.id.0), |view| view))
    }

    async fn view(&self, tx: &mut Tx, tenant: TenantId, sale: SaleId) -> Result<SaleView> {
        sale_view(tx, &self.platform, tenant, sale).await
    }

    /// Commits, and notifies every node.
    async fn changed(&self, mut tx: Tx, tenant: TenantId, sale: SaleId) -> Result<Json<SaleView>> {
        let view = self.view(&mut tx, tenant, sale).await?;
        tx.commit().await?;
        self.platform.broker.publish(Notice::SaleChanged { slug: view.slug.clone() }).await;
        Ok(Json(view))
    }
}

/// Checks the input of a sale against its offer and its provider.
async fn check(
    tx: &mut Tx,
    tenant: TenantId,
    input: &SaleInput,
) -> Result<(NewSale, offers::Offer)> {
    let offer = offers::many(tx, &[(tenant, input.offer_id)]).await?.remove(&input.offer_id);
    let offer = offer.ok_or_else(|| {
        FieldError::new("offer_id", "There is no such offer; choose one of yours")
    })?;
    let cart_origins = providers::get(tx, tenant).await?.cart_origins;
    let new = rules::check(input, &offer, &cart_origins)?;
    guarantee::check_assets(tx, tenant, input).await?;
    Ok((new, offer))
}

fn reason(text: &str) -> Result<String> {
    let mut fields = FieldErrors::default();
    let text = validate::text(&mut fields, "reason", text, 1, REASON_CHARS_MAX);
    fields.finish()?;
    Ok(text)
}

/// Finds the offers that match a search; providers too, unless the search is for a tenant's sales.
async fn search(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    text: Option<&str>,
) -> Result<Option<SaleSearch>> {
    let Some(text) = validate::search("q", text)? else { return Ok(None) };
    let offers =
        offers::search(tx, tenant, text, SEARCH_MAX).await?.into_iter().map(|id| id.0).collect();
    let tenants = if tenant.is_none() {
        providers::search_sellers(tx, text, SEARCH_MAX).await?.into_iter().map(|id| id.0).collect()
    } else {
        vec![]
    };
    Ok(Some(SaleSearch { slug_part: validate::slug_from(text), offers, tenants }))
}
