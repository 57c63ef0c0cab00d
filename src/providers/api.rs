//! The API of providers: invitation, profile, cart addresses.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    inputs::{ProviderInvitation, ProviderUpdate},
    inviting,
    provider::{Provider, ProviderState},
    rules,
    standing::require_open,
    store::{self, get},
};
use crate::{
    access::{Member, Staff, Tag, audit, edits},
    kernel::{Input, Page, PageQuery, Result, SeenVersion, TenantId, validate},
    platform::{Platform, broker::Notice},
};

pub struct ProvidersApi {
    pub platform: Platform,
}

/// A tenant that sells.
#[derive(Object)]
#[oai(rename = "Provider")]
pub struct ProviderView {
    id: TenantId,
    /// Its name in URLs; never changes.
    slug: String,
    name: String,
    state: ProviderState,
    /// ISO 3166-1.
    country: String,
    product_category: String,
    /// What shoppers read about it.
    about: String,
    support_email: Option<String>,
    support_phone: Option<String>,
    support_url: Option<String>,
    /// Where it does business, from its pack: `Europe/Berlin`; null when the pack names none.
    time_zone: Option<String>,
    /// In the commercial register; null until it applied.
    registration_number: Option<String>,
    /// The countries it ships to (ISO 3166-1).
    regions: Vec<String>,
    /// Where Buy may lead in redirect mode.
    cart_origins: Vec<String>,
    /// Why the last decision was made.
    decision_reason: Option<String>,
    /// Send it in `If-Match` when you change profile or cart addresses.
    version: i32,
    created_at: OffsetDateTime,
}

impl From<Provider> for ProviderView {
    fn from(provider: Provider) -> Self {
        Self {
            id: provider.id,
            slug: provider.slug,
            name: provider.name,
            state: provider.state,
            country: provider.country,
            product_category: provider.product_category,
            about: provider.about,
            support_email: provider.support_email,
            support_phone: provider.support_phone,
            support_url: provider.support_url,
            time_zone: provider.time_zone,
            registration_number: provider.registration_number,
            regions: provider.regions,
            cart_origins: provider.cart_origins,
            decision_reason: provider.decision_reason,
            version: provider.version,
            created_at: provider.created_at,
        }
    }
}

#[derive(Object)]
#[oai(rename = "CartOrigins", deny_unknown_fields)]
struct CartOriginsInput {
    /// `https://shop.example`: scheme, host and port, no path. At most 10.
    cart_origins: Vec<String>,
}

#[derive(ApiResponse)]
pub enum ProviderCreated {
    /// Invited.
    #[oai(status = 201)]
    Created(Json<ProviderView>),
}

#[OpenApi(tag = "Tag::Providers")]
impl ProvidersApi {
    /// Every provider, newest first
    ///
    /// Every provider in any state, for search.
    #[oai(path = "/providers", method = "get", operation_id = "provider_list")]
    async fn provider_list(
        &self,
        _staff: Staff,
        state: Query<Option<ProviderState>>,
        /// Text in the name, slug or category.
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ProviderView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let words = validate::search("q", q.0.as_deref())?;
        let mut tx = self.platform.db.platform("providers").await?;
        let providers = store::list(&mut tx, state.0, words, &page).await?;
        Ok(Json(page.page(
            providers,
            |provider| (provider.created_at, provider.id.0),
            ProviderView::from,
        )))
    }

    /// Invite a provider; its owner gets an email
    ///
    /// Creates a provider in the state `invited`, and sends its owner a link that is valid for 7 days. Written to the audit log.
    ///
    /// A slug that is taken is a 422 on `slug`. Not idempotent, but a repeat fails on the slug.
    #[oai(path = "/providers", method = "post", operation_id = "provider_invite")]
    async fn provider_invite(
        &self,
        staff: Staff,
        body: Input<ProviderInvitation>,
    ) -> Result<ProviderCreated> {
        let new = rules::invitation(&body)?;
        let tenant = TenantId::new();
        let mut tx = self.platform.db.tenant(tenant).await?;
        let now = self.platform.clock.now();
        let provider = inviting::invite(&mut tx, tenant, &new, &staff.0.account, now).await?;
        tx.commit().await?;
        Ok(ProviderCreated::Created(Json(provider.into())))
    }

    /// One provider
    ///
    /// What SMP knows of a provider, its state in the vetting and the reason of the last decision
    /// included.
    #[oai(path = "/providers/:tenant", method = "get", operation_id = "provider_get")]
    async fn provider_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ProviderView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(get(&mut tx, member.tenant).await?.into()))
    }

    /// Change what customers read about a provider
    ///
    /// Changes the texts and contacts that shoppers see, at once and without a review. A field that
    /// is left out stays; `null` removes the phone or the address. Written to the audit log.
    ///
    /// A provider that SMP rejected cannot be changed: 409 `urn:smp:provider_rejected`.
    ///
    /// When someone changed it after you read it, nothing is changed (412).
    #[oai(path = "/providers/:tenant", method = "patch", operation_id = "provider_update")]
    async fn provider_update(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<ProviderUpdate>,
    ) -> Result<Json<ProviderView>> {
        let change = rules::change(&body)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        require_open(&mut tx, member.tenant).await?;
        let stored = store::lock(&mut tx, member.tenant).await?;
        let last = store::last_edit(&mut tx, member.tenant).await?;
        last.require(&mut tx, seen.0, &change.differing(&stored)).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        store::update(&mut tx, member.tenant, &change, by, now).await?;
        let provider = get(&mut tx, member.tenant).await?;
        let details = json!({
            "support_email": provider.support_email,
            "support_phone": provider.support_phone,
            "support_url": provider.support_url,
        });
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "provider_update",
            &format!("provider {}", provider.slug),
            &details,
        )
        .await?;
        tx.commit().await?;
        self.respond(provider).await
    }

    /// Set where a provider's redirect sales may lead
    ///
    /// Replaces the list of web origins that Buy may lead to in the provider's redirect sales; at
    /// most 10, each with scheme, host and port and no path. A sale with another address is refused
    /// when it is edited, submitted or approved. Written to the audit log, with the whole list.
    ///
    /// A provider that SMP rejected cannot be changed: 409 `urn:smp:provider_rejected`. A repeat
    /// changes nothing.
    ///
    /// When someone changed it after you read it, nothing is changed (412).
    #[oai(
        path = "/providers/:tenant/cart-origins",
        method = "put",
        operation_id = "cart_origins_set"
    )]
    async fn cart_origins_set(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<CartOriginsInput>,
    ) -> Result<Json<ProviderView>> {
        let origins = rules::cart_origins(&body.cart_origins)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        require_open(&mut tx, member.tenant).await?;
        let stored = store::lock(&mut tx, member.tenant).await?;
        let last = store::last_edit(&mut tx, member.tenant).await?;
        let fields = edits::differing(&[("cart_origins", origins != stored.cart_origins)]);
        last.require(&mut tx, seen.0, &fields).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        store::set_cart_origins(&mut tx, member.tenant, &origins, by, now).await?;
        let provider = get(&mut tx, member.tenant).await?;
        let details = json!({"cart_origins": origins});
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "cart_origins_set",
            &format!("provider {}", provider.slug),
            &details,
        )
        .await?;
        tx.commit().await?;
        self.respond(provider).await
    }
}

impl ProvidersApi {
    /// Notifies all nodes that a provider changed, and responds with it.
    async fn respond(&self, provider: Provider) -> Result<Json<ProviderView>> {
        announce(&self.platform, provider.id).await;
        Ok(Json(provider.into()))
    }
}

/// Notifies all nodes that a provider changed. Call it after the commit.
pub async fn announce(platform: &Platform, tenant: TenantId) {
    platform.broker.publish(Notice::ProviderChanged { tenant }).await;
}
