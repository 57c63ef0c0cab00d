//! Leases: work that one process does at a time, though it waits for others in the midst of it. A lock of the
//! database would keep a connection all that time.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::Db;
use crate::kernel::{Error, Result};

/// A holder that does not renew it has lost it after this, so a crash delays the work by as much.
const LASTS_S: u32 = 10;
const RENEWAL: Duration = Duration::from_secs(3);
/// Whoever waits for its turn asks again after this.
const PAUSE: Duration = Duration::from_millis(100);
/// Whoever has waited for so long gives up: longer than a crash delays the work.
const WAIT_MAX: Duration = Duration::from_secs(15);

/// Does the work while nobody else does what has the same key, in this process or another; waits for its turn. It
/// has to look first whether the one before did it. [`Error::Unavailable`] when its turn does not come, or when
/// the lease could not be renewed: then the work is dropped where it waits.
pub async fn one_at_a_time<T>(
    db: &Db,
    key: &str,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let holder = Uuid::now_v7();
    let began = Instant::now();
    while !take(db, key, holder).await? {
        if began.elapsed() > WAIT_MAX {
            return Err(lost());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let done = tokio::select! {
        done = work => done,
        () = renewed_in_vain(db, key, holder) => Err(lost()),
    };
    if let Err(error) = give_back(db, key, holder).await {
        tracing::warn!(?error, key, "a lease is left to expire");
    }
    done
}

fn lost() -> Error {
    Error::Unavailable { retry_after_seconds: LASTS_S }
}

/// Takes a lease that nobody holds. What dead processes left is swept out on the way.
async fn take(db: &Db, key: &str, holder: Uuid) -> Result<bool> {
    let mut tx = db.platform("take lease").await?;
    let taken = sqlx::query!(
        "WITH left_over AS (
             DELETE FROM leases WHERE key <> $1 AND expires_at < clock_timestamp() - interval '1 hour'
         )
         INSERT INTO leases AS l (key, holder, expires_at)
         VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
         ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
         WHERE l.expires_at <= clock_timestamp()",
        key,
        holder,
        f64::from(LASTS_S),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(taken.rows_affected() == 1)
}

/// Renews the lease in time, for as long as that works.
async fn renewed_in_vain(db: &Db, key: &str, holder: Uuid) {
    let mut renewed = Instant::now();
    while renewed.elapsed().as_secs() < LASTS_S.into() {
        tokio::time::sleep(RENEWAL).await;
        match renew(db, key, holder).await {
            Ok(true) => renewed = Instant::now(),
            Ok(false) => return,
            Err(error) => tracing::warn!(?error, key, "a lease was not renewed"),
        }
    }
}

/// False when it has expired and somebody else has taken it.
async fn renew(db: &Db, key: &str, holder: Uuid) -> Result<bool> {
    let mut tx = db.platform("renew lease").await?;
    let renewed = sqlx::query!(
        "UPDATE leases SET expires_at = clock_timestamp() + make_interval(secs => $3)
         WHERE key = $1 AND holder = $2",
        key,
        holder,
        f64::from(LASTS_S),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(renewed.rows_affected() == 1)
}

async fn give_back(db: &Db, key: &str, holder: Uuid) -> Result<()> {
    let mut tx = db.platform("give lease back").await?;
    sqlx::query!("DELETE FROM leases WHERE key = $1 AND holder = $2", key, holder)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
