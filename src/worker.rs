//! Every job: those in the queue, and those that run periodically.

mod retention;

use std::{future::Future, time::Duration};

use futures_util::future::join_all;
use graphile_worker::{
    IntoTaskHandlerResult, JobComplete, JobFail, JobPermanentlyFail, LocalQueueConfig,
    RefetchDelayConfig, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use tokio_util::sync::CancellationToken;

use crate::{
    checkouts, contracts,
    events::{self, Event, Lane},
    invoices, jobs,
    kernel::{PaymentId, RefundId, RehearsalId, Result, TenantId},
    ledger, notifications, orders, payments, payouts,
    platform::{Db, Load, Platform, db::IN_ORDER},
    providers::{self, Themes},
    rehearsal, sales, statements, statistics, stock, vetting,
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
/// Periodic work that takes longer is abandoned and started again: its connection is dead.
const PERIODIC_LIMIT: Duration = Duration::from_mins(1);
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
/// Connections of the queue's bookkeeping. Two lanes listen on one each.
const QUEUE_CONNECTIONS_MAX: u32 = 8;
/// How often payments and refunds whose outcome is not known are looked for.
const LOOK_UPS_EVERY: Duration = Duration::from_secs(5);
/// How often emails to registered shoppers that are due are written.
const MAILINGS_EVERY: Duration = Duration::from_secs(5);
/// How often expired holds give their units back.
const HOLDS_EXPIRE_EVERY: Duration = Duration::from_secs(1);
/// How often units that nobody's request freed are offered to the waitlist.
const WAITLISTS_SERVED_EVERY: Duration = Duration::from_secs(1);
/// How often abandoned rehearsals are looked for.
const REHEARSALS_CLEARED_EVERY: Duration = Duration::from_mins(30);
/// How often it is looked at who can be paid, what is due to be looked up of that, and what gateways kept.
const PAYOUTS_LOOKED_AT_EVERY: Duration = Duration::from_mins(1);
/// How often it is looked whether statements are due.
const STATEMENTS_LOOKED_FOR_EVERY: Duration = Duration::from_mins(1);
/// How often disputes are looked for whose notice never came.
const DISPUTES_LOOKED_FOR_EVERY: Duration = Duration::from_hours(1);
/// How often reminders to sign a contract are looked for.
const CONTRACTS_REMINDED_EVERY: Duration = Duration::from_mins(1);
/// How often checkouts whose holds all ended are looked for.
const CHECKOUTS_ENDED_EVERY: Duration = Duration::from_secs(30);
/// How often requirements of providers are expired.
const REQUIREMENTS_CHECKED_EVERY: Duration = Duration::from_mins(1);
/// How often what is past its time is deleted, within the hours for it.
const PAST_ITS_TIME_EVERY: Duration = Duration::from_mins(5);
/// How often shoppers are reminded of the rest after a deposit, and orders without it cancelled.
const RESTS_SEEN_TO_EVERY: Duration = Duration::from_mins(1);
/// How often the lag of the queue's lanes is measured.
const LAG_MEASURED_EVERY: Duration = Duration::from_secs(5);
/// How often a batch of the ledger is recounted.
const LEDGER_CHECKED_EVERY: Duration = Duration::from_secs(15);
/// How often gateways' own reports of the last days are compared with the books.
const REPORTS_COMPARED_EVERY: Duration = Duration::from_hours(6);
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
        let platform = tools(&ctx)?.platform;
        let Err(error) = notifications::send(&platform, &self.0).await else { return Ok(()) };
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

/// What jobs need.
#[derive(Clone)]
struct Tools {
    platform: Platform,
    themes: Themes,
    /// For the bookkeeping of the queue.
    queue: Db,
    load: Load,
}

impl Tools {
    fn new(platform: &Platform, themes: &Themes) -> Self {
        Self {
            platform: platform.clone(),
            themes: themes.clone(),
            queue: platform.db.separate_pool(QUEUE_CONNECTIONS_MAX, &IN_ORDER),
            load: Load::default(),
        }
    }
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

/// Bulk waits a moment when the machine is busy.
async fn give_way(ctx: &WorkerContext) {
    if let Some(tools) = ctx.get_ext::<Tools>() {
        tools.load.give_way().await;
    }
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
            .define_job::<Invite>(),
        Lane::Bulk => {
            many(options, BULK_AT_ONCE).define_job::<DeliverBulk>().define_job::<SendBulkMessage>()
        }
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
        _ = async { tokio::join!(join_all(lanes), run_periodic(platform, themes, stop)) } => {}
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
            every(LEDGER_CHECKED_EVERY, "check the ledger", || {
                // In a box, it does not deepen this future.
                Box::pin(ledger::watch(platform))
            }),
            every(REPORTS_COMPARED_EVERY, "gateways' reports", || {
                Box::pin(async { payments::reconcile(platform).await.map(drop) })
            }),
            every(LAG_MEASURED_EVERY, "queue lag", || jobs::measure(platform)),
            every(MAILINGS_EVERY, "mailings", || async {
                notifications::write_due(platform, themes).await
            }),
            every(Duration::from_secs(30), "overdue orders", || async {
                orders::cancel_overdue(platform).await.map(drop)
            }),
            every(CHECKOUTS_ENDED_EVERY, "ended checkouts", || {
                // In a box, it does not deepen this future.
                Box::pin(async { checkouts::abandon_ended(platform).await.map(drop) })
            }),
            every(LOOK_UPS_EVERY, "payment look-ups", || {
                // In a box, it does not deepen this future.
                Box::pin(async { orders::look_up_due(platform).await.map(drop) })
            }),
            every(PAYOUTS_LOOKED_AT_EVERY, "payouts", || {
                // In a box, it does not deepen this future.
                Box::pin(async {
                    payouts::apply_gate(platform).await?;
                    payouts::look_up_due(platform).await?;
                    payments::note_fees(platform).await
                })
            }),
            every(DISPUTES_LOOKED_FOR_EVERY, "disputes", || {
                Box::pin(payouts::find_disputes(platform))
            }),
            every(Duration::from_mins(10), "failed refunds", || async {
                notifications::remind_of_failed_refunds(platform, themes).await
            }),
            every(STATEMENTS_LOOKED_FOR_EVERY, "statements", || {
                // In a box, it does not deepen this future.
                Box::pin(statements::draft_due(platform))
            }),
            every(CONTRACTS_REMINDED_EVERY, "contract reminders", || async {
                contracts::remind(platform).await?;
                contracts::tell_ended(platform).await
            }),
            every(REHEARSALS_CLEARED_EVERY, "abandoned rehearsals", || {
                rehearsal::clear_abandoned(platform)
            }),
            every(PAST_ITS_TIME_EVERY, "retention", || {
                // A future of many slices: in a box, it does not deepen this one.
                Box::pin(async { delete_past_its_time(platform).await.map(drop) })
            }),
            every(REQUIREMENTS_CHECKED_EVERY, "requirements", || {
                // In a box, it does not deepen this future.
                Box::pin(vetting::run_due(platform))
            }),
            every(RESTS_SEEN_TO_EVERY, "rests after deposits", || {
                // In a box, it does not deepen this future.
                Box::pin(async { orders::run_rest_clock(platform).await.map(drop) })
            }),
            every(Duration::from_mins(1), "missed promises", || async {
                sales::check_targets(platform).await?;
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
