//! The waitlist over HTTP: joining, offers, positions, moves.

use std::collections::HashMap;

use serde_json::{Value, json};
use smp::{
    kernel::{AccountId, SaleItemId},
    sales::SaleMode,
    stock::{self, HoldOutcome, HoldRequest},
};

use crate::{
    receipt::{end, receipt},
    support::{Client, TestApp, sales::LiveSale, stock::buy},
};

/// A request that joins the waitlist when the item is sold out.
pub fn wait(
    sale: &LiveSale,
    nth: usize,
    account: AccountId,
    quantity: i32,
    key: &str,
) -> HoldRequest {
    HoldRequest { wait: true, ..sale.request(nth, account, quantity, key) }
}

async fn mine(client: &Client) -> Value {
    client.get("/api/v1/me/waitlist").await.json(200)["items"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_after_the_last_unit_joins_the_waitlist_and_is_offered_units_that_come_free() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    let [ada, bob, cleo] =
        [app.shopper("ada").await, app.shopper("bob").await, app.shopper("cleo").await];
    for nth in 0..2 {
        app.allocator.hold(wait(&sale, 1, AccountId::new(), 2, &format!("{nth}"))).await.unwrap();
    }
    let hold = buy(&ada, &sale, 1, 1).await.json(201);

    let entry = buy(&bob, &sale, 1, 2).await.json(202);
    assert_eq!(
        (&entry["state"], &entry["position"], &entry["quantity"]),
        (&json!("waiting"), &json!(1), &json!(2))
    );
    let again = buy(&bob, &sale, 1, 2).await.json(202);
    assert_eq!(again["id"], entry["id"], "a shopper has two entries");
    assert_eq!(buy(&bob, &sale, 1, 1).await.problem(409), "already_waiting");
    assert_eq!(buy(&cleo, &sale, 1, 1).await.json(202)["position"], 2);
    let without_waiting = json!({"sale_item_id": sale.items[1], "quantity": 1, "wait": false});
    assert_eq!(
        app.shopper("dan")
            .await
            .post(&format!("/api/v1/sales/{}/holds", sale.slug), &without_waiting)
            .await
            .problem(409),
        "sold_out"
    );
    let waiting = mine(&bob).await;
    assert!(
        waiting[0]["chance"].as_f64().is_some_and(|chance| (0.0..=1.0).contains(&chance)),
        "{waiting}"
    );

    // One unit comes free. Bob wants two or none, so Cleo is offered it; Bob keeps his position.
    ada.delete(&format!("/api/v1/me/holds/{}", hold["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(
        (&mine(&cleo).await[0]["state"], &mine(&bob).await[0]["position"]),
        (&json!("offered"), &json!(1))
    );
    let held = cleo.get("/api/v1/me/holds").await.json(200);
    assert_eq!(held["items"][0]["quantity"], 1);
    app.run_jobs().await;
    let emails =
        app.query("SELECT to_jsonb(subject) FROM messages WHERE template = 'waitlist_offer'").await;
    assert_eq!(emails.len(), 1, "{emails:?}");

    // Bob accepts one unit rather than two. Cleo's offer expires, and he gets it.
    let entry = entry["id"].as_str().unwrap();
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
    assert!(!text.contains("test.example"), "the receipt has a shopper's email address");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_read_at_the_same_time_are_those_read_alone() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    for (item, quantity, shoppers) in [(0, 2, 10), (1, 1, 5)] {
        for nth in 0..shoppers {
            app.allocator
                .hold(wait(&sale, item, AccountId::new(), quantity, &format!("{item} {nth}")))
                .await
                .unwrap();
        }
    }
    let accounts: Vec<AccountId> = (0..12).map(|_| AccountId::new()).collect();
    for (nth, account) in accounts.iter().enumerate() {
        let quantity = if nth % 3 == 0 { 2 } else { 1 };
        let answer = app
            .allocator
            .hold(wait(&sale, usize::from(nth % 4 != 0), *account, quantity, "wait"))
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

    let positions = stock::WaitlistPositions::new(&app.platform);
    let outlooks = positions.outlooks(&entries).await.unwrap();
    for entry in &entries {
        let ahead: HashMap<_, _> = entries
            .iter()
            .filter(|other| {
                other.sale_item_id == entry.sale_item_id && other.position <= entry.position
            })
            .map(|e| (e.id, e))
            .collect();
        let position = i64::try_from(ahead.len()).unwrap();
        let alone = positions.outlooks(std::slice::from_ref(entry)).await.unwrap();
        assert_eq!((outlooks[&entry.id].position, alone[&entry.id].position), (position, position));
        assert!(
            (outlooks[&entry.id].chance - alone[&entry.id].chance).abs() < 1e-12,
            "{outlooks:?} {alone:?}"
        );
    }
    let chance = |position| {
        outlooks.values().find(|outlook| outlook.position == position).map(|outlook| outlook.chance)
    };
    assert!(chance(1) > chance(8), "the chance does not fall with the position: {outlooks:?}");
    let unknown = stock::WaitlistEntry { sale_item_id: SaleItemId::new(), ..gone };
    assert!(positions.outlooks(&[unknown]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_units_that_come_free_are_offered_in_parts_and_in_order() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await; // 20 Sand, 5 Slate, 2 a shopper
    for nth in 0..5 {
        app.allocator.hold(wait(&sale, 1, AccountId::new(), 1, &format!("{nth}"))).await.unwrap();
    }
    let waiting = (0..1_100).map(|_| app.allocator.hold(wait(&sale, 1, AccountId::new(), 1, "w")));
    for answer in futures_util::future::join_all(waiting).await {
        assert!(matches!(answer, Ok(HoldOutcome::Waiting(..))), "{answer:?}");
    }
    app.query("UPDATE stock SET capacity = 1005 WHERE waiting = 1100 RETURNING to_jsonb(held)")
        .await;
    assert_eq!(stock::serve_waitlists(&app.platform).await.unwrap(), 1_000);
    let parts = app.told("waitlist.offered").await;
    let parts: Vec<usize> =
        parts.iter().map(|part| part["lines"].as_array().unwrap().len()).collect();
    assert_eq!(parts, [512, 488]);
    let behind = app
        .query(
            "SELECT to_jsonb(count(*)) FROM waitlist WHERE state = 'waiting' AND position > (
                 SELECT max(position) FROM waitlist WHERE state = 'offered')",
        )
        .await;
    assert_eq!(behind, [100]);
    assert_eq!(stock::serve_waitlists(&app.platform).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_may_move_an_entry_with_a_reason() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (manager, editor) = (app.staff("manager").await, app.member(tenant, "editor").await);
    for nth in 0..3 {
        app.allocator.hold(wait(&sale, 1, AccountId::new(), 2, &format!("{nth}"))).await.unwrap();
    }
    // The third request waits for two units or none. The first one for a single unit gets the last
    // unit; the others wait.
    for nth in 0..4 {
        let answer = app
            .allocator
            .hold(wait(&sale, 1, AccountId::new(), 1, &format!("late {nth}")))
            .await
            .unwrap();
        assert_eq!(matches!(answer, HoldOutcome::Held(_)), nth == 0);
    }
    let base = format!("/api/v1/providers/{tenant}/sales/{}", sale.id);
    let page =
        editor.get(&format!("{base}/items/{}/waitlist?limit=2", sale.items[1])).await.json(200);
    let rest = editor
        .get(&format!("{base}/items/{}/waitlist?after={}", sale.items[1], page["next_after"]))
        .await
        .json(200);
    let ids: Vec<&str> = page["items"]
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
        .post(&path, &json!({"before": ids[1], "reason": "Removed by our mistake."}))
        .await
        .expect(204);
    let page = editor.get(&format!("{base}/items/{}/waitlist", sale.items[1])).await.json(200);
    let order: Vec<&str> = page["items"]
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
    assert_eq!(audit, [json!("Removed by our mistake."), json!("Asked to be last.")]);
    let other = app.provider("other").await;
    app.member(other, "owner")
        .await
        .get(&format!("{base}/items/{}/waitlist", sale.items[1]))
        .await
        .problem(404);
    end(&app).await;
    receipt(&app, &sale).await;
}
