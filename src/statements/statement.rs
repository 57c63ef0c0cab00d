//! Statements and their lines, in SQL.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{
    AccountId, BankFileId, Error, Money, PageQuery, ParcelId, Result, StatementId, TenantId,
};

/// Where a statement stands.
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
pub enum StatementState {
    /// Finance has to approve it.
    Drafted,
    /// It may be sent.
    Approved,
    /// The money is on its way.
    Sent,
    /// The money has arrived.
    Paid,
    /// The money was not sent, or came back.
    Failed,
}

/// How a statement is paid.
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
pub enum PayoutMethod {
    /// A transfer to the provider's account at the gateway.
    Connect,
    /// A transfer in a file for SMP's bank.
    Bank,
}

/// What SMP pays a provider in one currency for what has matured.
#[derive(Debug, Clone)]
pub struct Statement {
    pub tenant: TenantId,
    pub id: StatementId,
    pub number: String,
    pub currency: String,
    pub period_from: OffsetDateTime,
    pub period_to: OffsetDateTime,
    /// Minor units, above 0.
    pub amount_minor: i64,
    /// Minor units of it that had matured before the period; negative was a debt.
    pub carried_minor: i64,
    pub lines_count: i32,
    pub state: StatementState,
    pub drafted_at: OffsetDateTime,
    /// None: by the clock.
    pub drafted_by: Option<AccountId>,
    pub approved_at: Option<OffsetDateTime>,
    pub approved_by: Option<AccountId>,
    /// None while no payment was begun.
    pub method: Option<PayoutMethod>,
    /// What moves the money: `stripe`, `sandbox`, `bank`.
    pub gateway: Option<String>,
    /// Counts the payments that were begun, from 1.
    pub attempt: i32,
    /// How often its money came back.
    pub returned: i32,
    /// The gateway's id of the transfer, or the bank file's.
    pub reference: Option<String>,
    /// The file for the bank that it is in.
    pub bank_file: Option<BankFileId>,
    pub failure: Option<String>,
    pub sent_at: Option<OffsetDateTime>,
    /// When it was paid, or failed.
    pub settled_at: Option<OffsetDateTime>,
}

impl Statement {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }

    /// The transfers of which there is one at most: those since its money came back last. A gateway that
    /// refused one attempt, while another was under way, has the other's here.
    pub fn transfer_group(&self) -> String {
        format!("{}-{}", self.id, self.returned + 1)
    }

    /// What the ledger and the gateway know one attempt to pay it by.
    pub fn attempt_key(&self) -> String {
        format!("{}-{}", self.id, self.attempt)
    }

    /// As the audit log names it.
    pub fn subject(&self) -> String {
        format!("statement {}", self.number)
    }
}

/// An entry of the ledger that a statement pays.
#[derive(Debug, Clone)]
pub struct StatementLine {
    pub entry: Uuid,
    /// Of the ledger's transfer: `sale`, `refund`, …
    pub kind: String,
    pub order_number: Option<String>,
    pub parcel: Option<ParcelId>,
    pub note: String,
    /// Minor units; positive: owed to the provider.
    pub amount_minor: i64,
    pub posted_at: OffsetDateTime,
    pub matured_at: OffsetDateTime,
}

/// Which statements a list shows; None leaves a condition out.
#[derive(Debug, Default)]
pub struct StatementFilter {
    pub tenant: Option<TenantId>,
    pub state: Option<StatementState>,
    /// ISO 4217.
    pub currency: Option<String>,
}

/// Every read of statements is this query; `$rest` is its condition.
macro_rules! statement_rows {
    ($rest:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            Statement,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: StatementId", number, currency,
                      period_from, period_to, amount_minor, carried_minor, lines_count,
                      state AS "state: StatementState", drafted_at,
                      drafted_by AS "drafted_by: AccountId", approved_at,
                      approved_by AS "approved_by: AccountId", method AS "method: PayoutMethod",
                      gateway, attempt, returned, reference,
                      bank_file_id AS "bank_file: BankFileId", failure, sent_at, settled_at
               FROM statements "# + $rest
            $(, $bind)*
        )
    };
}

/// The statement; unknown is an error.
pub async fn get(conn: &mut PgConnection, tenant: TenantId, id: StatementId) -> Result<Statement> {
    let found = statement_rows!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0);
    found.fetch_optional(conn).await?.ok_or(Error::NotFound("statement"))
}

/// The statement, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, tenant: TenantId, id: StatementId) -> Result<Statement> {
    let found = statement_rows!("WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant.0, id.0);
    found.fetch_optional(conn).await?.ok_or(Error::NotFound("statement"))
}

/// Statements, the newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &StatementFilter,
    page: &PageQuery,
) -> Result<Vec<Statement>> {
    Ok(statement_rows!(
        "WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR state = $2)
           AND ($3::text IS NULL OR currency = $3) AND (drafted_at, id) < ($4, $5)
         ORDER BY drafted_at DESC, id DESC LIMIT $6",
        filter.tenant.map(|tenant| tenant.0),
        filter.state.map(|state| state.into_str()),
        filter.currency.as_deref(),
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// Approved statements of a currency that nobody began to pay, locked until the transaction ends, at most `limit`:
/// first those whose provider’s bank account is as it was at a time, the oldest first. Platform scope.
pub async fn lock_unpaid(
    conn: &mut PgConnection,
    currency: &str,
    changed_by: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Statement>> {
    Ok(statement_rows!(
        "WHERE state = 'approved' AND method IS NULL AND currency = $1
         ORDER BY EXISTS (
             SELECT FROM bank_accounts b
             WHERE b.tenant_id = statements.tenant_id AND b.changed_at <= $3
         ) DESC, drafted_at, id LIMIT $2 FOR UPDATE",
        currency,
        limit,
        changed_by,
    )
    .fetch_all(conn)
    .await?)
}

/// The provider's statements that are not sent, in minor units of a currency.
pub async fn unsent_minor(
    conn: &mut PgConnection,
    tenant: TenantId,
    currency: &str,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT bounded_sum(coalesce(sum(amount_minor), 0)) AS "unsent!" FROM statements
           WHERE tenant_id = $1 AND currency = $2 AND state IN ('drafted', 'approved', 'failed')"#,
        tenant.0,
        currency,
    )
    .fetch_one(conn)
    .await?)
}

/// When the provider's last statement in a currency ends.
pub async fn last_period_to(
    conn: &mut PgConnection,
    tenant: TenantId,
    currency: &str,
) -> Result<Option<OffsetDateTime>> {
    Ok(sqlx::query_scalar!(
        "SELECT max(period_to) FROM statements WHERE tenant_id = $1 AND currency = $2",
        tenant.0,
        currency,
    )
    .fetch_one(conn)
    .await?)
}

/// A statement's lines from after a position, the oldest first, at most `limit`.
pub async fn lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: StatementId,
    after: (OffsetDateTime, Uuid),
    limit: i64,
) -> Result<Vec<StatementLine>> {
    let rows = sqlx::query_as!(
        StatementLine,
        r#"SELECT entry_id AS entry, kind, order_number, parcel_id AS "parcel: ParcelId", note,
                  amount_minor, posted_at, matured_at
           FROM statement_lines
           WHERE tenant_id = $1 AND statement_id = $2 AND (posted_at, entry_id) > ($3, $4)
           ORDER BY posted_at, entry_id LIMIT $5"#,
        tenant.0,
        id.0,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// What a step changes of a statement.
#[derive(Debug)]
pub struct StatementMove<'a> {
    pub to: StatementState,
    pub method: Option<PayoutMethod>,
    pub gateway: Option<&'a str>,
    pub attempt: i32,
    pub reference: Option<&'a str>,
    pub bank_file: Option<BankFileId>,
    pub failure: Option<&'a str>,
}

/// Moves a locked statement, and returns it as it is now.
pub async fn move_to(
    conn: &mut PgConnection,
    statement: &Statement,
    step: &StatementMove<'_>,
    now: OffsetDateTime,
) -> Result<Statement> {
    sqlx::query!(
        "UPDATE statements
         SET state = $3, method = $4, attempt = $5, reference = $6, failure = $7, updated_at = $8,
             bank_file_id = $9, gateway = $10,
             returned = returned + CASE WHEN $3 = 'failed' AND sent_at IS NOT NULL THEN 1 ELSE 0 END,
             sent_at = CASE $3 WHEN 'sent' THEN $8 WHEN 'approved' THEN NULL ELSE sent_at END,
             settled_at = CASE WHEN $3 IN ('paid', 'failed') THEN $8::timestamptz END
         WHERE tenant_id = $1 AND id = $2",
        statement.tenant.0,
        statement.id.0,
        step.to.into_str(),
        step.method.map(|method| method.into_str()),
        step.attempt,
        step.reference,
        step.failure,
        now,
        step.bank_file.map(|file| file.0),
        step.gateway,
    )
    .execute(&mut *conn)
    .await?;
    get(conn, statement.tenant, statement.id).await
}

/// Approves a locked statement, and returns it as it is now.
pub async fn approve(
    conn: &mut PgConnection,
    statement: &Statement,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Statement> {
    sqlx::query!(
        "UPDATE statements SET state = 'approved', approved_at = $3, approved_by = $4, updated_at = $3
         WHERE tenant_id = $1 AND id = $2",
        statement.tenant.0,
        statement.id.0,
        now,
        by.0,
    )
    .execute(&mut *conn)
    .await?;
    get(conn, statement.tenant, statement.id).await
}
