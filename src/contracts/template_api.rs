//! The API of contract templates, for SMP's managers.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    rules::{self, TemplateText},
    template::{self, ContractTemplate, ContractTemplateState},
};
use crate::{
    access::{Staff, Tag, audit, edits},
    events,
    kernel::{ContractTemplateId, Input, Page, PageQuery, Result, SeenVersion, TenantId, token},
    platform::{Platform, broker::Notice},
    providers,
};

pub struct ContractTemplatesApi {
    pub platform: Platform,
}

/// A version of SMP's contract.
#[derive(Object)]
#[oai(rename = "ContractTemplate")]
struct ContractTemplateView {
    id: ContractTemplateId,
    state: ContractTemplateState,
    /// Of the version: 1, 2, … in the order of publishing; null for a draft.
    number: Option<i32>,
    title: String,
    /// Blank lines part paragraphs; a line that begins with `# ` is a heading, with `- ` an item.
    body: String,
    /// Days within which delivery is guaranteed.
    delivery_days: i32,
    /// Days for which reservations, coupons and vouchers are guaranteed to be honoured.
    honour_days: i32,
    /// When contracts of earlier versions end.
    sign_by: Option<OffsetDateTime>,
    /// Send it in `If-Match` when you replace the draft.
    version: i32,
    published_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl From<ContractTemplate> for ContractTemplateView {
    fn from(template: ContractTemplate) -> Self {
        Self {
            id: template.id,
            state: template.state,
            number: template.number,
            title: template.title,
            body: template.body,
            delivery_days: template.delivery_days,
            honour_days: template.honour_days,
            sign_by: template.sign_by,
            version: template.version,
            published_at: template.published_at,
            created_at: template.created_at,
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ContractTemplateInput {
    /// One line, 1 to 140 characters.
    title: String,
    /// 1 to 30,000 characters, with `{{delivery_days}}` and `{{honour_days}}` in the guarantees. Also
    /// filled in are `{{provider_name}}`, `{{registration_number}}`, `{{country}}`, `{{version}}` and
    /// `{{date}}`.
    body: String,
    /// Days within which the provider guarantees delivery: 1 to 365.
    delivery_days: i32,
    /// Days for which the provider guarantees to honour reservations, coupons and vouchers: 1 to
    /// 3,650.
    honour_days: i32,
}

impl ContractTemplateInput {
    fn checked(&self) -> Result<TemplateText> {
        rules::checked(&TemplateText {
            title: self.title.clone(),
            body: self.body.clone(),
            delivery_days: self.delivery_days,
            honour_days: self.honour_days,
        })
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ContractTemplatePublication {
    /// When contracts of earlier versions end: until then providers sign the new one. Required unless
    /// it is the first version.
    sign_by: Option<OffsetDateTime>,
}

/// A template filled in for a provider.
#[derive(Object)]
struct ContractPreview {
    title: String,
    document: String,
    /// SHA-256 of the document in UTF-8, hexadecimal.
    document_hash: String,
}

#[derive(ApiResponse)]
enum ContractTemplateCreated {
    /// The draft.
    #[oai(status = 201)]
    Created(Json<ContractTemplateView>),
}

#[derive(ApiResponse)]
enum ContractTemplateDeleted {
    /// It is gone.
    #[oai(status = 204)]
    Deleted,
}

#[OpenApi(tag = "Tag::Contracts")]
impl ContractTemplatesApi {
    /// Every version of the contract, newest first
    ///
    /// The templates of SMP's contract, drafts and published ones.
    #[oai(path = "/contract-templates", method = "get", operation_id = "contract_template_list")]
    async fn contract_template_list(
        &self,
        _staff: Staff,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ContractTemplateView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("contract templates").await?;
        let templates = template::list(&mut tx, &page).await?;
        Ok(Json(page.page(
            templates,
            |template| (template.created_at, template.id.0),
            ContractTemplateView::from,
        )))
    }

    /// Write a version of the contract
    ///
    /// Creates a draft, which nobody is offered before it is published. A text that does not
    /// guarantee delivery and the honouring of reservations, coupons and vouchers within a named
    /// period is a 422. Written to the audit log. Not idempotent.
    #[oai(path = "/contract-templates", method = "post", operation_id = "contract_template_create")]
    async fn contract_template_create(
        &self,
        staff: Staff,
        body: Input<ContractTemplateInput>,
    ) -> Result<ContractTemplateCreated> {
        let text = body.checked()?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("contract template").await?;
        let id = template::insert(&mut tx, &text, staff.0.account.id, now).await?;
        let details = json!({"title": text.title});
        record(&mut tx, &staff, "contract_template_create", id, &details).await?;
        let created = template::get(&mut tx, id).await?;
        tx.commit().await?;
        Ok(ContractTemplateCreated::Created(Json(created.into())))
    }

    /// One version of the contract
    ///
    /// The text of a draft or of a published version.
    #[oai(
        path = "/contract-templates/:template",
        method = "get",
        operation_id = "contract_template_get"
    )]
    async fn contract_template_get(
        &self,
        _staff: Staff,
        template: Path<ContractTemplateId>,
    ) -> Result<Json<ContractTemplateView>> {
        let mut tx = self.platform.db.platform("contract template").await?;
        Ok(Json(template::get(&mut tx, template.0).await?.into()))
    }

    /// Replace a draft of the contract
    ///
    /// Replaces title, text and periods of a draft. Written to the audit log.
    ///
    /// A published version is refused with 409 `urn:smp:template_published`. When someone changed the
    /// draft after you read it, nothing is changed (412).
    #[oai(
        path = "/contract-templates/:template",
        method = "put",
        operation_id = "contract_template_update"
    )]
    async fn contract_template_update(
        &self,
        staff: Staff,
        template: Path<ContractTemplateId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<ContractTemplateInput>,
    ) -> Result<Json<ContractTemplateView>> {
        let text = body.checked()?;
        let (id, now) = (template.0, self.platform.clock.now());
        let mut tx = self.platform.db.platform("contract template").await?;
        let stored = template::lock(&mut tx, id).await?;
        stored.require_draft()?;
        let before = stored.text();
        let fields = edits::differing(&[
            ("title", text.title != before.title),
            ("body", text.body != before.body),
            ("delivery_days", text.delivery_days != before.delivery_days),
            ("honour_days", text.honour_days != before.honour_days),
        ]);
        stored.last_edit().require(&mut tx, seen.0, &fields).await?;
        template::update(&mut tx, id, &text, staff.0.account.id, now).await?;
        let details = json!({"title": text.title, "changed": fields});
        record(&mut tx, &staff, "contract_template_update", id, &details).await?;
        let updated = template::get(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Json(updated.into()))
    }

    /// Delete a draft of the contract
    ///
    /// A published version is refused with 409 `urn:smp:template_published`. Written to the audit
    /// log.
    #[oai(
        path = "/contract-templates/:template",
        method = "delete",
        operation_id = "contract_template_delete"
    )]
    async fn contract_template_delete(
        &self,
        staff: Staff,
        template: Path<ContractTemplateId>,
    ) -> Result<ContractTemplateDeleted> {
        let mut tx = self.platform.db.platform("contract template").await?;
        let stored = template::lock(&mut tx, template.0).await?;
        stored.require_draft()?;
        template::delete(&mut tx, template.0).await?;
        let details = json!({"title": stored.title});
        record(&mut tx, &staff, "contract_template_delete", template.0, &details).await?;
        tx.commit().await?;
        Ok(ContractTemplateDeleted::Deleted)
    }

    /// A version of the contract, filled in for a provider
    ///
    /// Shows the document that the provider would be asked to sign if the version were offered today.
    #[oai(
        path = "/contract-templates/:template/preview",
        method = "get",
        operation_id = "contract_template_preview"
    )]
    async fn contract_template_preview(
        &self,
        _staff: Staff,
        template: Path<ContractTemplateId>,
        /// The provider's id.
        provider: Query<TenantId>,
    ) -> Result<Json<ContractPreview>> {
        let mut tx = self.platform.db.platform("contract preview").await?;
        let template = template::get(&mut tx, template.0).await?;
        let provider = providers::get(&mut tx, provider.0).await?;
        let now = self.platform.clock.now();
        let document = rules::render(&template.text(), template.number, &provider, now)?;
        let document_hash = token::content_hash(document.as_bytes());
        Ok(Json(ContractPreview { title: template.title, document, document_hash }))
    }

    /// Publish a version of the contract
    ///
    /// Publishes a draft for good and offers it to every provider that is under review, approved or
    /// suspended; their owners get an email. Contracts of earlier versions stay in force until
    /// `sign_by`, and end then. Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:template_published` when it was published before; 422 on `sign_by`
    /// when it is in the past, or missing though the version replaces another.
    #[oai(
        path = "/contract-templates/:template/publication",
        method = "post",
        operation_id = "contract_template_publish"
    )]
    async fn contract_template_publish(
        &self,
        staff: Staff,
        template: Path<ContractTemplateId>,
        body: Input<ContractTemplatePublication>,
    ) -> Result<Json<ContractTemplateView>> {
        let (id, now) = (template.0, self.platform.clock.now());
        let mut tx = self.platform.db.platform("publish contract template").await?;
        let by = staff.0.account.id;
        let published = template::publish(&mut tx, id, body.sign_by, by, now).await?;
        let details = json!({"number": published.number, "title": published.title});
        let kind = "contract.template_published";
        events::publish(&mut tx, TenantId::PLATFORM, kind, &json!({"template_id": id})).await?;
        record(&mut tx, &staff, "contract_template_publish", id, &details).await?;
        tx.commit().await?;
        // Any provider's notice has every node read its sales again.
        let notice = Notice::ProviderChanged { tenant: TenantId::PLATFORM };
        self.platform.broker.publish(notice).await;
        Ok(Json(published.into()))
    }
}

async fn record(
    conn: &mut PgConnection,
    staff: &Staff,
    action: &str,
    template: ContractTemplateId,
    details: &Value,
) -> Result<()> {
    let subject = format!("contract template {template}");
    audit::record(conn, staff.actor(), TenantId::PLATFORM, action, &subject, details).await
}
