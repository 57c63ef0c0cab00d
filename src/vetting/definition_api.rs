//! The API of the requirements that SMP defines.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    definitions::{self, ApplicationField, Definition, RequirementMethod, SellingMode},
    rules,
};
use crate::{
    access::{Staff, Tag, audit, edits, edits::LastEdit},
    kernel::{
        Error, FieldErrors, Input, Money, Result, SeenVersion, TenantId,
        limits::{
            APPLICATION_CHARS_MAX, CATEGORY_CHARS_MAX, REQUIREMENT_CATEGORIES_MAX,
            REQUIREMENT_CODE_CHARS_MAX, REQUIREMENT_DEFINITIONS_MAX, REQUIREMENT_MONTHS_MAX,
            REQUIREMENT_TITLE_CHARS_MAX, UNITS_MAX,
        },
        validate,
    },
    platform::Platform,
};

pub struct DefinitionApi {
    pub platform: Platform,
}

/// What a requirement asks, how it is met and whom it applies to.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DefinitionInput {
    /// 1 to 120 characters.
    title: String,
    /// What the provider has to do; at most 4000 characters.
    #[oai(default)]
    instructions: String,
    method: RequirementMethod,
    /// How the providers sell that it applies to.
    selling_mode: SellingMode,
    /// Applies to providers that ship to one of these countries (ISO 3166-1); empty: everywhere.
    #[oai(default)]
    regions: Vec<String>,
    /// Applies to providers of one of these categories; empty: all. At most 50.
    #[oai(default)]
    categories: Vec<String>,
    /// Applies to providers that expect to sell so many units a month, or more.
    monthly_units_from: Option<i32>,
    /// Applies to providers that expect this revenue a month, or more; another currency counts.
    monthly_revenue_from: Option<Money>,
    /// Whether a manager may waive it, with a reason.
    waivable: bool,
    /// How many months it stays met: 1 to 120; without, for good.
    valid_months: Option<i32>,
    /// The least amount of a surety bond; only for the method `bond`.
    bond: Option<Money>,
    /// Whether it is asked of providers.
    #[oai(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct NewDefinition {
    /// Names it for good: lower-case letters, digits and `_`, at most 40.
    code: String,
    definition: DefinitionInput,
}

/// A requirement in the version that is in force.
#[derive(Object)]
#[oai(rename = "RequirementDefinition")]
struct DefinitionView {
    code: String,
    /// Send it in `If-Match` when you change the requirement.
    version: i32,
    title: String,
    instructions: String,
    method: RequirementMethod,
    /// The field of the application that answers it; null if the provider answers by itself.
    application_field: Option<ApplicationField>,
    selling_mode: SellingMode,
    regions: Vec<String>,
    categories: Vec<String>,
    monthly_units_from: Option<i32>,
    monthly_revenue_from: Option<Money>,
    waivable: bool,
    valid_months: Option<i32>,
    bond: Option<Money>,
    active: bool,
    edited_at: OffsetDateTime,
}

impl From<Definition> for DefinitionView {
    fn from(definition: Definition) -> Self {
        Self {
            code: definition.code,
            version: definition.version,
            title: definition.title,
            instructions: definition.instructions,
            method: definition.method,
            application_field: definition.application_field,
            selling_mode: definition.selling_mode,
            regions: definition.regions,
            categories: definition.categories,
            monthly_units_from: definition.monthly_units_from,
            monthly_revenue_from: definition.monthly_revenue_from,
            waivable: definition.waivable,
            valid_months: definition.valid_months,
            bond: definition.bond,
            active: definition.active,
            edited_at: definition.edited_at,
        }
    }
}

#[derive(Object)]
struct DefinitionList {
    items: Vec<DefinitionView>,
}

#[derive(ApiResponse)]
enum DefinitionCreated {
    /// In force.
    #[oai(status = 201)]
    Created(Json<DefinitionView>),
}

/// Checks what a manager defined. Errors name fields below `at`.
fn parse(
    input: &DefinitionInput,
    code: String,
    version: i32,
    now: OffsetDateTime,
    at: &str,
) -> Result<Definition> {
    let mut fields = FieldErrors::default();
    let name = |field: &str| format!("{at}{field}");
    if !at.is_empty() {
        let ok = code.starts_with(|first: char| first.is_ascii_lowercase())
            && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && code.len() <= REQUIREMENT_CODE_CHARS_MAX;
        fields.check(
            ok,
            "code",
            &format!(
                "Use lower-case letters, digits and underscores, a letter first, at most \
                 {REQUIREMENT_CODE_CHARS_MAX}"
            ),
        );
    }
    let text = |fields: &mut FieldErrors, field: &str, given: &str, min, max| {
        validate::text(fields, &name(field), given, min, max)
    };
    let title = text(&mut fields, "title", &input.title, 1, REQUIREMENT_TITLE_CHARS_MAX);
    let instructions =
        text(&mut fields, "instructions", &input.instructions, 0, APPLICATION_CHARS_MAX);
    fields.check(
        input.categories.len() <= REQUIREMENT_CATEGORIES_MAX,
        &name("categories"),
        &format!("Name at most {REQUIREMENT_CATEGORIES_MAX} categories"),
    );
    let categories = input.categories.iter().take(REQUIREMENT_CATEGORIES_MAX).enumerate();
    let categories = categories
        .map(|(index, category)| {
            text(&mut fields, &format!("categories.{index}"), category, 1, CATEGORY_CHARS_MAX)
        })
        .collect();
    let regions = rules::regions(&mut fields, &name("regions"), &input.regions).unwrap_or_default();
    if let Some(units) = input.monthly_units_from {
        fields.check(
            (1..=UNITS_MAX).contains(&units),
            &name("monthly_units_from"),
            &format!("Enter a number of units from 1 to {UNITS_MAX}, or leave it out"),
        );
    }
    let revenue = input.monthly_revenue_from.as_ref();
    let monthly_revenue_from =
        revenue.and_then(|given| rules::amount(&mut fields, &name("monthly_revenue_from"), given));
    if let Some(months) = input.valid_months {
        fields.check(
            (1..=REQUIREMENT_MONTHS_MAX).contains(&months),
            &name("valid_months"),
            &format!("Enter 1 to {REQUIREMENT_MONTHS_MAX} months, or leave it out"),
        );
    }
    let is_bond = input.method == RequirementMethod::Bond;
    fields.check(
        is_bond == input.bond.is_some(),
        &name("bond"),
        if is_bond {
            "Enter the least amount of the bond"
        } else {
            "Only a surety bond has an amount; leave it out"
        },
    );
    let bond = input.bond.as_ref();
    let bond = bond.and_then(|given| rules::amount(&mut fields, &name("bond"), given));
    fields.finish()?;
    Ok(Definition {
        code,
        version,
        title,
        instructions,
        method: input.method,
        application_field: None,
        selling_mode: input.selling_mode,
        regions,
        categories,
        monthly_units_from: input.monthly_units_from,
        monthly_revenue_from,
        waivable: input.waivable,
        valid_months: input.valid_months,
        bond,
        active: input.active,
        edited_at: now,
    })
}

fn differing(new: &Definition, stored: &Definition) -> Vec<&'static str> {
    edits::differing(&[
        ("title", new.title != stored.title),
        ("instructions", new.instructions != stored.instructions),
        ("method", new.method != stored.method),
        ("selling_mode", new.selling_mode != stored.selling_mode),
        ("regions", new.regions != stored.regions),
        ("categories", new.categories != stored.categories),
        ("monthly_units_from", new.monthly_units_from != stored.monthly_units_from),
        ("monthly_revenue_from", new.monthly_revenue_from != stored.monthly_revenue_from),
        ("waivable", new.waivable != stored.waivable),
        ("valid_months", new.valid_months != stored.valid_months),
        ("bond", new.bond != stored.bond),
        ("active", new.active != stored.active),
    ])
}

#[OpenApi(tag = "Tag::Vetting")]
impl DefinitionApi {
    /// The requirements that SMP defines
    ///
    /// Every requirement in the version that is in force, by title; retired ones are among them,
    /// with `active` false.
    #[oai(
        path = "/requirement-definitions",
        method = "get",
        operation_id = "requirement_definition_list"
    )]
    async fn requirement_definition_list(&self, _staff: Staff) -> Result<Json<DefinitionList>> {
        let mut tx = self.platform.db.platform("requirement definitions").await?;
        let found = definitions::current(&mut tx).await?;
        Ok(Json(DefinitionList { items: found.into_iter().map(DefinitionView::from).collect() }))
    }

    /// Define a requirement
    ///
    /// From now on it is asked of every provider that it applies to and that is not approved yet;
    /// an approved one sees it as open, and may sell on. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:code_taken`, `urn:smp:too_many_requirements` at 100.
    #[oai(
        path = "/requirement-definitions",
        method = "post",
        operation_id = "requirement_definition_create"
    )]
    async fn requirement_definition_create(
        &self,
        staff: Staff,
        body: Input<NewDefinition>,
    ) -> Result<DefinitionCreated> {
        let now = self.platform.clock.now();
        let code = body.code.trim().to_owned();
        let new = parse(&body.definition, code, 1, now, "definition.")?;
        let mut tx = self.platform.db.platform("requirement definitions").await?;
        let known = definitions::current(&mut tx).await?;
        if known.iter().any(|definition| definition.code == new.code) {
            let detail = "A requirement has this code. Change it, or choose another code.";
            return Err(Error::conflict("code_taken", detail));
        }
        if known.len() >= REQUIREMENT_DEFINITIONS_MAX {
            let detail = format!(
                "There are {REQUIREMENT_DEFINITIONS_MAX} requirements. Change a retired one \
                 instead."
            );
            return Err(Error::conflict("too_many_requirements", detail));
        }
        store(&mut tx, &staff, "requirement_definition_create", &new).await?;
        tx.commit().await?;
        Ok(DefinitionCreated::Created(Json(new.into())))
    }

    /// Change a requirement
    ///
    /// Makes a new version. Answers that were given stay with the version they answered; a provider
    /// that has not answered sees the new one. `active` false retires it. Written to the audit log.
    ///
    /// When someone changed it after you read it, nothing is changed (412). A change that changes
    /// nothing makes no version. A requirement that a field of the application answers keeps its
    /// method: anything else is a 422.
    #[oai(
        path = "/requirement-definitions/:code",
        method = "put",
        operation_id = "requirement_definition_update"
    )]
    async fn requirement_definition_update(
        &self,
        staff: Staff,
        code: Path<String>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<DefinitionInput>,
    ) -> Result<Json<DefinitionView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("requirement definitions").await?;
        let stored = definitions::lock(&mut tx, &code.0).await?;
        let mut new = parse(&body, code.0, stored.version + 1, now, "")?;
        new.application_field = stored.application_field;
        let mut fields = FieldErrors::default();
        fields.check(
            stored.application_field.is_none() || new.method == RequirementMethod::Review,
            "method",
            "The application answers this requirement, so SMP reviews it",
        );
        fields.finish()?;
        let last = LastEdit {
            version: stored.version,
            edited_by: definitions::edited_by(&mut tx, &stored.code).await?,
            edited_at: Some(stored.edited_at),
        };
        let changed = differing(&new, &stored);
        last.require(&mut tx, seen.0, &changed).await?;
        if changed.is_empty() {
            return Ok(Json(stored.into()));
        }
        store(&mut tx, &staff, "requirement_definition_update", &new).await?;
        tx.commit().await?;
        Ok(Json(new.into()))
    }
}

async fn store(
    conn: &mut PgConnection,
    staff: &Staff,
    action: &str,
    new: &Definition,
) -> Result<()> {
    definitions::insert(conn, new, staff.0.account.id).await?;
    let details = json!({"title": new.title, "version": new.version, "active": new.active});
    let subject = format!("requirement {}", new.code);
    audit::record(conn, staff.actor(), TenantId::PLATFORM, action, &subject, &details).await
}
