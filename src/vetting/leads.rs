//! Leads: companies that SMP would like to sell with. From its invitation on, a lead is where its
//! provider is.

use poem_openapi::Enum;
use serde_json::json;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::inputs::LeadInput;
use crate::{
    access::{Actor, accounts::Account, audit, edits, edits::LastEdit},
    kernel::{
        AccountId, Error, FieldErrors, LeadId, PageQuery, Result, SeenVersion, TenantId,
        limits::{
            APPLICATION_CHARS_MAX, CATEGORY_CHARS_MAX, PERSON_NAME_CHARS_MAX,
            PROVIDER_NAME_CHARS_MAX, REASON_CHARS_MAX,
        },
        validate,
    },
    providers::{self, Provider, ProviderInvitation},
};

/// Where a lead stands; after `invited`, where its provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum LeadState {
    New,
    Contacted,
    Invited,
    Applied,
    Approved,
    Lost,
}

/// What a manager may move a lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum LeadStep {
    New,
    Contacted,
    Lost,
}

#[derive(Debug)]
pub struct Lead {
    pub id: LeadId,
    pub company: String,
    pub contact_name: String,
    pub email: String,
    /// ISO 3166-1.
    pub country: String,
    pub product_category: String,
    /// Where SMP found it.
    pub source: String,
    pub notes: String,
    pub state: LeadState,
    /// Why nothing comes of it.
    pub lost_reason: Option<String>,
    pub follow_up_on: Option<Date>,
    /// Once it was invited.
    pub provider_id: Option<TenantId>,
    pub version: i32,
    pub edited_by: AccountId,
    pub edited_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
}

/// What a manager enters of a lead, checked.
#[derive(Debug)]
pub struct LeadDetails {
    pub company: String,
    pub contact_name: String,
    pub email: String,
    pub country: String,
    pub product_category: String,
    pub source: String,
    pub notes: String,
    pub follow_up_on: Option<Date>,
}

impl LeadDetails {
    pub fn parse(input: &LeadInput) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let details = Self {
            company: validate::text(
                &mut fields,
                "company",
                &input.company,
                1,
                PROVIDER_NAME_CHARS_MAX,
            ),
            contact_name: validate::line(
                &mut fields,
                "contact_name",
                &input.contact_name,
                0,
                PERSON_NAME_CHARS_MAX,
            ),
            email: validate::email(&mut fields, "email", &input.email),
            country: validate::country(&mut fields, "country", &input.country),
            product_category: validate::text(
                &mut fields,
                "product_category",
                &input.product_category,
                0,
                CATEGORY_CHARS_MAX,
            ),
            source: validate::text(&mut fields, "source", &input.source, 0, CATEGORY_CHARS_MAX),
            notes: validate::text(&mut fields, "notes", &input.notes, 0, APPLICATION_CHARS_MAX),
            follow_up_on: input.follow_up_on,
        };
        fields.finish()?;
        Ok(details)
    }

    fn differing(&self, stored: &Lead) -> Vec<&'static str> {
        edits::differing(&[
            ("company", self.company != stored.company),
            ("contact_name", self.contact_name != stored.contact_name),
            ("email", self.email != stored.email),
            ("country", self.country != stored.country),
            ("product_category", self.product_category != stored.product_category),
            ("source", self.source != stored.source),
            ("notes", self.notes != stored.notes),
            ("follow_up_on", self.follow_up_on != stored.follow_up_on),
        ])
    }
}

/// Which leads a list shows; `None` leaves a condition out.
pub struct LeadFilter<'a> {
    pub state: Option<LeadState>,
    pub words: Option<&'a str>,
    /// To be followed up on this day or earlier.
    pub due_on: Option<Date>,
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &LeadFilter<'_>,
    page: &PageQuery,
) -> Result<Vec<Lead>> {
    read(conn, None, filter, page).await
}

/// The lead; unknown is an error.
pub async fn get(conn: &mut PgConnection, id: LeadId) -> Result<Lead> {
    let all = LeadFilter { state: None, words: None, due_on: None };
    let found = read(conn, Some(id), &all, &PageQuery::new(None, None)?).await?;
    found.into_iter().next().ok_or(Error::NotFound("lead"))
}

async fn read(
    conn: &mut PgConnection,
    id: Option<LeadId>,
    filter: &LeadFilter<'_>,
    page: &PageQuery,
) -> Result<Vec<Lead>> {
    let leads = sqlx::query_as!(
        Lead,
        r#"
        SELECT id AS "id!: LeadId", company AS "company!", contact_name AS "contact_name!",
               email AS "email!", country AS "country!", product_category AS "product_category!",
               source AS "source!", notes AS "notes!", state AS "state!: LeadState", lost_reason,
               follow_up_on, provider_id AS "provider_id: TenantId", version AS "version!",
               edited_by AS "edited_by!: AccountId", edited_at AS "edited_at!",
               created_at AS "created_at!"
        FROM (
            SELECT l.id, l.company, l.contact_name, l.email, l.country, l.product_category,
                   l.source, l.notes, l.follow_up_on, l.provider_id, l.version, l.edited_by,
                   l.edited_at, l.created_at,
                   CASE WHEN p.state IS NULL THEN l.state
                        WHEN p.state = 'rejected' THEN 'lost'
                        WHEN p.state = 'invited' THEN 'invited'
                        WHEN p.state IN ('applied', 'under_review') THEN 'applied'
                        ELSE 'approved' END AS state,
                   CASE WHEN p.state = 'rejected' THEN p.decision_reason
                        ELSE l.lost_reason END AS lost_reason
            FROM leads l LEFT JOIN providers p ON p.tenant_id = l.provider_id
        ) lead
        WHERE (created_at, id) < ($1, $2) AND ($3::uuid IS NULL OR id = $3)
          AND ($4::text IS NULL OR state = $4)
          AND ($5::text IS NULL OR strpos(lower(company), lower($5)) > 0
               OR strpos(lower(contact_name), lower($5)) > 0 OR strpos(email, lower($5)) > 0)
          AND ($6::date IS NULL OR (follow_up_on <= $6 AND state NOT IN ('approved', 'lost')))
        ORDER BY created_at DESC, id DESC LIMIT $7
        "#,
        page.before_at(),
        page.before_id(),
        id.map(|id| id.0),
        filter.state.map(|state| state.into_str()),
        filter.words,
        filter.due_on,
        page.fetch(),
    );
    Ok(leads.fetch_all(conn).await?)
}

/// The lead, locked until the transaction ends.
async fn lock(conn: &mut PgConnection, id: LeadId) -> Result<Lead> {
    sqlx::query!("SELECT id FROM leads WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

pub async fn create(
    conn: &mut PgConnection,
    details: &LeadDetails,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Lead> {
    let id = LeadId::new();
    sqlx::query!(
        "INSERT INTO leads (id, company, contact_name, email, country, product_category, source,
                            notes, follow_up_on, edited_by, edited_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        id.0,
        details.company,
        details.contact_name,
        details.email,
        details.country,
        details.product_category,
        details.source,
        details.notes,
        details.follow_up_on,
        by.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let what = json!({"company": details.company, "email": details.email});
    record(conn, by, "lead_create", id, &what).await?;
    get(conn, id).await
}

pub async fn update(
    conn: &mut PgConnection,
    id: LeadId,
    seen: SeenVersion,
    details: &LeadDetails,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Lead> {
    let stored = lock(conn, id).await?;
    let last = LastEdit {
        version: stored.version,
        edited_by: Some(stored.edited_by.0),
        edited_at: Some(stored.edited_at),
    };
    let fields = details.differing(&stored);
    last.require(conn, seen, &fields).await?;
    if fields.is_empty() {
        return Ok(stored);
    }
    sqlx::query!(
        "UPDATE leads SET company = $2, contact_name = $3, email = $4, country = $5,
             product_category = $6, source = $7, notes = $8, follow_up_on = $9,
             version = version + 1, edited_by = $10, edited_at = $11
         WHERE id = $1",
        id.0,
        details.company,
        details.contact_name,
        details.email,
        details.country,
        details.product_category,
        details.source,
        details.notes,
        details.follow_up_on,
        by.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    record(conn, by, "lead_update", id, &json!({"fields": fields})).await?;
    get(conn, id).await
}

/// Moves a lead that was not invited yet. Lost needs a reason.
pub async fn step(
    conn: &mut PgConnection,
    id: LeadId,
    to: LeadStep,
    reason: &str,
    by: AccountId,
) -> Result<Lead> {
    let mut fields = FieldErrors::default();
    let needed = usize::from(to == LeadStep::Lost);
    let reason = validate::text(&mut fields, "reason", reason, needed, REASON_CHARS_MAX);
    fields.finish()?;
    let stored = lock(conn, id).await?;
    require_not_invited(&stored)?;
    sqlx::query!(
        "UPDATE leads SET state = $2, lost_reason = $3 WHERE id = $1",
        id.0,
        to.into_str(),
        Some(reason.as_str()).filter(|_| to == LeadStep::Lost),
    )
    .execute(&mut *conn)
    .await?;
    let details = json!({"state": to.into_str(), "reason": reason});
    record(conn, by, "lead_step", id, &details).await?;
    get(conn, id).await
}

fn require_not_invited(lead: &Lead) -> Result<()> {
    if lead.provider_id.is_none() {
        return Ok(());
    }
    Err(Error::conflict(
        "lead_invited",
        "This lead was invited and follows its provider. Decide on the provider instead.",
    ))
}

/// Makes a provider of a lead, and invites its contact as the owner. What the lead lacks is an
/// error of the field.
pub async fn invite(
    conn: &mut PgConnection,
    id: LeadId,
    slug: &str,
    by: &Account,
    now: OffsetDateTime,
) -> Result<Provider> {
    let lead = lock(conn, id).await?;
    require_not_invited(&lead)?;
    if lead.state == LeadState::Lost {
        return Err(Error::conflict(
            "lead_lost",
            "This lead is lost. Move it back to contacted, then invite it.",
        ));
    }
    let new = providers::invitation(&ProviderInvitation {
        name: lead.company,
        slug: slug.to_owned(),
        country: lead.country,
        product_category: lead.product_category,
        owner_email: lead.email,
    })?;
    let tenant = TenantId::new();
    let provider = providers::invite(conn, tenant, &new, by, now).await?;
    sqlx::query!(
        "UPDATE leads SET state = $2, provider_id = $3, lost_reason = NULL WHERE id = $1",
        id.0,
        LeadState::Invited.into_str(),
        tenant.0,
    )
    .execute(&mut *conn)
    .await?;
    record(conn, by.id, "lead_invite", id, &json!({"provider": provider.slug})).await?;
    Ok(provider)
}

async fn record(
    conn: &mut PgConnection,
    by: AccountId,
    action: &str,
    id: LeadId,
    details: &serde_json::Value,
) -> Result<()> {
    let subject = format!("lead {id}");
    audit::record(conn, Actor::Account(by), TenantId::PLATFORM, action, &subject, details).await
}
