//! The API of offers.

use std::collections::BTreeMap;

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    input::OfferInput,
    offer::{Offer, OfferItem, OfferState},
    rules, store,
};
use crate::{
    access::{Member, Tag, audit},
    assets::AssetView,
    events,
    kernel::{
        Input, ItemId, Money, OfferId, Page, PageQuery, Result, SeenVersion, TenantId, validate,
    },
    platform::Platform,
    providers,
};

pub struct OffersApi {
    pub platform: Platform,
}

/// What is sold.
#[derive(Object)]
#[oai(rename = "Offer")]
struct OfferView {
    pub id: OfferId,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub terms: String,
    /// ISO 4217.
    pub currency: String,
    pub state: OfferState,
    /// Send it in `If-Match` when you replace the offer.
    pub version: i32,
    pub items: Vec<OfferItemView>,
    pub assets: Vec<AssetView>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// One variant of an offer.
#[derive(Object)]
#[oai(rename = "OfferItem")]
struct OfferItemView {
    pub id: ItemId,
    /// The provider's own article number.
    pub sku: String,
    pub name: String,
    /// `{"Colour": "Sand"}`
    pub attributes: BTreeMap<String, String>,
    pub price: Money,
    /// An earlier, higher price.
    pub compare_at: Option<Money>,
}

impl OfferItemView {
    fn new(item: OfferItem, currency: &str) -> Self {
        Self {
            id: item.id,
            sku: item.sku,
            name: item.name,
            attributes: item.attributes,
            price: Money::new(item.price_minor, currency),
            compare_at: item.compare_at_minor.map(|amount| Money::new(amount, currency)),
        }
    }
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            items: offer
                .items
                .into_iter()
                .map(|item| OfferItemView::new(item, &offer.currency))
                .collect(),
            assets: offer.assets.into_iter().map(AssetView::from).collect(),
            id: offer.id,
            title: offer.title,
            summary: offer.summary,
            description: offer.description,
            terms: offer.terms,
            currency: offer.currency,
            state: offer.state,
            version: offer.version,
            created_at: offer.created_at,
            updated_at: offer.updated_at,
        }
    }
}

#[derive(ApiResponse)]
enum OfferCreated {
    /// Created.
    #[oai(status = 201)]
    Created(Json<OfferView>),
}

#[OpenApi(tag = "Tag::Offers")]
impl OffersApi {
    /// A provider's offers, newest first
    ///
    /// The provider's offers with their items and assets; by default in every state.
    #[oai(path = "/providers/:tenant/offers", method = "get", operation_id = "offer_list")]
    async fn offer_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        /// Text in the title, a SKU or an item's name.
        q: Query<Option<String>>,
        state: Query<Option<OfferState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<OfferView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let text = validate::search("q", q.0.as_deref())?;
        let keys = store::list(&mut tx, member.tenant, state.0, text, &page).await?;
        let ids: Vec<_> = keys.iter().map(|(_, id)| (member.tenant, *id)).collect();
        let mut offers = store::many(&mut tx, &ids).await?;
        let found: Vec<Offer> = keys.iter().filter_map(|(_, id)| offers.remove(id)).collect();
        Ok(Json(page.page(found, |offer| (offer.created_at, offer.id.0), OfferView::from)))
    }

    /// Create an offer
    ///
    /// Creates an offer of 1 to 50 items, each with a SKU that is unique among the provider's
    /// offers, and up to 20 assets. Nothing is on sale yet: a sale sets quantities, dates and
    /// prices. Written to the audit log.
    ///
    /// Every wrong value is listed in one 422. A provider that SMP rejected is refused: 409
    /// `urn:smp:provider_rejected`. Not idempotent, but a repeat fails on the SKUs.
    #[oai(path = "/providers/:tenant/offers", method = "post", operation_id = "offer_create")]
    async fn offer_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<OfferInput>,
    ) -> Result<OfferCreated> {
        let new = rules::check(&body)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        providers::require_open(&mut tx, member.tenant).await?;
        let id = store::create(&mut tx, member.tenant, &new, self.platform.clock.now()).await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "offer_create",
            &format!("offer {id}"),
            &json!({"title": new.title}),
        )
        .await?;
        let offer = store::get(&mut tx, member.tenant, id).await?;
        tx.commit().await?;
        Ok(OfferCreated::Created(Json(offer.into())))
    }

    /// One offer
    ///
    /// One offer of the provider, with its items in order and its assets.
    #[oai(path = "/providers/:tenant/offers/:offer", method = "get", operation_id = "offer_get")]
    async fn offer_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        offer: Path<OfferId>,
    ) -> Result<Json<OfferView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(store::get(&mut tx, member.tenant, offer.0).await?.into()))
    }

    /// Replace an offer; shoppers see the change once a sale with it is approved
    ///
    /// Replaces the whole offer. Send the `id` of each item that stays; an item without one is new,
    /// and one that is not listed is removed. Sales that were submitted keep the content that was
    /// frozen then. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:offer_archived`, `urn:smp:provider_rejected`. A repeat changes
    /// nothing.
    ///
    /// When someone changed it after you read it, nothing is replaced (412).
    #[oai(path = "/providers/:tenant/offers/:offer", method = "put", operation_id = "offer_update")]
    async fn offer_update(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        offer: Path<OfferId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<OfferInput>,
    ) -> Result<Json<OfferView>> {
        let new = rules::check(&body)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        providers::require_open(&mut tx, member.tenant).await?;
        let last = store::lock_draft(&mut tx, member.tenant, offer.0).await?;
        let stored = store::get(&mut tx, member.tenant, offer.0).await?;
        last.require(&mut tx, seen.0, &rules::differing(&new, &stored)).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        store::update(&mut tx, member.tenant, offer.0, &new, by, now).await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "offer_update",
            &format!("offer {}", offer.0),
            &json!({"title": new.title}),
        )
        .await?;
        let offer = store::get(&mut tx, member.tenant, offer.0).await?;
        tx.commit().await?;
        Ok(Json(offer.into()))
    }

    /// Archive an offer, so that it can no longer be put on sale
    ///
    /// Takes the offer out of use for good: no sale of it can be submitted any more. Sales that are
    /// published go on. Written to the audit log. Archiving it again changes nothing.
    #[oai(
        path = "/providers/:tenant/offers/:offer/archive",
        method = "post",
        operation_id = "offer_archive"
    )]
    async fn offer_archive(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        offer: Path<OfferId>,
    ) -> Result<Json<OfferView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        if store::archive(&mut tx, member.tenant, offer.0, self.platform.clock.now()).await? {
            events::publish(
                &mut tx,
                member.tenant,
                "offer.archived",
                &json!({"offer_id": offer.0}),
            )
            .await?;
            audit::record(
                &mut tx,
                member.actor(),
                member.tenant,
                "offer_archive",
                &format!("offer {}", offer.0),
                &(),
            )
            .await?;
        }
        let offer = store::get(&mut tx, member.tenant, offer.0).await?;
        tx.commit().await?;
        Ok(Json(offer.into()))
    }
}
