//! Statements as the API shows them.

use std::collections::HashMap;

use poem_openapi::Object;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    balance::ProviderBalance,
    bank_account::BankAccount,
    maturity::AwaitedEvidence,
    policy,
    statement::{PayoutMethod, Statement, StatementLine, StatementState},
};
use crate::{
    access::accounts,
    kernel::{AccountId, Money, ParcelId, Result, StatementId, TenantId},
    providers::{self, Seller},
};

/// What SMP pays a provider in one currency for what has matured.
#[derive(Object)]
#[oai(rename = "Statement")]
pub struct StatementView {
    pub id: StatementId,
    /// By which people know it: `ST-10001`.
    pub number: String,
    pub provider: StatementProvider,
    /// What is paid: the sum of the lines.
    pub amount: Money,
    /// What of it had matured before the period: too little was left for a statement of its own, or there was
    /// a debt.
    pub carried: Money,
    /// The time it is about.
    pub period_from: OffsetDateTime,
    pub period_to: OffsetDateTime,
    pub lines: i32,
    pub state: StatementState,
    pub drafted_at: OffsetDateTime,
    /// The name of who drafted it by hand; null when the clock did.
    pub drafted_by: Option<String>,
    pub approved_at: Option<OffsetDateTime>,
    pub approved_by: Option<String>,
    /// How it is paid; null as long as no payment was begun.
    pub method: Option<PayoutMethod>,
    /// Counts its payments, from 1: a payment that failed can be made again.
    pub attempt: i32,
    /// The gateway’s id of the transfer, or the id of the bank file.
    pub reference: Option<String>,
    /// Why the last payment failed.
    pub failure: Option<String>,
    pub sent_at: Option<OffsetDateTime>,
    /// When the money arrived, or the payment failed.
    pub settled_at: Option<OffsetDateTime>,
}

/// Whom a statement pays.
#[derive(Object)]
pub struct StatementProvider {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

/// An entry of the ledger that a statement pays.
#[derive(Object)]
#[oai(rename = "StatementLine")]
pub struct StatementLineView {
    /// The id of the ledger’s entry.
    pub entry_id: Uuid,
    /// What it follows from: `sale`, `refund`, `cash_collected`, `dispute_opened`, `adjustment`, …
    pub kind: String,
    pub order_number: Option<String>,
    pub parcel_id: Option<ParcelId>,
    pub note: String,
    /// Above 0 for what the provider is owed, below for what it owes.
    pub amount: Money,
    pub posted_at: OffsetDateTime,
    /// When it became payable.
    pub matured_at: OffsetDateTime,
}

/// What a provider is owed in a currency.
#[derive(Object)]
#[oai(rename = "PayoutBalance")]
pub struct PayoutBalanceView {
    /// All that SMP owes the provider; below 0 is a debt of the provider’s, which its next sales pay.
    pub owed: Money,
    /// What of it stands in statements that are not sent yet.
    pub in_statements: Money,
    /// What of it has matured since, and will be in the next statement.
    pub ready: Money,
    /// What matures later, by the time of the statements it will be in.
    pub upcoming: Vec<UpcomingPayout>,
    /// What waits for something else.
    pub waiting: Vec<AwaitedPayout>,
    /// Less than this is not paid, but carried over.
    pub minimum: Money,
}

#[derive(Object)]
pub struct UpcomingPayout {
    /// When the statements are drafted that have it.
    pub drafted_at: OffsetDateTime,
    pub amount: Money,
}

#[derive(Object)]
pub struct AwaitedPayout {
    pub evidence: AwaitedEvidence,
    pub amount: Money,
}

/// Where a provider is paid by bank transfer.
#[derive(Object)]
#[oai(rename = "BankAccount")]
pub struct BankAccountView {
    pub holder: String,
    /// The number’s country and last four characters; nobody is shown all of it.
    pub iban: String,
    pub bic: String,
    pub changed_at: OffsetDateTime,
    /// Nothing is paid to it before: a change waits three days.
    pub payable_from: OffsetDateTime,
}

impl StatementView {
    fn new(
        statement: Statement,
        provider: StatementProvider,
        names: &HashMap<AccountId, String>,
    ) -> Self {
        let name = |id: Option<AccountId>| id.and_then(|id| names.get(&id).cloned());
        Self {
            id: statement.id,
            amount: statement.amount(),
            carried: Money::new(statement.carried_minor, &statement.currency),
            provider,
            number: statement.number,
            period_from: statement.period_from,
            period_to: statement.period_to,
            lines: statement.lines_count,
            state: statement.state,
            drafted_at: statement.drafted_at,
            drafted_by: name(statement.drafted_by),
            approved_at: statement.approved_at,
            approved_by: name(statement.approved_by),
            method: statement.method,
            attempt: statement.attempt,
            reference: statement.reference,
            failure: statement.failure,
            sent_at: statement.sent_at,
            settled_at: statement.settled_at,
        }
    }
}

/// Statements as people see them, in the order given. Platform scope.
pub async fn statements(
    conn: &mut PgConnection,
    found: Vec<Statement>,
) -> Result<Vec<StatementView>> {
    let tenants: Vec<TenantId> = found.iter().map(|statement| statement.tenant).collect();
    let sellers = providers::sellers(conn, &tenants).await?;
    let people = found.iter().flat_map(|statement| [statement.drafted_by, statement.approved_by]);
    let people: Vec<AccountId> = people.flatten().collect();
    let names = accounts::names(conn, &people).await?;
    let view = |statement: Statement| {
        let seller: &Seller = sellers.get(&statement.tenant)?;
        let provider = StatementProvider {
            id: seller.tenant,
            slug: seller.slug.clone(),
            name: seller.name.clone(),
        };
        Some(StatementView::new(statement, provider, &names))
    };
    Ok(found.into_iter().filter_map(view).collect())
}

impl StatementLineView {
    pub fn new(line: StatementLine, currency: &str) -> Self {
        Self {
            entry_id: line.entry,
            kind: line.kind,
            order_number: line.order_number,
            parcel_id: line.parcel,
            note: line.note,
            amount: Money::new(line.amount_minor, currency),
            posted_at: line.posted_at,
            matured_at: line.matured_at,
        }
    }
}

impl From<ProviderBalance> for PayoutBalanceView {
    fn from(balance: ProviderBalance) -> Self {
        let money = |minor| Money::new(minor, &balance.currency);
        let outlook = &balance.outlook;
        let upcoming = outlook.upcoming.iter();
        let waiting = outlook.waiting.iter();
        Self {
            owed: money(balance.owed_minor),
            in_statements: money(balance.unsent_minor),
            ready: money(outlook.ready_minor),
            upcoming: upcoming
                .map(|(at, minor)| UpcomingPayout { drafted_at: *at, amount: money(*minor) })
                .collect(),
            waiting: waiting
                .map(|(what, minor)| AwaitedPayout { evidence: *what, amount: money(*minor) })
                .collect(),
            minimum: money(policy::minimum(&balance.currency)),
        }
    }
}

impl From<BankAccount> for BankAccountView {
    fn from(account: BankAccount) -> Self {
        Self {
            payable_from: account.payable_from(),
            holder: account.holder,
            iban: account.masked,
            bic: account.bic,
            changed_at: account.changed_at,
        }
    }
}
