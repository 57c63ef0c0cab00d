//! Nodes that compete, and nodes with a wrong clock. Failures of processes, machines and networks
//! are tried in tests/peers.

use std::sync::Arc;

use smp::{
    access::Sessions,
    kernel::{AccountId, Clock, Error},
    platform::{Db, timekeeper},
    sales::{SaleCache, SaleMode},
    stock::{self, Allocator, HoldOutcome},
};
use time::{Duration, format_description::well_known::Rfc3339};
use tokio::sync::Barrier;

use crate::support::{TestApp, stock::assert_stock_agrees};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_nodes_that_compete_for_the_last_unit_gets_it() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 5 Slate, 2 a shopper
    let allocators = [app.another_allocator().await, app.another_allocator().await];
    for _ in 0..2 {
        app.allocator.hold(sale.request(1, AccountId::new(), 2, "k")).await.unwrap();
    }
    for round in 0..40 {
        let gate = Arc::new(Barrier::new(2));
        let press = |allocator: &Allocator| {
            let (allocator, gate, request) =
                (allocator.clone(), gate.clone(), sale.request(1, AccountId::new(), 1, "k"));
            tokio::spawn(async move {
                gate.wait().await;
                allocator.hold(request).await
            })
        };
        let answers = allocators.each_ref().map(press);
        let mut held = vec![];
        for answer in answers {
            match answer.await.unwrap() {
                Ok(HoldOutcome::Held(hold)) => held.push(hold),
                Err(Error::Conflict { code: "sold_out", .. }) => {}
                other => panic!("round {round}: {other:?}"),
            }
        }
        assert_eq!(held.len(), 1, "round {round}: {held:?}");
        stock::release(&app.platform, held[0].account, held[0].id).await.unwrap();
    }
    assert_stock_agrees(&app, &sale).await;
}

/// A connection must not go back to the pool with an open transaction or a lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_dropped_or_fails_leaves_nothing_open() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let lock = format!("SELECT FROM providers WHERE tenant_id = '{tenant}' FOR UPDATE");
    let locked = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
    for _ in 0..3 {
        let waiting = app.platform.db.tenant_then(tenant, &lock);
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(200), waiting).await.is_err(),
            "the begin did not wait for the lock"
        );
        assert!(app.platform.db.tenant_then(tenant, "SELECT 1 / 0").await.is_err());
    }
    locked.rollback().await.unwrap();
    for _ in 0..40 {
        let mut tx = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
        sqlx::query("SELECT 1").execute(&mut *tx).await.unwrap();
    }
    let began = std::time::Instant::now();
    let open = "SELECT to_jsonb(query) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    while !app.query(open).await.is_empty() {
        assert!(began.elapsed().as_secs() < 5, "{:?}", app.query(open).await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The outcomes of a group are sent when its commit is on disk, though the next group does not wait
/// for the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_begins_the_next_transaction_is_on_disk_and_unlocked() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let db = &app.platform.db;
    let another = sqlx::PgPool::connect(&app.owner_url).await.unwrap();
    let on_disk = async |lsn: &str| {
        let asked =
            sqlx::query_scalar::<_, bool>("SELECT pg_current_wal_flush_lsn() >= $1::text::pg_lsn")
                .bind(lsn)
                .fetch_one(&another)
                .await;
        asked.unwrap()
    };
    let lock = format!("SELECT FROM providers WHERE tenant_id = '{tenant}' FOR UPDATE");
    let mut tx = db.tenant_then(tenant, &lock).await.unwrap();
    let mut early = 0;
    // Many times, because the log is also flushed from time to time, and by other commits.
    for round in 0..50 {
        sqlx::query("UPDATE providers SET name = name || '.'").execute(&mut *tx).await.unwrap();
        let lsn: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        early += u32::from(!on_disk(&lsn).await);
        Db::commit_and_begin(&mut tx, tenant).await.unwrap();
        assert!(on_disk(&lsn).await, "round {round}: the commit is not on disk");
        let dots: i32 =
            sqlx::query_scalar("SELECT length(name) - length(rtrim(name, '.')) FROM providers")
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        assert_eq!(dots, round + 1, "the next transaction does not see the commit");
        db.tenant_then(tenant, &format!("SET LOCAL lock_timeout = '1s'; {lock}"))
            .await
            .expect("the row is still locked")
            .rollback()
            .await
            .unwrap();
    }
    assert!(early > 0, "every change was on disk before its commit, so this test shows nothing");
    tx.rollback().await.unwrap();
    another.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_wrong_clock_uses_the_database_clock() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // holds last ten minutes
    let early = app.live_sale(tenant, SaleMode::Hosted).await;
    let soon = (app.platform.clock.now() + Duration::minutes(5)).format(&Rfc3339).unwrap();
    app.edit_content(tenant, early.id, "starts_at", soon.into()).await;
    app.allocator.hold(sale.request(0, AccountId::new(), 1, "k")).await.unwrap();

    for off in [Duration::minutes(11), Duration::minutes(-11)] {
        let node = app.another_node(Clock::started_at(app.platform.clock.unshifted() + off)).await;
        let difference = node.clock.now() - app.platform.clock.now();
        assert!(
            difference.abs() < Duration::SECOND,
            "{off} off, and {difference} after the correction"
        );
        let allocator = Allocator::new(&node, &SaleCache::new(&node), &Sessions::new(&node));
        assert!(
            matches!(
                allocator.hold(early.request(0, AccountId::new(), 1, "k")).await,
                Err(Error::Conflict { code: "not_started", .. })
            ),
            "{off}: sold before the start"
        );
        assert_eq!(
            stock::expire_due(&node).await.unwrap(),
            0,
            "{off}: expired the holds of other nodes"
        );
        let HoldOutcome::Held(hold) =
            allocator.hold(sale.request(0, AccountId::new(), 1, "k")).await.unwrap()
        else {
            panic!("joined the waitlist")
        };
        let lasts = hold.expires_at - app.platform.clock.now();
        assert!(
            (lasts - Duration::minutes(10)).abs() < Duration::seconds(5),
            "{off}: the hold lasts {lasts}"
        );
    }

    // The clock of a machine is set while its node runs. A shift that the test made stays.
    let node = app.another_node(Clock::default()).await;
    node.clock.correct(Duration::minutes(-20));
    node.clock.advance(Duration::minutes(11));
    timekeeper::synchronize(&node.db, &node.clock).await.unwrap();
    let ahead = node.clock.now() - app.platform.clock.now() - Duration::minutes(11);
    assert!(ahead.abs() < Duration::SECOND, "{ahead} off, apart from the shift");
    assert_eq!(stock::expire_due(&node).await.unwrap(), 3, "not every hold expired by this clock");
}
