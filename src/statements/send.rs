//! Sending a statement's money to the provider's account at the gateway. What is to be sent is claimed first and
//! asked for by a key of its own, so that it is sent once, whoever presses how often on whichever node.

use sqlx::PgConnection;

use super::{
    statement::{self, PayoutMethod, Statement, StatementMove, StatementState},
    steps::{self, Sending, as_it_is},
    unfinished,
};
use crate::{
    kernel::{AccountId, Error, Result, StatementId, TenantId},
    ledger,
    payouts::{self, PayableAccount, PayoutOrder},
    platform::{FaultPoint, Platform},
};

/// Transfers an approved statement to the provider's account. A gateway that refuses makes it failed; one that
/// does not answer leaves it approved. Then a job asks for the same transfer, as does the next call.
pub async fn send(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
) -> Result<Statement> {
    let mut tx = platform.db.platform("claim statement").await?;
    let claim = claim(&mut tx, platform, tenant, id).await?;
    if let Claim::Mine(claimed, _) | Claim::Unpayable(claimed) = &claim {
        unfinished::expect_transfer(&mut tx, platform, claimed, by).await?;
    }
    tx.commit().await?;
    transfer(platform, claim, by).await
}

/// The same for a statement that was claimed before; its job does this.
pub async fn send_again(
    platform: &Platform,
    claimed: &Statement,
    by: AccountId,
) -> Result<Statement> {
    let mut tx = platform.db.platform("claim statement again").await?;
    let claim = claim(&mut tx, platform, claimed.tenant, claimed.id).await?;
    tx.commit().await?;
    transfer(platform, claim, by).await
}

/// Has the gateway make the transfer of a claimed statement, and keeps its answer.
async fn transfer(platform: &Platform, claim: Claim, by: AccountId) -> Result<Statement> {
    let (claimed, account) = match claim {
        Claim::Mine(claimed, account) => (claimed, account),
        Claim::Sent(sent) => return Ok(sent),
        Claim::Unpayable(claimed) => {
            let gateway = claimed.gateway.as_deref().unwrap_or_default();
            let made = payouts::paid_out(platform, gateway, &claimed.transfer_group()).await?;
            let reference = made.ok_or_else(not_ready)?;
            return finish(platform, &claimed, &reference, by).await;
        }
    };
    let order = PayoutOrder {
        to: &account,
        amount: &claimed.amount(),
        group: &claimed.transfer_group(),
        key: &claimed.attempt_key(),
    };
    platform.fault_point(FaultPoint::TransferClaimed);
    let made = payouts::pay_out(platform, &order).await;
    platform.fault_point(FaultPoint::TransferAnswered);
    let refused = match made {
        Ok(reference) => return finish(platform, &claimed, &reference, by).await,
        Err(Error::Conflict { detail, .. }) => detail,
        Err(Error::NotFound(what)) => format!("The gateway knows no such {what}."),
        Err(error) => return Err(error),
    };
    let now = platform.clock.now();
    let mut tx = platform.db.platform("payout refused").await?;
    let found = statement::lock(&mut tx, claimed.tenant, claimed.id).await?;
    if !is_same_attempt(&found, &claimed) {
        return Ok(found);
    }
    let failed = steps::fail(&mut tx, &found, &refused, now).await?;
    steps::note(&mut tx, by, "statement_send", &failed).await?;
    unfinished::forget_transfer(&mut tx, &claimed).await?;
    tx.commit().await?;
    Ok(failed)
}

enum Claim {
    Mine(Statement, PayableAccount),
    /// It was sent before.
    Sent(Statement),
    /// It was claimed before, for an account that cannot be paid any more: it may have been transferred already.
    Unpayable(Statement),
}

/// Makes sure that no bank file takes the statement while it is transferred.
async fn claim(
    conn: &mut PgConnection,
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
) -> Result<Claim> {
    let found = statement::lock(conn, tenant, id).await?;
    match (found.state, found.method) {
        (StatementState::Approved, _) => {}
        (StatementState::Sent | StatementState::Paid, Some(PayoutMethod::Connect)) => {
            return Ok(Claim::Sent(found));
        }
        (StatementState::Sent | StatementState::Paid, _) => {
            let detail = "This statement was sent in a bank file.";
            return Err(Error::conflict("sent_by_bank", detail));
        }
        (StatementState::Drafted, _) => {
            let detail = "This statement is not approved yet.";
            return Err(Error::conflict("not_approved", detail));
        }
        (StatementState::Failed, _) => {
            let detail = "The last payment of this statement failed. Retry it first.";
            return Err(Error::conflict("payment_failed", detail));
        }
    }
    let was_claimed = found.method.is_some();
    // What was claimed before may have been transferred already, so it is sent and booked to its end.
    if !was_claimed {
        steps::require_owed(conn, &found).await?;
    }
    let account = payouts::payable_account(conn, &platform.config, tenant).await?;
    // Another gateway knows nothing of a transfer that was begun at this one.
    let begun_at = found.gateway.as_deref();
    let account =
        account.filter(|account| begun_at.is_none_or(|gateway| gateway == account.gateway));
    let Some(account) = account else {
        return if was_claimed { Ok(Claim::Unpayable(found)) } else { Err(not_ready()) };
    };
    let step = StatementMove {
        method: Some(PayoutMethod::Connect),
        gateway: Some(account.gateway.as_str()),
        ..as_it_is(&found)
    };
    let claimed = statement::move_to(conn, &found, &step, platform.clock.now()).await?;
    Ok(Claim::Mine(claimed, account))
}

fn not_ready() -> Error {
    let detail = "This provider has no account that can be paid by transfer. Pay it by bank file, or \
                  wait until its payouts are set up.";
    Error::conflict("payouts_not_ready", detail)
}

/// Keeps the transfer that was made, unless another call did.
async fn finish(
    platform: &Platform,
    claimed: &Statement,
    reference: &str,
    by: AccountId,
) -> Result<Statement> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("statement sent").await?;
    let found = statement::lock(&mut tx, claimed.tenant, claimed.id).await?;
    // Another call of the same attempt may have been refused before this one was not: the money is sent.
    let was_refused = found.state == StatementState::Failed
        && found.sent_at.is_none()
        && found.attempt == claimed.attempt;
    if !was_refused && !is_same_attempt(&found, claimed) {
        return Ok(found);
    }
    let gateway = claimed.gateway.as_deref().unwrap_or_default();
    let sending = Sending { method: PayoutMethod::Connect, gateway, reference, bank_file: None };
    let (sent, posted) = steps::mark_sent(&mut tx, &found, sending, by, now).await?;
    unfinished::forget_transfer(&mut tx, claimed).await?;
    ledger::post(&mut tx, &[posted], now).await?;
    platform.fault_point(FaultPoint::TransferBooked);
    tx.commit().await?;
    platform.fault_point(FaultPoint::TransferSent);
    Ok(sent)
}

/// Whether nobody moved the statement on since it was claimed.
fn is_same_attempt(found: &Statement, claimed: &Statement) -> bool {
    found.state == StatementState::Approved && found.attempt == claimed.attempt
}
