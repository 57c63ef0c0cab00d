//! The API of providers: invitation, application, vetting, decision, settings.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    inputs::{ProviderApplication, ProviderInvitation, ProviderUpdate},
    provider::{Provider, ProviderState},
    rules,
    standing::require_open,
    store::{self, get},
    team,
    vetting::{
        self, ProviderDecision, Requirement, RequirementDecision, RequirementKind, RequirementState,
    },
};
use crate::{
    access::{Member, Staff, Tag, audit, edits, members::MemberRole},
    events,
    kernel::{FieldErrors, Input, Page, PageQuery, Result, SeenVersion, TenantId, validate},
    platform::{Platform, broker::Notice},
};

const NOTE_CHARS_MAX: usize = 2_000;

pub struct ProvidersApi {
    pub platform: Platform,
}

/// A tenant that sells.
#[derive(Object)]
#[oai(rename = "Provider")]
struct ProviderView {
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

/// One line of the vetting checklist.
#[derive(Object)]
#[oai(rename = "Requirement")]
struct RequirementView {
    kind: RequirementKind,
    state: RequirementState,
    /// From the application; empty before.
    evidence: String,
    /// The reviewer's, for the owner to read.
    note: String,
    decided_at: Option<OffsetDateTime>,
}

impl From<Requirement> for RequirementView {
    fn from(requirement: Requirement) -> Self {
        Self {
            kind: requirement.kind,
            state: requirement.state,
            evidence: requirement.evidence,
            note: requirement.note,
            decided_at: requirement.decided_at,
        }
    }
}

#[derive(Object)]
struct RequirementList {
    items: Vec<RequirementView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RequirementDecisionInput {
    decision: RequirementDecision,
    /// Required to refuse or waive.
    note: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ProviderDecisionInput {
    decision: ProviderDecision,
    /// Required to reject or suspend.
    reason: String,
}

#[derive(ApiResponse)]
enum ProviderCreated {
    /// Invited.
    #[oai(status = 201)]
    Created(Json<ProviderView>),
}

#[OpenApi(tag = "Tag::Providers")]
impl ProvidersApi {
    /// Every provider, newest first
    ///
    /// Every provider in any state, for search and for the vetting queue (`state=under_review`).
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
        let words = q.0.as_deref().map(str::trim).filter(|words| !words.is_empty());
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
    /// Creates a provider in the state `invited` with an open vetting checklist, and sends its
    /// owner a link that is valid for 7 days. Written to the audit log.
    ///
    /// A slug that is taken is a 422 on `slug`. Not idempotent, but a repeat fails on the slug.
    #[oai(path = "/providers", method = "post", operation_id = "provider_invite")]
    async fn provider_invite(
        &self,
        staff: Staff,
        body: Input<ProviderInvitation>,
    ) -> Result<ProviderCreated> {
        let new = rules::invitation(&body)?;
        let (tenant, now) = (TenantId::new(), self.platform.clock.now());
        let mut tx = self.platform.db.tenant(tenant).await?;
        store::insert(&mut tx, tenant, &new, now).await?;
        vetting::open(&mut tx, tenant).await?;
        events::publish(&mut tx, tenant, "provider.invited", &json!({"name": new.name})).await?;
        let details =
            json!({"name": new.name, "country": new.country, "owner_email": new.owner_email});
        audit::record(
            &mut tx,
            staff.actor(),
            tenant,
            "provider_invite",
            &format!("provider {}", new.slug),
            &details,
        )
        .await?;
        let provider = get(&mut tx, tenant).await?;
        team::invite(
            &mut tx,
            &provider,
            &new.owner_email,
            MemberRole::Owner,
            &staff.0.account,
            now,
        )
        .await?;
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

    /// Apply: submit what the vetting requires
    ///
    /// Hands in the application: keeps what the owner writes, fills the vetting checklist with it,
    /// and moves the provider from `invited` to `under_review`. Written to the audit log.
    ///
    /// It can be sent once; afterwards the answer is 409 `urn:smp:already_applied`.
    #[oai(
        path = "/providers/:tenant/application",
        method = "post",
        operation_id = "provider_apply"
    )]
    async fn provider_apply(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<ProviderApplication>,
    ) -> Result<Json<ProviderView>> {
        let application = rules::application(&body)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        vetting::apply(
            &mut tx,
            member.tenant,
            &application,
            member.actor(),
            self.platform.clock.now(),
        )
        .await?;
        let provider = get(&mut tx, member.tenant).await?;
        tx.commit().await?;
        self.respond(provider).await
    }

    /// The vetting checklist
    ///
    /// The four requirements of the vetting (business registration, references, product category,
    /// regions), each with the evidence from the application and SMP's decision.
    #[oai(
        path = "/providers/:tenant/requirements",
        method = "get",
        operation_id = "requirement_list"
    )]
    async fn requirement_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<RequirementList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        get(&mut tx, member.tenant).await?;
        let items = vetting::list(&mut tx, member.tenant)
            .await?
            .into_iter()
            .map(RequirementView::from)
            .collect();
        Ok(Json(RequirementList { items }))
    }

    /// Decide on one requirement
    ///
    /// Records whether one requirement is met, refused or waived. It can be decided differently until
    /// the provider is decided on. A note of 1 to 2000 characters is needed to refuse or waive. The
    /// owner is told, and the audit log written.
    ///
    /// Refused with 409: `urn:smp:not_under_review` unless the provider is under review,
    /// `urn:smp:requirement_not_submitted` when nothing was submitted.
    #[oai(
        path = "/providers/:tenant/requirements/:kind",
        method = "put",
        operation_id = "requirement_decide"
    )]
    async fn requirement_decide(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        kind: Path<RequirementKind>,
        body: Input<RequirementDecisionInput>,
    ) -> Result<Json<RequirementView>> {
        let mut fields = FieldErrors::default();
        let needed = usize::from(body.decision != RequirementDecision::Met);
        let note = validate::text(&mut fields, "note", &body.note, needed, NOTE_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let now = self.platform.clock.now();
        let decided = vetting::decide_requirement(
            &mut tx,
            member.tenant,
            kind.0,
            body.decision,
            &note,
            member.account(),
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(Json(decided.into()))
    }

    /// Approve, reject, suspend or reinstate a provider
    ///
    /// Moves the provider: `approve` and `reject` from `under_review`, `suspend` from `approved`,
    /// `reinstate` from `suspended`. Suspending stops all its sales at once; units that are held
    /// can still be paid for. A reason is needed to reject or suspend, and the owner reads it.
    /// Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:not_in_state` for a provider in another state,
    /// `urn:smp:requirements_open` for an approval before every requirement is met or waived.
    #[oai(path = "/providers/:tenant/decision", method = "post", operation_id = "provider_decide")]
    async fn provider_decide(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<ProviderDecisionInput>,
    ) -> Result<Json<ProviderView>> {
        let mut fields = FieldErrors::default();
        let needed = usize::from(matches!(
            body.decision,
            ProviderDecision::Reject | ProviderDecision::Suspend
        ));
        let reason = validate::text(&mut fields, "reason", &body.reason, needed, NOTE_CHARS_MAX);
        fields.finish()?;
        let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        vetting::decide(
            &mut tx,
            member.tenant,
            body.decision,
            reason,
            member.actor(),
            self.platform.clock.now(),
        )
        .await?;
        let provider = get(&mut tx, member.tenant).await?;
        tx.commit().await?;
        self.respond(provider).await
    }
}

impl ProvidersApi {
    /// Notifies all nodes that a provider changed, and responds with it.
    async fn respond(&self, provider: Provider) -> Result<Json<ProviderView>> {
        self.platform.broker.publish(Notice::ProviderChanged { tenant: provider.id }).await;
        Ok(Json(provider.into()))
    }
}
