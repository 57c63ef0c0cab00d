//! Synchronizes a node's clock with the database's. A node whose clock is wrong would start a sale
//! early, or expire the holds of others.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Db;
use crate::kernel::{Clock, Result};

const MEASURE_INTERVAL: Duration = Duration::from_secs(5);
/// A smaller difference is not corrected.
const TOLERANCE: time::Duration = time::Duration::SECOND;

/// Compares the clock with the database's, and corrects it if they differ by more than a second.
pub async fn synchronize(db: &Db, clock: &Clock) -> Result<()> {
    let (time, round_trip) = db.time().await?;
    // The database read its clock at some point of the round trip.
    let uncertain = round_trip / 2;
    let behind = time + uncertain - clock.unshifted();
    // The offset of the machine's own clock, earlier corrections included.
    let offset = clock.correction() + behind;
    if behind.abs() > TOLERANCE + uncertain {
        clock.correct(behind);
        tracing::warn!(
            "this machine's clock is {:.1} s behind the database's; using the database's",
            offset.as_seconds_f64()
        );
    }
    metrics::gauge!("smp_clock_offset_seconds").set(offset.as_seconds_f64());
    Ok(())
}

/// Repeats this until `stop`.
pub async fn keep(db: Db, clock: Clock, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(MEASURE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = synchronize(&db, &clock).await {
            tracing::debug!(?error, "cannot read the database's clock; trying again");
        }
    }
}
