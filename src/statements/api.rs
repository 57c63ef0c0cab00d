//! The API of statements for a provider's owner, and for SMP's finance: what is owed, statements and their
//! lines, the bank account.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::{Json, PlainText},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    balance,
    bank_account::{self, NewBankAccount},
    maturity::next_run,
    policy::LINES_MAX,
    statement::{self, Statement, StatementFilter, StatementLine},
    views::{self, BankAccountView, PayoutBalanceView, StatementLineView, StatementView},
};
use crate::{
    access::{Member, Tag},
    kernel::{Csv, Error, Input, Page, PageQuery, Result, StatementId, TenantId},
    platform::Platform,
};

/// Lines that are shown with a statement; the CSV file has all of them.
const SHOWN_LINES_MAX: i64 = 500;
const CSV_HEADER: [&str; 8] =
    ["posted_at", "matured_at", "kind", "order", "parcel", "note", "amount_minor", "currency"];

pub struct StatementsApi {
    pub platform: Platform,
}

/// What a provider is owed.
#[derive(Object)]
struct PayoutBalances {
    /// One for each currency in which it sold something.
    items: Vec<PayoutBalanceView>,
    /// When statements are drafted next.
    next_drafted_at: OffsetDateTime,
}

/// A statement with its lines.
#[derive(Object)]
struct StatementDetail {
    statement: StatementView,
    /// The oldest 500 lines, the oldest first; the CSV file has all of them.
    lines: Vec<StatementLineView>,
}

/// The bank account of a provider.
#[derive(Object)]
struct BankAccountState {
    /// Null as long as the owner has not entered one.
    account: Option<BankAccountView>,
}

#[derive(Object)]
#[oai(rename = "BankAccountInput", deny_unknown_fields)]
struct BankAccountInput {
    /// Who holds the account: 1 to 70 characters.
    holder: String,
    /// The number (IBAN), in groups or not.
    iban: String,
    /// The code of the bank (BIC): 8 or 11 characters.
    bic: String,
}

#[derive(ApiResponse)]
enum StatementCsv {
    /// One line an entry, the oldest first. UTF-8 with a byte order mark.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Payouts")]
impl StatementsApi {
    /// What a provider is owed, and when it is paid
    ///
    /// Goods are paid 14 days after they were delivered, or 30 days after they were shipped if nobody marked
    /// them as delivered; vouchers and reservations 14 days after the order. A parcel with an open dispute or
    /// a refund under way waits. What has matured is drafted in statements on Monday mornings.
    #[oai(
        path = "/providers/:tenant/payouts/balance",
        method = "get",
        operation_id = "payout_balance_get"
    )]
    async fn payout_balance_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<PayoutBalances>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("payout balance").await?;
        let found = balance::of_provider(&mut tx, tenant.0, now).await?;
        Ok(Json(PayoutBalances {
            items: found.into_iter().map(PayoutBalanceView::from).collect(),
            next_drafted_at: next_run(now),
        }))
    }

    /// A provider's statements
    ///
    /// What was paid to the provider and what is to be paid, the newest first.
    #[oai(path = "/providers/:tenant/statements", method = "get", operation_id = "statement_list")]
    async fn statement_list(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<StatementView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let filter = StatementFilter { tenant: Some(tenant.0), ..StatementFilter::default() };
        let mut tx = self.platform.db.platform("statements of provider").await?;
        let found = statement::list(&mut tx, &filter, &page).await?;
        let (found, next_cursor) = page.cut(found, |one| (one.drafted_at, one.id.0));
        let items = views::statements(&mut tx, found).await?;
        Ok(Json(Page { items, next_cursor }))
    }

    /// One statement, with its lines
    ///
    /// Each line is an entry of the ledger, with the order it follows from.
    #[oai(
        path = "/providers/:tenant/statements/:statement",
        method = "get",
        operation_id = "statement_get"
    )]
    async fn statement_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
    ) -> Result<Json<StatementDetail>> {
        let mut tx = self.platform.db.platform("statement").await?;
        let found = statement::get(&mut tx, tenant.0, statement.0).await?;
        let start = (OffsetDateTime::UNIX_EPOCH, Uuid::nil());
        let lines =
            statement::lines(&mut tx, tenant.0, statement.0, start, SHOWN_LINES_MAX).await?;
        let view = |line| StatementLineView::new(line, &found.currency);
        let lines = lines.into_iter().map(view).collect();
        let shown = views::statements(&mut tx, vec![found]).await?.pop();
        let shown = shown.ok_or(Error::NotFound("statement"))?;
        Ok(Json(StatementDetail { statement: shown, lines }))
    }

    /// A statement's lines as CSV
    ///
    /// Every line, the oldest first, in UTF-8 with a byte order mark. Amounts are in minor units.
    #[oai(
        path = "/providers/:tenant/statements/:statement/lines.csv",
        method = "get",
        operation_id = "statement_csv"
    )]
    async fn statement_csv(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
    ) -> Result<StatementCsv> {
        let mut tx = self.platform.db.platform("statement csv").await?;
        let found = statement::get(&mut tx, tenant.0, statement.0).await?;
        let start = (OffsetDateTime::UNIX_EPOCH, Uuid::nil());
        let lines = statement::lines(&mut tx, tenant.0, statement.0, start, LINES_MAX).await?;
        let name = format!("attachment; filename=\"{}.csv\"", found.number);
        Ok(StatementCsv::Csv(PlainText(csv(&found, &lines)?), name))
    }

    /// A provider's bank account
    ///
    /// Where it is paid by bank transfer when it cannot be paid at the gateway. The number is masked.
    #[oai(
        path = "/providers/:tenant/bank-account",
        method = "get",
        operation_id = "bank_account_get"
    )]
    async fn bank_account_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<BankAccountState>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let account = bank_account::find(&mut tx, tenant.0).await?;
        Ok(Json(BankAccountState { account: account.map(BankAccountView::from) }))
    }

    /// Enter or change a provider's bank account
    ///
    /// The number is checked by its check digits and kept encrypted. Nothing is paid to the account for three
    /// days, and all owners are told by email, so that a change that nobody wanted is noticed. Written to
    /// the audit log.
    ///
    /// Refused with 409: `urn:smp:provider_rejected`.
    #[oai(
        path = "/providers/:tenant/bank-account",
        method = "put",
        operation_id = "bank_account_set"
    )]
    async fn bank_account_set(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<BankAccountInput>,
    ) -> Result<Json<BankAccountState>> {
        member.require_step_up(self.platform.clock.now())?;
        let new = NewBankAccount { holder: &body.holder, iban: &body.iban, bic: &body.bic };
        let kept = bank_account::set(&self.platform, tenant.0, member.account(), &new).await?;
        Ok(Json(BankAccountState { account: Some(kept.into()) }))
    }
}

fn csv(found: &Statement, lines: &[StatementLine]) -> Result<String> {
    let mut table = Csv::new(&CSV_HEADER)?;
    for line in lines {
        table.row([
            &line.posted_at.format(&Rfc3339).map_err(anyhow::Error::from)?,
            &line.matured_at.format(&Rfc3339).map_err(anyhow::Error::from)?,
            &line.kind,
            line.order_number.as_deref().unwrap_or_default(),
            &line.parcel.map(|parcel| parcel.to_string()).unwrap_or_default(),
            &line.note,
            &line.amount_minor.to_string(),
            &found.currency,
        ])?;
    }
    table.finish()
}
