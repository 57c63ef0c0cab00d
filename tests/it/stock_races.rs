//! Many shoppers at the same time: nothing oversells, and each stock row stays the sum of its
//! holds.

use std::{collections::HashMap, sync::Arc};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use smp::{
    kernel::{AccountId, Error, HoldId, TenantId},
    platform::Platform,
    sales::SaleMode,
    stock::{self, Allocator},
};
use sqlx::Row;
use tokio::{sync::Barrier, task::JoinSet};
use uuid::Uuid;

use crate::{
    stock::{code, counted, hold_patiently, return_units, sell},
    support::{TestApp, sales::LiveSale, stock::buy},
};

/// Checks that no shopper has more units of an item than its limit.
async fn assert_limit(app: &TestApp, tenant: TenantId, limit: i64) {
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let rows = sqlx::query(
        "SELECT sum(quantity - returned) AS units FROM holds WHERE state IN ('held', 'sold')
         GROUP BY sale_item_id, account_id",
    );
    let most =
        rows.fetch_all(&mut *tx).await.unwrap().iter().map(|row| row.get::<i64, _>("units")).max();
    assert!(most.unwrap_or(0) <= limit, "a shopper has {most:?}, the limit is {limit}");
}

/// Reads the units, then writes one less. It oversells, which shows that the tests below do race.
#[tokio::test(flavor = "multi_thread")]
async fn reading_before_writing_oversells() {
    let app = TestApp::start().await;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(50)
        .connect(&app.owner_url)
        .await
        .unwrap();
    let table = "
        CREATE TABLE naive_stock (units int NOT NULL CHECK (units >= 0));
        INSERT INTO naive_stock VALUES (20)";
    sqlx::raw_sql(table).execute(&pool).await.unwrap();
    let (gate, mut buyers) = (Arc::new(Barrier::new(50)), JoinSet::new());
    for _ in 0..50 {
        let (pool, gate) = (pool.clone(), gate.clone());
        buyers.spawn(async move {
            let left: i32 =
                sqlx::query_scalar("SELECT units FROM naive_stock").fetch_one(&pool).await.unwrap();
            gate.wait().await;
            left > 0
                && sqlx::query("UPDATE naive_stock SET units = $1")
                    .bind(left - 1)
                    .execute(&pool)
                    .await
                    .is_ok()
        });
    }
    let sold = buyers.join_all().await.into_iter().filter(|bought| *bought).count();
    pool.close().await;
    assert!(sold > 20, "only {sold} of 20 were sold: the buyers no longer race");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_never_oversells() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let accounts: Vec<AccountId> = (0..60).map(|_| AccountId::new()).collect();
    let (gate, mut rush) = (Arc::new(Barrier::new(200)), JoinSet::new());
    for nth in 0..200 {
        let (allocator, gate, request) = (
            app.allocator.clone(),
            gate.clone(),
            sale.request(0, accounts[nth % 60], 1, &format!("try {nth}")),
        );
        rush.spawn(async move {
            gate.wait().await;
            hold_patiently(&allocator, &request).await
        });
    }
    let mut outcomes: HashMap<&str, u32> = HashMap::new();
    for outcome in rush.join_all().await {
        *outcomes.entry(outcome.map_or_else(|error| code(Err(error)), |_| "held")).or_default() +=
            1;
    }
    assert_eq!(outcomes["held"], 20, "{outcomes:?}");
    assert_eq!(outcomes.values().sum::<u32>(), 200);
    assert!(
        outcomes.keys().all(|code| ["held", "sold_out", "limit_reached"].contains(code)),
        "{outcomes:?}"
    );
    assert_eq!(counted(&app, &sale, 0).await, (20, 0));
    assert_limit(&app, tenant, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_over_http_never_oversells() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = Arc::new(app.live_sale(tenant, SaleMode::Hosted).await);
    let mut rush = JoinSet::new();
    for nth in 0..6 {
        let client = Arc::new(app.shopper(&format!("shopper{nth}")).await);
        for _ in 0..4 {
            let (client, sale) = (client.clone(), sale.clone());
            rush.spawn(async move { buy(&client, &sale, 1, 1).await.status.as_u16() });
        }
    }
    let statuses = rush.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 202, 409].contains(status)), "{statuses:?}");
    assert_eq!(counted(&app, &sale, 1).await, (5, 0));
    assert_limit(&app, tenant, 2).await;
}

/// Holds, releases, sells, returns and expires at random, from a seed.
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
    for step in 0..40 {
        let account = *accounts.choose(&mut random).unwrap();
        let (action, quantity) = (random.random_range(0..100), random.random_range(1..=2));
        let known = mine.choose(&mut random).copied();
        match (action, known) {
            (0..45, _) | (_, None) => {
                let key =
                    if action % 5 == 0 { "shared".to_owned() } else { format!("{seed} {step}") };
                match hold_patiently(
                    &allocator,
                    &sale.request(random.random_range(0..2), account, quantity, &key),
                )
                .await
                {
                    Ok(hold) => mine.push((hold.account, hold.id)),
                    Err(error) => assert!(matches!(error, Error::Conflict { .. }), "{error:?}"),
                }
            }
            (45..60, Some((account, hold))) => {
                let released = stock::release(&platform, account, hold).await;
                assert!(
                    matches!(released, Ok(()) | Err(Error::Conflict { code: "not_held", .. })),
                    "{released:?}"
                );
            }
            (60..80, Some((_, hold))) => drop(sell(&platform, tenant, hold).await),
            (80..92, Some((_, hold))) => {
                let returned = return_units(&platform, tenant, hold, quantity).await;
                assert!(
                    matches!(returned, Ok(()) | Err(Error::Conflict { code: "not_sold", .. })),
                    "{returned:?}"
                );
            }
            _ => {
                platform.clock.advance(time::Duration::seconds(random.random_range(0..400)));
                stock::expire_due(&platform).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_the_sum_of_the_holds_whatever_happens_at_the_same_time() {
    let seed: u64 = Uuid::new_v4().as_u64_pair().0;
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = Arc::new(app.live_sale(tenant, SaleMode::Hosted).await);
    let accounts: Arc<Vec<AccountId>> = Arc::new((0..8).map(|_| AccountId::new()).collect());
    println!("seed {seed}");
    let mut tasks = JoinSet::new();
    for nth in 0..6 {
        tasks.spawn(act_at_random(
            app.platform.clone(),
            app.allocator.clone(),
            tenant,
            sale.clone(),
            accounts.clone(),
            seed.wrapping_add(nth),
        ));
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
        // Also in between: every commit keeps the invariant.
        counted(&app, &sale, 0).await;
        assert_limit(&app, tenant, 2).await;
    }
    assert_nothing_stays_held(&app, &sale).await;
}

async fn assert_nothing_stays_held(app: &TestApp, sale: &LiveSale) {
    app.platform.clock.advance(time::Duration::hours(1));
    stock::expire_due(&app.platform).await.unwrap();
    for item in 0..sale.items.len() {
        assert_eq!(counted(app, sale, item).await.0, 0, "a hold never expires");
    }
    let unresolved = app
        .query("SELECT to_jsonb(h) FROM holds h WHERE (state = 'held') OR (resolved_at IS NULL)")
        .await;
    assert!(unresolved.is_empty(), "{unresolved:?}");
}
