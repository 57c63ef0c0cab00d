//! A statement's way: drafted → approved → sent → paid or failed, and approved again.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    payable,
    statement::{self, PayoutMethod, Statement, StatementMove, StatementState},
    unfinished,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        AccountId, BankFileId, Error, FieldErrors, Money, Result, StatementId, TenantId, validate,
    },
    ledger::{self, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
    payouts::{self, ReversalOrder},
    platform::{FaultPoint, Platform},
};

/// Longest reason for a failure, in characters.
const FAILURE_CHARS_MAX: usize = 300;

/// Approves a drafted statement. A second person has to: whoever drafted it by hand is refused.
pub async fn approve(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
) -> Result<Statement> {
    let mut tx = platform.db.platform("approve statement").await?;
    let found = statement::lock(&mut tx, tenant, id).await?;
    if found.state != StatementState::Drafted {
        let detail = "This statement was approved already.";
        return Err(Error::conflict("already_approved", detail));
    }
    if found.drafted_by == Some(by) {
        let detail = "You drafted this statement, so somebody else of finance has to approve it.";
        return Err(Error::conflict("second_person", detail));
    }
    let approved = statement::approve(&mut tx, &found, by, platform.clock.now()).await?;
    note(&mut tx, by, "statement_approve", &approved).await?;
    tx.commit().await?;
    platform.fault_point(FaultPoint::StatementApproved);
    Ok(approved)
}

/// Notes that the money of a statement that was sent has arrived.
pub async fn note_paid(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
) -> Result<Statement> {
    let mut tx = platform.db.platform("statement paid").await?;
    let found = statement::lock(&mut tx, tenant, id).await?;
    match found.state {
        StatementState::Sent => {}
        StatementState::Paid => return Ok(found),
        _ => return Err(not_sent()),
    }
    let step = StatementMove { to: StatementState::Paid, ..as_it_is(&found) };
    let paid = statement::move_to(&mut tx, &found, &step, platform.clock.now()).await?;
    note(&mut tx, by, "statement_settle", &paid).await?;
    tx.commit().await?;
    platform.fault_point(FaultPoint::StatementPaid);
    Ok(paid)
}

/// Notes that the money of a statement that was sent came back, even after it had arrived. SMP owes it again. A
/// transfer at the gateway is taken back first, so that another payment is not the second one; if the gateway
/// refuses that, the statement stays as it is. A job of its own ends what this process does not.
pub async fn note_failed(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
    reason: &str,
) -> Result<Statement> {
    let mut fields = FieldErrors::default();
    let reason = validate::line(&mut fields, "reason", reason, 1, FAILURE_CHARS_MAX);
    fields.finish()?;
    let mut tx = platform.db.platform("statement that was sent").await?;
    let sent = statement::lock(&mut tx, tenant, id).await?;
    match sent.state {
        StatementState::Sent | StatementState::Paid => {}
        StatementState::Failed => return Ok(sent),
        _ => return Err(not_sent()),
    }
    if sent.method == Some(PayoutMethod::Connect) {
        unfinished::expect_reversal(&mut tx, platform, &sent, by, &reason).await?;
    }
    tx.commit().await?;
    take_back_and_fail(platform, &sent, by, &reason).await
}

/// Takes the transfer of a statement that was sent back, and notes that the statement failed.
pub async fn take_back_and_fail(
    platform: &Platform,
    sent: &Statement,
    by: AccountId,
    reason: &str,
) -> Result<Statement> {
    if let Err(error) = take_back(platform, sent).await {
        if matches!(error, Error::Conflict { .. } | Error::NotFound(_)) {
            let mut tx = platform.db.platform("reversal refused").await?;
            unfinished::forget_reversal(&mut tx, sent).await?;
            tx.commit().await?;
        }
        return Err(error);
    }
    let now = platform.clock.now();
    let mut tx = platform.db.platform("statement failed").await?;
    let found = statement::lock(&mut tx, sent.tenant, sent.id).await?;
    match found.state {
        // Another attempt was not taken back.
        StatementState::Sent | StatementState::Paid if found.attempt == sent.attempt => {}
        StatementState::Failed => return Ok(found),
        _ => return Err(not_sent()),
    }
    let failed = fail(&mut tx, &found, reason, now).await?;
    note(&mut tx, by, "statement_settle", &failed).await?;
    unfinished::forget_reversal(&mut tx, sent).await?;
    ledger::post(&mut tx, &[transfer(&failed, TransferKind::PayoutFailed)], now).await?;
    platform.fault_point(FaultPoint::ReversalBooked);
    tx.commit().await?;
    platform.fault_point(FaultPoint::StatementFailed);
    Ok(failed)
}

/// Takes the transfer of a statement back at its gateway. What a bank sends back comes by itself.
async fn take_back(platform: &Platform, sent: &Statement) -> Result<()> {
    let (Some(PayoutMethod::Connect), Some(gateway), Some(transfer)) =
        (sent.method, sent.gateway.as_deref(), sent.reference.as_deref())
    else {
        return Ok(());
    };
    let key = sent.attempt_key();
    let order = ReversalOrder { transfer, amount_minor: sent.amount_minor, key: &key };
    platform.fault_point(FaultPoint::ReversalRecorded);
    payouts::take_back(platform, gateway, &order).await?;
    platform.fault_point(FaultPoint::ReversalAnswered);
    Ok(())
}

/// Lets a failed statement be sent again, as another attempt.
pub async fn retry(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
) -> Result<Statement> {
    let mut tx = platform.db.platform("retry statement").await?;
    let found = statement::lock(&mut tx, tenant, id).await?;
    if found.state != StatementState::Failed {
        let detail = "Only a statement whose payment failed is sent again.";
        return Err(Error::conflict("not_failed", detail));
    }
    require_owed(&mut tx, &found).await?;
    let step = StatementMove {
        to: StatementState::Approved,
        method: None,
        gateway: None,
        attempt: found.attempt + 1,
        reference: None,
        bank_file: None,
        failure: None,
    };
    let again = statement::move_to(&mut tx, &found, &step, platform.clock.now()).await?;
    note(&mut tx, by, "statement_retry", &again).await?;
    tx.commit().await?;
    Ok(again)
}

/// An [`Error::Conflict`] if SMP owes the provider less than the statement by now. Platform scope.
pub async fn require_owed(conn: &mut PgConnection, statement: &Statement) -> Result<()> {
    let owed_minor = payable::balance_in(conn, statement.tenant, &statement.currency).await?;
    owed_less(statement, owed_minor)
        .map_or(Ok(()), |detail| Err(Error::conflict("owed_less", detail)))
}

/// Why a statement is not sent, and what to do, if SMP owes its provider less than it: these minor units.
pub fn owed_less(statement: &Statement, owed_minor: i64) -> Option<String> {
    let owed = Money::new(owed_minor, &statement.currency);
    (owed_minor < statement.amount_minor).then(|| {
        format!(
            "This statement is of {}, but SMP owes the provider only {owed} by now, because of refunds or \
             disputes since it was drafted. Send it once the provider’s next sales make up for them.",
            statement.amount()
        )
    })
}

/// How the money of a statement was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    pub method: PayoutMethod,
    pub gateway: &'a str,
    pub reference: &'a str,
    pub bank_file: Option<BankFileId>,
}

/// Moves a locked statement to sent, and gives what the caller posts last. Publishes `statement.sent`. Platform
/// scope.
pub async fn mark_sent(
    conn: &mut PgConnection,
    found: &Statement,
    sending: Sending<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(Statement, LedgerTransfer)> {
    let step = StatementMove {
        to: StatementState::Sent,
        method: Some(sending.method),
        gateway: Some(sending.gateway),
        attempt: found.attempt,
        reference: Some(sending.reference),
        bank_file: sending.bank_file,
        failure: None,
    };
    let sent = statement::move_to(conn, found, &step, now).await?;
    tell(conn, &sent, "statement.sent").await?;
    note(conn, by, "statement_send", &sent).await?;
    let posted = transfer(&sent, TransferKind::Payout);
    Ok((sent, posted))
}

/// Moves a locked statement to failed. Publishes `statement.failed`. Platform scope.
pub async fn fail(
    conn: &mut PgConnection,
    found: &Statement,
    reason: &str,
    now: OffsetDateTime,
) -> Result<Statement> {
    let step =
        StatementMove { to: StatementState::Failed, failure: Some(reason), ..as_it_is(found) };
    let failed = statement::move_to(conn, found, &step, now).await?;
    tell(conn, &failed, "statement.failed").await?;
    Ok(failed)
}

/// A step that changes nothing but what is set beside it.
pub fn as_it_is(found: &Statement) -> StatementMove<'_> {
    StatementMove {
        to: found.state,
        method: found.method,
        gateway: found.gateway.as_deref(),
        attempt: found.attempt,
        reference: found.reference.as_deref(),
        bank_file: found.bank_file,
        failure: found.failure.as_deref(),
    }
}

fn not_sent() -> Error {
    Error::conflict("not_sent", "No money of this statement is on its way.")
}

/// What the ledger posts when an attempt is sent, or when its money came back.
fn transfer(statement: &Statement, kind: TransferKind) -> LedgerTransfer {
    let (word, sign) = match kind {
        TransferKind::PayoutFailed => ("payout_failed", -1),
        _ => ("payout", 1),
    };
    let entry = |account, tenant, gateway: &str, amount_minor| LedgerEntry {
        account,
        tenant,
        gateway: gateway.to_owned(),
        parcel: None,
        line: None,
        amount_minor,
    };
    let amount = sign * statement.amount_minor;
    let gateway = payouts::cash_gateway(statement.gateway.as_deref().unwrap_or_default());
    LedgerTransfer {
        key: format!("{word}:{}", statement.attempt_key()),
        kind,
        currency: statement.currency.clone(),
        order: None,
        payment: None,
        note: format!("Statement {}", statement.number),
        entries: vec![
            entry(LedgerAccount::ProviderPayable, statement.tenant, "", amount),
            entry(LedgerAccount::GatewayCash, TenantId::PLATFORM, gateway, -amount),
        ],
    }
}

async fn tell(conn: &mut PgConnection, statement: &Statement, kind: &str) -> Result<()> {
    let payload = json!({
        "statement_id": statement.id,
        "number": statement.number,
        "amount": statement.amount(),
        "attempt": statement.attempt,
    });
    events::publish(conn, statement.tenant, kind, &payload).await
}

/// The audit entry of a step that a person took.
pub async fn note(
    conn: &mut PgConnection,
    by: AccountId,
    action: &str,
    statement: &Statement,
) -> Result<()> {
    let details = json!({
        "state": statement.state,
        "amount_minor": statement.amount_minor,
        "currency": statement.currency,
        "method": statement.method,
        "attempt": statement.attempt,
        "payment": statement.reference,
        "failure": statement.failure,
    });
    let (actor, tenant) = (Actor::Account(by), statement.tenant);
    audit::record(conn, actor, tenant, action, &statement.subject(), &details).await
}
