//! Every job: those of the queue, and those that run by the clock.

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

/// Until a worker begins where another gave up.
const WORKER_BEGINS_AFTER: Duration = Duration::from_secs(1);
/// How often a worker says that it lives, and for how long after it the others leave its jobs
/// alone.
const HEARTBEAT: Duration = Duration::from_secs(5);
const DEAD_AFTER: Duration = Duration::from_secs(30);
/// Jobs under way get this long to end once the process is told to stop, so that an email that was
/// handed over is noted as sent; what ends later is free for the others at once.
const JOB_GRACE: Duration = Duration::from_secs(8);
/// After this the process goes on to stop even if the database does not answer.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Work by the clock that takes longer is given up, to be begun anew: its connection is dead.
const CLOCKWORK_LIMIT: Duration = Duration::from_mins(1);
/// Jobs at work at the same time on one node.
const CONCURRENCY: usize = 4;
/// How soon after their time letters to the registered are written.
const ROUNDS_EVERY: Duration = Duration::from_secs(5);
/// How soon after its time a hold's units can be held by others.
const HOLDS_EXPIRE_EVERY: Duration = Duration::from_secs(1);
/// How soon units that came free without a shopper's doing are offered to the line.
const LINES_SERVED_EVERY: Duration = Duration::from_secs(1);
/// How often the counters are held against the holds.
const STOCK_WATCHED_EVERY: Duration = Duration::from_secs(10);

/// Tells every subscriber of an event. A subscriber that fails makes the whole event come again, so
/// each must not mind.
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
        tell(&tools, &event).await.map_err(|error| format!("{}: {error:?}", event.kind))
    }
}

/// Undoes a payment that was given up.
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

/// Finishes a refund whose request did not live to do it.
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

/// Writes an invitation; its secret travels in this job alone.
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

/// Hands a message over.
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
async fn tell(tools: &Tools, event: &Event) -> Result<()> {
    statistics::on_event(&tools.platform, event).await?;
    notifications::on_event(&tools.platform, &tools.themes, event).await
}

/// What jobs work with.
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

/// Runs queue and clock until the platform shuts down and what they have begun is done.
pub async fn run(platform: &Platform, themes: &Themes) -> anyhow::Result<()> {
    // What is wrong at the start is told by not starting.
    let worker = queue(platform, themes).await?;
    let stop = &platform.shutdown;
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_LIMIT).await;
    };
    tokio::select! {
        _ = async { tokio::join!(work_off(platform, themes, worker), clock(platform, themes, stop)) } => {}
        () = too_late => tracing::warn!("jobs were still under way after {STOP_LIMIT:?}"),
    }
    Ok(())
}

/// Works the queue off until the platform shuts down. The queue's worker gives up when the database
/// fails it; another begins then.
async fn work_off(platform: &Platform, themes: &Themes, mut worker: Worker) {
    loop {
        if let Err(error) = worker.run().await {
            tracing::error!(%error, "the queue's worker gave up");
        }
        worker = loop {
            if platform
                .shutdown
                .run_until_cancelled(tokio::time::sleep(WORKER_BEGINS_AFTER))
                .await
                .is_none()
            {
                return;
            }
            match begin_again(platform, themes, &worker).await {
                Ok(worker) => break worker,
                Err(error) => {
                    tracing::warn!(%error, "the queue cannot be reached; it will be tried again");
                }
            }
        };
    }
}

/// A worker in the place of one that gave up, whose jobs are free again.
async fn begin_again(
    platform: &Platform,
    themes: &Themes,
    before: &Worker,
) -> anyhow::Result<Worker> {
    let worker = queue(platform, themes).await?;
    worker.create_utils().force_unlock_workers(&[before.worker_id()]).await?;
    Ok(worker)
}

/// What runs by the clock; every node does, and each piece lets the nodes share the work.
async fn clock(platform: &Platform, themes: &Themes, stop: &CancellationToken) {
    let work = async {
        tokio::join!(
            every(HOLDS_EXPIRE_EVERY, "expire holds", || async {
                stock::expire_due(platform).await.map(drop)
            }),
            every(LINES_SERVED_EVERY, "serve lines", || async {
                stock::serve_waitlists(platform).await.map(drop)
            }),
            every(STOCK_WATCHED_EVERY, "watch stock", || async {
                stock::watch(platform).await.map(drop)
            }),
            every(ROUNDS_EVERY, "letters to the registered", || async {
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
        match tokio::time::timeout(CLOCKWORK_LIMIT, work()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(?error, name, "clockwork failed; it will be tried again");
            }
            Err(_) => tracing::error!(name, "clockwork took too long; it will be tried again"),
        }
    }
}
