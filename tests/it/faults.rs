//! Nodes against each other and against their own clocks. What happens to processes, machines and
//! networks is tried in tests/peers.

use std::sync::Arc;

use smp::{
    access::Sessions,
    kernel::{AccountId, Clock, Error},
    platform::{Db, timekeeper},
    sales::{SaleCache, SaleMode},
    stock::{self, Allocator, HoldOutcome, HoldRequest},
};
use time::{Duration, format_description::well_known::Rfc3339};
use tokio::sync::Barrier;

use crate::support::{TestApp, sales::LiveSale};

/// Wants one of a sale's item, and does not wait in line.
fn wish(sale: &LiveSale, nth: usize, quantity: i32) -> HoldRequest {
    HoldRequest {
        sale_slug: sale.slug.clone(),
        sale_item_id: sale.items[nth],
        account: AccountId::new(),
        quantity,
        idempotency_key: "press".to_owned(),
        visit_id: None,
        wait: false,
        accept_fewer: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_decide_the_last_unit_one_sells_it() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 5 Slate, 2 a shopper
    let allocators = [app.another_allocator().await, app.another_allocator().await];
    for _ in 0..2 {
        app.allocator.hold(wish(&sale, 1, 2)).await.unwrap();
    }
    for round in 0..40 {
        let gate = Arc::new(Barrier::new(2));
        let press = |allocator: &Allocator| {
            let (allocator, gate, wish) = (allocator.clone(), gate.clone(), wish(&sale, 1, 1));
            tokio::spawn(async move {
                gate.wait().await;
                allocator.hold(wish).await
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
    assert!(
        stock::check(&app.platform, Some(&sale.slug), None)
            .await
            .unwrap()
            .iter()
            .all(stock::ItemCheck::agrees)
    );
}

/// What a connection has open or locked must not go back to the pool with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_given_up_or_fails_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let lock = format!("SELECT FROM providers WHERE tenant_id = '{tenant}' FOR UPDATE");
    let locked = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
    for _ in 0..3 {
        let waiting = app.platform.db.tenant_then(tenant, &lock);
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(200), waiting).await.is_err(),
            "it does not wait for the lock"
        );
        assert!(app.platform.db.tenant_then(tenant, "SELECT 1 / 0").await.is_err());
    }
    locked.rollback().await.unwrap();
    for _ in 0..40 {
        let mut tx = app.platform.db.tenant_then(tenant, &lock).await.unwrap();
        sqlx::query("SELECT 1").execute(&mut *tx).await.unwrap();
    }
    let began = std::time::Instant::now();
    let open = "SELECT to_jsonb(query) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    while !app.query(open).await.is_empty() {
        assert!(began.elapsed().as_secs() < 5, "{:?}", app.query(open).await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// A group's answers are given when its commit is on disk, though others need not wait for the disk
/// to have their turn.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_and_begun_anew_is_on_disk_and_unlocked() {
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
    // Often, for the log goes to disk now and then without being asked to, and with whoever else
    // commits.
    for round in 0..50 {
        sqlx::query("UPDATE providers SET name = name || '.'").execute(&mut *tx).await.unwrap();
        let lsn: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        early += u32::from(!on_disk(&lsn).await);
        Db::commit_and_begin(&mut tx, tenant).await.unwrap();
        assert!(on_disk(&lsn).await, "round {round}: committed, and not on disk");
        let dots: i32 =
            sqlx::query_scalar("SELECT length(name) - length(rtrim(name, '.')) FROM providers")
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        assert_eq!(dots, round + 1, "begun anew in the same scope");
        db.tenant_then(tenant, &format!("SET LOCAL lock_timeout = '1s'; {lock}"))
            .await
            .expect("nothing is locked")
            .rollback()
            .await
            .unwrap();
    }
    assert!(early > 0, "all was on disk before it was committed: this shows nothing");
    tx.rollback().await.unwrap();
    another.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_wrong_goes_by_the_database_s() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // holds last ten minutes
    let early = app.live_sale(tenant, SaleMode::Hosted).await;
    let soon = (app.platform.clock.now() + Duration::minutes(5)).format(&Rfc3339).unwrap();
    app.edit_content(tenant, early.id, "starts_at", soon.into()).await;
    app.allocator.hold(wish(&sale, 0, 1)).await.unwrap();

    for off in [Duration::minutes(11), Duration::minutes(-11)] {
        let node = app.another_node(Clock::started_at(app.platform.clock.unshifted() + off)).await;
        let difference = node.clock.now() - app.platform.clock.now();
        assert!(
            difference.abs() < Duration::SECOND,
            "{off} off, and {difference} after it was set"
        );
        let allocator = Allocator::new(&node, &SaleCache::new(&node), &Sessions::new(&node));
        assert!(
            matches!(
                allocator.hold(wish(&early, 0, 1)).await,
                Err(Error::Conflict { code: "not_started", .. })
            ),
            "{off}: sold before the start"
        );
        assert_eq!(stock::expire_due(&node).await.unwrap(), 0, "{off}: expired what others hold");
        let HoldOutcome::Held(hold) = allocator.hold(wish(&sale, 0, 1)).await.unwrap() else {
            panic!("put in line")
        };
        let lasts = hold.expires_at - app.platform.clock.now();
        assert!(
            (lasts - Duration::minutes(10)).abs() < Duration::seconds(5),
            "{off}: the hold lasts {lasts}"
        );
    }

    // A machine whose clock is set while it runs; and what a test moves on purpose stays moved.
    let node = app.another_node(Clock::default()).await;
    node.clock.correct(Duration::minutes(-20));
    node.clock.advance(Duration::minutes(11));
    timekeeper::set(&node.db, &node.clock).await.unwrap();
    let ahead = node.clock.now() - app.platform.clock.now() - Duration::minutes(11);
    assert!(ahead.abs() < Duration::SECOND, "{ahead} beside the shift");
    assert_eq!(stock::expire_due(&node).await.unwrap(), 3, "by this clock they have run out");
}
