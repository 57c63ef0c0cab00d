//! Sending a statement's money to the provider's account at the gateway. What is to be sent is claimed first and
//! asked for by a key of its own, so that it is sent once, whoever presses how often on whichever node.

use super::{
    statement::{self, PayoutMethod, Statement, StatementMove, StatementState},
    steps::{self, Sending, as_it_is},
};
use crate::{
    kernel::{AccountId, Error, Result, StatementId, TenantId},
    ledger,
    payouts::{self, PayableAccount, PayoutOrder},
    platform::Platform,
};

/// Transfers an approved statement to the provider's account. A gateway that refuses makes it failed; one that
/// does not answer leaves it approved, and the next call asks for the same transfer.
pub async fn send(
    platform: &Platform,
    tenant: TenantId,
    id: StatementId,
    by: AccountId,
) -> Result<Statement> {
    let (claimed, account) = match claim(platform, tenant, id).await? {
        Claim::Mine(claimed, account) => (claimed, account),
        Claim::Sent(sent) => return Ok(sent),
    };
    let order = PayoutOrder {
        to: &account,
        amount: &claimed.amount(),
        group: &claimed.transfer_group(),
        key: &claimed.attempt_key(),
    };
    let made = payouts::pay_out(platform, &order).await;
    let refused = match made {
        Ok(reference) => return finish(platform, &claimed, &reference, by).await,
        Err(Error::Conflict { detail, .. }) => detail,
        Err(Error::NotFound(what)) => format!("The gateway knows no such {what}."),
        Err(error) => return Err(error),
    };
    let now = platform.clock.now();
    let mut tx = platform.db.platform("payout refused").await?;
    let found = statement::lock(&mut tx, tenant, id).await?;
    if !is_same_attempt(&found, &claimed) {
        return Ok(found);
    }
    let failed = steps::fail(&mut tx, &found, &refused, now).await?;
    steps::note(&mut tx, by, "statement_send", &failed).await?;
    tx.commit().await?;
    Ok(failed)
}

enum Claim {
    Mine(Statement, PayableAccount),
    /// It was sent before.
    Sent(Statement),
}

/// Makes sure that no bank file takes the statement while it is transferred.
async fn claim(platform: &Platform, tenant: TenantId, id: StatementId) -> Result<Claim> {
    let mut tx = platform.db.platform("claim statement").await?;
    let found = statement::lock(&mut tx, tenant, id).await?;
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
    // What was claimed before may have been transferred already, so it is sent and booked to its end.
    if found.method.is_none() {
        steps::require_owed(&mut tx, &found).await?;
    }
    let account = payouts::payable_account(&mut tx, &platform.config, tenant).await?;
    let Some(account) = account else {
        let detail = "This provider has no account that can be paid by transfer. Pay it by bank \
                      file, or wait until its payouts are set up.";
        return Err(Error::conflict("payouts_not_ready", detail));
    };
    let step = StatementMove {
        method: Some(PayoutMethod::Connect),
        gateway: Some(account.gateway.as_str()),
        ..as_it_is(&found)
    };
    let claimed = statement::move_to(&mut tx, &found, &step, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(Claim::Mine(claimed, account))
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
    ledger::post(&mut tx, &[posted], now).await?;
    tx.commit().await?;
    Ok(sent)
}

/// Whether nobody moved the statement on since it was claimed.
fn is_same_attempt(found: &Statement, claimed: &Statement) -> bool {
    found.state == StatementState::Approved && found.attempt == claimed.attempt
}
