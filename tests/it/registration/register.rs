//! Registering for a sale: the window, the refusals, and what the shopper and the provider see.

use serde_json::{Value, json};
use smp::{kernel::AccountId, platform::broker::Notice, sales};
use time::Duration;
use uuid::Uuid;

use crate::support::{
    sales::{decide, sale_path, submit},
    stage::{ApprovedSale, Stage, at},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_registers_while_the_window_is_open() {
    let stage = Stage::with_registration().await;
    let sale = stage.publish(&stage.input).await;
    let (ada, account) = stage.app.account("ada", &[]).await;
    let state = ada.get(&sale.registration()).await.json(200);
    assert_eq!(
        (&state["state"], &state["stage"], &state["registered_only"]),
        (&json!("not_registered"), &json!("before"), &json!(false))
    );
    assert_eq!(
        ada.put(&sale.registration(), &json!({})).await.problem(409),
        "registration_not_open"
    );
    assert_eq!(phase(&stage, &sale).await, (json!("announced"), json!("announced")));
    let shown = stage.app.anonymous().get(&format!("/api/v1/sales/{}", sale.slug)).await.json(200);
    assert_eq!(
        (&shown["registration_opens_at"], &shown["registered_only"]),
        (&state["opens_at"], &json!(false))
    );

    stage.advance(Duration::hours(2));
    assert_eq!(phase(&stage, &sale).await, (json!("registration"), json!("registration")));
    let mut notices = stage.app.platform.broker.subscribe();
    let made = ada.put(&sale.registration(), &json!({})).await.json(201);
    assert_eq!(
        (&made["state"], &made["stage"], &made["sale_slug"]),
        (&json!("registered"), &json!("open"), &json!(sale.slug))
    );
    assert_eq!(
        notices.recv().await.unwrap(),
        Notice::RegistrationChanged { sale: sale.id, account }
    );
    assert_eq!(
        ada.put(&sale.registration(), &json!({})).await.json(200)["registered_at"],
        ada.get(&sale.registration()).await.json(200)["registered_at"]
    );
    assert_eq!(
        stage.app.told("registration.created").await,
        [json!({"sale_id": sale.id, "account_id": account})]
    );
    assert_eq!(is_registered(&stage, &sale, account).await, (true, true));

    let mine = ada.get("/api/v1/me/registrations").await.json(200);
    assert_eq!(
        (mine["items"].as_array().unwrap().len(), &mine["items"][0]["sale_slug"]),
        (1, &json!(sale.slug))
    );
    assert_eq!(
        (&mine["items"][0]["phase"], &mine["items"][0]["provider_name"]),
        (&json!("registration"), &json!("Kiln"))
    );

    ada.delete(&sale.registration()).await.expect(204);
    ada.delete(&sale.registration()).await.expect(204);
    assert_eq!(stage.app.told("registration.withdrawn").await.len(), 1);
    assert_eq!(is_registered(&stage, &sale, account).await, (false, false));
    assert_eq!(ada.get("/api/v1/me/registrations").await.json(200)["items"], json!([]));
    ada.put(&sale.registration(), &json!({})).await.json(201);
    assert_eq!(stage.app.told("registration.created").await.len(), 2);

    stage.advance(Duration::days(2));
    assert_eq!(phase(&stage, &sale).await, (json!("countdown"), json!("countdown")));
    let late = stage.app.shopper("late").await;
    assert_eq!(
        late.put(&sale.registration(), &json!({})).await.problem(409),
        "registration_closed"
    );
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.json(200)["stage"], "closed");
    stage.advance(Duration::days(1));
    assert_eq!(phase(&stage, &sale).await, (json!("live"), json!("live")));
}

async fn phase(stage: &Stage, sale: &ApprovedSale) -> (Value, Value) {
    let provider = stage.editor.get(&sale.path).await.json(200)["phase"].clone();
    (provider, stage.shown(&sale.slug).await["phase"].clone())
}

/// Whether a shopper is registered, asked in the shopper's scope and in the platform's.
async fn is_registered(stage: &Stage, sale: &ApprovedSale, account: AccountId) -> (bool, bool) {
    let db = &stage.app.platform.db;
    let mut mine = db.shopper(Some(account)).await.unwrap();
    let mut all = db.platform("test").await.unwrap();
    let asked = (
        sales::registered(&mut mine, stage.tenant, sale.id, account).await,
        sales::registered(&mut all, stage.tenant, sale.id, account).await,
    );
    (asked.0.unwrap(), asked.1.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_requests_make_one_registration() {
    let (stage, sale) = Stage::with_open_registration().await;
    let (ada, _) = stage.app.account("ada", &[]).await;
    let presses =
        (0..8).map(|_| async { ada.put(&sale.registration(), &json!({})).await.status.as_u16() });
    let mut answers = futures_util::future::join_all(presses).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert_eq!(stage.app.told("registration.created").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_registration_says_why() {
    let (stage, sale) = Stage::with_open_registration().await;
    let ada = stage.app.shopper("ada").await;
    assert_eq!(
        stage.app.anonymous().put(&sale.registration(), &json!({})).await.problem(401),
        "unauthenticated"
    );
    for method in [
        ada.get("/api/v1/sales/nowhere/registration").await,
        ada.put("/api/v1/sales/nowhere/registration", &json!({})).await,
    ] {
        assert_eq!(method.problem(404), "not_found");
    }
    ada.delete("/api/v1/sales/nowhere/registration").await.problem(404);
    let plain = stage.with(
        &json!({"registration_opens_at": null, "registration_closes_at": null, "slug": "plain"}),
    );
    let open_to_all = stage.publish(&plain).await;
    assert_eq!(
        ada.put(&open_to_all.registration(), &json!({})).await.problem(409),
        "no_registration"
    );
    let state = ada.get(&open_to_all.registration()).await.json(200);
    assert_eq!(
        (&state["state"], &state["stage"], &state["opens_at"]),
        (&json!("not_registered"), &Value::Null, &Value::Null)
    );
    // Shoppers do not see drafts.
    let draft =
        stage.editor.post(&stage.sales(), &stage.with(&json!({"slug": "draft"}))).await.json(201);
    ada.put(&format!("/api/v1/sales/{}/registration", draft["slug"].as_str().unwrap()), &json!({}))
        .await
        .problem(404);

    let reason = json!({"reason": "The kiln broke."});
    stage.manager.post(&format!("{}/halt", sale.path), &reason).await.json(200);
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.problem(409), "halted");
    stage.manager.post(&format!("{}/resume", sale.path), &json!({})).await.json(200);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.manager.post(&format!("{}/cancel", sale.path), &reason).await.json(200);
    assert_eq!(ada.put(&sale.registration(), &json!({})).await.problem(409), "cancelled");
    assert_eq!(
        stage.app.shopper("eve").await.put(&sale.registration(), &json!({})).await.problem(409),
        "cancelled"
    );
    ada.delete(&sale.registration()).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registration_window_is_checked() {
    let stage = Stage::with_registration().await;
    let now = stage.app.platform.clock.now();
    let hours = |hours| at(now + Duration::hours(hours));
    for (changes, field) in [
        (json!({"registration_closes_at": hours(0)}), "registration_closes_at"),
        (json!({"registration_closes_at": hours(97)}), "registration_closes_at"),
        (json!({"registration_closes_at": null}), "registration_closes_at"),
        (json!({"registration_opens_at": null}), "registration_opens_at"),
        (json!({"registration_opens_at": "1999-01-01T00:00:00Z"}), "registration_opens_at"),
        (json!({"registration_opens_at": "soon"}), "registration_opens_at"),
        (
            json!({
                "registration_opens_at": null,
                "registration_closes_at": null,
                "registered_only": true,
            }),
            "registered_only",
        ),
        (json!({"registered_only": "yes"}), "registered_only"),
        (json!({"waitlist_offer_seconds": 59}), "waitlist_offer_seconds"),
        (json!({"waitlist_offer_seconds": 86_401}), "waitlist_offer_seconds"),
    ] {
        assert_eq!(
            stage.editor.post(&stage.sales(), &stage.with(&changes)).await.wrong_fields(),
            [field],
            "{changes}"
        );
    }
    let sale = stage.editor.post(&stage.sales(), &stage.input).await.json(201);
    assert_eq!(
        (&sale["registered_only"], &sale["waitlist_offer_seconds"]),
        (&json!(false), &json!(600))
    );
    let path = sale_path(stage.tenant, &sale);
    // Registration may go on until the sale ends.
    let input = stage.with(&json!({
        "registration_closes_at": stage.input["ends_at"],
        "registered_only": true,
        "waitlist_offer_seconds": 3600,
    }));
    stage.editor.put_newest(&path, &input).await.json(200);
    let revision = submit(&stage.editor, &path).await;
    let content = &revision["content"];
    assert_eq!(
        (&content["registered_only"], &content["waitlist_offer_seconds"]),
        (&json!(true), &json!(3600))
    );
    assert!(
        content["registration_opens_at"].is_string()
            && content["registration_closes_at"].is_string()
    );
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["has_unsubmitted_changes"], false);
    // A window that is over cannot be submitted, unless it was approved before.
    stage.advance(Duration::hours(3));
    let over = stage.with(&json!({"slug": null, "registration_closes_at": hours(2)}));
    stage.editor.put_newest(&path, &over).await.json(200);
    assert_eq!(
        stage.editor.post(&format!("{path}/submit"), &json!({"note": ""})).await.wrong_fields(),
        ["registration_closes_at"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_from_before_registration_reads_and_keeps_its_hash() {
    let stage = Stage::with_registration().await;
    let plain = stage.with(&json!({"registration_opens_at": null, "registration_closes_at": null}));
    let sale = stage.publish(&plain).await;
    let content = stage.app.query("SELECT content FROM revisions").await.remove(0);
    for name in [
        "registration_opens_at",
        "registration_closes_at",
        "registered_only",
        "waitlist_offer_seconds",
    ] {
        assert!(content.get(name).is_none(), "{name} would change the hash of older revisions");
    }
    let read: sales::Content = serde_json::from_value(content).unwrap();
    assert_eq!(
        (read.registration(), read.registered_only, read.waitlist_offer_seconds),
        (None, false, 600)
    );
    assert_eq!(stage.editor.get(&sale.path).await.json(200)["has_unsubmitted_changes"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_sees_short_names_and_no_addresses() {
    let (stage, sale) = Stage::with_open_registration().await;
    for name in ["Mara Lind", "Noor El Amrani", "Ada"] {
        stage.app.shopper(name).await.put(&sale.registration(), &json!({})).await.json(201);
        stage.advance(Duration::seconds(1));
    }
    let gone = stage.app.shopper("Gone").await;
    gone.put(&sale.registration(), &json!({})).await.json(201);
    gone.delete(&sale.registration()).await.expect(204);
    let path = format!("{}/registrations", sale.path);
    for client in [&stage.editor, &stage.manager] {
        let first = client.get(&format!("{path}?limit=2")).await.json(200);
        let names = |page: &Value| {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (first["count"].as_i64(), names(&first)),
            (Some(3), vec!["Ada".to_owned(), "Noor A.".to_owned()])
        );
        assert!(!first.to_string().contains('@'), "{first}");
        let second = client
            .get(&format!("{path}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
            .await
            .json(200);
        assert_eq!(
            (names(&second), &second["next_cursor"]),
            (vec!["Mara L.".to_owned()], &Value::Null)
        );
    }
    assert_eq!(stage.editor.get(&format!("{path}?limit=0")).await.wrong_fields(), ["limit"]);
    let statistics = stage.editor.get(&format!("{}/statistics", sale.path)).await.json(200);
    assert_eq!(statistics["totals"]["registered"], 3);
    assert!(
        stage
            .editor
            .get(&format!("{}/statistics.csv", sale.path))
            .await
            .expect(200)
            .contains("registered,,,,3,")
    );

    let stranger = stage.app.provider("stranger").await;
    let theirs = stage.app.member(stranger, "owner").await;
    theirs.get(&path).await.problem(404);
    theirs
        .get(&format!("/api/v1/providers/{stranger}/sales/{}/registrations", sale.id))
        .await
        .problem(404);
    stage
        .editor
        .get(&format!("{}/{}/registrations", stage.sales(), Uuid::now_v7()))
        .await
        .problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_sale_for_registered_shoppers_refuses_others() {
    let stage = Stage::with_registration().await;
    let input = stage.with(&json!({
        "mode": "redirect",
        "redirect_url": "https://cart.example/buy",
        "registered_only": true,
    }));
    let sale = stage.publish(&input).await;
    stage.advance(Duration::hours(2));
    let (ada, eve) = (stage.app.shopper("ada").await, stage.app.shopper("eve").await);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    stage.advance(Duration::days(3));
    let item =
        stage.app.query("SELECT to_jsonb(id) FROM sale_items ORDER BY position").await.remove(0);
    let click = json!({"sale_item_id": item, "quantity": 1});
    let path = format!("/api/v1/sales/{}/click-outs", sale.slug);
    assert_eq!(stage.app.anonymous().post(&path, &click).await.problem(401), "unauthenticated");
    assert_eq!(eve.post(&path, &click).await.problem(409), "not_registered");
    ada.post(&path, &click).await.json(201);
}
