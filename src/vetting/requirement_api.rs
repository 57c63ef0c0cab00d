//! The API of a provider's checklist: answers, decisions, and the decision on the provider.

use std::collections::HashMap;

use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    answers,
    decision::{self, ProviderDecision},
    definitions::RequirementMethod,
    inputs::{RequirementAnswer, RequirementDecision},
    requirements::{Checklist, Requirement, RequirementState, checklist},
    steps::{RequirementStep, Step},
};
use crate::{
    access::{Member, Tag, accounts},
    assets::{self, Asset},
    kernel::{
        AccountId, AssetId, FieldErrors, Input, Money, Result, TenantId,
        limits::VETTING_NOTE_CHARS_MAX, validate,
    },
    platform::Platform,
    providers::{self, ProviderView},
};

pub struct RequirementApi {
    pub platform: Platform,
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
    /// Required to reject, suspend or reopen.
    reason: String,
}

/// A document that was given as an answer.
#[derive(Object)]
struct AnswerDocument {
    asset_id: AssetId,
    filename: String,
    content_type: String,
}

/// What happened to a requirement.
#[derive(Object)]
#[oai(rename = "RequirementStepEntry")]
struct StepView {
    step: RequirementStep,
    /// The answer, or the reason of the decision.
    text: String,
    /// Who confirmed it, as typed.
    attested_name: Option<String>,
    document: Option<AnswerDocument>,
    bond: Option<Money>,
    bond_ends_on: Option<Date>,
    /// Of the definition.
    version: i32,
    /// Null: the clock.
    by: Option<String>,
    at: OffsetDateTime,
}

/// One line of the vetting checklist.
#[derive(Object)]
#[oai(rename = "Requirement")]
struct RequirementView {
    code: String,
    title: String,
    /// What the provider has to do.
    instructions: String,
    method: RequirementMethod,
    /// Whether the application answers it, so that only a refused answer is given anew here.
    in_application: bool,
    waivable: bool,
    /// How many months it stays met; null: for good.
    valid_months: Option<i32>,
    /// The least amount of a surety bond.
    bond: Option<Money>,
    state: RequirementState,
    /// Until when it stays met; null: for good, or not met yet.
    expires_at: Option<OffsetDateTime>,
    /// The last answer's text; empty before.
    evidence: String,
    /// The reviewer's, with the last decision, for the owner to read.
    note: String,
    decided_at: Option<OffsetDateTime>,
    /// Oldest first.
    history: Vec<StepView>,
}

#[derive(Object)]
struct RequirementList {
    items: Vec<RequirementView>,
}

/// What the steps name: people and files.
struct Named {
    people: HashMap<AccountId, String>,
    files: HashMap<AssetId, Asset>,
}

impl Named {
    async fn of(conn: &mut PgConnection, tenant: TenantId, list: &[&Requirement]) -> Result<Self> {
        let steps = || list.iter().flat_map(|requirement| &requirement.history);
        let people: Vec<AccountId> = steps().filter_map(|step| step.done_by).collect();
        let files: Vec<_> =
            steps().filter_map(|step| step.asset).map(|asset| (tenant, asset)).collect();
        Ok(Self {
            people: accounts::names(conn, &people).await?,
            files: assets::many(conn, &files).await?,
        })
    }

    fn step(&self, step: &Step) -> StepView {
        let file = step.asset.and_then(|asset| self.files.get(&asset));
        StepView {
            step: step.kind,
            text: step.text.clone(),
            attested_name: step.attested_name.clone(),
            document: file.map(|file| AnswerDocument {
                asset_id: file.id,
                filename: file.filename.clone(),
                content_type: file.content_type.clone(),
            }),
            bond: step.bond.clone(),
            bond_ends_on: step.bond_ends_on,
            version: step.version,
            by: step.done_by.and_then(|by| self.people.get(&by).cloned()),
            at: step.done_at,
        }
    }

    fn requirement(&self, requirement: &Requirement) -> RequirementView {
        let definition = &requirement.definition;
        let decision = requirement.last_decision();
        RequirementView {
            code: definition.code.clone(),
            title: definition.title.clone(),
            instructions: definition.instructions.clone(),
            method: definition.method,
            in_application: definition.application_field.is_some(),
            waivable: definition.waivable,
            valid_months: definition.valid_months,
            bond: definition.bond.clone(),
            state: requirement.state,
            expires_at: requirement.expires_at,
            evidence: requirement.last_answer().map(|step| step.text.clone()).unwrap_or_default(),
            note: decision.map(|step| step.text.clone()).unwrap_or_default(),
            decided_at: decision.map(|step| step.done_at),
            history: requirement.history.iter().map(|step| self.step(step)).collect(),
        }
    }
}

/// One line of a checklist, as it is now.
async fn view(conn: &mut PgConnection, tenant: TenantId, code: &str) -> Result<RequirementView> {
    let list = checklist(conn, tenant, false).await?;
    let requirement = list.requirement(code)?;
    let named = Named::of(conn, tenant, &[requirement]).await?;
    Ok(named.requirement(requirement))
}

#[OpenApi(tag = "Tag::Vetting")]
impl RequirementApi {
    /// The vetting checklist
    ///
    /// The requirements that apply to the provider, by title, each with its answers and SMP's
    /// decisions. A requirement that no longer applies stays, once something happened to it.
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
        let Checklist { requirements, .. } = checklist(&mut tx, member.tenant, false).await?;
        let all: Vec<&Requirement> = requirements.iter().collect();
        let named = Named::of(&mut tx, member.tenant, &all).await?;
        let items = all.into_iter().map(|requirement| named.requirement(requirement)).collect();
        Ok(Json(RequirementList { items }))
    }

    /// Answer a requirement
    ///
    /// Gives what the requirement asks for: a confirmation, a document, the paper of a surety bond,
    /// or a text. It is then `submitted`, and SMP decides on it. A refused or expired one is
    /// answered again in the same way, and one that expires within 30 days can be renewed. Written
    /// to the audit log.
    ///
    /// Refused with 409: `urn:smp:requirement_settled`, `urn:smp:provider_rejected`,
    /// `urn:smp:too_many_answers` after 50 answers. What the answer lacks is a 422.
    #[oai(
        path = "/providers/:tenant/requirements/:code/answers",
        method = "post",
        operation_id = "requirement_answer"
    )]
    async fn requirement_answer(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        code: Path<String>,
        body: Input<RequirementAnswer>,
    ) -> Result<Json<RequirementView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        answers::answer(&mut tx, member.tenant, &code.0, &body, by, now).await?;
        let answered = view(&mut tx, member.tenant, &code.0).await?;
        tx.commit().await?;
        Ok(Json(answered))
    }

    /// Decide on one requirement
    ///
    /// Records whether one requirement is met, refused or waived. It can be decided differently
    /// until the provider is decided on; afterwards, new answers are decided here. A note of 1 to
    /// 2000 characters is needed to refuse or waive. The owner is told of a refusal, and the audit
    /// log written.
    ///
    /// Refused with 409: `urn:smp:not_under_review`, `urn:smp:requirement_not_submitted` when
    /// nothing was submitted, `urn:smp:not_waivable`.
    #[oai(
        path = "/providers/:tenant/requirements/:code",
        method = "put",
        operation_id = "requirement_decide"
    )]
    async fn requirement_decide(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        code: Path<String>,
        body: Input<RequirementDecisionInput>,
    ) -> Result<Json<RequirementView>> {
        let mut fields = FieldErrors::default();
        let needed = usize::from(body.decision != RequirementDecision::Met);
        let note = validate::text(&mut fields, "note", &body.note, needed, VETTING_NOTE_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (by, now) = (member.account(), self.platform.clock.now());
        answers::decide(&mut tx, member.tenant, &code.0, body.decision, &note, by, now).await?;
        let decided = view(&mut tx, member.tenant, &code.0).await?;
        tx.commit().await?;
        Ok(Json(decided))
    }

    /// Approve, reject, suspend, reinstate or reopen a provider
    ///
    /// Moves the provider: `approve` and `reject` from `under_review`, `suspend` from `approved`,
    /// `reinstate` from `suspended`, `reopen` from `rejected` back to `under_review`. Suspending
    /// takes its sales off the lists and stops them at once; units that are held can still be paid
    /// for, and orders go on. A reason is needed to reject, suspend or reopen, and the owner reads
    /// it. Written to the audit log.
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
        let needed = usize::from(body.decision.needs_reason());
        let reason =
            validate::text(&mut fields, "reason", &body.reason, needed, VETTING_NOTE_CHARS_MAX);
        fields.finish()?;
        let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (actor, now) = (member.actor(), self.platform.clock.now());
        decision::decide(&mut tx, member.tenant, body.decision, reason, actor, now).await?;
        let provider = providers::get(&mut tx, member.tenant).await?;
        tx.commit().await?;
        providers::announce(&self.platform, provider.id).await;
        Ok(Json(provider.into()))
    }
}
