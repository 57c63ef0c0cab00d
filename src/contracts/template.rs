//! Templates of the contract. A draft can be edited and deleted; a published one stays as it is.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::rules::TemplateText;
use crate::{
    access::edits::LastEdit,
    kernel::{AccountId, ContractTemplateId, Error, FieldError, PageQuery, Result},
    providers,
};

/// A new version leaves providers at least this long to sign it.
const SIGN_BY_LEAD: Duration = Duration::minutes(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ContractTemplateState {
    Draft,
    Published,
}

#[derive(Debug, Clone)]
pub struct ContractTemplate {
    pub id: ContractTemplateId,
    pub state: ContractTemplateState,
    /// 1, 2, … in the order of publishing; None for a draft.
    pub number: Option<i32>,
    pub title: String,
    pub body: String,
    pub delivery_days: i32,
    pub honour_days: i32,
    /// When contracts of earlier versions end.
    pub sign_by: Option<OffsetDateTime>,
    /// Counts the edits.
    pub version: i32,
    pub edited_by: Option<Uuid>,
    pub edited_at: Option<OffsetDateTime>,
    pub published_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
}

impl ContractTemplate {
    pub fn text(&self) -> TemplateText {
        TemplateText {
            title: self.title.clone(),
            body: self.body.clone(),
            delivery_days: self.delivery_days,
            honour_days: self.honour_days,
        }
    }

    pub fn last_edit(&self) -> LastEdit {
        LastEdit { version: self.version, edited_by: self.edited_by, edited_at: self.edited_at }
    }

    /// Fails for a published one.
    pub fn require_draft(&self) -> Result<()> {
        if self.state == ContractTemplateState::Draft {
            return Ok(());
        }
        Err(Error::conflict(
            "template_published",
            "This version is published, and providers sign what was published: it can neither be \
             changed nor deleted. Write a new version instead.",
        ))
    }
}

/// Every read of templates is this query; `$rest` is its condition.
macro_rules! template_rows {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            ContractTemplate,
            r#"
            SELECT id AS "id: ContractTemplateId", state AS "state: ContractTemplateState", number,
                   title, body, delivery_days, honour_days, sign_by, version, edited_by, edited_at,
                   published_at, created_at
            FROM contract_templates "# + $rest
            $(, $bind)*
        )
    };
}

/// Newest first.
pub async fn list(conn: &mut PgConnection, page: &PageQuery) -> Result<Vec<ContractTemplate>> {
    let rows = template_rows!(
        "WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3",
        page.before_at(),
        page.before_id(),
        page.fetch()
    );
    Ok(rows.fetch_all(conn).await?)
}

pub async fn get(conn: &mut PgConnection, id: ContractTemplateId) -> Result<ContractTemplate> {
    let row = template_rows!("WHERE id = $1", id.0).fetch_optional(conn).await?;
    row.ok_or(Error::NotFound("contract template"))
}

/// The same, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: ContractTemplateId) -> Result<ContractTemplate> {
    sqlx::query!("SELECT id FROM contract_templates WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

/// The version that providers are asked to sign; None before the first was published.
pub async fn newest(conn: &mut PgConnection) -> Result<Option<ContractTemplate>> {
    let row = template_rows!("WHERE state = 'published' ORDER BY number DESC LIMIT 1");
    Ok(row.fetch_optional(conn).await?)
}

/// When a contract of this version ends, by what was published after it.
pub async fn end_of(conn: &mut PgConnection, number: i32) -> Result<Option<OffsetDateTime>> {
    let end = sqlx::query_scalar!(
        "SELECT min(sign_by) FROM contract_templates WHERE state = 'published' AND number > $1",
        number
    );
    Ok(end.fetch_one(conn).await?)
}

/// Keeps publishing out until the transaction ends.
pub async fn keep_unpublished(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("LOCK TABLE contract_templates IN SHARE MODE").execute(conn).await?;
    Ok(())
}

pub async fn insert(
    conn: &mut PgConnection,
    text: &TemplateText,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<ContractTemplateId> {
    let id = ContractTemplateId::new();
    sqlx::query!(
        "INSERT INTO contract_templates
             (id, title, body, delivery_days, honour_days, edited_by, edited_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        id.0,
        text.title,
        text.body,
        text.delivery_days,
        text.honour_days,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Replaces the text of a draft.
pub async fn update(
    conn: &mut PgConnection,
    id: ContractTemplateId,
    text: &TemplateText,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE contract_templates
         SET title = $2, body = $3, delivery_days = $4, honour_days = $5, version = version + 1,
             edited_by = $6, edited_at = $7
         WHERE id = $1 AND state = 'draft'",
        id.0,
        text.title,
        text.body,
        text.delivery_days,
        text.honour_days,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a draft.
pub async fn delete(conn: &mut PgConnection, id: ContractTemplateId) -> Result<()> {
    sqlx::query!("DELETE FROM contract_templates WHERE id = $1 AND state = 'draft'", id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// draft → published: gives it the next number, and ends contracts of earlier versions at `sign_by`,
/// which a version that replaces another needs.
pub async fn publish(
    conn: &mut PgConnection,
    id: ContractTemplateId,
    sign_by: Option<OffsetDateTime>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<ContractTemplate> {
    // One at a time, and no counter-signature meanwhile.
    sqlx::query("LOCK TABLE contract_templates IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *conn)
        .await?;
    get(conn, id).await?.require_draft()?;
    let replaced = newest(conn).await?;
    match sign_by {
        None if replaced.is_some() => {
            let message = "Is required: contracts of the version before stay in force until then";
            return Err(FieldError::new("sign_by", message).into());
        }
        Some(sign_by) if sign_by < now + SIGN_BY_LEAD => {
            let message = "Must be in the future, so that providers can sign until then";
            return Err(FieldError::new("sign_by", message).into());
        }
        _ => {}
    }
    sqlx::query!(
        "UPDATE contract_templates
         SET state = 'published', number = $2, sign_by = $3, published_by = $4, published_at = $5
         WHERE id = $1",
        id.0,
        replaced.and_then(|replaced| replaced.number).unwrap_or(0) + 1,
        sign_by,
        by.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if let Some(sign_by) = sign_by {
        sqlx::query!(
            "UPDATE contracts SET ends_at = $1
             WHERE state = 'countersigned' AND (ends_at IS NULL OR ends_at > $1)",
            sign_by
        )
        .execute(&mut *conn)
        .await?;
        providers::end_contracts_by(conn, sign_by).await?;
    }
    get(conn, id).await
}
