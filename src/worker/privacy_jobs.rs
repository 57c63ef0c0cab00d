//! The jobs of a person's data: they ask every slice, notifications included.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::tools::{Tools, give_way, tools};
use crate::{
    kernel::{AccountId, Result},
    notifications,
    privacy::{self, ErasureLink, ExportJob},
};

/// Writes the export of a person's data and tells them.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExportData(ExportJob);

impl TaskHandler for ExportData {
    const IDENTIFIER: &'static str = privacy::EXPORT;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        give_way(&ctx).await;
        export(&tools(&ctx)?, self.0).await.map_err(|error| error.causes())
    }
}

async fn export(tools: &Tools, job: ExportJob) -> Result<()> {
    let platform = &tools.platform;
    let mut tx = platform.db.platform("export of messages").await?;
    let messages = notifications::export_of(&mut tx, job.account_id).await?;
    drop(tx);
    let Some(written) = privacy::write_export(platform, job, messages).await? else {
        return Ok(());
    };
    let mut tx = platform.db.platform("export ready").await?;
    let is_kept = privacy::finish_export(&mut tx, &written, platform.clock.now()).await?;
    if is_kept {
        notifications::export_ready(platform, &tools.themes, &mut tx, &written).await?;
    }
    tx.commit().await?;
    if is_kept { Ok(()) } else { privacy::discard_export(platform, job).await }
}

/// Mails the link that confirms an erasure. Its secret exists in this job only.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailErasureLink(ErasureLink);

impl TaskHandler for MailErasureLink {
    const IDENTIFIER: &'static str = privacy::ERASURE_EMAIL;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        notifications::erasure_link(&tools.platform, &tools.themes, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Erases an account that was shut.
#[derive(Serialize, Deserialize)]
pub struct EraseAccount {
    account_id: AccountId,
}

impl TaskHandler for EraseAccount {
    const IDENTIFIER: &'static str = privacy::ERASE;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        give_way(&ctx).await;
        erase(&tools(&ctx)?, self.account_id).await.map_err(|error| error.causes())
    }
}

async fn erase(tools: &Tools, account: AccountId) -> Result<()> {
    let platform = &tools.platform;
    privacy::remove_exports(platform, account).await?;
    let mut tx = platform.db.platform("erase account").await?;
    if let Some(erased) = privacy::erase(&mut tx, account, platform.clock.now()).await? {
        notifications::erase_personal_data(&mut tx, &erased).await?;
        notifications::account_erased(platform, &tools.themes, &mut tx, &erased).await?;
    }
    tx.commit().await?;
    Ok(())
}
