//! Every job: those in the queue, and those that run periodically.

use std::{future::Future, time::Duration};

use graphile_worker::{
    IntoTaskHandlerResult, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    events::{self, Event},
    kernel::{PaymentId, RefundId, RehearsalId, Result, TenantId},
    notifications, orders,
    platform::Platform,
    providers::{self, Themes},
    rehearsal, statistics, stock,
};

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
/// Periodic work that takes longer is abandoned and started again: its connection is dead.
const PERIODIC_LIMIT: Duration = Duration::from_mins(1);
/// Jobs that run at the same time on one node.
const CONCURRENCY: usize = 4;
/// How often emails to registered shoppers that are due are written.
const MAILINGS_EVERY: Duration = Duration::from_secs(5);
/// How often expired holds give their units back.
const HOLDS_EXPIRE_EVERY: Duration = Duration::from_secs(1);
/// How often units that nobody's request freed are offered to the waitlist.
const WAITLISTS_SERVED_EVERY: Duration = Duration::from_secs(1);
/// How often the stock counters are compared with the holds.
const STOCK_CHECKED_EVERY: Duration = Duration::from_secs(10);

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
        let event =
            read.await.map_err(|error| format!("{error:?}"))?.ok_or("there is no such event")?;
        deliver(&tools, &event).await.map_err(|error| format!("{}: {error:?}", event.kind))
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
            .map_err(|error| format!("{error:?}"))
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
            .map_err(|error| format!("{error:?}"))
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
            .map_err(|error| format!("{error:?}"))
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
            .map_err(|error| format!("{error:?}"))
    }
}

/// Sends a message.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct SendMessage(notifications::MessageJob);

impl TaskHandler for SendMessage {
    const IDENTIFIER: &'static str = notifications::SEND;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let platform = tools(&ctx)?.platform;
        let Err(error) = notifications::send(&platform, &self.0).await else { return Ok(()) };
        let text = format!("{error:?}");
        notifications::note_failure(&platform, &self.0, &text)
            .await
            .map_err(|error| format!("{error:?}"))?;
        Err(text)
    }
}

/// The subscribers, in order.
async fn deliver(tools: &Tools, event: &Event) -> Result<()> {
    statistics::on_event(&tools.platform, event).await?;
    notifications::on_event(&tools.platform, &tools.themes, event).await
}

/// What jobs need.
#[derive(Clone)]
struct Tools {
    platform: Platform,
    themes: Themes,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

fn tools(ctx: &WorkerContext) -> Result<Tools, String> {
    ctx.get_ext::<Tools>()
        .cloned()
        .ok_or_else(|| "the worker was started without its tools".to_owned())
}

/// The queue's worker with every job it knows.
pub async fn queue(platform: &Platform, themes: &Themes) -> anyhow::Result<Worker> {
    let worker = WorkerOptions::default()
        .schema("graphile_worker")
        .pg_pool(platform.db.queue_pool())
        .concurrency(CONCURRENCY)
        .listen_os_shutdown_signals(false)
        .shutdown_signal(platform.shutdown.clone().cancelled_owned())
        .shutdown_grace_period(JOB_GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .heartbeat_interval(HEARTBEAT)
                .sweep_interval(HEARTBEAT)
                .sweep_threshold(DEAD_AFTER)
                .recovery_delay(Duration::ZERO),
        )
        .add_extension(Tools { platform: platform.clone(), themes: themes.clone() })
        .define_job::<Deliver>()
        .define_job::<VoidPayment>()
        .define_job::<SettleRefund>()
        .define_job::<Invite>()
        .define_job::<SendMessage>()
        .define_job::<RunRehearsal>()
        .init()
        .await?;
    Ok(worker)
}

/// Runs the queue and the periodic work until the platform shuts down and running jobs are done.
pub async fn run(platform: &Platform, themes: &Themes) -> anyhow::Result<()> {
    // An error at the start ends the process.
    let worker = queue(platform, themes).await?;
    let stop = &platform.shutdown;
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_LIMIT).await;
    };
    tokio::select! {
        _ = async { tokio::join!(run_queue(platform, themes, worker), run_periodic(platform, themes, stop)) } => {}
        () = too_late => tracing::warn!("jobs were still under way after {STOP_LIMIT:?}"),
    }
    Ok(())
}

/// Runs the queue until the platform shuts down. Its worker ends when the database fails; then
/// another one starts.
async fn run_queue(platform: &Platform, themes: &Themes, mut worker: Worker) {
    loop {
        if let Err(error) = worker.run().await {
            tracing::error!(%error, "the queue's worker failed");
        }
        worker = loop {
            if platform
                .shutdown
                .run_until_cancelled(tokio::time::sleep(WORKER_RESTART_PAUSE))
                .await
                .is_none()
            {
                return;
            }
            match replace_worker(platform, themes, &worker).await {
                Ok(worker) => break worker,
                Err(error) => {
                    tracing::warn!(%error, "the queue cannot be reached; trying again");
                }
            }
        };
    }
}

/// A worker in place of a failed one, whose jobs it unlocks.
async fn replace_worker(
    platform: &Platform,
    themes: &Themes,
    failed: &Worker,
) -> anyhow::Result<Worker> {
    let worker = queue(platform, themes).await?;
    worker.create_utils().force_unlock_workers(&[failed.worker_id()]).await?;
    Ok(worker)
}

/// The periodic work. Every node runs it; each piece shares its work among the nodes.
async fn run_periodic(platform: &Platform, themes: &Themes, stop: &CancellationToken) {
    let work = async {
        tokio::join!(
            every(HOLDS_EXPIRE_EVERY, "expire holds", || async {
                stock::expire_due(platform).await.map(drop)
            }),
            every(WAITLISTS_SERVED_EVERY, "serve waitlists", || async {
                stock::serve_waitlists(platform).await.map(drop)
            }),
            every(STOCK_CHECKED_EVERY, "check stock", || async {
                stock::watch(platform).await.map(drop)
            }),
            every(MAILINGS_EVERY, "mailings", || async {
                notifications::write_due(platform, themes).await
            }),
            every(Duration::from_secs(30), "overdue orders", || async {
                orders::cancel_overdue(platform).await.map(drop)
            }),
            every(Duration::from_mins(1), "missed promises", || async {
                orders::flag_missed_promises(platform).await.map(drop)
            }),
        );
    };
    stop.run_until_cancelled(work).await;
}

/// Runs `work` every `period`, logging what fails.
async fn every<F: Future<Output = Result<()>>>(
    period: Duration,
    name: &'static str,
    mut work: impl FnMut() -> F,
) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match tokio::time::timeout(PERIODIC_LIMIT, work()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(?error, name, "periodic work failed; it will be tried again");
            }
            Err(_) => tracing::error!(name, "periodic work took too long; it will be tried again"),
        }
    }
}
