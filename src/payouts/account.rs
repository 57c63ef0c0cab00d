//! Providers' accounts at the gateway that pays them out, in SQL.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use crate::kernel::{PageQuery, Result, TenantId};

/// Where a provider's account stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PayoutState {
    /// There is no account.
    None,
    /// Its owner has not finished the gateway's form.
    Onboarding,
    /// The gateway asks for more, or checks what was entered: nothing can be paid out.
    Restricted,
    /// It can be paid.
    Enabled,
    /// The gateway closed it.
    Disabled,
}

/// What the gateway asks for, by its own names of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirements {
    pub currently_due: Vec<String>,
    pub past_due: Vec<String>,
    /// When what is due has to be there.
    #[serde(with = "time::serde::rfc3339::option")]
    pub current_deadline: Option<OffsetDateTime>,
    /// Why nothing is paid out.
    pub disabled_reason: Option<String>,
}

/// An account as the gateway described it last.
#[derive(Debug, Clone)]
pub struct PayoutAccount {
    pub tenant: TenantId,
    pub gateway: String,
    /// The gateway's own id.
    pub reference: String,
    pub state: PayoutState,
    pub payouts_enabled: bool,
    pub requirements: Json<Requirements>,
    /// When the newest answer was asked for.
    pub looked_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// What an answer of the gateway says of an account.
#[derive(Debug, Clone)]
pub struct AccountAnswer {
    pub state: PayoutState,
    pub charges_enabled: bool,
    pub payouts_enabled: bool,
    pub requirements: Requirements,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// Every read of accounts is this query; `$rest` is its condition.
macro_rules! account_rows {
    ($rest:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            PayoutAccount,
            r#"SELECT tenant_id AS "tenant: TenantId", gateway, reference,
                      state AS "state: PayoutState", payouts_enabled,
                      requirements AS "requirements: Json<Requirements>", looked_at, updated_at
               FROM payout_accounts "# + $rest
            $(, $bind)*
        )
    };
}

/// The account of a provider at a gateway.
pub async fn find(
    conn: &mut PgConnection,
    tenant: TenantId,
    gateway: &str,
) -> Result<Option<PayoutAccount>> {
    Ok(account_rows!("WHERE tenant_id = $1 AND gateway = $2", tenant.0, gateway)
        .fetch_optional(conn)
        .await?)
}

/// The account that a gateway knows by this id of its own. Platform scope.
pub async fn by_reference(
    conn: &mut PgConnection,
    gateway: &str,
    reference: &str,
) -> Result<Option<PayoutAccount>> {
    Ok(account_rows!("WHERE gateway = $1 AND reference = $2", gateway, reference)
        .fetch_optional(conn)
        .await?)
}

/// Every account at a gateway. Platform scope.
pub async fn of_gateway(conn: &mut PgConnection, gateway: &str) -> Result<Vec<PayoutAccount>> {
    Ok(account_rows!("WHERE gateway = $1", gateway).fetch_all(conn).await?)
}

/// Providers that may sell or sold, with when they came, the newest first. Platform scope.
pub async fn providers_page(
    conn: &mut PgConnection,
    gateway: &str,
    state: Option<PayoutState>,
    page: &PageQuery,
) -> Result<Vec<(TenantId, OffsetDateTime)>> {
    let rows = sqlx::query!(
        r#"SELECT p.tenant_id AS "tenant: TenantId", p.created_at
           FROM providers p
           LEFT JOIN payout_accounts a ON a.tenant_id = p.tenant_id AND a.gateway = $1
           WHERE p.state <> 'rejected' AND ($2::text IS NULL OR coalesce(a.state, 'none') = $2)
             AND (p.created_at, p.tenant_id) < ($3, $4)
           ORDER BY p.created_at DESC, p.tenant_id DESC LIMIT $5"#,
        gateway,
        state.map(|state| state.into_str()),
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.tenant, row.created_at)).collect())
}

/// Keeps a new account, unless there is one.
pub async fn insert(
    conn: &mut PgConnection,
    tenant: TenantId,
    (gateway, reference): (&str, &str),
    answer: &AccountAnswer,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO payout_accounts (tenant_id, gateway, reference, state, charges_enabled,
             payouts_enabled, requirements, country, check_at, looked_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $9)
         ON CONFLICT (tenant_id, gateway) DO NOTHING",
        tenant.0,
        gateway,
        reference,
        answer.state.into_str(),
        answer.charges_enabled,
        answer.payouts_enabled,
        Json(&answer.requirements) as _,
        answer.country,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what the gateway said. Of two answers the one that was asked for later stays, however late the other
/// arrives.
pub async fn update(
    conn: &mut PgConnection,
    tenant: TenantId,
    gateway: &str,
    answer: &AccountAnswer,
    asked_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE payout_accounts
         SET state = $3, charges_enabled = $4, payouts_enabled = $5, requirements = $6, country = $7,
             looked_at = $8, updated_at = CASE
                 WHEN (state, charges_enabled, payouts_enabled, requirements) IS DISTINCT FROM
                      ($3, $4, $5, $6) THEN $8 ELSE updated_at END
         WHERE tenant_id = $1 AND gateway = $2 AND looked_at < $8",
        tenant.0,
        gateway,
        answer.state.into_str(),
        answer.charges_enabled,
        answer.payouts_enabled,
        Json(&answer.requirements) as _,
        answer.country,
        asked_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The ids, at the gateway, of accounts that are due to be looked up, at most `limit`; each is due again at
/// `next`. Skips those that another node is taking. Platform scope.
pub async fn claim_due(
    conn: &mut PgConnection,
    gateway: &str,
    now: OffsetDateTime,
    next: OffsetDateTime,
    limit: i64,
) -> Result<Vec<String>> {
    let due = sqlx::query_scalar!(
        "WITH due AS (
             SELECT tenant_id, gateway FROM payout_accounts
             WHERE gateway = $1 AND check_at <= $2
             ORDER BY check_at LIMIT $4 FOR UPDATE SKIP LOCKED
         )
         UPDATE payout_accounts a SET check_at = $3
         FROM due WHERE a.tenant_id = due.tenant_id AND a.gateway = due.gateway
         RETURNING a.reference",
        gateway,
        now,
        next,
        limit,
    );
    Ok(due.fetch_all(conn).await?)
}
