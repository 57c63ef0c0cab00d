//! Contracts of providers: reading them.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{ContractId, ContractTemplateId, Error, PageQuery, Result, TenantId};

/// Versions of a provider's contract that its list shows.
const CONTRACTS_MAX: i64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ContractState {
    /// Waits for the owner's signature.
    Offered,
    /// Waits for SMP's.
    Signed,
    Countersigned,
    /// Another version took its place.
    Superseded,
}

/// A version of the contract as it was offered to a provider.
#[derive(Debug, Clone)]
pub struct Contract {
    pub tenant: TenantId,
    pub id: ContractId,
    pub template: ContractTemplateId,
    /// The version's number.
    pub number: i32,
    pub state: ContractState,
    pub title: String,
    pub document: String,
    /// SHA-256 of the document in UTF-8, hexadecimal.
    pub document_hash: String,
    pub delivery_days: i32,
    pub honour_days: i32,
    pub offered_at: OffsetDateTime,
    /// When the contract that was in force at the offer ends.
    pub sign_by: Option<OffsetDateTime>,
    pub signed_name: Option<String>,
    pub signed_at: Option<OffsetDateTime>,
    pub signed_address_hash: Option<String>,
    pub countersigned_name: Option<String>,
    pub countersigned_at: Option<OffsetDateTime>,
    /// When it ends; None while no later version asks for that.
    pub ends_at: Option<OffsetDateTime>,
    pub superseded_at: Option<OffsetDateTime>,
}

/// Every read of contracts is this query; `$rest` is its condition.
macro_rules! contract_rows {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Contract,
            r#"
            SELECT tenant_id AS "tenant: TenantId", id AS "id: ContractId",
                   template_id AS "template: ContractTemplateId", number,
                   state AS "state: ContractState", title, document, document_hash, delivery_days,
                   honour_days, offered_at, sign_by, signed_name, signed_at, signed_address_hash,
                   countersigned_name, countersigned_at, ends_at, superseded_at
            FROM contracts "# + $rest
            $(, $bind)*
        )
    };
}

/// A provider's contracts, newest version first.
pub async fn of_provider(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Contract>> {
    let rows = contract_rows!(
        "WHERE tenant_id = $1 ORDER BY number DESC LIMIT $2",
        tenant.0,
        CONTRACTS_MAX
    );
    Ok(rows.fetch_all(conn).await?)
}

/// The contract; unknown is an error.
pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: ContractId) -> Result<Contract> {
    let row = contract_rows!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0)
        .fetch_optional(conn)
        .await?;
    row.ok_or(Error::NotFound("contract"))
}

/// The same, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId, id: ContractId) -> Result<Contract> {
    sqlx::query!(
        "SELECT id FROM contracts WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant.0,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, tenant, id).await
}

/// Contracts across providers, the newest offer first. Platform scope.
pub async fn list(
    conn: &mut PgConnection,
    state: Option<ContractState>,
    page: &PageQuery,
) -> Result<Vec<Contract>> {
    let rows = contract_rows!(
        "WHERE (offered_at, id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
         ORDER BY offered_at DESC, id DESC LIMIT $4",
        page.before_at(),
        page.before_id(),
        state.map(|state| state.into_str()),
        page.fetch()
    );
    Ok(rows.fetch_all(conn).await?)
}
