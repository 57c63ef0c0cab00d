//! The history of a provider's requirements: answers, decisions and expiries. Append-only.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::definitions::money;
use crate::kernel::{AccountId, AssetId, Money, Result, TenantId};

/// What happened to a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequirementStep {
    Answered,
    Met,
    Refused,
    Waived,
    Expired,
}

/// A step of a requirement.
#[derive(Debug, Clone)]
pub struct Step {
    pub code: String,
    /// Of the definition.
    pub version: i32,
    pub kind: RequirementStep,
    /// The answer, or the reason of the decision.
    pub text: String,
    /// Who confirmed it, as typed.
    pub attested_name: Option<String>,
    pub asset: Option<AssetId>,
    pub bond: Option<Money>,
    /// The last day of a surety bond.
    pub bond_ends_on: Option<Date>,
    /// `None`: SMP, by the clock.
    pub done_by: Option<AccountId>,
    pub done_at: OffsetDateTime,
}

impl Step {
    /// A step without an answer's parts.
    pub fn new(
        code: &str,
        version: i32,
        kind: RequirementStep,
        text: &str,
        by: Option<AccountId>,
        at: OffsetDateTime,
    ) -> Self {
        Self {
            code: code.to_owned(),
            version,
            kind,
            text: text.to_owned(),
            attested_name: None,
            asset: None,
            bond: None,
            bond_ends_on: None,
            done_by: by,
            done_at: at,
        }
    }
}

/// The newest of these are read.
const STEPS_READ_MAX: i64 = 2_000;

/// Every step of a provider's requirements, oldest first.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Step>> {
    let rows = sqlx::query!(
        r#"
        SELECT code, version, step AS "step: RequirementStep", text, attested_name, asset_id,
               bond_minor, bond_currency, bond_ends_on, done_by, done_at
        FROM requirement_steps WHERE tenant_id = $1 ORDER BY done_at DESC, id DESC LIMIT $2
        "#,
        tenant.0,
        STEPS_READ_MAX,
    )
    .fetch_all(conn)
    .await?;
    let steps = rows.into_iter().rev().map(|row| Step {
        code: row.code,
        version: row.version,
        kind: row.step,
        text: row.text,
        attested_name: row.attested_name,
        asset: row.asset_id.map(AssetId),
        bond: money(row.bond_minor, row.bond_currency),
        bond_ends_on: row.bond_ends_on,
        done_by: row.done_by.map(AccountId),
        done_at: row.done_at,
    });
    Ok(steps.collect())
}

pub async fn append(conn: &mut PgConnection, tenant: TenantId, step: &Step) -> Result<()> {
    let bond = step.bond.as_ref();
    sqlx::query!(
        r#"
        INSERT INTO requirement_steps
            (tenant_id, id, code, version, step, text, attested_name, asset_id, bond_minor,
             bond_currency, bond_ends_on, done_by, done_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        tenant.0,
        Uuid::now_v7(),
        step.code,
        step.version,
        step.kind.into_str(),
        step.text,
        step.attested_name,
        step.asset.map(|asset| asset.0),
        bond.map(|money| money.amount),
        bond.map(|money| money.currency.clone()),
        step.bond_ends_on,
        step.done_by.map(|by| by.0),
        step.done_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
