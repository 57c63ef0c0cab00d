//! The requirements that SMP defines, in versions. What a provider answered stays with the version
//! it answered.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{AccountId, Error, Money, Result, TenantId};

/// How a provider will sell, or whom a requirement applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SellingMode {
    /// In SMP's own cart.
    Hosted,
    /// In the provider's cart.
    Redirect,
    Both,
}

/// How a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementMethod {
    /// The provider confirms it with a typed name.
    Attest,
    /// The provider uploads a document.
    Document,
    /// SMP checks it; the provider may add a text.
    Review,
    /// The provider uploads the paper of a surety bond, with its amount and end.
    Bond,
}

/// A field of the application that answers a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ApplicationField {
    RegistrationNumber,
    References,
    ProductCategory,
    Regions,
}

/// A version of a requirement's definition.
#[derive(Debug, Clone)]
pub struct Definition {
    pub code: String,
    pub version: i32,
    pub title: String,
    pub instructions: String,
    pub method: RequirementMethod,
    /// The field of the application that is the answer; `None` if the provider answers by itself.
    pub application_field: Option<ApplicationField>,
    pub selling_mode: SellingMode,
    /// ISO 3166-1; empty: everywhere.
    pub regions: Vec<String>,
    /// Empty: every category.
    pub categories: Vec<String>,
    pub monthly_units_from: Option<i32>,
    pub monthly_revenue_from: Option<Money>,
    pub waivable: bool,
    /// How long it stays met; `None`: for good.
    pub valid_months: Option<i32>,
    /// The least amount of a surety bond; only of a bond.
    pub bond: Option<Money>,
    /// Whether it is asked of providers now.
    pub active: bool,
    pub edited_at: OffsetDateTime,
}

struct DefinitionRow {
    code: String,
    version: i32,
    title: String,
    instructions: String,
    method: RequirementMethod,
    application_field: Option<ApplicationField>,
    selling_mode: SellingMode,
    regions: Vec<String>,
    categories: Vec<String>,
    monthly_units_from: Option<i32>,
    monthly_revenue_from_minor: Option<i64>,
    monthly_revenue_from_currency: Option<String>,
    waivable: bool,
    valid_months: Option<i32>,
    bond_minor: Option<i64>,
    bond_currency: Option<String>,
    active: bool,
    edited_at: OffsetDateTime,
}

/// An amount that is stored in two columns.
pub fn money(minor: Option<i64>, currency: Option<String>) -> Option<Money> {
    minor.zip(currency).map(|(amount, currency)| Money { amount, currency })
}

impl From<DefinitionRow> for Definition {
    fn from(row: DefinitionRow) -> Self {
        Self {
            monthly_revenue_from: money(
                row.monthly_revenue_from_minor,
                row.monthly_revenue_from_currency,
            ),
            bond: money(row.bond_minor, row.bond_currency),
            code: row.code,
            version: row.version,
            title: row.title,
            instructions: row.instructions,
            method: row.method,
            application_field: row.application_field,
            selling_mode: row.selling_mode,
            regions: row.regions,
            categories: row.categories,
            monthly_units_from: row.monthly_units_from,
            waivable: row.waivable,
            valid_months: row.valid_months,
            active: row.active,
            edited_at: row.edited_at,
        }
    }
}

/// The definitions in force, and the versions that this provider answered.
pub async fn known_to(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Definition>> {
    let rows = sqlx::query_as!(
        DefinitionRow,
        r#"
        SELECT code, version, title, instructions, method AS "method: RequirementMethod",
               application_field AS "application_field: ApplicationField",
               selling_mode AS "selling_mode: SellingMode", regions, categories,
               monthly_units_from, monthly_revenue_from_minor, monthly_revenue_from_currency,
               waivable, valid_months, bond_minor, bond_currency, active, edited_at
        FROM requirement_definitions d
        WHERE version = (SELECT max(n.version) FROM requirement_definitions n
                         WHERE n.code = d.code)
           OR (code, version) IN (SELECT r.code, r.version FROM requirements r
                                  WHERE r.tenant_id = $1)
        ORDER BY title, code, version DESC
        "#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Definition::from).collect())
}

/// The definitions in force, by title. Retired ones are among them.
pub async fn current(conn: &mut PgConnection) -> Result<Vec<Definition>> {
    known_to(conn, TenantId::PLATFORM).await
}

/// The newest version of a definition, locked against another edit.
pub async fn lock(conn: &mut PgConnection, code: &str) -> Result<Definition> {
    sqlx::query!(
        "SELECT version FROM requirement_definitions WHERE code = $1 AND version = 1 FOR UPDATE",
        code
    )
    .fetch_optional(&mut *conn)
    .await?;
    newest(conn, code).await
}

/// The version of a definition that is in force; unknown is an error.
pub async fn newest(conn: &mut PgConnection, code: &str) -> Result<Definition> {
    let found = current(conn).await?.into_iter().find(|definition| definition.code == code);
    found.ok_or(Error::NotFound("requirement"))
}

/// Who made the newest version.
pub async fn edited_by(conn: &mut PgConnection, code: &str) -> Result<Option<uuid::Uuid>> {
    let by = sqlx::query_scalar!(
        "SELECT edited_by FROM requirement_definitions WHERE code = $1
         ORDER BY version DESC LIMIT 1",
        code
    );
    Ok(by.fetch_optional(conn).await?.flatten())
}

/// Stores a version. A code that is taken is a conflict of the primary key.
pub async fn insert(conn: &mut PgConnection, definition: &Definition, by: AccountId) -> Result<()> {
    let revenue = definition.monthly_revenue_from.as_ref();
    let bond = definition.bond.as_ref();
    sqlx::query!(
        r#"
        INSERT INTO requirement_definitions
            (code, version, title, instructions, method, application_field, selling_mode, regions,
             categories, monthly_units_from, monthly_revenue_from_minor,
             monthly_revenue_from_currency, waivable, valid_months, bond_minor, bond_currency,
             active, edited_by, edited_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19)
        "#,
        definition.code,
        definition.version,
        definition.title,
        definition.instructions,
        definition.method.into_str(),
        definition.application_field.map(|field| field.into_str()),
        definition.selling_mode.into_str(),
        &definition.regions,
        &definition.categories,
        definition.monthly_units_from,
        revenue.map(|money| money.amount),
        revenue.map(|money| money.currency.clone()),
        definition.waivable,
        definition.valid_months,
        bond.map(|money| money.amount),
        bond.map(|money| money.currency.clone()),
        definition.active,
        by.0,
        definition.edited_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
impl Definition {
    pub fn example() -> Self {
        Self {
            code: "insurance".to_owned(),
            version: 1,
            title: "Insurance".to_owned(),
            instructions: String::new(),
            method: RequirementMethod::Document,
            application_field: None,
            selling_mode: SellingMode::Both,
            regions: vec![],
            categories: vec![],
            monthly_units_from: None,
            monthly_revenue_from: None,
            waivable: true,
            valid_months: None,
            bond: None,
            active: true,
            edited_at: OffsetDateTime::UNIX_EPOCH,
        }
    }
}
