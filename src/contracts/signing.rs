//! The two signatures. The owner signs the document it read; a manager counter-signs, and the contract
//! is in force.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    contract::{self, Contract, ContractState},
    in_force::NO_END,
    template,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, ContractId, Error, Result, TenantId},
    providers,
};

/// What an owner signs with.
pub struct Signature<'a> {
    pub name: &'a str,
    /// Of the document that the owner read.
    pub document_hash: &'a str,
    /// A keyed hash of the client's address.
    pub address_hash: &'a str,
    pub by: AccountId,
}

fn changed(detail: &str) -> Error {
    Error::conflict("document_changed", detail)
}

/// offered → signed. Platform scope.
pub async fn sign(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ContractId,
    signature: &Signature<'_>,
    now: OffsetDateTime,
) -> Result<Contract> {
    let provider = providers::require_open(conn, tenant).await?;
    let contract = contract::lock(conn, tenant, id).await?;
    match contract.state {
        ContractState::Signed | ContractState::Countersigned => {
            return Err(Error::conflict(
                "already_signed",
                "This contract is signed already; nothing was changed.",
            ));
        }
        ContractState::Offered | ContractState::Superseded => {}
    }
    let newest = template::newest(conn).await?.map(|template| template.id);
    if contract.state == ContractState::Superseded || newest != Some(contract.template) {
        return Err(changed(
            "SMP published a newer version of this contract. Load it and read it, then sign that \
             one.",
        ));
    }
    if contract.document_hash != signature.document_hash {
        return Err(changed(
            "This is not the document you read. Load the contract again and read it, then sign.",
        ));
    }
    sqlx::query!(
        "
        UPDATE contracts SET state = 'signed', signed_by = $3, signed_name = $4, signed_at = $5,
            signed_address_hash = $6
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        signature.by.0,
        signature.name,
        now,
        signature.address_hash,
    )
    .execute(&mut *conn)
    .await?;
    record(conn, &contract, "signed", "contract_sign", signature.name, signature.by).await?;
    tracing::info!(provider = provider.slug, number = contract.number, "a contract was signed");
    contract::get(conn, tenant, id).await
}

/// signed → countersigned: the contract is in force, and what was before it is superseded. Platform
/// scope.
pub async fn countersign(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ContractId,
    name: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Contract> {
    template::keep_unpublished(conn).await?;
    providers::lock(conn, tenant).await?;
    let contract = contract::lock(conn, tenant, id).await?;
    let ends_at = template::end_of(conn, contract.number).await?;
    let superseded = Error::conflict(
        "contract_superseded",
        "A newer version has taken this one's place. Ask the provider to sign that one.",
    );
    match contract.state {
        ContractState::Signed if ends_at.is_none_or(|ends_at| now < ends_at) => {}
        ContractState::Signed | ContractState::Superseded => return Err(superseded),
        ContractState::Offered => {
            return Err(Error::conflict(
                "not_signed",
                "The provider has not signed this contract yet. Its owner signs first.",
            ));
        }
        ContractState::Countersigned => {
            return Err(Error::conflict(
                "already_countersigned",
                "This contract is counter-signed already; nothing was changed.",
            ));
        }
    }
    sqlx::query!(
        "UPDATE contracts SET state = 'superseded', superseded_at = $3
         WHERE tenant_id = $1 AND number < $2 AND state <> 'superseded'",
        tenant.0,
        contract.number,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        UPDATE contracts SET state = 'countersigned', countersigned_by = $3,
            countersigned_name = $4, countersigned_at = $5, ends_at = $6
        WHERE tenant_id = $1 AND id = $2
        ",
        tenant.0,
        id.0,
        by.0,
        name,
        now,
        ends_at,
    )
    .execute(&mut *conn)
    .await?;
    providers::set_contract_until(conn, tenant, ends_at.unwrap_or(NO_END)).await?;
    record(conn, &contract, "countersigned", "contract_countersign", name, by).await?;
    contract::get(conn, tenant, id).await
}

/// The event and the audit entry of a signature.
async fn record(
    conn: &mut PgConnection,
    contract: &Contract,
    event: &str,
    action: &str,
    name: &str,
    by: AccountId,
) -> Result<()> {
    let payload = json!({"contract_id": contract.id, "number": contract.number});
    events::publish(conn, contract.tenant, &format!("contract.{event}"), &payload).await?;
    let details = json!({
        "number": contract.number,
        "name": name,
        "document_hash": contract.document_hash,
    });
    let subject = format!("contract {}", contract.id);
    audit::record(conn, Actor::Account(by), contract.tenant, action, &subject, &details).await
}
