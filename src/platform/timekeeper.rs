//! Keeps a node's clock with the database's: a node whose own clock is wrong would sell early, or
//! expire what others hold.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Db;
use crate::kernel::{Clock, Result};

const MEASURED_EVERY: Duration = Duration::from_secs(5);
/// A clock that is off by less is left alone.
const TOLERATED: time::Duration = time::Duration::SECOND;

/// Holds the clock against the database's, and sets it when it is off by more than a second.
pub async fn set(db: &Db, clock: &Clock) -> Result<()> {
    let (time, round_trip) = db.time().await?;
    // The database looked at its clock somewhere on the way.
    let uncertain = round_trip / 2;
    let behind = time + uncertain - clock.unshifted();
    // What the machine's own clock is behind by, whatever it was corrected by before.
    let offset = clock.correction() + behind;
    if behind.abs() > TOLERATED + uncertain {
        clock.correct(behind);
        tracing::warn!(
            "this machine's clock is {:.1} s behind the database's; the node goes by the database's",
            offset.as_seconds_f64()
        );
    }
    metrics::gauge!("smp_clock_offset_seconds").set(offset.as_seconds_f64());
    Ok(())
}

/// Does so again and again until `stop`.
pub async fn keep(db: Db, clock: Clock, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(MEASURED_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = set(&db, &clock).await {
            tracing::debug!(
                ?error,
                "the database's clock could not be read; it will be tried again"
            );
        }
    }
}
