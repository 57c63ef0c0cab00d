//! Finishing what a process left between the gateway and the books: the gateway is asked again, which knows what was
//! made before, and its answer is booked.

use super::{
    send,
    statement::{self, PayoutMethod, Statement, StatementState},
    steps,
    unfinished::{UnfinishedReversal, UnfinishedTransfer},
};
use crate::{
    kernel::{Error, Result, StatementId, TenantId},
    platform::Platform,
};

/// Finishes a transfer, unless that was done. An error when it is still not known, or cannot be made now: the job
/// comes again.
pub async fn finish_transfer(platform: &Platform, job: &UnfinishedTransfer) -> Result<()> {
    let found = current(platform, job.tenant_id, job.statement_id).await?;
    let is_unfinished = found.state == StatementState::Approved
        && found.method == Some(PayoutMethod::Connect)
        && found.attempt == job.attempt;
    if is_unfinished {
        send::send_again(platform, &found, job.by).await?;
    }
    Ok(())
}

/// Finishes a reversal, unless that was done. One that the gateway refuses leaves the statement as it is.
pub async fn finish_reversal(platform: &Platform, job: &UnfinishedReversal) -> Result<()> {
    let found = current(platform, job.tenant_id, job.statement_id).await?;
    let is_sent = matches!(found.state, StatementState::Sent | StatementState::Paid);
    if !is_sent || found.attempt != job.attempt {
        return Ok(());
    }
    match steps::take_back_and_fail(platform, &found, job.by, &job.reason).await {
        Err(error @ (Error::Conflict { .. } | Error::NotFound(_))) => {
            let causes = error.causes();
            tracing::warn!(statement = found.number, "a transfer was not taken back: {causes}");
            Ok(())
        }
        done => done.map(drop),
    }
}

async fn current(platform: &Platform, tenant: TenantId, id: StatementId) -> Result<Statement> {
    let mut tx = platform.db.platform("unfinished statement").await?;
    statement::get(&mut tx, tenant, id).await
}
