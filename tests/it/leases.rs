//! Leases: what has one key is done one at a time, and what a dead process left is taken over.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use smp::{kernel::Result, platform::one_at_a_time};

use crate::support::TestApp;

async fn run(app: &TestApp, sql: &'static str) -> u64 {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let done = sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    done.rows_affected()
}

#[tokio::test]
async fn what_has_one_key_is_done_one_at_a_time() {
    let app = TestApp::start().await;
    let (at_work, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || async {
        assert_eq!(at_work.fetch_add(1, Ordering::SeqCst), 0);
        tokio::time::sleep(Duration::from_millis(50)).await;
        at_work.fetch_sub(1, Ordering::SeqCst);
        done.fetch_add(1, Ordering::SeqCst);
        Ok(())
    };
    let all = join_all((0..6).map(|_| one_at_a_time(&app.platform.db, "one", work()))).await;
    all.into_iter().collect::<Result<Vec<()>>>().unwrap();
    assert_eq!(done.into_inner(), 6);

    // Another key does not wait, and every lease is given back.
    let inner = one_at_a_time(&app.platform.db, "another", async { Ok(7) });
    assert_eq!(one_at_a_time(&app.platform.db, "one", inner).await.unwrap(), 7);
    assert_eq!(run(&app, "DELETE FROM leases").await, 0);
}

#[tokio::test]
async fn a_lease_is_kept_as_long_as_its_work_takes() {
    let app = TestApp::start().await;
    let db = &app.platform.db;
    let at_work = AtomicUsize::new(0);
    // Longer than a lease lasts without being renewed.
    let long = async {
        at_work.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(11)).await;
        at_work.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    };
    let next = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let look = async { Ok(at_work.load(Ordering::SeqCst)) };
        one_at_a_time(db, "long", look).await
    };
    let (long, found) = tokio::join!(one_at_a_time(db, "long", long), next);
    long.unwrap();
    assert_eq!(found.unwrap(), 0);
}

#[tokio::test]
async fn what_a_dead_process_held_is_taken_once_it_expires() {
    let app = TestApp::start().await;
    let db = &app.platform.db;
    let dies = one_at_a_time(db, "left", std::future::pending::<Result<()>>());
    tokio::time::timeout(Duration::from_millis(500), dies).await.unwrap_err();
    let waits = one_at_a_time(db, "left", async { Ok(()) });
    tokio::time::timeout(Duration::from_millis(500), waits).await.unwrap_err();
    assert_eq!(run(&app, "UPDATE leases SET expires_at = clock_timestamp()").await, 1);
    one_at_a_time(db, "left", async { Ok(()) }).await.unwrap();

    // What nobody takes over is swept out by others.
    let dies = one_at_a_time(db, "left", std::future::pending::<Result<()>>());
    tokio::time::timeout(Duration::from_millis(500), dies).await.unwrap_err();
    run(&app, "UPDATE leases SET expires_at = clock_timestamp() - interval '2 hours'").await;
    one_at_a_time(db, "another", async { Ok(()) }).await.unwrap();
    assert_eq!(run(&app, "DELETE FROM leases").await, 0);
}
