//! An application as it is stored: a draft that is filled in field by field.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::definitions::{SellingMode, money};
use crate::{
    kernel::{AccountId, Money, Result, TenantId},
    providers::ProviderState,
};

/// What a provider has said so far; `None` where it has said nothing.
#[derive(Debug, Clone, Default)]
pub struct Application {
    pub registration_number: Option<String>,
    pub about: Option<String>,
    pub references: Option<String>,
    /// ISO 3166-1.
    pub regions: Option<Vec<String>>,
    pub support_email: Option<String>,
    /// E.164.
    pub support_phone: Option<String>,
    pub selling_mode: Option<SellingMode>,
    /// Expected.
    pub monthly_units: Option<i32>,
    /// Expected.
    pub monthly_revenue: Option<Money>,
    pub submitted_at: Option<OffsetDateTime>,
    /// The manager who reviews it.
    pub taken_by: Option<AccountId>,
    /// What SMP asked for and the provider owes.
    pub wanted: Option<String>,
    pub wanted_at: Option<OffsetDateTime>,
    /// Counts the edits; 1 before the first.
    pub version: i32,
    pub edited_by: Option<Uuid>,
    pub edited_at: Option<OffsetDateTime>,
}

impl Application {
    /// Whether the owner may edit it and hand it in.
    pub fn is_open(&self, state: ProviderState) -> bool {
        state == ProviderState::Invited
            || (state == ProviderState::UnderReview && self.wanted.is_some())
    }
}

/// A provider's application; an empty one before its first edit.
pub async fn find(conn: &mut PgConnection, tenant: TenantId) -> Result<Application> {
    let row = sqlx::query!(
        r#"
        SELECT registration_number, about, "references", regions, support_email, support_phone,
               selling_mode AS "selling_mode: SellingMode", monthly_units, monthly_revenue_minor,
               monthly_revenue_currency, submitted_at, taken_by, wanted, wanted_at, version,
               edited_by, edited_at
        FROM applications WHERE tenant_id = $1
        "#,
        tenant.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(
        || Application { version: 1, ..Application::default() },
        |row| Application {
            registration_number: row.registration_number,
            about: row.about,
            references: row.references,
            regions: row.regions,
            support_email: row.support_email,
            support_phone: row.support_phone,
            selling_mode: row.selling_mode,
            monthly_units: row.monthly_units,
            monthly_revenue: money(row.monthly_revenue_minor, row.monthly_revenue_currency),
            submitted_at: row.submitted_at,
            taken_by: row.taken_by.map(AccountId),
            wanted: row.wanted,
            wanted_at: row.wanted_at,
            version: row.version,
            edited_by: row.edited_by,
            edited_at: row.edited_at,
        },
    ))
}
