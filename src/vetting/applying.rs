//! Applying: saving the application, handing it in when it is complete, a manager's review, and opening
//! it again when SMP asks for more.

use poem_openapi::types::MaybeUndefined;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    application::Application,
    definitions::RequirementMethod,
    inputs::ApplicationChange,
    requirements::{self, Checklist, RequirementState, checklist},
    rules,
    steps::{RequirementStep, Step},
};
use crate::{
    access::{Actor, audit, edits, edits::LastEdit},
    events,
    kernel::{
        AccountId, Error, FieldErrors, Result, SeenVersion, TenantId,
        limits::{APPLICATION_CHARS_MAX, REGISTRATION_CHARS_MAX, UNITS_MAX},
        validate,
    },
    providers::{self, Description, Provider, ProviderState},
};

/// Saves the fields that are given, unless someone changed them since. Complete or not.
pub async fn save(
    conn: &mut PgConnection,
    tenant: TenantId,
    seen: SeenVersion,
    change: &ApplicationChange,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Checklist> {
    let stored = checklist(conn, tenant, true).await?;
    let changed = changed(&stored.application, change)?;
    require_open(&stored.provider, &stored.application)?;
    let last = LastEdit {
        version: stored.application.version,
        edited_by: stored.application.edited_by,
        edited_at: stored.application.edited_at,
    };
    let fields = differing(&stored.application, &changed);
    last.require(conn, seen, &fields).await?;
    if !fields.is_empty() {
        store(conn, tenant, &changed, by, now).await?;
        let subject = format!("provider {}", stored.provider.slug);
        let details = json!({"fields": fields});
        let actor = Actor::Account(by);
        audit::record(conn, actor, tenant, "application_save", &subject, &details).await?;
    }
    checklist(conn, tenant, false).await
}

fn require_open(provider: &Provider, application: &Application) -> Result<()> {
    if application.is_open(provider.state) {
        return Ok(());
    }
    let detail = match provider.state {
        ProviderState::Rejected => {
            "SMP did not accept this provider. A manager of SMP can reopen the application."
        }
        ProviderState::Approved | ProviderState::Suspended => {
            "The application is decided. Change the shop profile instead, or ask SMP."
        }
        _ => "The application is with SMP. It can be changed when SMP asks for more.",
    };
    Err(Error::conflict("already_applied", detail))
}

async fn store(
    conn: &mut PgConnection,
    tenant: TenantId,
    application: &Application,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let revenue = application.monthly_revenue.as_ref();
    sqlx::query!(
        r#"
        INSERT INTO applications
            (tenant_id, registration_number, about, "references", regions, support_email,
             support_phone, selling_mode, monthly_units, monthly_revenue_minor,
             monthly_revenue_currency, version, edited_by, edited_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 2, $12, $13)
        ON CONFLICT (tenant_id) DO UPDATE
        SET registration_number = $2, about = $3, "references" = $4, regions = $5,
            support_email = $6, support_phone = $7, selling_mode = $8, monthly_units = $9,
            monthly_revenue_minor = $10, monthly_revenue_currency = $11,
            version = applications.version + 1, edited_by = $12, edited_at = $13
        "#,
        tenant.0,
        application.registration_number,
        application.about,
        application.references,
        application.regions.as_deref(),
        application.support_email,
        application.support_phone,
        application.selling_mode.map(|mode| mode.into_str()),
        application.monthly_units,
        revenue.map(|money| money.amount),
        revenue.map(|money| money.currency.clone()),
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The application with the given fields in it. Empty text is the same as nothing said.
fn changed(stored: &Application, change: &ApplicationChange) -> Result<Application> {
    let mut fields = FieldErrors::default();
    let mut new = stored.clone();
    let mut text = |field: &str, given: &MaybeUndefined<String>, max: usize| match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(text) => {
            let text = validate::text(&mut fields, field, text, 0, max);
            Some(Some(text).filter(|text| !text.is_empty()))
        }
    };
    let number = text("registration_number", &change.registration_number, REGISTRATION_CHARS_MAX);
    let about = text("about", &change.about, APPLICATION_CHARS_MAX);
    let references = text("references", &change.references, APPLICATION_CHARS_MAX);
    let email = text("support_email", &change.support_email, usize::MAX);
    let phone = text("support_phone", &change.support_phone, usize::MAX);
    new.registration_number = number.unwrap_or(new.registration_number);
    new.about = about.unwrap_or(new.about);
    new.references = references.unwrap_or(new.references);
    if let Some(email) = email {
        new.support_email =
            email.map(|email| validate::email(&mut fields, "support_email", &email));
    }
    if let Some(phone) = phone {
        new.support_phone =
            phone.map(|phone| validate::phone(&mut fields, "support_phone", &phone));
    }
    match &change.regions {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => new.regions = None,
        MaybeUndefined::Value(codes) => new.regions = rules::regions(&mut fields, "regions", codes),
    }
    match &change.selling_mode {
        MaybeUndefined::Undefined => {}
        given => new.selling_mode = given.value().copied(),
    }
    match &change.monthly_units {
        MaybeUndefined::Undefined => {}
        given => new.monthly_units = given.value().copied(),
    }
    if let Some(units) = new.monthly_units {
        fields.check(
            (0..=UNITS_MAX).contains(&units),
            "monthly_units",
            &format!("Enter a number of units from 0 to {UNITS_MAX}"),
        );
    }
    match &change.monthly_revenue {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => new.monthly_revenue = None,
        MaybeUndefined::Value(given) => {
            new.monthly_revenue = rules::amount(&mut fields, "monthly_revenue", given);
        }
    }
    fields.finish()?;
    Ok(new)
}

fn differing(stored: &Application, new: &Application) -> Vec<&'static str> {
    edits::differing(&[
        ("registration_number", stored.registration_number != new.registration_number),
        ("about", stored.about != new.about),
        ("references", stored.references != new.references),
        ("regions", stored.regions != new.regions),
        ("support_email", stored.support_email != new.support_email),
        ("support_phone", stored.support_phone != new.support_phone),
        ("selling_mode", stored.selling_mode != new.selling_mode),
        ("monthly_units", stored.monthly_units != new.monthly_units),
        ("monthly_revenue", stored.monthly_revenue != new.monthly_revenue),
    ])
}

/// Hands the application in: invited → applied; under review, it answers what SMP asked for. What
/// is missing is an error of its field.
pub async fn submit(
    conn: &mut PgConnection,
    tenant: TenantId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let list = checklist(conn, tenant, true).await?;
    require_open(&list.provider, &list.application)?;
    let mut fields = FieldErrors::default();
    for missing in list.missing() {
        fields.add(missing.field, missing.message);
    }
    fields.finish()?;
    let application = list.application.clone();
    let description = Description {
        registration_number: application.registration_number.unwrap_or_default(),
        about: application.about.unwrap_or_default(),
        regions: application.regions.unwrap_or_default(),
        support_email: application.support_email.unwrap_or_default(),
        support_phone: application.support_phone,
    };
    providers::describe(conn, tenant, &description, now).await?;
    sqlx::query!(
        "UPDATE applications SET submitted_at = $2, wanted = NULL, wanted_at = NULL
         WHERE tenant_id = $1",
        tenant.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    hand_in_requirements(conn, tenant, &list, by, now).await?;
    if list.provider.state == ProviderState::Invited {
        providers::move_state(conn, tenant, ProviderState::Applied, "provider.applied", None, now)
            .await?;
    } else {
        events::publish(conn, tenant, "application.answered", &json!({})).await?;
    }
    let subject = format!("provider {}", list.provider.slug);
    let details = json!({"regions": description.regions});
    audit::record(conn, Actor::Account(by), tenant, "provider_apply", &subject, &details).await
}

/// Answers with the application's fields what they answer, and hands in what SMP alone checks.
async fn hand_in_requirements(
    conn: &mut PgConnection,
    tenant: TenantId,
    list: &Checklist,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    for requirement in list.requirements.iter().filter(|requirement| requirement.asked) {
        let definition = &requirement.definition;
        let is_open = requirement.state == RequirementState::Open;
        let text = match definition.application_field {
            Some(field) => {
                let text =
                    rules::answer_in(field, &list.application, &list.provider.product_category);
                let before = requirement.last_answer().map(|step| step.text.as_str());
                if !is_open && before == Some(text.as_str()) {
                    continue;
                }
                text
            }
            None if is_open && definition.method == RequirementMethod::Review => String::new(),
            None => continue,
        };
        let step = Step::new(
            &definition.code,
            definition.version,
            RequirementStep::Answered,
            &text,
            Some(by),
            now,
        );
        requirements::advance(conn, tenant, RequirementState::Submitted, None, &step).await?;
    }
    Ok(())
}

/// applied → under review: a manager takes the application.
pub async fn take(
    conn: &mut PgConnection,
    tenant: TenantId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let provider = providers::lock(conn, tenant).await?;
    if provider.state != ProviderState::Applied {
        let detail = format!(
            "The provider is {}. Only an application that was handed in and that nobody reviews \
             yet can be taken.",
            provider.state.words()
        );
        return Err(Error::conflict("not_in_state", detail));
    }
    sqlx::query!("UPDATE applications SET taken_by = $2 WHERE tenant_id = $1", tenant.0, by.0)
        .execute(&mut *conn)
        .await?;
    let to = ProviderState::UnderReview;
    providers::move_state(conn, tenant, to, "provider.under_review", None, now).await?;
    let subject = format!("provider {}", provider.slug);
    audit::record(conn, Actor::Account(by), tenant, "application_take", &subject, &json!({})).await
}

/// The provider owes nothing any more: it is decided.
pub async fn settle(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query!(
        "UPDATE applications SET wanted = NULL, wanted_at = NULL WHERE tenant_id = $1",
        tenant.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks the provider for more. The application opens again until the provider hands it in.
pub async fn ask(
    conn: &mut PgConnection,
    tenant: TenantId,
    text: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let provider = providers::lock(conn, tenant).await?;
    if provider.state != ProviderState::UnderReview {
        let detail = format!(
            "The provider is {}. SMP can ask for more while it is under review.",
            provider.state.words()
        );
        return Err(Error::conflict("not_under_review", detail));
    }
    sqlx::query!(
        "UPDATE applications SET wanted = $2, wanted_at = $3 WHERE tenant_id = $1",
        tenant.0,
        text,
        now,
    )
    .execute(&mut *conn)
    .await?;
    events::publish(conn, tenant, "application.more_wanted", &json!({"note": text})).await?;
    let subject = format!("provider {}", provider.slug);
    let details = json!({"wanted": text});
    audit::record(conn, Actor::Account(by), tenant, "application_ask", &subject, &details).await
}
