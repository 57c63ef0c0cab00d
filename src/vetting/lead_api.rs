//! The API of leads and of the vetting queue.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use time::{Date, OffsetDateTime};

use super::{
    inputs::LeadInput,
    leads::{self, Lead, LeadDetails, LeadFilter, LeadState, LeadStep},
    queue::{self, VettingQueue},
};
use crate::{
    access::{Staff, Tag},
    kernel::{Input, LeadId, Page, PageQuery, Result, SeenVersion, TenantId, validate},
    platform::Platform,
    providers::ProviderCreated,
};

pub struct LeadApi {
    pub platform: Platform,
}

/// A company that SMP would like to sell with.
#[derive(Object)]
#[oai(rename = "Lead")]
struct LeadView {
    id: LeadId,
    company: String,
    contact_name: String,
    email: String,
    /// ISO 3166-1.
    country: String,
    product_category: String,
    source: String,
    notes: String,
    /// From the invitation on, it follows the provider by itself.
    state: LeadState,
    /// Why nothing comes of it.
    lost_reason: Option<String>,
    follow_up_on: Option<Date>,
    /// The provider it became; null until it is invited.
    provider_id: Option<TenantId>,
    /// Send it in `If-Match` when you change the lead.
    version: i32,
    created_at: OffsetDateTime,
}

impl From<Lead> for LeadView {
    fn from(lead: Lead) -> Self {
        Self {
            id: lead.id,
            company: lead.company,
            contact_name: lead.contact_name,
            email: lead.email,
            country: lead.country,
            product_category: lead.product_category,
            source: lead.source,
            notes: lead.notes,
            state: lead.state,
            lost_reason: lead.lost_reason,
            follow_up_on: lead.follow_up_on,
            provider_id: lead.provider_id,
            version: lead.version,
            created_at: lead.created_at,
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct LeadStepInput {
    state: LeadStep,
    /// Required for `lost`; at most 1000 characters.
    #[oai(default)]
    reason: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct LeadInvitation {
    /// Of the provider: lower-case letters, digits and hyphens. Part of URLs; cannot be changed
    /// later.
    slug: String,
}

#[derive(ApiResponse)]
enum LeadCreated {
    /// Noted.
    #[oai(status = 201)]
    Created(Json<LeadView>),
}

#[OpenApi(tag = "Tag::Vetting")]
impl LeadApi {
    /// Leads, newest first
    ///
    /// The companies that SMP would like to sell with, in any state.
    #[oai(path = "/leads", method = "get", operation_id = "lead_list")]
    async fn lead_list(
        &self,
        _staff: Staff,
        state: Query<Option<LeadState>>,
        /// Text in the company, the contact's name or the email address.
        q: Query<Option<String>>,
        /// Only those to follow up today or earlier.
        due: Query<Option<bool>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<LeadView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let words = validate::search("q", q.0.as_deref())?;
        let today = self.platform.clock.now().date();
        let due_on = due.0.unwrap_or(false).then_some(today);
        let filter = LeadFilter { state: state.0, words, due_on };
        let mut tx = self.platform.db.platform("leads").await?;
        let leads = leads::list(&mut tx, &filter, &page).await?;
        Ok(Json(page.page(leads, |lead| (lead.created_at, lead.id.0), LeadView::from)))
    }

    /// Note a lead
    ///
    /// Notes a company that SMP would like to sell with, in the state `new`. Written to the audit
    /// log. Not idempotent.
    #[oai(path = "/leads", method = "post", operation_id = "lead_create")]
    async fn lead_create(&self, staff: Staff, body: Input<LeadInput>) -> Result<LeadCreated> {
        let details = LeadDetails::parse(&body)?;
        let mut tx = self.platform.db.platform("leads").await?;
        let (by, now) = (staff.0.account.id, self.platform.clock.now());
        let lead = leads::create(&mut tx, &details, by, now).await?;
        tx.commit().await?;
        Ok(LeadCreated::Created(Json(lead.into())))
    }

    /// One lead
    ///
    /// A company that SMP would like to sell with, and where it stands.
    #[oai(path = "/leads/:lead", method = "get", operation_id = "lead_get")]
    async fn lead_get(&self, _staff: Staff, lead: Path<LeadId>) -> Result<Json<LeadView>> {
        let mut tx = self.platform.db.platform("leads").await?;
        Ok(Json(leads::get(&mut tx, lead.0).await?.into()))
    }

    /// Change a lead
    ///
    /// Replaces what SMP noted of the company. Written to the audit log.
    ///
    /// When someone changed it after you read it, nothing is changed (412).
    #[oai(path = "/leads/:lead", method = "put", operation_id = "lead_update")]
    async fn lead_update(
        &self,
        staff: Staff,
        lead: Path<LeadId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<LeadInput>,
    ) -> Result<Json<LeadView>> {
        let details = LeadDetails::parse(&body)?;
        let mut tx = self.platform.db.platform("leads").await?;
        let (by, now) = (staff.0.account.id, self.platform.clock.now());
        let lead = leads::update(&mut tx, lead.0, seen.0, &details, by, now).await?;
        tx.commit().await?;
        Ok(Json(lead.into()))
    }

    /// Move a lead that was not invited yet
    ///
    /// `contacted`, `lost` with a reason, or back to `new`. Written to the audit log. A repeat
    /// changes nothing.
    ///
    /// Refused with 409 `urn:smp:lead_invited` once it was invited: it follows its provider then.
    #[oai(path = "/leads/:lead/state", method = "put", operation_id = "lead_step")]
    async fn lead_step(
        &self,
        staff: Staff,
        lead: Path<LeadId>,
        body: Input<LeadStepInput>,
    ) -> Result<Json<LeadView>> {
        let mut tx = self.platform.db.platform("leads").await?;
        let by = staff.0.account.id;
        let lead = leads::step(&mut tx, lead.0, body.state, &body.reason, by).await?;
        tx.commit().await?;
        Ok(Json(lead.into()))
    }

    /// Invite a lead
    ///
    /// Makes a provider of the lead, and sends its contact a link that is valid for 7 days. From
    /// then on the lead follows the provider. Written to the audit log.
    ///
    /// What the lead lacks and a slug that is taken are a 422. Refused with 409:
    /// `urn:smp:lead_invited`, `urn:smp:lead_lost`.
    #[oai(path = "/leads/:lead/invite", method = "post", operation_id = "lead_invite")]
    async fn lead_invite(
        &self,
        staff: Staff,
        lead: Path<LeadId>,
        body: Input<LeadInvitation>,
    ) -> Result<ProviderCreated> {
        let mut tx = self.platform.db.platform("leads").await?;
        let (by, now) = (&staff.0.account, self.platform.clock.now());
        let provider = leads::invite(&mut tx, lead.0, &body.slug, by, now).await?;
        tx.commit().await?;
        Ok(ProviderCreated::Created(Json(provider.into())))
    }

    /// What of the vetting waits for SMP
    ///
    /// Applications to take, answers to check, applications to decide on, and leads to follow up,
    /// those that wait longest first; at most 100.
    #[oai(path = "/vetting/queue", method = "get", operation_id = "vetting_queue")]
    async fn vetting_queue(&self, _staff: Staff) -> Result<Json<VettingQueue>> {
        let mut tx = self.platform.db.platform("vetting queue").await?;
        Ok(Json(queue::read(&mut tx, self.platform.clock.now()).await?))
    }
}
