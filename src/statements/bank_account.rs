//! The bank account of a provider: set by its owner, sealed at rest, shown masked.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::policy::AFTER_BANK_CHANGE;
use crate::{
    access::{Actor, audit},
    events,
    kernel::{AccountId, Error, FieldErrors, Iban, Keyring, Result, TenantId, bic, validate},
    platform::Platform,
    providers,
};

/// What the numbers' key is for.
const PURPOSE: &str = "bank account";
/// The longest name of a holder that banks take, in characters.
const HOLDER_CHARS_MAX: usize = 70;

/// A provider's bank account, its number still sealed.
#[derive(Debug, Clone)]
pub struct BankAccount {
    pub tenant: TenantId,
    pub holder: String,
    /// What people are shown of the number.
    pub masked: String,
    pub bic: String,
    pub changed_at: OffsetDateTime,
    sealed: Vec<u8>,
}

impl BankAccount {
    /// From when on something is paid to it.
    pub fn payable_from(&self) -> OffsetDateTime {
        self.changed_at + AFTER_BANK_CHANGE
    }

    /// The number, to write it into a bank file. Fails if the secret that sealed it is gone.
    pub fn iban(&self, keyring: &Keyring) -> Result<Iban> {
        let opened = keyring.open(PURPOSE, self.tenant.0.as_bytes(), &self.sealed);
        let opened = opened.map_err(|error| anyhow::anyhow!("a bank account: {error}"))?;
        let text = String::from_utf8(opened).map_err(anyhow::Error::from)?;
        Ok(Iban::parse(&text).ok_or_else(|| anyhow::anyhow!("a bank account has no IBAN"))?)
    }
}

/// What an owner enters.
#[derive(Debug)]
pub struct NewBankAccount<'a> {
    pub holder: &'a str,
    pub iban: &'a str,
    pub bic: &'a str,
}

/// The bank accounts of some providers.
pub async fn of_providers(
    conn: &mut PgConnection,
    tenants: &[TenantId],
) -> Result<Vec<BankAccount>> {
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.0).collect();
    let rows = sqlx::query_as!(
        BankAccount,
        r#"SELECT tenant_id AS "tenant: TenantId", holder, iban_masked AS masked, bic, changed_at,
                  iban_sealed AS sealed
           FROM bank_accounts WHERE tenant_id = ANY($1)"#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The bank account of a provider, if its owner entered one.
pub async fn find(conn: &mut PgConnection, tenant: TenantId) -> Result<Option<BankAccount>> {
    Ok(of_providers(conn, &[tenant]).await?.pop())
}

/// Keeps the bank account that an owner entered in place of the one before. Nothing is paid to it for
/// [`AFTER_BANK_CHANGE`]; all owners are told.
pub async fn set(
    platform: &Platform,
    tenant: TenantId,
    by: AccountId,
    new: &NewBankAccount<'_>,
) -> Result<BankAccount> {
    let mut fields = FieldErrors::default();
    let holder = validate::line(&mut fields, "holder", new.holder, 1, HOLDER_CHARS_MAX);
    let iban = Iban::checked(&mut fields, "iban", new.iban);
    let code = bic(&mut fields, "bic", new.bic);
    fields.finish()?;
    let iban = iban.ok_or(Error::NotFound("bank account"))?;
    let keyring = &platform.config.keyring;
    let sealed = keyring.seal(PURPOSE, tenant.0.as_bytes(), iban.as_str().as_bytes())?;
    let mut tx = platform.db.tenant(tenant).await?;
    let provider = providers::require_open(&mut tx, tenant).await?;
    sqlx::query!(
        "INSERT INTO bank_accounts (tenant_id, holder, iban_sealed, iban_masked, bic, changed_at,
             changed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id) DO UPDATE
         SET holder = $2, iban_sealed = $3, iban_masked = $4, bic = $5, changed_at = $6, changed_by = $7",
        tenant.0,
        holder,
        sealed,
        iban.masked(),
        code,
        platform.clock.now(),
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    let details = json!({"holder": holder, "iban": iban.masked(), "bic": code});
    let actor = Actor::Account(by);
    let subject = format!("bank account {}", provider.slug);
    audit::record(&mut tx, actor, tenant, "bank_account_set", &subject, &details).await?;
    events::publish(&mut tx, tenant, "bank_account.changed", &json!({"by": by})).await?;
    let kept = find(&mut tx, tenant).await?.ok_or(Error::NotFound("bank account"))?;
    tx.commit().await?;
    Ok(kept)
}
