//! The line: who comes after the last unit waits, who is first is offered first, and the receipt
//! proves it.

use std::{collections::HashMap, sync::Arc};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, Error, HoldId, TenantId},
    platform::Platform,
    sales::SaleMode,
    stock::{self, Allocator, HoldOutcome, HoldRequest},
};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{Client, TestApp, client::Answer as HttpAnswer, sales::LiveSale};

fn wish(sale: &LiveSale, nth: usize, account: AccountId, quantity: i32, key: &str) -> HoldRequest {
    HoldRequest {
        sale_slug: sale.slug.clone(),
        sale_item_id: sale.items[nth],
        account,
        quantity,
        idempotency_key: key.to_owned(),
        visit_id: None,
        wait: true,
        accept_fewer: false,
    }
}

async fn buy(client: &Client, sale: &LiveSale, item: usize, quantity: i64) -> HttpAnswer {
    client
        .post(
            &format!("/api/v1/sales/{}/holds", sale.slug),
            &json!({"sale_item_id": sale.items[item], "quantity": quantity}),
        )
        .await
}

async fn mine(client: &Client) -> Value {
    client.get("/api/v1/me/waitlist").await.json(200)["items"].clone()
}

/// The receipt as anyone gets it, after the sale; it holds.
async fn receipt(app: &TestApp, sale: &LiveSale) -> String {
    let path = format!("/api/v1/sales/{}/receipt", sale.slug);
    let answer = app.anonymous().get(&path).await;
    let text = answer.expect(200).to_owned();
    stock::verify_receipt(&text).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
    text
}

async fn end(app: &TestApp) {
    app.platform.clock.advance(time::Duration::hours(48));
    stock::expire_due(&app.platform).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shopper_after_the_last_unit_is_put_in_line_and_offered_what_comes_free() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    let [ada, bob, cleo] =
        [app.shopper("ada").await, app.shopper("bob").await, app.shopper("cleo").await];
    for nth in 0..2 {
        app.allocator.hold(wish(&sale, 1, AccountId::new(), 2, &format!("{nth}"))).await.unwrap();
    }
    let hold = buy(&ada, &sale, 1, 1).await.json(201);

    let place = buy(&bob, &sale, 1, 2).await.json(202);
    assert_eq!(
        (&place["state"], &place["position"], &place["quantity"]),
        (&json!("waiting"), &json!(1), &json!(2))
    );
    let again = buy(&bob, &sale, 1, 2).await.json(202);
    assert_eq!(again["id"], place["id"], "one shopper has one place");
    assert_eq!(buy(&bob, &sale, 1, 1).await.problem(409), "already_waiting");
    assert_eq!(buy(&cleo, &sale, 1, 1).await.json(202)["position"], 2);
    let patient = json!({"sale_item_id": sale.items[1], "quantity": 1, "wait": false});
    assert_eq!(
        app.shopper("dan")
            .await
            .post(&format!("/api/v1/sales/{}/holds", sale.slug), &patient)
            .await
            .problem(409),
        "sold_out"
    );
    let waiting = mine(&bob).await;
    assert!(
        waiting[0]["chance"].as_f64().is_some_and(|chance| (0.0..=1.0).contains(&chance)),
        "{waiting}"
    );

    // One unit comes free. Bob wants two, all or nothing, so it is Cleo's; Bob keeps his place.
    ada.delete(&format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(
        (&mine(&cleo).await[0]["state"], &mine(&bob).await[0]["position"]),
        (&json!("offered"), &json!(1))
    );
    let held = cleo.get("/api/v1/me/holds").await.json(200);
    assert_eq!(held["items"][0]["quantity"], 1);
    app.run_jobs().await;
    let letters =
        app.query("SELECT to_jsonb(subject) FROM messages WHERE template = 'waitlist_offer'").await;
    assert_eq!(letters.len(), 1, "{letters:?}");

    // Bob takes one rather than two; Cleo's offer runs out and passes on to him.
    let entry = place["id"].as_str().unwrap();
    ada.patch(&format!("/api/v1/me/waitlist/{entry}"), &json!({"accept_fewer": true}))
        .await
        .problem(404);
    bob.patch(&format!("/api/v1/me/waitlist/{entry}"), &json!({"accept_fewer": true}))
        .await
        .expect(204);
    app.platform.clock.advance(time::Duration::seconds(601));
    stock::expire_due(&app.platform).await.unwrap();
    assert_eq!(mine(&cleo).await, json!([]), "the offer lapsed");
    assert_eq!(mine(&bob).await[0]["state"], "offered");
    bob.delete(&format!("/api/v1/me/waitlist/{entry}")).await.expect(204);
    assert_eq!(mine(&bob).await, json!([]));
    bob.delete(&format!("/api/v1/me/waitlist/{entry}")).await.problem(409);

    app.anonymous().get(&format!("/api/v1/sales/{}/receipt", sale.slug)).await.problem(409);
    end(&app).await;
    let text = receipt(&app, &sale).await;
    assert!(!text.contains("test.example"), "a receipt names nobody");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_ask_at_once_are_told_where_each_stands() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    for (item, quantity, shoppers) in [(0, 2, 10), (1, 1, 5)] {
        for nth in 0..shoppers {
            app.allocator
                .hold(wish(&sale, item, AccountId::new(), quantity, &format!("{item} {nth}")))
                .await
                .unwrap();
        }
    }
    let accounts: Vec<AccountId> = (0..12).map(|_| AccountId::new()).collect();
    for (nth, account) in accounts.iter().enumerate() {
        let quantity = if nth % 3 == 0 { 2 } else { 1 };
        let answer = app
            .allocator
            .hold(wish(&sale, usize::from(nth % 4 != 0), *account, quantity, "wait"))
            .await
            .unwrap();
        assert!(matches!(answer, HoldOutcome::Waiting(..)), "{answer:?}");
    }
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let mut entries = stock::entries_of_each(&mut tx, &accounts).await.unwrap();
    drop(tx);
    assert_eq!(entries.len(), accounts.len());
    let gone = entries.remove(5);
    stock::leave(&app.platform, gone.account, gone.id).await.unwrap();
    entries.push(entries[3].clone());
    entries.reverse();

    let lines = stock::WaitlistPositions::new(&app.platform);
    let told = lines.outlooks(&entries).await.unwrap();
    for entry in &entries {
        let ahead: HashMap<_, _> = entries
            .iter()
            .filter(|other| {
                other.sale_item_id == entry.sale_item_id && other.position <= entry.position
            })
            .map(|e| (e.id, e))
            .collect();
        let place = i64::try_from(ahead.len()).unwrap();
        let alone = lines.outlooks(std::slice::from_ref(entry)).await.unwrap();
        assert_eq!((told[&entry.id].position, alone[&entry.id].position), (place, place));
        assert!(
            (told[&entry.id].chance - alone[&entry.id].chance).abs() < 1e-12,
            "{told:?} {alone:?}"
        );
    }
    let chance = |place| {
        told.values().find(|outlook| outlook.position == place).map(|outlook| outlook.chance)
    };
    assert!(chance(1) > chance(8), "who stands further back may hope for less: {told:?}");
    let nobody = stock::WaitlistEntry { sale_item_id: smp::kernel::SaleItemId::new(), ..gone };
    assert!(lines.outlooks(&[nobody]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_may_move_a_place_with_a_reason() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (manager, editor) = (app.staff("manager").await, app.member(tenant, "editor").await);
    for nth in 0..3 {
        app.allocator.hold(wish(&sale, 1, AccountId::new(), 2, &format!("{nth}"))).await.unwrap(); // the third waits for all or nothing
    }
    // The first who wants but one is given the one that is left; the others wait.
    for nth in 0..4 {
        let answer = app
            .allocator
            .hold(wish(&sale, 1, AccountId::new(), 1, &format!("late {nth}")))
            .await
            .unwrap();
        assert_eq!(matches!(answer, HoldOutcome::Held(_)), nth == 0);
    }
    let base = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    let line =
        editor.get(&format!("{base}/items/{}/waitlist?limit=2", sale.items[1])).await.json(200);
    let rest = editor
        .get(&format!("{base}/items/{}/waitlist?after={}", sale.items[1], line["next_after"]))
        .await
        .json(200);
    let ids: Vec<&str> = line["items"]
        .as_array()
        .unwrap()
        .iter()
        .chain(rest["items"].as_array().unwrap())
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 4);
    let path = format!("{base}/waitlist/{}/move", ids[3]);
    editor.post(&path, &json!({"before": ids[0], "reason": "a friend"})).await.problem(403);
    assert_eq!(
        manager.post(&path, &json!({"before": ids[0], "reason": " "})).await.wrong_fields(),
        ["reason"]
    );
    assert_eq!(
        manager.post(&path, &json!({"before": ids[3], "reason": "x"})).await.wrong_fields(),
        ["before"]
    );
    manager
        .post(&path, &json!({"before": ids[1], "reason": "Was thrown out by our own mistake."}))
        .await
        .expect(204);
    let line = editor.get(&format!("{base}/items/{}/waitlist", sale.items[1])).await.json(200);
    let order: Vec<&str> = line["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(order, [ids[0], ids[3], ids[1], ids[2]]);
    manager
        .post(
            &format!("{base}/waitlist/{}/move", ids[0]),
            &json!({"before": null, "reason": "Asked to be last."}),
        )
        .await
        .expect(204);
    let audit = app
        .query("SELECT details->'reason' FROM audit_log WHERE action = 'waitlist_move' ORDER BY id")
        .await;
    assert_eq!(audit, [json!("Was thrown out by our own mistake."), json!("Asked to be last.")]);
    let other = app.provider("other").await;
    app.member(other, "owner")
        .await
        .get(&format!("{base}/items/{}/waitlist", sale.items[1]))
        .await
        .problem(404);
    end(&app).await;
    receipt(&app, &sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_on_two_nodes_gives_every_unit_once_and_puts_the_rest_in_line() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let other_node = app.another_allocator().await;
    let mut rush = JoinSet::new();
    for nth in 0..600 {
        let (allocator, request) = (
            if nth % 2 == 0 { app.allocator.clone() } else { other_node.clone() },
            wish(&sale, 0, AccountId::new(), 1, "press"),
        );
        rush.spawn(async move {
            // A client that tries everything three times.
            let first = allocator.hold(request.clone()).await.unwrap();
            for _ in 0..2 {
                let again = allocator.hold(request.clone()).await.unwrap();
                assert_eq!(id(&again), id(&first));
            }
            first
        });
    }
    let answers = rush.join_all().await;
    let held = answers.iter().filter(|answer| matches!(answer, HoldOutcome::Held(_))).count();
    let mut places: Vec<i64> = answers
        .iter()
        .filter_map(
            |answer| if let HoldOutcome::Waiting(_, place) = answer { *place } else { None },
        )
        .collect();
    places.sort_unstable();
    assert_eq!((held, places), (20, (1..=580).collect()), "each place is given once");
    agrees(&app, &sale).await;
    end(&app).await;
    receipt(&app, &sale).await;
}

fn id(answer: &HoldOutcome) -> Uuid {
    match answer {
        HoldOutcome::Held(hold) => hold.id.0,
        HoldOutcome::Waiting(entry, _) => entry.id.0,
    }
}

async fn agrees(app: &TestApp, sale: &LiveSale) {
    let checked = stock::check(&app.platform, Some(&sale.slug), None).await.unwrap();
    assert!(checked.iter().all(stock::ItemCheck::agrees), "{checked:?}");
}

async fn in_tenant<T>(
    platform: &Platform,
    tenant: TenantId,
    deed: impl AsyncFnOnce(&mut sqlx::PgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tx = platform.db.tenant(tenant).await?;
    let done = deed(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}

async fn change(app: &TestApp, tenant: TenantId, sql: &str) {
    execute(&app.platform, tenant, sql).await;
}

async fn execute(platform: &Platform, tenant: TenantId, sql: &str) {
    let mut tx = platform.db.tenant(tenant).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Holds, waits, pays, pays late, lets go, refunds, restocks, leaves, at random, as `seed` has it.
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
    for step in 0..50 {
        let account = *accounts.choose(&mut random).unwrap();
        let (deed, quantity) = (random.random_range(0..100), random.random_range(1..=2));
        let known = mine.choose(&mut random).copied();
        let now = platform.clock.now();
        let outcome: Result<(), Error> = match (deed, known) {
            (0..45, _) | (_, None) => {
                let request = HoldRequest {
                    accept_fewer: deed % 3 == 0,
                    ..wish(&sale, 1, account, quantity, &format!("{seed} {step}"))
                };
                allocator.hold(request).await.map(|answer| {
                    if let HoldOutcome::Held(hold) = answer {
                        mine.push((hold.account, hold.id));
                    }
                })
            }
            (45..55, Some((account, hold))) => stock::release(&platform, account, hold).await,
            (55..68, Some((_, hold))) => {
                in_tenant(&platform, tenant, async |conn| {
                    stock::sell(conn, tenant, hold, now).await.map(drop)
                })
                .await
            }
            (68..74, Some((_, hold))) => {
                in_tenant(&platform, tenant, async |conn| {
                    stock::revive(conn, tenant, hold, now).await.map(drop)
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
                // More was approved for sale.
                let sql = format!(
                    "UPDATE stock SET capacity = capacity + 1, verified = verified + 1 WHERE sale_item_id = '{}'",
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
async fn whatever_happens_at_once_nothing_is_oversold_and_nobody_overtaken() {
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
        tasks.spawn(wander(
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
        agrees(&app, &sale).await;
    }
    end(&app).await;
    agrees(&app, &sale).await;
    receipt(&app, &sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_was_touched_does_not_hold() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let mut holds = HashMap::new();
    for nth in 0..4 {
        if let HoldOutcome::Held(hold) =
            app.allocator.hold(wish(&sale, 1, AccountId::new(), 2, "press")).await.unwrap()
        {
            holds.insert(nth, hold);
        }
    }
    stock::release(&app.platform, holds[&0].account, holds[&0].id).await.unwrap();
    end(&app).await;
    let text = receipt(&app, &sale).await;
    let lines: Vec<&str> = text.lines().collect();
    let without = |nth: usize| {
        lines
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != nth)
            .flat_map(|(_, line)| [line, "\n"])
            .collect::<String>()
    };
    for nth in 1..lines.len() - 1 {
        assert!(
            stock::verify_receipt(&without(nth)).is_err(),
            "line {} was left out and nobody noticed",
            nth + 1
        );
    }
    for (what, with) in [
        ("\"quantity\":2", "\"quantity\":1"),
        ("smp-receipt-1", "smp-receipt-2"),
        ("\"capacity\":5", "\"capacity\":9"),
    ] {
        assert!(
            stock::verify_receipt(&text.replacen(what, with, 1)).is_err(),
            "{what} became {with} and nobody noticed"
        );
    }
    assert!(stock::verify_receipt("").is_err());

    // One that is bound together well and tells of a crime.
    let forged = |moves: Value| {
        let (item, now) = (sale.items[1], app.platform.clock.now());
        let entry = stock::ReceiptEntry::after(
            &stock::ReceiptHead::default(),
            item,
            now,
            &serde_json::from_value::<Vec<stock::Move>>(moves).unwrap(),
        );
        let head = json!({"format": "smp-receipt-1", "sale": "forged", "items": {item.to_string(): "Slate"}});
        let line = stock::ReceiptLine::new(entry, item, now).unwrap();
        format!("{head}\n{}\n", serde_json::to_string(&line).unwrap())
    };
    let (a, b, x, y) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let oversold = json!([{"published": {"capacity": 1}}, {"held": {"hold": a, "quantity": 1}}, {"held": {"hold": b, "quantity": 1}}]);
    assert!(stock::verify_receipt(&forged(oversold)).unwrap_err().contains("oversold"));
    let wait = |entry: Uuid, position: i64| json!({"joined": {"entry": entry, "quantity": 1, "accept_fewer": false, "position": position}});
    let overtaken = json!([{"published": {"capacity": 1}}, wait(x, 1), wait(y, 2), {"offered": {"entry": y, "hold": a, "quantity": 1}}]);
    assert!(stock::verify_receipt(&forged(overtaken)).unwrap_err().contains("overtaken"));
    let passed =
        json!([{"published": {"capacity": 1}}, wait(x, 1), {"held": {"hold": a, "quantity": 1}}]);
    assert!(stock::verify_receipt(&forged(passed)).unwrap_err().contains("overtaken"));
    let twice = json!([{"published": {"capacity": 1}}, {"held": {"hold": a, "quantity": 1}}, {"sold": {"hold": a, "quantity": 1}}, {"released": {"hold": a, "quantity": 1}}]);
    assert!(stock::verify_receipt(&forged(twice)).unwrap_err().contains("resolved already"));
    let fair = json!([{"published": {"capacity": 1}}, {"held": {"hold": a, "quantity": 1}}, wait(x, 1), {"released": {"hold": a, "quantity": 1}}, {"offered": {"entry": x, "hold": b, "quantity": 1}}]);
    stock::verify_receipt(&forged(fair)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monitor_halts_a_sale_whose_counters_are_wrong() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, manager) = (app.shopper("ada").await, app.staff("manager").await);
    buy(&ada, &sale, 0, 1).await.json(201);
    assert!(stock::watch(&app.platform).await.unwrap().is_empty());
    let base = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    assert_eq!(manager.get(&format!("{base}/stock")).await.json(200)["agrees"], true);

    change(&app, tenant, "UPDATE stock SET held = held + 1").await;
    let report = manager.get(&format!("{base}/stock")).await.json(200);
    assert_eq!((&report["agrees"], &report["items"][0]["held"]), (&json!(false), &json!(2)));
    assert_eq!(stock::watch(&app.platform).await.unwrap(), std::slice::from_ref(&sale.slug));
    assert!(stock::watch(&app.platform).await.unwrap().is_empty(), "it is halted once");
    assert_eq!(buy(&ada, &sale, 0, 1).await.problem(409), "halted");
    let view = manager.get(&base).await.json(200);
    assert!(
        view["state"] == "halted"
            && view["halt_reason"].as_str().unwrap().contains("stock monitor"),
        "{view}"
    );
    app.run_jobs().await;
    let alerts =
        app.query("SELECT to_jsonb(template) FROM messages WHERE template = 'sale_halted'").await;
    assert!(!alerts.is_empty(), "somebody is told");
    change(&app, tenant, "UPDATE stock SET held = 1 WHERE held > 0").await;
    change(
        &app,
        tenant,
        &format!("UPDATE stock SET held = 0 WHERE sale_item_id = '{}'", sale.items[1]),
    )
    .await;
    manager.post(&format!("{base}/resume"), &json!({})).await.json(200);
    buy(&ada, &sale, 0, 1).await.json(201);
}
