//! What a provider's invoices say of it, in SQL.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::invoice::IssuerSnapshot;
use crate::{
    access::edits::LastEdit,
    kernel::{AccountId, Result, TenantId},
    providers,
};

/// Who issues a provider's invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum InvoicedBy {
    /// SMP, in the provider's name and with its numbers.
    Smp,
    /// The provider itself.
    Provider,
}

/// How a provider's invoices are made. Texts are empty, and the version 0, while nothing was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicingProfile {
    pub invoiced_by: InvoicedBy,
    pub legal_name: String,
    pub line1: String,
    pub line2: String,
    pub postal_code: String,
    pub city: String,
    /// ISO 3166-1.
    pub country: String,
    /// A VAT id, or another number of the tax office.
    pub tax_id: String,
    pub register: String,
    pub number_prefix: Option<String>,
    /// Millionths, contained in its prices; None: no tax is shown.
    pub tax_rate_ppm: Option<i32>,
    pub version: i32,
}

impl Default for InvoicingProfile {
    fn default() -> Self {
        Self {
            invoiced_by: InvoicedBy::Smp,
            legal_name: String::new(),
            line1: String::new(),
            line2: String::new(),
            postal_code: String::new(),
            city: String::new(),
            country: String::new(),
            tax_id: String::new(),
            register: String::new(),
            number_prefix: None,
            tax_rate_ppm: None,
            version: 0,
        }
    }
}

impl InvoicingProfile {
    /// The fields without which SMP issues no invoice, of those that are empty.
    pub fn missing(&self) -> Vec<&'static str> {
        let fields = [
            ("legal_name", self.legal_name.is_empty()),
            ("line1", self.line1.is_empty()),
            ("city", self.city.is_empty()),
            ("country", self.country.is_empty()),
            ("number_prefix", self.number_prefix.is_none()),
            ("tax_id", self.tax_id.is_empty() && self.tax_rate_ppm.is_some()),
        ];
        fields.iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| *name).collect()
    }

    /// The issuer and what its numbers begin with; None while something is missing.
    pub fn issuer(&self) -> Option<(IssuerSnapshot, &str)> {
        let prefix = self.number_prefix.as_deref().filter(|_| self.missing().is_empty())?;
        let issuer = IssuerSnapshot {
            legal_name: self.legal_name.clone(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            postal_code: self.postal_code.clone(),
            city: self.city.clone(),
            country: self.country.clone(),
            tax_id: self.tax_id.clone(),
            register: self.register.clone(),
        };
        Some((issuer, prefix))
    }
}

/// How a provider's invoices are made.
pub async fn get(conn: &mut PgConnection, tenant: TenantId) -> Result<InvoicingProfile> {
    let found = sqlx::query_as!(
        InvoicingProfile,
        r#"SELECT invoiced_by AS "invoiced_by: InvoicedBy", legal_name, line1, line2, postal_code,
                  city, country, tax_id, register, number_prefix, tax_rate_ppm, version
           FROM invoicing_profiles WHERE tenant_id = $1"#,
        tenant.0,
    );
    Ok(found.fetch_optional(conn).await?.unwrap_or_default())
}

/// Waits until nobody is changing the profile, and keeps it as it is until the transaction ends: what is noted
/// as waiting is seen by the change that comes next.
pub async fn keep(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
        format!("invoicing {tenant}"),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Waits until everyone who relies on the profile is done, and keeps others waiting until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("invoicing {tenant}"),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The last edit; version 0 while there was none.
pub async fn last_edit(conn: &mut PgConnection, tenant: TenantId) -> Result<LastEdit> {
    let last = sqlx::query_as!(
        LastEdit,
        r#"SELECT version, edited_by AS "edited_by?", edited_at AS "edited_at?"
           FROM invoicing_profiles WHERE tenant_id = $1"#,
        tenant.0,
    );
    let none = LastEdit { version: 0, edited_by: None, edited_at: None };
    Ok(last.fetch_optional(conn).await?.unwrap_or(none))
}

/// Stores it, as the next version. The caller locked it.
pub async fn put(
    conn: &mut PgConnection,
    tenant: TenantId,
    profile: &InvoicingProfile,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO invoicing_profiles (tenant_id, invoiced_by, legal_name, line1, line2,
             postal_code, city, country, tax_id, register, number_prefix, tax_rate_ppm, edited_by,
             edited_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (tenant_id) DO UPDATE SET invoiced_by = $2, legal_name = $3, line1 = $4,
             line2 = $5, postal_code = $6, city = $7, country = $8, tax_id = $9, register = $10,
             number_prefix = $11, tax_rate_ppm = $12, edited_by = $13, edited_at = $14,
             version = invoicing_profiles.version + 1",
        tenant.0,
        profile.invoiced_by.into_str(),
        profile.legal_name,
        profile.line1,
        profile.line2,
        profile.postal_code,
        profile.city,
        profile.country,
        profile.tax_id,
        profile.register,
        profile.number_prefix,
        profile.tax_rate_ppm,
        by.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The time zone in which a provider's years begin: of its pack, else UTC.
pub async fn time_zone(conn: &mut PgConnection, tenant: TenantId) -> Result<String> {
    let zone = providers::get(conn, tenant).await?.time_zone;
    Ok(zone.unwrap_or_else(|| "UTC".to_owned()))
}
