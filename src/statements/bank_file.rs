//! Files with transfers for SMP's bank. A file is made and its statements are marked as sent in one transaction;
//! it is kept, sealed, so that it can be fetched again.

use std::collections::HashMap;

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    bank_account::{self, BankAccount},
    pain::{BankParty, CreditTransfer, CreditTransferFile},
    payable::balance_in,
    policy::{AFTER_BANK_CHANGE, FILE_PAYMENTS_MAX},
    statement::{self, PayoutMethod, Statement},
    steps::{self, Sending},
};
use crate::{
    access::{Actor, audit},
    kernel::{AccountId, BankFileId, Currency, Error, Money, PageQuery, Result, TenantId},
    ledger, payouts,
    platform::{FaultPoint, Platform, config::BankConfig},
};

/// What the files' key is for.
const PURPOSE: &str = "bank file";
/// The gateway by which the ledger knows SMP's bank.
const BANK: &str = "bank";

/// A file as lists show it.
#[derive(Debug, Clone)]
pub struct BankFile {
    pub id: BankFileId,
    /// ISO 4217.
    pub currency: String,
    pub payments_count: i32,
    /// Minor units.
    pub amount_minor: i64,
    pub created_at: OffsetDateTime,
    pub created_by: AccountId,
}

impl BankFile {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }
}

/// An approved statement that a file leaves out, and why, in a sentence.
#[derive(Debug, Clone)]
pub struct LeftOut {
    pub statement: Statement,
    pub reason: String,
}

/// Makes a file of all approved statements of a currency that a bank has to pay, and marks them as sent. Gives
/// the file and what it leaves out.
pub async fn create(
    platform: &Platform,
    currency: Currency,
    by: AccountId,
) -> Result<(BankFile, Vec<LeftOut>)> {
    let Some(bank) = &platform.config.bank else {
        let detail = "SMP’s own bank account is not set up. Set SMP_BANK_HOLDER, SMP_BANK_IBAN and \
                      SMP_BANK_BIC.";
        return Err(Error::conflict("bank_not_set_up", detail));
    };
    let (now, id) = (platform.clock.now(), BankFileId::new());
    let mut tx = platform.db.platform("bank file").await?;
    let changed_by = now - AFTER_BANK_CHANGE;
    let unpaid =
        statement::lock_unpaid(&mut tx, currency.code(), changed_by, FILE_PAYMENTS_MAX).await?;
    let tenants: Vec<TenantId> = unpaid.iter().map(|statement| statement.tenant).collect();
    let accounts = bank_account::of_providers(&mut tx, &tenants).await?;
    let accounts: HashMap<TenantId, BankAccount> =
        accounts.into_iter().map(|account| (account.tenant, account)).collect();
    let (mut paid, mut transfers, mut left_out) = (vec![], vec![], vec![]);
    // What each provider is owed beside its statements in the file.
    let mut owed: HashMap<TenantId, i64> = HashMap::new();
    for statement in unpaid {
        let tenant = statement.tenant;
        let by_transfer = payouts::payable_account(&mut tx, &platform.config, tenant).await?;
        let owed_minor = match owed.get(&tenant) {
            Some(owed_minor) => *owed_minor,
            None => balance_in(&mut tx, tenant, currency.code()).await?,
        };
        let account = payable(accounts.get(&tenant), by_transfer.is_some(), now);
        let transfer = account
            .and_then(|account| steps::owed_less(&statement, owed_minor).map_or(Ok(account), Err));
        match transfer.and_then(|account| credit_transfer(platform, &statement, account)) {
            Ok(transfer) => {
                owed.insert(tenant, owed_minor - statement.amount_minor);
                transfers.push(transfer);
                paid.push(statement);
            }
            Err(reason) => left_out.push(LeftOut { statement, reason }),
        }
    }
    if paid.is_empty() {
        return Err(nothing_to_pay(&left_out));
    }
    let file = CreditTransferFile {
        message_id: id.0.simple().to_string(),
        created_at: now,
        from: party(bank),
        currency: currency.code().to_owned(),
        transfers,
    };
    let kept = insert(&mut tx, platform, id, &file, by).await?;
    let reference = id.to_string();
    let sending = Sending {
        method: PayoutMethod::Bank,
        gateway: BANK,
        reference: &reference,
        bank_file: Some(id),
    };
    // Every file takes the providers in the same order, so that two at once do not wait for each other.
    paid.sort_by_key(|statement| (statement.tenant, statement.id));
    let mut posted = vec![];
    for statement in &paid {
        posted.push(steps::mark_sent(&mut tx, statement, sending, by, now).await?.1);
    }
    let details = json!({
        "payments": kept.payments_count,
        "amount_minor": kept.amount_minor,
        "currency": kept.currency,
    });
    audit_file(&mut tx, by, "bank_file_create", id, &details).await?;
    ledger::post(&mut tx, &posted, now).await?;
    platform.fault_point(FaultPoint::BankFileWritten);
    tx.commit().await?;
    platform.fault_point(FaultPoint::BankFileMade);
    Ok((kept, left_out))
}

/// The account to pay to, or why a statement is left out.
fn payable(
    account: Option<&BankAccount>,
    by_transfer: bool,
    now: OffsetDateTime,
) -> Result<&BankAccount, String> {
    if by_transfer {
        return Err("It is sent by transfer: the provider’s account can be paid.".to_owned());
    }
    let Some(account) = account else {
        return Err("The provider has not entered a bank account.".to_owned());
    };
    if now < account.payable_from() {
        return Err(format!(
            "The provider changed its bank account, so nothing is paid to it before {}.",
            account.payable_from().date()
        ));
    }
    Ok(account)
}

fn nothing_to_pay(left_out: &[LeftOut]) -> Error {
    let mut detail = "No approved statement of this currency can be paid by bank file.".to_owned();
    for left in left_out.iter().take(10) {
        detail.extend([" ", &left.statement.number, ": ", &left.reason]);
    }
    Error::conflict("nothing_to_pay", detail)
}

fn party(bank: &BankConfig) -> BankParty {
    BankParty { holder: bank.holder.clone(), iban: bank.iban.clone(), bic: bank.bic.clone() }
}

/// The transfer of a statement, or why it is left out.
fn credit_transfer(
    platform: &Platform,
    statement: &Statement,
    account: &BankAccount,
) -> Result<CreditTransfer, String> {
    let iban = account.iban(&platform.config.keyring).map_err(|error| {
        let causes = error.causes();
        tracing::error!(provider = %statement.tenant, "an IBAN cannot be opened: {causes}");
        "The number of the provider’s bank account cannot be read. Its owner has to enter it again."
            .to_owned()
    })?;
    Ok(CreditTransfer {
        end_to_end_id: format!("{}-{}", statement.number, statement.attempt),
        to: BankParty { holder: account.holder.clone(), iban, bic: account.bic.clone() },
        amount_minor: statement.amount_minor,
        purpose: format!("SMP statement {}", statement.number),
    })
}

async fn insert(
    conn: &mut PgConnection,
    platform: &Platform,
    id: BankFileId,
    file: &CreditTransferFile,
    by: AccountId,
) -> Result<BankFile> {
    let content = file.to_xml();
    let sealed = platform.config.keyring.seal(PURPOSE, id.0.as_bytes(), content.as_bytes())?;
    let kept = BankFile {
        id,
        currency: file.currency.clone(),
        payments_count: i32::try_from(file.transfers.len()).unwrap_or(i32::MAX),
        amount_minor: file.sum_minor(),
        created_at: file.created_at,
        created_by: by,
    };
    sqlx::query!(
        "INSERT INTO bank_files (id, currency, payments_count, amount_minor, content_sealed, created_at,
             created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        kept.currency,
        kept.payments_count,
        kept.amount_minor,
        sealed,
        kept.created_at,
        by.0,
    )
    .execute(conn)
    .await?;
    Ok(kept)
}

async fn audit_file(
    conn: &mut PgConnection,
    by: AccountId,
    action: &str,
    id: BankFileId,
    details: &serde_json::Value,
) -> Result<()> {
    let (actor, subject) = (Actor::Account(by), format!("bank file {id}"));
    audit::record(conn, actor, TenantId::PLATFORM, action, &subject, details).await
}

/// Files, the newest first. Platform scope.
pub async fn list(conn: &mut PgConnection, page: &PageQuery) -> Result<Vec<BankFile>> {
    let rows = sqlx::query_as!(
        BankFile,
        r#"SELECT id AS "id: BankFileId", currency, payments_count, amount_minor, created_at,
                  created_by AS "created_by: AccountId"
           FROM bank_files WHERE (created_at, id) < ($1, $2)
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The text of a file, noted in the audit log, because it has the numbers of bank accounts.
pub async fn content(platform: &Platform, id: BankFileId, by: AccountId) -> Result<String> {
    let mut tx = platform.db.platform("bank file").await?;
    let sealed = sqlx::query_scalar!("SELECT content_sealed FROM bank_files WHERE id = $1", id.0)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::NotFound("bank file"))?;
    let opened = platform.config.keyring.open(PURPOSE, id.0.as_bytes(), &sealed);
    let opened = opened.map_err(|error| anyhow::anyhow!("a bank file: {error}"))?;
    audit_file(&mut tx, by, "bank_file_get", id, &json!({})).await?;
    tx.commit().await?;
    Ok(String::from_utf8(opened).map_err(anyhow::Error::from)?)
}
