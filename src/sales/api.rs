//! The API of sales, for providers and SMP: make, edit, list, halt, resume, cancel, feature.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use time::{Date, OffsetDateTime};

use super::{
    Phase, SaleKind, SaleMode, SaleState, control, proof, review, rules,
    store::{self, Filter, Words},
    views::{self, SaleView},
};
use crate::{
    access::{Member, Staff, api::Tag, audit},
    kernel::{
        AssetId, FieldErrors, Input, ItemId, OfferId, Page, PageQuery, Result, SaleId, TenantId,
        validate,
    },
    offers,
    platform::{Platform, Tx, broker::Notice},
    providers::{self, sellers},
};

/// Longest reason, in characters.
pub(super) const REASON_CHARS_MAX: usize = 1000;
/// Offers and providers a search goes on with.
const SEARCH_MAX: i64 = 500;

pub struct SalesApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SaleInput {
    /// The address of its page; made from the offer's title when absent. It stays once the sale is
    /// published.
    pub slug: Option<String>,
    pub offer_id: OfferId,
    pub mode: SaleMode,
    pub kind: SaleKind,
    pub starts_at: OffsetDateTime,
    /// At most 60 days after the start.
    pub ends_at: OffsetDateTime,
    /// 30 to 3600.
    pub hold_seconds: i32,
    /// When registration opens; absent: there is none.
    pub registration_opens_at: Option<OffsetDateTime>,
    /// After it opens, at the latest when the sale ends.
    pub registration_closes_at: Option<OffsetDateTime>,
    /// Only those who registered can buy; needs a time to register in.
    #[oai(default)]
    pub registered_only: bool,
    /// How long an offer to the next in line stands: 60 to 86400, 600 when absent.
    #[oai(default = "rules::waitlist_offer_seconds_default")]
    pub waitlist_offer_seconds: i32,
    /// Where Buy leads in redirect mode, at an origin SMP approved for the provider's cart.
    pub redirect_url: Option<String>,
    /// ISO 3166-1 countries it is open to; empty: everywhere.
    pub countries: Vec<String>,
    /// 1 to 50. A published item stays.
    pub items: Vec<SaleItemInput>,
    /// Aggregated: units to aim for, at most the cap, which is the capacity of all items.
    pub target_quantity: Option<i32>,
    /// Aggregated: days after the end when the first parcels leave, 0 to 365.
    pub ship_min_days: Option<i32>,
    /// Aggregated: days after the end when the last parcel has left, 1 to 365. Each order is
    /// promised that date.
    pub ship_max_days: Option<i32>,
    /// Voucher: days a code is valid, 1 to 3650.
    pub voucher_valid_days: Option<i32>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SaleItemInput {
    pub item_id: ItemId,
    /// In minor units of the offer's currency.
    pub price_minor: i64,
    /// Units on sale; of a reservation, in this slot.
    pub capacity: i32,
    pub limit_per_shopper: i32,
    /// Reservation: the first day of the package, after the sale's end. An item may stand in the
    /// sale once for each slot.
    pub slot_starts_on: Option<Date>,
    /// Reservation: the last day of the package.
    pub slot_ends_on: Option<Date>,
    /// Units the provider guarantees, the capacity when absent. A manager verifies them.
    pub guaranteed_quantity: Option<i32>,
    /// What the guarantee rests on, for the reviewers; at most 1000 characters.
    pub evidence: Option<String>,
    /// A picture or PDF among the provider's assets that shows it.
    pub evidence_asset_id: Option<AssetId>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SaleReason {
    /// At most 1000 characters.
    reason: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SaleFeatured {
    featured: bool,
}

#[derive(ApiResponse)]
enum SaleCreated {
    /// Made, as a draft.
    #[oai(status = 201)]
    Created(Json<SaleView>),
}

#[OpenApi(tag = "Tag::Sales")]
impl SalesApi {
    /// A provider's sales, newest first
    #[oai(path = "/providers/:tenant/sales", method = "get", operation_id = "sale_list")]
    async fn sale_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        state: Query<Option<SaleState>>,
        /// Words in the title or the address.
        q: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<SaleView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let words = search(&mut tx, Some(member.tenant), q.0.as_deref()).await?;
        let filter = Filter { tenant: Some(member.tenant), state: state.0, phase: None, words };
        Ok(Json(self.page(&mut tx, &filter, &page).await?))
    }

    /// Every provider's sales, newest first
    #[oai(path = "/sales-overview", method = "get", operation_id = "sale_overview")]
    async fn sale_overview(
        &self,
        _staff: Staff,
        state: Query<Option<SaleState>>,
        phase: Query<Option<Phase>>,
        /// Words in the title, the address or the provider's name.
        q: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<SaleView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("sales overview").await?;
        let words = search(&mut tx, None, q.0.as_deref()).await?;
        let filter = Filter { tenant: None, state: state.0, phase: phase.0, words };
        Ok(Json(self.page(&mut tx, &filter, &page).await?))
    }

    /// Make a sale of an offer, as a draft
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
            store::create(&mut tx, member.tenant, &new, &offer.title, self.platform.clock.now())
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
    #[oai(path = "/providers/:tenant/sales/:sale", method = "put", operation_id = "sale_update")]
    async fn sale_update(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<SaleInput>,
    ) -> Result<Json<SaleView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let known = store::get_locked(&mut tx, member.tenant, sale.0, now).await?;
        review::may_change(&known)?;
        let (new, offer) = check(&mut tx, member.tenant, &body).await?;
        if let Some(published) = review::published_content(&mut tx, &known).await? {
            rules::check_published(&new, &known, &published)?;
        }
        store::update(&mut tx, member.tenant, known.id, &new, now).await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "sale_update",
            &format!("sale {}", known.id),
            &json!({"title": offer.title}),
        )
        .await?;
        let view = self.view(&mut tx, member.tenant, known.id).await?;
        tx.commit().await?;
        Ok(Json(view))
    }

    /// End a published sale for good
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
        body: Input<SaleReason>,
    ) -> Result<Json<SaleView>> {
        let reason = reason(&body.reason)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        control::cancel(
            &mut tx,
            member.tenant,
            sale.0,
            member.actor(),
            &reason,
            self.platform.clock.now(),
        )
        .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Stop selling at once, until it is resumed
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
        body: Input<SaleReason>,
    ) -> Result<Json<SaleView>> {
        let reason = reason(&body.reason)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        control::halt(
            &mut tx,
            member.tenant,
            sale.0,
            member.actor(),
            &reason,
            self.platform.clock.now(),
        )
        .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Sell again after a halt
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
        control::resume(&mut tx, member.tenant, sale.0, member.actor(), self.platform.clock.now())
            .await?;
        self.changed(tx, member.tenant, sale.0).await
    }

    /// Put a sale on top of the home page, or take it from there; there is one at a time
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
        body: Input<SaleFeatured>,
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
    async fn page(&self, tx: &mut Tx, filter: &Filter, page: &PageQuery) -> Result<Page<SaleView>> {
        let sales = store::list(tx, filter, page, self.platform.clock.now()).await?;
        let views = views::sales(tx, &self.platform, &sales).await?;
        Ok(page.page(views, |view| (view.created_at, view.id.0), |view| view))
    }

    async fn view(&self, tx: &mut Tx, tenant: TenantId, sale: SaleId) -> Result<SaleView> {
        let sale = store::get(tx, tenant, sale, self.platform.clock.now()).await?;
        views::sale(tx, &self.platform, sale).await
    }

    /// Commits, and tells every node.
    async fn changed(&self, mut tx: Tx, tenant: TenantId, sale: SaleId) -> Result<Json<SaleView>> {
        let view = self.view(&mut tx, tenant, sale).await?;
        tx.commit().await?;
        self.platform.broker.publish(Notice::SaleChanged { slug: view.slug.clone() }).await;
        Ok(Json(view))
    }
}

/// Checks a sale's input with its offer and provider.
async fn check(
    tx: &mut Tx,
    tenant: TenantId,
    input: &SaleInput,
) -> Result<(rules::NewSale, offers::Offer)> {
    let offer = offers::many(tx, &[(tenant, input.offer_id)]).await?.remove(&input.offer_id);
    let offer = offer.ok_or_else(|| {
        crate::kernel::FieldError::new("offer_id", "There is no such offer; choose one of yours")
    })?;
    let cart_origins = providers::get(tx, tenant).await?.cart_origins;
    let new = rules::check(input, &offer, &cart_origins)?;
    proof::check_assets(tx, tenant, input).await?;
    Ok((new, offer))
}

fn reason(text: &str) -> Result<String> {
    let mut fields = FieldErrors::default();
    let text = validate::text(&mut fields, "reason", text, 1, REASON_CHARS_MAX);
    fields.finish()?;
    Ok(text)
}

/// What the words of a search lead to; `tenant` None searches providers too.
async fn search(
    tx: &mut Tx,
    tenant: Option<TenantId>,
    text: Option<&str>,
) -> Result<Option<Words>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let offers =
        offers::search(tx, tenant, text, SEARCH_MAX).await?.into_iter().map(|id| id.0).collect();
    let tenants = if tenant.is_none() {
        sellers::search(tx, text, SEARCH_MAX).await?.into_iter().map(|id| id.0).collect()
    } else {
        vec![]
    };
    Ok(Some(Words { slug_part: validate::slug_from(text), offers, tenants }))
}
