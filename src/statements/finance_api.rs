//! The API of statements for SMP's finance: drafting, approving, sending, bank files, what became of it.

use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Path, Query},
    payload::{Json, PlainText},
};
use time::OffsetDateTime;

use super::{
    bank_file::{self, BankFile, LeftOut},
    draft, send,
    statement::{self, Statement, StatementFilter, StatementState},
    steps,
    views::{self, StatementView},
};
use crate::{
    access::{Member, Staff, Tag, accounts},
    kernel::{
        AccountId, BankFileId, Currency, Error, FieldErrors, Input, Money, Page, PageQuery, Result,
        StatementId, TenantId, validate,
    },
    platform::Platform,
};

pub struct StatementFinanceApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StatementDraftInput {
    /// Only for this provider; leave it out for all of them.
    tenant_id: Option<TenantId>,
}

/// What was drafted.
#[derive(Object)]
struct DraftedStatements {
    /// Empty when too little has matured. At most 500 are listed.
    items: Vec<StatementView>,
    /// How many were drafted.
    count: u64,
}

/// What became of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum SettledPayment {
    /// It has arrived.
    Paid,
    /// It came back.
    Failed,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StatementOutcomeInput {
    outcome: SettledPayment,
    /// Why it failed, for the provider's owners to read: 1 to 300 characters. Only with `failed`.
    reason: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BankFileInput {
    /// ISO 4217.
    currency: String,
}

/// A file with transfers for SMP's bank.
#[derive(Object)]
#[oai(rename = "BankFile")]
struct BankFileView {
    id: BankFileId,
    payments: i32,
    amount: Money,
    created_at: OffsetDateTime,
    /// The name of who made it.
    created_by: Option<String>,
}

/// A file that was made, and what it leaves out.
#[derive(Object)]
struct MadeBankFile {
    file: BankFileView,
    left_out: Vec<LeftOutStatement>,
}

/// An approved statement that is not in the file.
#[derive(Object)]
struct LeftOutStatement {
    id: StatementId,
    number: String,
    tenant_id: TenantId,
    amount: Money,
    /// Why, in a sentence.
    reason: String,
}

#[derive(ApiResponse)]
enum BankFileXml {
    /// ISO 20022, `pain.001.001.09`.
    #[oai(status = 200, content_type = "application/xml")]
    Xml(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

/// Statements that are listed of those that were drafted at once.
const LISTED_MAX: usize = 500;

#[OpenApi(tag = "Tag::Payouts")]
impl StatementFinanceApi {
    /// Statements of every provider
    ///
    /// What is to be paid and what was paid, the newest first.
    #[oai(path = "/statements", method = "get", operation_id = "statement_overview")]
    async fn statement_overview(
        &self,
        _staff: Staff,
        state: Query<Option<StatementState>>,
        /// ISO 4217.
        currency: Query<Option<String>>,
        /// Only those of this provider.
        tenant: Query<Option<TenantId>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<StatementView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let currency = currency.0.filter(|code| !code.is_empty());
        let currency = currency.map(|code| known_currency(&code)).transpose()?;
        let filter = StatementFilter {
            tenant: tenant.0,
            state: state.0,
            currency: currency.map(|currency| currency.code().to_owned()),
        };
        let mut tx = self.platform.db.platform("statements").await?;
        let found = statement::list(&mut tx, &filter, &page).await?;
        let (found, next_cursor) = page.cut(found, |one| (one.drafted_at, one.id.0));
        let items = views::statements(&mut tx, found).await?;
        Ok(Json(Page { items, next_cursor }))
    }

    /// Draft statements now
    ///
    /// The clock drafts them on Monday mornings; this drafts what has matured since, for one provider or for
    /// all. Less than the smallest payout, and debts, are carried over. Somebody else has to approve what
    /// was drafted by hand. Written to the audit log.
    #[oai(path = "/statements", method = "post", operation_id = "statement_draft")]
    async fn statement_draft(
        &self,
        staff: Staff,
        body: Input<StatementDraftInput>,
    ) -> Result<Json<DraftedStatements>> {
        let by = staff.0.account.id;
        let mut made = draft::draft_all(&self.platform, body.tenant_id, Some(by)).await?;
        let count = made.len() as u64;
        made.truncate(LISTED_MAX);
        let mut tx = self.platform.db.platform("drafted statements").await?;
        Ok(Json(DraftedStatements { items: views::statements(&mut tx, made).await?, count }))
    }

    /// Approve a statement
    ///
    /// From then on it can be sent. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:already_approved`, `urn:smp:second_person` for who drafted it.
    #[oai(
        path = "/providers/:tenant/statements/:statement/approval",
        method = "post",
        operation_id = "statement_approve"
    )]
    async fn statement_approve(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
    ) -> Result<Json<StatementView>> {
        member.require_step_up(self.platform.clock.now())?;
        let by = member.account();
        self.view(steps::approve(&self.platform, tenant.0, statement.0, by).await?).await
    }

    /// Send a statement's money to the provider's account
    ///
    /// Transfers it to the provider's account at the gateway, once, however often this is called. What the
    /// gateway refuses is answered with the statement, in the state `failed`. When the gateway does not
    /// answer, this is 503 and the statement stays approved. SMP then asks for the same transfer by itself, and so
    /// does sending it again. The owners are told. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:not_approved`, `urn:smp:payment_failed` before it is retried,
    /// `urn:smp:sent_by_bank`, `urn:smp:owed_less` when the provider is owed less than it by now,
    /// `urn:smp:payouts_not_ready` without an account that can be paid: then it goes into a bank file.
    #[oai(
        path = "/providers/:tenant/statements/:statement/transfer",
        method = "post",
        operation_id = "statement_send"
    )]
    async fn statement_send(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
    ) -> Result<Json<StatementView>> {
        member.require_step_up(self.platform.clock.now())?;
        let by = member.account();
        self.view(send::send(&self.platform, tenant.0, statement.0, by).await?).await
    }

    /// Note what became of a statement's money
    ///
    /// It has arrived, or it came back, and then SMP owes it again; owners and finance are told of that. What
    /// was transferred at the gateway is taken back there first. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:not_sent`, `urn:smp:payouts_refused` when the gateway does not give the
    /// transfer back.
    #[oai(
        path = "/providers/:tenant/statements/:statement/outcome",
        method = "post",
        operation_id = "statement_settle"
    )]
    async fn statement_settle(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
        body: Input<StatementOutcomeInput>,
    ) -> Result<Json<StatementView>> {
        member.require_step_up(self.platform.clock.now())?;
        let (platform, by) = (&self.platform, member.account());
        let settled = match body.outcome {
            SettledPayment::Paid => steps::note_paid(platform, tenant.0, statement.0, by).await?,
            SettledPayment::Failed => {
                let reason = body.reason.as_deref().unwrap_or_default();
                steps::note_failed(platform, tenant.0, statement.0, by, reason).await?
            }
        };
        self.view(settled).await
    }

    /// Pay a statement again whose payment failed
    ///
    /// It is approved again, and can be sent or put into a bank file as another payment. Written to the
    /// audit log.
    ///
    /// Refused with 409: `urn:smp:not_failed`, `urn:smp:owed_less` when the provider is owed less than it by
    /// now.
    #[oai(
        path = "/providers/:tenant/statements/:statement/retry",
        method = "post",
        operation_id = "statement_retry"
    )]
    async fn statement_retry(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        statement: Path<StatementId>,
    ) -> Result<Json<StatementView>> {
        member.require_step_up(self.platform.clock.now())?;
        let by = member.account();
        self.view(steps::retry(&self.platform, tenant.0, statement.0, by).await?).await
    }

    /// Make a bank file of approved statements
    ///
    /// All approved statements of a currency whose providers cannot be paid at the gateway, at most 500, as
    /// transfers for SMP's bank. They are sent from then on. Left out are providers without a bank account,
    /// those that changed it in the last three days, and those that are owed less by now. Written to the
    /// audit log.
    ///
    /// Refused with 409: `urn:smp:bank_not_set_up`, `urn:smp:nothing_to_pay`.
    #[oai(path = "/bank-files", method = "post", operation_id = "bank_file_create")]
    async fn bank_file_create(
        &self,
        staff: Staff,
        body: Input<BankFileInput>,
    ) -> Result<Json<MadeBankFile>> {
        staff.require_step_up(self.platform.clock.now())?;
        let currency = known_currency(&body.currency)?;
        let by = staff.0.account.id;
        let (file, left_out) = bank_file::create(&self.platform, currency, by).await?;
        let mut shown = self.files(vec![file]).await?;
        let file = shown.pop().ok_or(Error::NotFound("bank file"))?;
        let left_out = left_out.into_iter().map(LeftOutStatement::from).collect();
        Ok(Json(MadeBankFile { file, left_out }))
    }

    /// Bank files
    ///
    /// The newest first.
    #[oai(path = "/bank-files", method = "get", operation_id = "bank_file_list")]
    async fn bank_file_list(
        &self,
        _staff: Staff,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<BankFileView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("bank files").await?;
        let found = bank_file::list(&mut tx, &page).await?;
        drop(tx);
        let (found, next_cursor) = page.cut(found, |file| (file.created_at, file.id.0));
        Ok(Json(Page { items: self.files(found).await?, next_cursor }))
    }

    /// A bank file, for SMP's bank
    ///
    /// ISO 20022, `pain.001.001.09`: the same bytes each time, so that the bank knows a file it got before.
    /// It has the numbers of bank accounts, so who fetched it is written to the audit log.
    #[oai(path = "/bank-files/:file", method = "get", operation_id = "bank_file_get")]
    async fn bank_file_get(&self, staff: Staff, file: Path<BankFileId>) -> Result<BankFileXml> {
        staff.require_step_up(self.platform.clock.now())?;
        let xml = bank_file::content(&self.platform, file.0, staff.0.account.id).await?;
        let name = format!("attachment; filename=\"payouts-{}.xml\"", file.0);
        Ok(BankFileXml::Xml(PlainText(xml), name))
    }
}

impl StatementFinanceApi {
    async fn view(&self, found: Statement) -> Result<Json<StatementView>> {
        let mut tx = self.platform.db.platform("statement").await?;
        let shown = views::statements(&mut tx, vec![found]).await?.pop();
        Ok(Json(shown.ok_or(Error::NotFound("statement"))?))
    }

    async fn files(&self, found: Vec<BankFile>) -> Result<Vec<BankFileView>> {
        let people: Vec<AccountId> = found.iter().map(|file| file.created_by).collect();
        let mut tx = self.platform.db.platform("bank files").await?;
        let names = accounts::names(&mut tx, &people).await?;
        let view = |file: BankFile| BankFileView {
            id: file.id,
            payments: file.payments_count,
            amount: file.amount(),
            created_at: file.created_at,
            created_by: names.get(&file.created_by).cloned(),
        };
        Ok(found.into_iter().map(view).collect())
    }
}

impl From<LeftOut> for LeftOutStatement {
    fn from(left: LeftOut) -> Self {
        Self {
            id: left.statement.id,
            tenant_id: left.statement.tenant,
            amount: left.statement.amount(),
            number: left.statement.number,
            reason: left.reason,
        }
    }
}

fn known_currency(code: &str) -> Result<Currency> {
    let mut fields = FieldErrors::default();
    let currency = validate::currency(&mut fields, "currency", code);
    fields.finish()?;
    currency.ok_or(Error::NotFound("currency"))
}
