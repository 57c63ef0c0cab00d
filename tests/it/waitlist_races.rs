//! Many shoppers on a waitlist at the same time: nothing oversells, and nobody is overtaken.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use smp::{
    kernel::{AccountId, Error, HoldId, TenantId},
    platform::Platform,
    sales::SaleMode,
    stock::{self, Allocator, HoldOutcome, HoldRequest},
};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    receipt::{end, receipt},
    support::{TestApp, sales::LiveSale, stock::assert_stock_agrees},
    waitlist::wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_on_two_nodes_holds_every_unit_once_and_the_rest_waits() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let other_node = app.another_allocator().await;
    let mut rush = JoinSet::new();
    for nth in 0..600 {
        let (allocator, request) = (
            if nth % 2 == 0 { app.allocator.clone() } else { other_node.clone() },
            wait(&sale, 0, AccountId::new(), 1, "press"),
        );
        rush.spawn(async move {
            // Every client sends its request three times.
            let first = allocator.hold(request.clone()).await.unwrap();
            for _ in 0..2 {
                let again = allocator.hold(request.clone()).await.unwrap();
                assert_eq!(id(&again), id(&first));
            }
            first
        });
    }
    let outcomes = rush.join_all().await;
    let held = outcomes.iter().filter(|outcome| matches!(outcome, HoldOutcome::Held(_))).count();
    let mut positions: Vec<i64> =
        outcomes
            .iter()
            .filter_map(|outcome| {
                if let HoldOutcome::Waiting(_, position) = outcome { *position } else { None }
            })
            .collect();
    positions.sort_unstable();
    assert_eq!((held, positions), (20, (1..=580).collect()), "each position is given once");
    assert_stock_agrees(&app, &sale).await;
    end(&app).await;
    receipt(&app, &sale).await;
}

fn id(outcome: &HoldOutcome) -> Uuid {
    match outcome {
        HoldOutcome::Held(hold) => hold.id.0,
        HoldOutcome::Waiting(entry, _) => entry.id.0,
    }
}

async fn in_tenant<T>(
    platform: &Platform,
    tenant: TenantId,
    action: impl AsyncFnOnce(&mut sqlx::PgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tx = platform.db.tenant(tenant).await?;
    let done = action(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}

async fn execute(platform: &Platform, tenant: TenantId, sql: &str) {
    let mut tx = platform.db.tenant(tenant).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Holds, waits, pays, pays late, releases, refunds, restocks and leaves at random, from a seed.
async fn act_at_random(
    platform: Platform,
    allocator: Allocator,
    tenant: TenantId,
    sale: Arc<LiveSale>,
    accounts: Arc<Vec<AccountId>>,
    seed: u64,
) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut mine: Vec<(AccountId, HoldId)> = vec![];
    for step in 0..50 {
        let account = *accounts.choose(&mut random).unwrap();
        let (action, quantity) = (random.random_range(0..100), random.random_range(1..=2));
        let known = mine.choose(&mut random).copied();
        let now = platform.clock.now();
        let outcome: Result<(), Error> = match (action, known) {
            (0..45, _) | (_, None) => {
                let request = HoldRequest {
                    accept_fewer: action % 3 == 0,
                    ..wait(&sale, 1, account, quantity, &format!("{seed} {step}"))
                };
                allocator.hold(request).await.map(|outcome| {
                    if let HoldOutcome::Held(hold) = outcome {
                        mine.push((hold.account, hold.id));
                    }
                })
            }
            (45..55, Some((account, hold))) => stock::release(&platform, account, hold).await,
            (55..74, Some((_, hold))) => {
                in_tenant(&platform, tenant, async |conn| {
                    stock::sell_all(conn, &[vec![(tenant, hold)]], now).await.map(drop)
                })
                .await
            }
            (74..84, Some((_, hold))) => {
                in_tenant(&platform, tenant, async |conn| {
                    stock::return_units(conn, tenant, hold, quantity, now).await.map(drop)
                })
                .await
            }
            (84..90, _) => {
                let mut tx = platform.db.shopper(Some(account)).await.unwrap();
                let entries = stock::entries_of(&mut tx, account).await.unwrap();
                drop(tx);
                for entry in &entries {
                    mine.extend(entry.hold_id.map(|hold| (account, hold)));
                }
                match entries.first() {
                    Some(entry) => stock::leave(&platform, account, entry.id).await,
                    None => Ok(()),
                }
            }
            (90..93, _) => {
                // A larger capacity was approved.
                let sql = format!(
                    "UPDATE stock SET capacity = capacity + 1, verified = verified + 1
                     WHERE sale_item_id = '{}'",
                    sale.items[1]
                );
                execute(&platform, tenant, &sql).await;
                stock::serve_waitlists(&platform).await.map(drop)
            }
            _ => {
                platform.clock.advance(time::Duration::seconds(random.random_range(0..400)));
                stock::expire_due(&platform).await.map(drop)
            }
        };
        assert!(matches!(outcome, Ok(()) | Err(Error::Conflict { .. })), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_oversold_and_nobody_overtaken_whatever_happens_at_the_same_time() {
    let seed: u64 = Uuid::new_v4().as_u64_pair().0;
    println!("seed {seed}");
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = Arc::new(app.live_sale(tenant, SaleMode::Hosted).await);
    let allocators = [app.allocator.clone(), app.another_allocator().await];
    let accounts: Arc<Vec<AccountId>> = Arc::new((0..12).map(|_| AccountId::new()).collect());
    let mut tasks = JoinSet::new();
    for nth in 0..6 {
        let allocator = allocators[usize::try_from(nth % 2).unwrap()].clone();
        tasks.spawn(act_at_random(
            app.platform.clone(),
            allocator,
            tenant,
            sale.clone(),
            accounts.clone(),
            seed.wrapping_add(nth),
        ));
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
        assert_stock_agrees(&app, &sale).await;
    }
    end(&app).await;
    assert_stock_agrees(&app, &sale).await;
    receipt(&app, &sale).await;
}
