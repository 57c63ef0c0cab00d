//! Every job: those in the queue, and those that run periodically.

mod periodic;
mod privacy_jobs;
mod retention;
mod tools;

use std::time::Duration;

use futures_util::future::join_all;
use graphile_worker::{
    IntoTaskHandlerResult, JobComplete, JobFail, JobPermanentlyFail, LocalQueueConfig,
    RefetchDelayConfig, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use self::tools::{Tools, give_way, tools};
use crate::{
    access::{self, phones, recovery},
    contracts,
    events::{self, Event, Lane},
    invoices,
    kernel::{PaymentId, RefundId, RehearsalId, Result, TenantId},
    notifications, orders, payouts,
    platform::Platform,
    providers::{self, Themes},
    rehearsal, statements, statistics,
};

pub use retention::delete_past_its_time;

/// The pause before a failed queue worker is replaced.
const WORKER_RESTART_PAUSE: Duration = Duration::from_secs(1);
/// How often a worker reports that it is alive, and the silence after which others take its jobs.
const HEARTBEAT: Duration = Duration::from_secs(5);
const DEAD_AFTER: Duration = Duration::from_secs(30);
/// Running jobs may take this long to finish once the process is told to stop, so that an email
/// handed to the server is recorded as sent. A job that takes longer is free for other workers at
/// once.
const JOB_GRACE: Duration = Duration::from_secs(8);
/// The process stops after this time even if the database does not answer.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Jobs that run at the same time on one node, in the lane that people wait for and in bulk. Most of
/// them wait for a mail server, which keeps as many connections.
const PROMPT_AT_ONCE: usize = 8;
const BULK_AT_ONCE: usize = 20;
/// Each takes a rehearsal's thousands of shoppers through a sale.
const REHEARSALS_AT_ONCE: usize = 2;
/// Jobs that a node takes from the database at once. Those of a node that dies wait for
/// [`DEAD_AFTER`].
const TAKEN_AT_ONCE: usize = 64;
/// A lane that has found fewer jobs than it may take asks again after this time at the earliest: each
/// new job of any lane announces itself.
const ASKED_AGAIN: Duration = Duration::from_millis(40);
/// Rehearsals do not listen for that.
const REHEARSALS_ASKED_EVERY: Duration = Duration::from_secs(1);
/// Jobs that are done are removed together, as soon as this has passed.
const DONE_TOGETHER: Duration = Duration::from_millis(5);
/// Connections of the jobs, apart from those of the requests.
const CONNECTIONS_MAX: u32 = 14;
/// Delivers an event to every subscriber. If one fails, the event is delivered to all of them again,
/// so each subscriber must be idempotent.
#[derive(Serialize, Deserialize)]
struct Deliver {
    tenant_id: TenantId,
    sequence: i64,
}

impl TaskHandler for Deliver {
    const IDENTIFIER: &'static str = events::DELIVER;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        let read = async {
            let mut tx = tools.platform.db.tenant(self.tenant_id).await?;
            events::find(&mut tx, self.tenant_id, self.sequence).await
        };
        let event = read.await.map_err(|error| error.causes())?.ok_or("there is no such event")?;
        deliver(&tools, &event).await.map_err(|error| format!("{}: {}", event.kind, error.causes()))
    }
}

/// Delivers an event that waits with the bulk.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct DeliverBulk(Deliver);

impl TaskHandler for DeliverBulk {
    const IDENTIFIER: &'static str = events::DELIVER_BULK;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        give_way(&ctx).await;
        self.0.run(ctx).await
    }
}

/// Voids a payment that was abandoned.
#[derive(Serialize, Deserialize)]
struct VoidPayment {
    payment_id: PaymentId,
}

impl TaskHandler for VoidPayment {
    const IDENTIFIER: &'static str = orders::PAYMENT_VOID;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        orders::void_payment(&tools(&ctx)?.platform, self.payment_id)
            .await
            .map_err(|error| error.causes())
    }
}

/// Finishes a refund that its request could not finish.
#[derive(Serialize, Deserialize)]
struct SettleRefund {
    refund_id: RefundId,
}

impl TaskHandler for SettleRefund {
    const IDENTIFIER: &'static str = orders::REFUND_SETTLE;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        orders::settle_refund(&tools(&ctx)?.platform, self.refund_id)
            .await
            .map_err(|error| error.causes())
    }
}

/// Refunds orders of a cancelled sale.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct RefundSale(orders::SaleRefund);

impl TaskHandler for RefundSale {
    const IDENTIFIER: &'static str = orders::SALE_REFUND;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        orders::refund_cancelled_sale(&tools(&ctx)?.platform, self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Finishes the transfer of a statement that its request could not finish.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct FinishTransfer(statements::UnfinishedTransfer);

impl TaskHandler for FinishTransfer {
    const IDENTIFIER: &'static str = statements::TRANSFER_FINISH;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        statements::finish_transfer(&tools(&ctx)?.platform, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Finishes the reversal of a transfer that its request could not finish.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct FinishReversal(statements::UnfinishedReversal);

impl TaskHandler for FinishReversal {
    const IDENTIFIER: &'static str = statements::REVERSAL_FINISH;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        statements::finish_reversal(&tools(&ctx)?.platform, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Writes an invitation's email. Its secret exists in this job only.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Invite(notifications::InvitationMessage);

impl TaskHandler for Invite {
    const IDENTIFIER: &'static str = providers::INVITATION_EMAIL;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        notifications::invite(&tools.platform, &tools.themes, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Writes an email of an account that holds a link or a code.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct WriteAccountMail(access::AccountMail);

impl TaskHandler for WriteAccountMail {
    const IDENTIFIER: &'static str = access::ACCOUNT_MAIL;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        notifications::write_account_mail(&tools.platform, &tools.themes, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Sends the link for a forgotten password, if the address has an account.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct FindForgotten(recovery::ForgottenPassword);

impl TaskHandler for FindForgotten {
    const IDENTIFIER: &'static str = recovery::FORGOTTEN;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        recovery::send_link(&tools(&ctx)?.platform, &self.0).await.map_err(|error| error.causes())
    }
}

/// Writes an invitation to SMP's team. Its secret exists in this job only.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct InviteStaff(notifications::StaffInvitationMessage);

impl TaskHandler for InviteStaff {
    const IDENTIFIER: &'static str = access::STAFF_INVITATION_EMAIL;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        notifications::invite_staff(&tools.platform, &tools.themes, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Writes the SMS with the code that verifies a phone. Its secret exists in this job only.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct SendPhoneCode(notifications::PhoneCodeMessage);

impl TaskHandler for SendPhoneCode {
    const IDENTIFIER: &'static str = phones::PHONE_CODE;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let tools = tools(&ctx)?;
        notifications::send_phone_code(&tools.platform, &tools.themes, &self.0)
            .await
            .map_err(|error| error.causes())
    }
}

/// Runs a rehearsal.
#[derive(Serialize, Deserialize)]
struct RunRehearsal {
    tenant_id: TenantId,
    rehearsal_id: RehearsalId,
}

impl TaskHandler for RunRehearsal {
    const IDENTIFIER: &'static str = rehearsal::JOB;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        rehearsal::run(&tools(&ctx)?.platform, self.tenant_id, self.rehearsal_id)
            .await
            .map_err(|error| error.causes())
    }
}

/// Sends a message.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct SendMessage(notifications::MessageJob);

impl TaskHandler for SendMessage {
    const IDENTIFIER: &'static str = notifications::SEND;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let Tools { platform, themes, .. } = tools(&ctx)?;
        let sent = notifications::send(&platform, &themes, &self.0).await;
        let Err(error) = sent else { return Ok(()) };
        let text = error.causes();
        notifications::note_failure(&platform, &self.0, &text)
            .await
            .map_err(|error| error.causes())?;
        Err(text)
    }
}

/// Sends a message that waits with the bulk.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct SendBulkMessage(SendMessage);

impl TaskHandler for SendBulkMessage {
    const IDENTIFIER: &'static str = notifications::SEND_BULK;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        give_way(&ctx).await;
        self.0.run(ctx).await
    }
}

/// The subscribers, in order.
async fn deliver(tools: &Tools, event: &Event) -> Result<()> {
    if event.of_rehearsal {
        return Ok(());
    }
    contracts::on_event(&tools.platform, event).await?;
    payouts::on_event(&tools.platform, event).await?;
    orders::on_event(&tools.platform, event).await?;
    statistics::on_event(&tools.platform, event).await?;
    notifications::on_event(&tools.platform, &tools.themes, event).await?;
    invoices::on_event(&tools.platform, event).await?;
    orders::follow_cancelled_sale(&tools.platform, event).await
}

/// The workers of all lanes, which know every job between them.
pub async fn lanes(platform: &Platform, themes: &Themes) -> anyhow::Result<Vec<Worker>> {
    workers(&Tools::new(platform, themes)).await
}

async fn workers(tools: &Tools) -> anyhow::Result<Vec<Worker>> {
    let mut workers = vec![];
    for lane in Lane::iter() {
        workers.push(worker(lane, tools).await?);
    }
    Ok(workers)
}

async fn worker(lane: Lane, tools: &Tools) -> anyhow::Result<Worker> {
    let shutdown = &tools.platform.shutdown;
    let options = WorkerOptions::default()
        .schema(lane.queue())
        .pg_pool(tools.queue.queue_pool())
        .listen_os_shutdown_signals(false)
        .shutdown_signal(shutdown.clone().cancelled_owned())
        .shutdown_grace_period(JOB_GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .heartbeat_interval(HEARTBEAT)
                .sweep_interval(HEARTBEAT)
                .sweep_threshold(DEAD_AFTER)
                .recovery_delay(Duration::ZERO),
        )
        .add_extension(tools.clone())
        .on(JobComplete, move |_| count("smp_jobs_done_total", lane))
        .on(JobFail, move |_| count("smp_jobs_failed_total", lane))
        .on(JobPermanentlyFail, move |_| count("smp_jobs_failed_total", lane));
    let many = |options: WorkerOptions, at_once: usize| {
        options
            .concurrency(at_once)
            .local_queue(
                LocalQueueConfig::default()
                    .with_size(TAKEN_AT_ONCE)
                    .with_refetch_delay(RefetchDelayConfig::default().with_duration(ASKED_AGAIN)),
            )
            .complete_job_batch_delay(DONE_TOGETHER)
    };
    let options = match lane {
        Lane::Prompt => many(options, PROMPT_AT_ONCE)
            .define_job::<Deliver>()
            .define_job::<SendMessage>()
            .define_job::<VoidPayment>()
            .define_job::<SettleRefund>()
            .define_job::<RefundSale>()
            .define_job::<FinishTransfer>()
            .define_job::<FinishReversal>()
            .define_job::<Invite>()
            .define_job::<InviteStaff>()
            .define_job::<SendPhoneCode>()
            .define_job::<WriteAccountMail>()
            .define_job::<FindForgotten>()
            .define_job::<privacy_jobs::MailErasureLink>(),
        Lane::Bulk => many(options, BULK_AT_ONCE)
            .define_job::<DeliverBulk>()
            .define_job::<SendBulkMessage>()
            .define_job::<privacy_jobs::ExportData>()
            .define_job::<privacy_jobs::EraseAccount>(),
        Lane::Rehearsals => options
            .concurrency(REHEARSALS_AT_ONCE)
            .use_notification_delivery(false)
            .poll_interval(REHEARSALS_ASKED_EVERY)
            .define_job::<RunRehearsal>(),
    };
    Ok(options.init().await?)
}

async fn count(counter: &'static str, lane: Lane) {
    metrics::counter!(counter, "lane" => <&str>::from(lane)).increment(1);
}

/// Runs the queue and the periodic work until the platform shuts down and running jobs are done.
pub async fn run(platform: &Platform, themes: &Themes) -> anyhow::Result<()> {
    let platform = &platform.with_separate_pool(CONNECTIONS_MAX);
    let tools = Tools::new(platform, themes);
    // An error at the start ends the process.
    let workers = workers(&tools).await?;
    let stop = &platform.shutdown;
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_LIMIT).await;
    };
    let lanes = Lane::iter().zip(workers).map(|(lane, worker)| run_lane(lane, &tools, worker));
    tokio::select! {
        _ = async { tokio::join!(join_all(lanes), periodic::run(platform, themes, stop)) } => {}
        () = tools.load.watch() => {}
        () = too_late => tracing::warn!("jobs were still under way after {STOP_LIMIT:?}"),
    }
    Ok(())
}

/// Runs a lane until the platform shuts down. Its worker ends when the database fails; then another
/// one starts.
async fn run_lane(lane: Lane, tools: &Tools, mut running: Worker) {
    let stop = &tools.platform.shutdown;
    loop {
        if let Err(error) = running.run().await {
            tracing::error!(%error, %lane, "a worker of the queue failed");
        }
        running = loop {
            if stop.run_until_cancelled(tokio::time::sleep(WORKER_RESTART_PAUSE)).await.is_none() {
                return;
            }
            match replace_worker(lane, tools, &running).await {
                Ok(worker) => break worker,
                Err(error) => {
                    tracing::warn!(%error, %lane, "the queue cannot be reached; trying again");
                }
            }
        };
    }
}

/// A worker in place of a failed one, whose jobs it unlocks.
async fn replace_worker(lane: Lane, tools: &Tools, failed: &Worker) -> anyhow::Result<Worker> {
    let worker = worker(lane, tools).await?;
    worker.create_utils().force_unlock_workers(&[failed.worker_id()]).await?;
    Ok(worker)
}
