//! Answers to requirements and SMP's decisions on them.

use serde_json::json;
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime, Time};

use super::{
    definitions::{self, Definition, RequirementMethod},
    inputs::{RequirementAnswer, RequirementDecision},
    requirements::{self, Requirement, RequirementState, checklist},
    rules,
    steps::{RequirementStep, Step},
};
use crate::{
    access::{Actor, audit},
    assets::{self, AssetPurpose, AssetState},
    events,
    kernel::{
        AccountId, AssetId, Error, FieldErrors, Result, TenantId,
        limits::{APPLICATION_CHARS_MAX, PERSON_NAME_CHARS_MAX, REQUIREMENT_ANSWERS_MAX},
        validate,
    },
    providers::ProviderState,
};

/// A requirement that is met can be answered anew this long before it expires.
pub const RENEWAL: Duration = Duration::days(30);

/// open, refused or expired → submitted. One that expires soon can be renewed.
pub async fn answer(
    conn: &mut PgConnection,
    tenant: TenantId,
    code: &str,
    answer: &RequirementAnswer,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let list = checklist(conn, tenant, true).await?;
    let requirement = list.requirement(code)?;
    let state = list.provider.state;
    require_answerable(requirement, state, now)?;
    // A new answer is to what is in force now.
    let definition = definitions::newest(conn, code).await?;
    let step = check(conn, tenant, &definition, answer, by, now).await?;
    if let Some(asset) = step.asset {
        assets::mark_state(conn, tenant, &[asset], AssetState::Submitted, now).await?;
    }
    let expires_at = requirement.expires_at;
    requirements::advance(conn, tenant, RequirementState::Submitted, expires_at, &step).await?;
    // Before the application is handed in, nobody waits for the answer.
    if state != ProviderState::Invited {
        let payload = json!({"code": code, "title": definition.title});
        events::publish(conn, tenant, "requirement.answered", &payload).await?;
    }
    let details = json!({"version": definition.version, "asset_id": step.asset});
    let subject = format!("requirement {code}");
    audit::record(conn, Actor::Account(by), tenant, "requirement_answer", &subject, &details).await
}

fn require_answerable(
    requirement: &Requirement,
    provider: ProviderState,
    now: OffsetDateTime,
) -> Result<()> {
    if provider == ProviderState::Rejected {
        return Err(Error::conflict(
            "provider_rejected",
            "SMP did not accept this provider, so nothing can be answered.",
        ));
    }
    let expires_soon = requirement.expires_at.is_some_and(|at| at - now <= RENEWAL);
    if requirement.is_settled() && !expires_soon {
        return Err(Error::conflict(
            "requirement_settled",
            "SMP has accepted or waived this requirement, so it needs no other answer.",
        ));
    }
    let answers = requirement.history.iter().filter(|step| step.kind == RequirementStep::Answered);
    if answers.count() >= REQUIREMENT_ANSWERS_MAX {
        return Err(Error::conflict(
            "too_many_answers",
            format!(
                "This requirement was answered {REQUIREMENT_ANSWERS_MAX} times. Write a comment, \
                 so that SMP helps."
            ),
        ));
    }
    Ok(())
}

/// The answer as a step, if it has what the method asks for and nothing else.
async fn check(
    conn: &mut PgConnection,
    tenant: TenantId,
    definition: &Definition,
    answer: &RequirementAnswer,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Step> {
    let mut fields = FieldErrors::default();
    let (code, version) = (&definition.code, definition.version);
    let method = definition.method;
    let text_min = usize::from(definition.application_field.is_some());
    let text = answer.text.as_deref().unwrap_or_default();
    let text = validate::text(&mut fields, "text", text, text_min, APPLICATION_CHARS_MAX);
    let mut step = Step::new(code, version, RequirementStep::Answered, &text, Some(by), now);
    let name = answer.attested_name.as_deref().unwrap_or_default();
    if method == RequirementMethod::Attest {
        fields.check(
            answer.attested,
            "attested",
            "Tick that you confirm it; without that, the requirement is not met",
        );
        let max = PERSON_NAME_CHARS_MAX;
        step.attested_name = Some(validate::line(&mut fields, "attested_name", name, 1, max));
    } else {
        fields.check(
            name.is_empty() && !answer.attested,
            "attested_name",
            "This requirement is not met by a confirmation; leave it out",
        );
    }
    let takes_document = matches!(method, RequirementMethod::Document | RequirementMethod::Bond);
    if takes_document {
        step.asset = document(conn, tenant, &mut fields, answer.asset_id).await?;
    } else {
        fields.check(
            answer.asset_id.is_none(),
            "asset_id",
            "This requirement takes no document; leave it out",
        );
    }
    if method == RequirementMethod::Bond {
        check_bond(&mut fields, &mut step, definition, answer, now.date());
    } else {
        fields.check(
            answer.bond.is_none() && answer.bond_ends_on.is_none(),
            "bond",
            "This requirement is not a surety bond; leave it out",
        );
    }
    fields.finish()?;
    Ok(step)
}

/// A document of the vetting that was uploaded completely.
async fn document(
    conn: &mut PgConnection,
    tenant: TenantId,
    fields: &mut FieldErrors,
    asset: Option<AssetId>,
) -> Result<Option<AssetId>> {
    let Some(id) = asset else {
        fields.add("asset_id", "Upload the document, then name it here");
        return Ok(None);
    };
    match assets::many(conn, &[(tenant, id)]).await?.remove(&id) {
        Some(asset) if !asset.is_usable() => {
            fields.add("asset_id", "This file did not arrive or was withdrawn; upload it again");
        }
        Some(asset) if asset.purpose == AssetPurpose::Vetting => {}
        _ => fields.add(
            "asset_id",
            "This is not a document of the vetting; upload it with the purpose vetting",
        ),
    }
    Ok(Some(id))
}

fn check_bond(
    fields: &mut FieldErrors,
    step: &mut Step,
    definition: &Definition,
    answer: &RequirementAnswer,
    today: Date,
) {
    let given = answer.bond.as_ref();
    match given.and_then(|given| rules::amount(fields, "bond", given)) {
        Some(bond) => {
            if let Some(least) = &definition.bond {
                fields.check(
                    bond.currency == least.currency,
                    "bond.currency",
                    &format!("The bond must be in {}", least.currency),
                );
                fields.check(
                    bond.currency != least.currency || bond.amount >= least.amount,
                    "bond.amount",
                    &format!("The bond must be of at least {least}"),
                );
            }
            step.bond = Some(bond);
        }
        None if given.is_none() => fields.add("bond", "Enter the amount of the bond"),
        None => {}
    }
    match answer.bond_ends_on {
        Some(day) => {
            fields.check(day > today, "bond_ends_on", "The bond has ended; name one in force");
        }
        None => fields.add("bond_ends_on", "Enter the last day of the bond"),
    }
    step.bond_ends_on = answer.bond_ends_on;
}

/// Decides on a requirement: submitted → met or refused, waived at any time. Until the provider is
/// approved or rejected, each decision can become another; afterwards, new answers are decided.
pub async fn decide(
    conn: &mut PgConnection,
    tenant: TenantId,
    code: &str,
    decision: RequirementDecision,
    note: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let list = checklist(conn, tenant, true).await?;
    let requirement = list.requirement(code)?;
    let is_submitted = requirement.state == RequirementState::Submitted;
    let may = match list.provider.state {
        ProviderState::UnderReview => true,
        ProviderState::Approved | ProviderState::Suspended => {
            is_submitted || requirement.state == RequirementState::Expired
        }
        _ => false,
    };
    if !may {
        let detail = format!(
            "The provider is {}. Its requirements can only be decided while it is under review, \
             and new answers later.",
            list.provider.state.words()
        );
        return Err(Error::conflict("not_under_review", detail));
    }
    let unanswered =
        matches!(requirement.state, RequirementState::Open | RequirementState::Expired);
    if unanswered && decision != RequirementDecision::Waived {
        return Err(Error::conflict(
            "requirement_not_submitted",
            "The provider has not submitted this requirement, so it can only be waived.",
        ));
    }
    let definition = &requirement.definition;
    if decision == RequirementDecision::Waived && !definition.waivable {
        return Err(Error::conflict(
            "not_waivable",
            "This requirement cannot be waived. Accept or refuse the answer.",
        ));
    }
    let (state, step) = match decision {
        RequirementDecision::Met => (RequirementState::Met, RequirementStep::Met),
        RequirementDecision::Refused => (RequirementState::Refused, RequirementStep::Refused),
        RequirementDecision::Waived => (RequirementState::Waived, RequirementStep::Waived),
    };
    let expires_at = match decision {
        // The old end still counts while nothing newer was accepted.
        RequirementDecision::Refused => requirement.expires_at,
        RequirementDecision::Met | RequirementDecision::Waived => {
            valid_until(requirement, decision, now)
        }
    };
    let step = Step::new(code, definition.version, step, note, Some(by), now);
    requirements::advance(conn, tenant, state, expires_at, &step).await?;
    let decided = decision.into_str();
    let payload = json!({"code": code, "title": definition.title, "note": note});
    events::publish(conn, tenant, &format!("requirement.{decided}"), &payload).await?;
    let details = json!({"decision": decided, "note": note});
    let subject = format!("requirement {code}");
    audit::record(conn, Actor::Account(by), tenant, "requirement_decide", &subject, &details).await
}

/// The end of the validity, or of the bond if that is earlier.
fn valid_until(
    requirement: &Requirement,
    decision: RequirementDecision,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let by_months =
        requirement.definition.valid_months.map(|months| rules::months_later(now, months));
    let bond = requirement.last_answer().and_then(|answer| answer.bond_ends_on);
    let by_bond = bond
        .filter(|_| decision == RequirementDecision::Met)
        .and_then(Date::next_day)
        .map(|day| day.with_time(Time::MIDNIGHT).assume_utc());
    by_months.into_iter().chain(by_bond).min()
}
