//! Work by the clock.

use std::{future::Future, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    checkouts, contracts, jobs, kernel::Result, ledger, notifications, orders, payments, payouts,
    platform::Platform, providers::Themes, rehearsal, sales, statements, stock, vetting,
};

/// Periodic work that takes longer is abandoned and started again: its connection is dead.
const PERIODIC_LIMIT: Duration = Duration::from_mins(1);
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

/// The periodic work. Every node runs it; each piece shares its work among the nodes.
pub async fn run(platform: &Platform, themes: &Themes, stop: &CancellationToken) {
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
                Box::pin(async { super::delete_past_its_time(platform).await.map(drop) })
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
