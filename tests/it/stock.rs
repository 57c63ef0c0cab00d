//! Holds: the story over HTTP, and that nothing oversells, whatever happens at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use smp::{
    kernel::{AccountId, Error, HoldId, TenantId},
    platform::{Platform, broker::Notice},
    sales::SaleMode,
    stock::{self, Allocator, Hold, HoldOutcome, HoldRequest},
};
use sqlx::{AssertSqlSafe, Row};
use tokio::{sync::Barrier, task::JoinSet};
use uuid::Uuid;

use crate::support::{Client, TestApp, sales::LiveSale};

fn wish(sale: &LiveSale, nth: usize, account: AccountId, quantity: i32, key: &str) -> HoldRequest {
    HoldRequest {
        sale_slug: sale.slug.clone(),
        sale_item_id: sale.items[nth],
        account,
        quantity,
        idempotency_key: key.to_owned(),
        visit_id: None,
        wait: false,
        accept_fewer: false,
    }
}

/// Holds without waiting in line.
async fn take(allocator: &Allocator, request: HoldRequest) -> Result<Hold, Error> {
    match allocator.hold(request).await? {
        HoldOutcome::Held(hold) => Ok(hold),
        waiting @ HoldOutcome::Waiting(..) => panic!("put in line: {waiting:?}"),
    }
}

fn code(result: Result<Hold, Error>) -> &'static str {
    match result {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// Holds, coming again while the node says that it is busy, as callers do.
async fn patient(allocator: &Allocator, request: &HoldRequest) -> Result<Hold, Error> {
    loop {
        match take(allocator, request.clone()).await {
            Err(Error::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            answer => return answer,
        }
    }
}

async fn sell(platform: &Platform, tenant: TenantId, hold: HoldId) -> bool {
    let mut tx = platform.db.tenant(tenant).await.unwrap();
    let sold = stock::sell(&mut tx, tenant, hold, platform.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    sold
}

async fn give_back(
    platform: &Platform,
    tenant: TenantId,
    hold: HoldId,
    quantity: i32,
) -> Result<(), Error> {
    let mut tx = platform.db.tenant(tenant).await?;
    stock::return_units(&mut tx, tenant, hold, quantity, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// (held, sold) of an item, after checking that the counters are the sum of the holds and fit the
/// capacity.
async fn counted(app: &TestApp, sale: &LiveSale, item: usize) -> (i64, i64) {
    let checked = stock::check(&app.platform, Some(&sale.slug), None).await.unwrap();
    assert!(
        checked.iter().all(stock::ItemCheck::agrees),
        "the counters are not the sum of the holds: {checked:?}"
    );
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let missed = "SELECT count(*) FROM stock k WHERE holds_made <> (SELECT count(*) FROM holds h WHERE h.sale_item_id = k.sale_item_id)";
    assert_eq!(
        sqlx::query_scalar::<_, i64>(missed).fetch_one(&mut *tx).await.unwrap(),
        0,
        "each hold is counted as it is made"
    );
    checked
        .iter()
        .find(|check| check.sale_item_id == sale.items[item])
        .map(|check| (check.held, check.sold))
        .unwrap()
}

/// No shopper has more of an item than it allows.
async fn nobody_has_more_than(app: &TestApp, tenant: TenantId, limit: i64) {
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let rows = sqlx::query(
        "SELECT sum(quantity - returned) AS units FROM holds WHERE state IN ('held', 'sold') GROUP BY sale_item_id, account_id",
    );
    let most =
        rows.fetch_all(&mut *tx).await.unwrap().iter().map(|row| row.get::<i64, _>("units")).max();
    assert!(most.unwrap_or(0) <= limit, "someone has {most:?}, the limit is {limit}");
}

async fn change(app: &TestApp, sql: &str) {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn buy(
    client: &Client,
    sale: &LiveSale,
    item: usize,
    quantity: i64,
) -> crate::support::client::Answer {
    client
        .post(
            &format!("/api/v1/sales/{}/holds", sale.slug),
            &json!({"sale_item_id": sale.items[item], "quantity": quantity}),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_holds_sees_the_clock_and_gives_back() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    buy(&app.anonymous(), &sale, 0, 1).await.problem(401);

    let hold = buy(&ada, &sale, 0, 2).await.json(201);
    assert_eq!(hold["unit_price"], json!({"amount": 4900, "currency": "EUR"}));
    assert_eq!(
        (&hold["item_name"], &hold["state"], &hold["quantity"], &hold["sale_slug"]),
        (&json!("Sand"), &json!("held"), &json!(2), &json!(sale.slug))
    );
    let list = ada.get("/api/v1/me/holds").await.json(200);
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["id"]),
        (1, &hold["id"])
    );
    assert_eq!(bob.get("/api/v1/me/holds").await.json(200)["items"], json!([]));
    assert_eq!(counted(&app, &sale, 0).await, (2, 0));

    let path = format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap());
    bob.delete(&path).await.problem(404);
    ada.delete(&path).await.expect(204);
    assert_eq!(ada.delete(&path).await.problem(409), "not_held");
    assert_eq!(counted(&app, &sale, 0).await, (0, 0));
    let events = app
        .query("SELECT jsonb_build_array(type, coalesce(payload->'quantity', payload->'units')) FROM events WHERE type LIKE 'hold.%' ORDER BY sequence")
        .await;
    assert_eq!(events, [json!(["hold.created", 2]), json!(["hold.released", 2])]);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_cannot_be_says_why() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let other = app.live_sale(tenant, SaleMode::Redirect).await;
    let ada = app.shopper("ada").await;
    for quantity in [0, -1] {
        assert_eq!(buy(&ada, &sale, 0, quantity).await.wrong_fields(), ["quantity"]);
    }
    assert_eq!(
        ada.post(&format!("/api/v1/sales/{}/holds", sale.slug), &json!({"quantity": "2"}))
            .await
            .wrong_fields(),
        ["sale_item_id", "quantity"]
    );
    assert_eq!(
        buy(
            &ada,
            &LiveSale { slug: sale.slug.clone(), id: sale.id, items: other.items.clone() },
            0,
            1
        )
        .await
        .wrong_fields(),
        ["sale_item_id"]
    );
    ada.post("/api/v1/sales/nowhere/holds", &json!({"sale_item_id": sale.items[0], "quantity": 1}))
        .await
        .problem(404);
    assert_eq!(buy(&ada, &other, 0, 1).await.problem(409), "redirect_sale");
    let key = ada
        .request(reqwest::Method::POST, &format!("/api/v1/sales/{}/holds", sale.slug))
        .header("Idempotency-Key", "k".repeat(101));
    assert_eq!(
        ada.send(key.json(&json!({"sale_item_id": sale.items[0], "quantity": 1})))
            .await
            .wrong_fields(),
        ["Idempotency-Key"]
    );

    let refused = buy(&ada, &sale, 0, 3).await;
    assert_eq!(refused.problem(409), "limit_reached");
    assert!(refused.text.contains("up to 2"), "{}", refused.text);
    buy(&ada, &sale, 0, 1).await.json(201);
    let refused = buy(&ada, &sale, 0, 2).await;
    assert!(
        refused.problem(409) == "limit_reached" && refused.text.contains("1 more"),
        "{}",
        refused.text
    );
    for account in [AccountId::new(), AccountId::new()] {
        take(&app.allocator, wish(&sale, 1, account, 2, "k")).await.unwrap();
    }
    let impatient = json!({"sale_item_id": sale.items[1], "quantity": 2, "wait": false});
    let refused = ada.post(&format!("/api/v1/sales/{}/holds", sale.slug), &impatient).await;
    assert!(
        refused.problem(409) == "sold_out" && refused.text.contains("Only 1"),
        "{}",
        refused.text
    );
    buy(&ada, &sale, 1, 1).await.json(201);
    assert_eq!(
        code(take(&app.allocator, wish(&sale, 1, AccountId::new(), 1, "k")).await),
        "sold_out"
    );

    let clock = &app.platform.clock;
    clock.advance(time::Duration::hours(-2));
    let refused = buy(&ada, &sale, 0, 1).await;
    assert!(
        refused.problem(409) == "not_started" && refused.text.contains("starts at 20"),
        "{}",
        refused.text
    );
    clock.advance(time::Duration::hours(30));
    assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), "ended");
    clock.advance(time::Duration::hours(-28));
    for (sql, expected) in [
        ("UPDATE sales SET state = 'halted'", "halted"),
        ("UPDATE sales SET state = 'cancelled'", "cancelled"),
        ("UPDATE sales SET state = 'approved'; UPDATE providers SET state = 'suspended'", "halted"),
    ] {
        for sql in sql.split("; ") {
            change(&app, sql).await;
        }
        app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
        tokio::time::sleep(Duration::from_millis(50)).await; // every node has heard it
        assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), expected);
    }
    assert_eq!(counted(&app, &sale, 0).await, (1, 0), "a refusal changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_hold_even_at_once() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = AccountId::new();
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (allocator, request) = (app.allocator.clone(), wish(&sale, 0, ada, 2, "press"));
        tries.spawn(async move { patient(&allocator, &request).await.unwrap().id });
    }
    let ids = tries.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "one key gave several holds");
    assert_eq!(counted(&app, &sale, 0).await, (2, 0));
    assert_eq!(
        code(take(&app.allocator, wish(&sale, 0, ada, 1, "press")).await),
        "idempotency_conflict"
    );

    // The answer stays the same when the sale is over, and another shopper's same key is another
    // hold.
    take(&app.allocator, wish(&sale, 0, AccountId::new(), 1, "press")).await.unwrap();
    change(&app, "UPDATE sales SET state = 'cancelled'").await;
    assert_eq!(take(&app.allocator, wish(&sale, 0, ada, 2, "press")).await.unwrap().id, ids[0]);
    assert_eq!(code(take(&app.allocator, wish(&sale, 0, ada, 1, "other")).await), "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn units_come_back_when_a_hold_runs_out_or_is_refunded() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let platform = &app.platform;
    let [lost, bought] = [AccountId::new(), AccountId::new()];
    let lost = take(&app.allocator, wish(&sale, 0, lost, 2, "k")).await.unwrap();
    let hold = take(&app.allocator, wish(&sale, 0, bought, 2, "k")).await.unwrap();
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0);

    // Whatever the clock says, a hold that was not swept yet can be sold, once.
    platform.clock.advance(time::Duration::seconds(601));
    assert!(sell(platform, tenant, hold.id).await);
    assert!(!sell(platform, tenant, hold.id).await, "sold twice");
    assert_eq!(stock::expire_due(platform).await.unwrap(), 1);
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0);
    assert!(!sell(platform, tenant, lost.id).await, "sold after it ran out");
    assert_eq!(counted(&app, &sale, 0).await, (0, 2));

    give_back(platform, tenant, hold.id, 1).await.unwrap();
    assert!(matches!(
        give_back(platform, tenant, hold.id, 2).await,
        Err(Error::Conflict { code: "not_sold", .. })
    ));
    assert!(matches!(
        give_back(platform, tenant, lost.id, 1).await,
        Err(Error::Conflict { code: "not_sold", .. })
    ));
    assert!(matches!(give_back(platform, tenant, HoldId::new(), 1).await, Err(Error::NotFound(_))));
    assert_eq!(counted(&app, &sale, 0).await, (0, 1));
    // What was given back counts against no limit.
    take(&app.allocator, wish(&sale, 0, bought, 1, "again")).await.unwrap();
    assert_eq!(
        code(take(&app.allocator, wish(&sale, 0, bought, 1, "more")).await),
        "limit_reached"
    );
    let expired = app.query("SELECT payload FROM events WHERE type = 'hold.expired'").await;
    assert_eq!((expired.len(), &expired[0]["lines"][0]["hold_id"]), (1, &json!(lost.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sweep_finds_what_ran_out_everywhere() {
    let app = TestApp::start().await;
    let platform = &app.platform;
    let mut sales = vec![];
    for name in ["kiln", "loom", "mill"] {
        let tenant = app.provider(name).await;
        sales.push((tenant, app.live_sale(tenant, SaleMode::Hosted).await));
    }
    let mut kept = vec![];
    for (tenant, sale) in &sales {
        for nth in 0..sale.items.len() {
            take(&app.allocator, wish(sale, nth, AccountId::new(), 1, "k")).await.unwrap();
        }
        let hold = take(&app.allocator, wish(sale, 0, AccountId::new(), 1, "k")).await.unwrap();
        let mut tx = platform.db.tenant(*tenant).await.unwrap();
        stock::pause_expiry(
            &mut tx,
            &[hold.id],
            platform.clock.now() + time::Duration::minutes(20),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        kept.push(hold.id);
    }
    let items: usize = sales.iter().map(|(_, sale)| sale.items.len()).sum();
    platform.clock.advance(time::Duration::seconds(601));
    assert_eq!(stock::expire_due(platform).await.unwrap(), items as u64);
    assert_eq!(stock::expire_due(platform).await.unwrap(), 0, "what is being paid for is kept");
    platform.clock.advance(time::Duration::minutes(20));
    assert_eq!(stock::expire_due(platform).await.unwrap(), kept.len() as u64);
}

/// Reads, then writes what it read less one: the way that oversells. It shows that the race below
/// is a race.
#[tokio::test(flavor = "multi_thread")]
async fn a_naive_shop_oversells() {
    let app = TestApp::start().await;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(50)
        .connect(&app.owner_url)
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE naive_stock (units int NOT NULL CHECK (units >= 0)); INSERT INTO naive_stock VALUES (20)").execute(&pool).await.unwrap();
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
    assert!(sold > 20, "the naive shop sold only {sold} of 20: this test no longer makes a race");
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
            wish(&sale, 0, accounts[nth % 60], 1, &format!("try {nth}")),
        );
        rush.spawn(async move {
            gate.wait().await;
            patient(&allocator, &request).await
        });
    }
    let mut answers: HashMap<&str, u32> = HashMap::new();
    for answer in rush.join_all().await {
        *answers.entry(answer.map_or_else(|error| code(Err(error)), |_| "held")).or_default() += 1;
    }
    assert_eq!(answers["held"], 20, "{answers:?}");
    assert_eq!(answers.values().sum::<u32>(), 200);
    assert!(
        answers.keys().all(|code| ["held", "sold_out", "limit_reached"].contains(code)),
        "{answers:?}"
    );
    assert_eq!(counted(&app, &sale, 0).await, (20, 0));
    nobody_has_more_than(&app, tenant, 2).await;
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
    nobody_has_more_than(&app, tenant, 2).await;
}

/// Holds, releases, sells, gives back, expires at random, as `seed` has it.
async fn wander(
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
        let (deed, quantity) = (random.random_range(0..100), random.random_range(1..=2));
        let known = mine.choose(&mut random).copied();
        match (deed, known) {
            (0..45, _) | (_, None) => {
                let key =
                    if deed % 5 == 0 { "shared".to_owned() } else { format!("{seed} {step}") };
                match patient(
                    &allocator,
                    &wish(&sale, random.random_range(0..2), account, quantity, &key),
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
                let returned = give_back(&platform, tenant, hold, quantity).await;
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
async fn the_counters_are_the_sum_of_the_holds_whatever_happens_at_once() {
    let seed: u64 = Uuid::new_v4().as_u64_pair().0;
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = Arc::new(app.live_sale(tenant, SaleMode::Hosted).await);
    let accounts: Arc<Vec<AccountId>> = Arc::new((0..8).map(|_| AccountId::new()).collect());
    println!("seed {seed}");
    let mut tasks = JoinSet::new();
    for nth in 0..6 {
        tasks.spawn(wander(
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
        // Also half-way: every commit keeps the invariant.
        counted(&app, &sale, 0).await;
        nobody_has_more_than(&app, tenant, 2).await;
    }
    platform_is_empty_after_the_last_hold_ran_out(&app, &sale).await;
}

async fn platform_is_empty_after_the_last_hold_ran_out(app: &TestApp, sale: &LiveSale) {
    app.platform.clock.advance(time::Duration::hours(1));
    stock::expire_due(&app.platform).await.unwrap();
    for item in 0..sale.items.len() {
        assert_eq!(counted(app, sale, item).await.0, 0, "something is held for ever");
    }
    let unresolved = app
        .query("SELECT to_jsonb(h) FROM holds h WHERE (state = 'held') OR (resolved_at IS NULL)")
        .await;
    assert!(unresolved.is_empty(), "{unresolved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_presses_too_often_is_told_when_to_come_again() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, bob) = (app.shopper("ada").await, app.shopper("bob").await);
    let mut refused = None;
    for _ in 0..40 {
        let answer = buy(&ada, &sale, 0, 3).await;
        if answer.status.as_u16() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.problem(409), "limit_reached");
    }
    let refused = refused.expect("a flood is stopped");
    assert_eq!(refused.problem(429), "too_many");
    let seconds: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=11).contains(&seconds), "{seconds}");
    buy(&bob, &sale, 0, 1).await.json(201);
    app.platform.clock.advance(time::Duration::seconds(20));
    buy(&ada, &sale, 0, 1).await.json(201);
    assert_eq!(counted(&app, &sale, 0).await, (2, 0), "a refusal changes nothing");
}
