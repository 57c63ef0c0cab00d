//! The API of an application: saved over several visits, handed in, taken, asked for more; comments
//! and notes.

use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    applying,
    definitions::SellingMode,
    inputs::ApplicationChange,
    remarks::{self, Remark, RemarkAudience},
    requirements::{Checklist, RequirementState, checklist},
    rules::MissingField,
};
use crate::{
    access::{Member, Tag, accounts, audit},
    events,
    kernel::{
        FieldErrors, Input, Money, Result, SeenVersion, TenantId, limits::VETTING_NOTE_CHARS_MAX,
        validate,
    },
    platform::Platform,
    providers::{self, ProviderState},
};

pub struct ApplicationApi {
    pub platform: Platform,
}

/// Who has to do something next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum VettingTurn {
    Provider,
    Smp,
    /// It is decided.
    Nobody,
}

/// An application, as far as it is filled in.
#[derive(Object)]
#[oai(rename = "Application")]
struct ApplicationView {
    registration_number: Option<String>,
    about: Option<String>,
    references: Option<String>,
    /// ISO 3166-1.
    regions: Option<Vec<String>>,
    support_email: Option<String>,
    support_phone: Option<String>,
    selling_mode: Option<SellingMode>,
    /// Expected.
    monthly_units: Option<i32>,
    /// Expected.
    monthly_revenue: Option<Money>,
    provider_state: ProviderState,
    /// Whether the owner may change it and hand it in.
    open: bool,
    /// What is missing before it can be handed in.
    missing: Vec<MissingField>,
    waiting_for: VettingTurn,
    /// What SMP asked for and the provider owes; null when it owes nothing.
    wanted: Option<String>,
    wanted_at: Option<OffsetDateTime>,
    submitted_at: Option<OffsetDateTime>,
    /// The manager who reviews it.
    taken_by: Option<String>,
    /// Send it in `If-Match` when you change the application.
    version: i32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MoreWantedInput {
    /// What SMP needs, for the owner to read: 1 to 2000 characters.
    text: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RemarkInput {
    /// 1 to 2000 characters.
    text: String,
    /// The code of a requirement; without, on the application.
    requirement: Option<String>,
}

/// A comment or a note.
#[derive(Object)]
#[oai(rename = "VettingRemark")]
struct RemarkView {
    text: String,
    /// The code of a requirement; null: on the application.
    requirement: Option<String>,
    by: Option<String>,
    by_smp: bool,
    at: OffsetDateTime,
}

#[derive(Object)]
struct VettingRemarkList {
    /// Oldest first.
    items: Vec<RemarkView>,
}

#[derive(ApiResponse)]
enum RemarkCreated {
    /// Written.
    #[oai(status = 201)]
    Created(Json<VettingRemarkList>),
}

fn turn(list: &Checklist) -> VettingTurn {
    let (application, state) = (&list.application, list.provider.state);
    let any = |wanted: RequirementState| list.requirements.iter().any(|r| r.state == wanted);
    match state {
        ProviderState::Invited => VettingTurn::Provider,
        ProviderState::UnderReview if application.wanted.is_some() => VettingTurn::Provider,
        ProviderState::UnderReview
            if !any(RequirementState::Submitted)
                && (any(RequirementState::Refused) || any(RequirementState::Expired)) =>
        {
            VettingTurn::Provider
        }
        ProviderState::Applied | ProviderState::UnderReview => VettingTurn::Smp,
        ProviderState::Approved | ProviderState::Suspended if any(RequirementState::Submitted) => {
            VettingTurn::Smp
        }
        _ => VettingTurn::Nobody,
    }
}

async fn view(conn: &mut PgConnection, list: Checklist) -> Result<ApplicationView> {
    let reviewer = list.application.taken_by;
    let names = accounts::names(conn, &reviewer.into_iter().collect::<Vec<_>>()).await?;
    let open = list.application.is_open(list.provider.state);
    let missing = if open { list.missing() } else { vec![] };
    let waiting_for = turn(&list);
    let said = list.application;
    Ok(ApplicationView {
        registration_number: said.registration_number,
        about: said.about,
        references: said.references,
        regions: said.regions,
        support_email: said.support_email,
        support_phone: said.support_phone,
        selling_mode: said.selling_mode,
        monthly_units: said.monthly_units,
        monthly_revenue: said.monthly_revenue,
        provider_state: list.provider.state,
        open,
        missing,
        waiting_for,
        wanted: said.wanted,
        wanted_at: said.wanted_at,
        submitted_at: said.submitted_at,
        taken_by: reviewer.and_then(|by| names.get(&by).cloned()),
        version: said.version,
    })
}

#[OpenApi(tag = "Tag::Vetting")]
impl ApplicationApi {
    /// An application, as far as it is filled in
    ///
    /// What the provider told about itself, what is missing before it can be handed in, and who has
    /// to do something next.
    #[oai(
        path = "/providers/:tenant/application",
        method = "get",
        operation_id = "application_get"
    )]
    async fn application_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ApplicationView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let list = checklist(&mut tx, member.tenant, false).await?;
        Ok(Json(view(&mut tx, list).await?))
    }

    /// Save a part of an application
    ///
    /// Keeps the fields that are given, complete or not, for the next visit. Written to the audit
    /// log.
    ///
    /// When someone changed it after you read it, nothing is changed (412). Refused with 409
    /// `urn:smp:already_applied` while it is with SMP, and once it is decided.
    #[oai(
        path = "/providers/:tenant/application",
        method = "patch",
        operation_id = "application_save"
    )]
    async fn application_save(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<ApplicationChange>,
    ) -> Result<Json<ApplicationView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        let list = applying::save(&mut tx, member.tenant, seen.0, &body, by, now).await?;
        let saved = view(&mut tx, list).await?;
        tx.commit().await?;
        Ok(Json(saved))
    }

    /// Apply: hand the application in
    ///
    /// Hands in what was saved: the provider moves from `invited` to `applied`, and the
    /// requirements that the application answers are `submitted`. While SMP wants more, it is
    /// handed in again in the same way. SMP's managers are told. Written to the audit log.
    ///
    /// What is missing is a 422 that names each field. Refused with 409 `urn:smp:already_applied`
    /// while it is with SMP, and once it is decided.
    #[oai(
        path = "/providers/:tenant/application",
        method = "post",
        operation_id = "provider_apply"
    )]
    async fn provider_apply(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ApplicationView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        applying::submit(&mut tx, member.tenant, by, now).await?;
        self.finish(tx, member.tenant).await
    }

    /// Take an application for review
    ///
    /// Moves the provider from `applied` to `under_review`, with the caller as the reviewer.
    /// Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:not_in_state` for a provider in another state.
    #[oai(
        path = "/providers/:tenant/application/review",
        method = "post",
        operation_id = "application_take"
    )]
    async fn application_take(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ApplicationView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        applying::take(&mut tx, member.tenant, by, now).await?;
        self.finish(tx, member.tenant).await
    }

    /// Ask a provider for more
    ///
    /// Opens the application again until the provider hands it in, and tells its owners what SMP
    /// wants. Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:not_under_review` unless the provider is under review.
    #[oai(
        path = "/providers/:tenant/application/wanted",
        method = "put",
        operation_id = "application_ask"
    )]
    async fn application_ask(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<MoreWantedInput>,
    ) -> Result<Json<ApplicationView>> {
        let mut fields = FieldErrors::default();
        let text = validate::text(&mut fields, "text", &body.text, 1, VETTING_NOTE_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        applying::ask(&mut tx, member.tenant, &text, by, now).await?;
        self.finish(tx, member.tenant).await
    }

    /// Comments on an application
    ///
    /// What the provider's owners and SMP wrote to each other about the application and its
    /// requirements; at most 500.
    #[oai(
        path = "/providers/:tenant/vetting-comments",
        method = "get",
        operation_id = "vetting_comment_list"
    )]
    async fn vetting_comment_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<VettingRemarkList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(remark_list(&mut tx, member.tenant, RemarkAudience::Both).await?))
    }

    /// Comment on an application
    ///
    /// Writes to the other side, on the application or on one of its requirements. Written to the
    /// audit log. Not idempotent.
    ///
    /// Refused with 409 `urn:smp:too_many_remarks` at 500 comments.
    #[oai(
        path = "/providers/:tenant/vetting-comments",
        method = "post",
        operation_id = "vetting_comment_create"
    )]
    async fn vetting_comment_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<RemarkInput>,
    ) -> Result<RemarkCreated> {
        self.remark(&member, tenant.0, RemarkAudience::Both, &body).await
    }

    /// SMP's notes on an application
    ///
    /// What SMP's managers noted about the application and its requirements. The provider never
    /// sees them. At most 500.
    #[oai(
        path = "/providers/:tenant/vetting-notes",
        method = "get",
        operation_id = "vetting_note_list"
    )]
    async fn vetting_note_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<VettingRemarkList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(remark_list(&mut tx, member.tenant, RemarkAudience::Smp).await?))
    }

    /// Note something on an application, for SMP alone
    ///
    /// Written to the audit log, without its text. Not idempotent.
    ///
    /// Refused with 409 `urn:smp:too_many_remarks` at 500 notes.
    #[oai(
        path = "/providers/:tenant/vetting-notes",
        method = "post",
        operation_id = "vetting_note_create"
    )]
    async fn vetting_note_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<RemarkInput>,
    ) -> Result<RemarkCreated> {
        self.remark(&member, tenant.0, RemarkAudience::Smp, &body).await
    }
}

async fn remark_list(
    conn: &mut PgConnection,
    tenant: TenantId,
    audience: RemarkAudience,
) -> Result<VettingRemarkList> {
    providers::get(conn, tenant).await?;
    let found = remarks::list(conn, tenant, audience).await?;
    let authors: Vec<_> = found.iter().map(|remark| remark.author).collect();
    let names = accounts::names(conn, &authors).await?;
    let items = found.into_iter().map(|remark| RemarkView {
        by: names.get(&remark.author).cloned(),
        text: remark.text,
        requirement: remark.code,
        by_smp: remark.by_smp,
        at: remark.created_at,
    });
    Ok(VettingRemarkList { items: items.collect() })
}

impl ApplicationApi {
    /// Commits, tells the nodes, and responds with the application.
    async fn finish(
        &self,
        mut tx: crate::platform::db::Tx,
        tenant: TenantId,
    ) -> Result<Json<ApplicationView>> {
        let list = checklist(&mut tx, tenant, false).await?;
        let answer = view(&mut tx, list).await?;
        tx.commit().await?;
        providers::announce(&self.platform, tenant).await;
        Ok(Json(answer))
    }

    async fn remark(
        &self,
        member: &Member,
        tenant: TenantId,
        audience: RemarkAudience,
        input: &RemarkInput,
    ) -> Result<RemarkCreated> {
        let mut fields = FieldErrors::default();
        let text = validate::text(&mut fields, "text", &input.text, 1, VETTING_NOTE_CHARS_MAX);
        let mut tx = self.platform.db.tenant(tenant).await?;
        let list = checklist(&mut tx, tenant, true).await?;
        if let Some(code) = &input.requirement {
            let is_known = list.requirement(code).is_ok();
            fields.check(
                is_known,
                "requirement",
                "The provider has no such requirement; leave it out to write on the application",
            );
        }
        fields.finish()?;
        let remark = Remark {
            code: input.requirement.clone(),
            text,
            author: member.account(),
            by_smp: member.is_staff,
            created_at: self.platform.clock.now(),
        };
        remarks::add(&mut tx, tenant, audience, &remark).await?;
        if audience == RemarkAudience::Both {
            let requirement = remark.code.as_deref().and_then(|code| list.requirement(code).ok());
            let payload = json!({
                "by": remark.author,
                "by_provider": !remark.by_smp,
                "title": requirement.map(|requirement| &requirement.definition.title),
                "note": remark.text,
            });
            events::publish(&mut tx, tenant, "vetting.commented", &payload).await?;
        }
        let action = match audience {
            RemarkAudience::Both => "vetting_comment_create",
            RemarkAudience::Smp => "vetting_note_create",
        };
        let subject = format!("provider {}", list.provider.slug);
        let details = json!({"requirement": remark.code});
        audit::record(&mut tx, member.actor(), tenant, action, &subject, &details).await?;
        let all = remark_list(&mut tx, tenant, audience).await?;
        tx.commit().await?;
        Ok(RemarkCreated::Created(Json(all)))
    }
}
