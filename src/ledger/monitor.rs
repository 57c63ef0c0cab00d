//! The monitor of the ledger: recounts it all the time, a batch at a time, and tells finance what differs.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::{
    check::CheckedPart,
    difference::{self, LEDGER},
};
use crate::{kernel::Result, platform::Platform};

/// Where each part of the recount goes on in this process; nil: at its beginning.
static PLACES: Mutex<[Uuid; CheckedPart::ALL.len()]> =
    Mutex::new([Uuid::nil(); CheckedPart::ALL.len()]);

/// Recounts the next batch of each part, and begins again after the last. Keeps what differs, logs it, and
/// tells finance once.
pub async fn watch(platform: &Platform) -> Result<()> {
    let mut places = *PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = vec![];
    for (place, part) in places.iter_mut().zip(CheckedPart::ALL) {
        let mut tx = platform.db.platform("ledger monitor").await?;
        let batch = part.batch(&mut tx, *place).await?;
        found.extend(batch.found);
        *place = batch.next.unwrap_or_default();
    }
    for difference in &found {
        tracing::error!(?difference, "the ledger does not agree with what it follows from");
    }
    let mut tx = platform.db.platform("ledger differences").await?;
    difference::note(&mut tx, LEDGER, &found, platform.clock.now()).await?;
    let open = difference::count_open(&mut tx).await?;
    tx.commit().await?;
    metrics::gauge!("smp_ledger_differences")
        .set(f64::from(i32::try_from(open).unwrap_or(i32::MAX)));
    *PLACES.lock().unwrap_or_else(PoisonError::into_inner) = places;
    Ok(())
}
