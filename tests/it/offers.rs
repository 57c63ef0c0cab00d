//! Offers: items kept, added and removed; SKUs, prices, assets; another tenant's stay unknown.

use serde_json::{Value, json};
use smp::{kernel::OfferId, offers};

use crate::support::{
    TestApp,
    supply::{offer, offer_input, picture, ready_picture, upload},
};

fn skus(offer: &Value) -> Vec<&str> {
    offer["items"].as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_keeps_adds_and_removes_items() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let made = offer(&editor, tenant, "LIN").await;
    assert_eq!(skus(&made), ["LIN-SAND", "LIN-INK"]);
    assert_eq!(made["items"][0]["compare_at"], json!({"amount": 12_900, "currency": "EUR"}));
    assert_eq!(made["items"][1]["attributes"]["Size"], "200 × 200 cm");
    assert_eq!((&made["state"], made["assets"].as_array().unwrap().len()), (&json!("draft"), 1));

    // The two trade their SKUs, then the first goes and a third comes.
    let path = format!("/api/v1/providers/{tenant}/offers/{}", made["id"].as_str().unwrap());
    let mut input = offer_input("LIN", &[&made["assets"][0]["id"]]);
    for (index, sku) in ["LIN-INK", "LIN-SAND"].into_iter().enumerate() {
        input["items"][index]["id"] = made["items"][index]["id"].clone();
        input["items"][index]["sku"] = json!(sku);
    }
    assert_eq!(skus(&editor.put_newest(&path, &input).await.json(200)), ["LIN-INK", "LIN-SAND"]);
    input["items"][0] =
        json!({"sku": "LIN-INK", "name": "Clay", "attributes": {}, "price_minor": 100});
    input["asset_ids"] = json!([]);
    let changed = editor.put_newest(&path, &input).await.json(200);
    assert_eq!(skus(&changed), ["LIN-INK", "LIN-SAND"]);
    assert_ne!(changed["items"][0]["id"], made["items"][0]["id"]);
    assert_eq!(changed["items"][1]["id"], made["items"][1]["id"]);
    assert_eq!(changed["assets"], json!([]));
    assert_eq!(editor.get(&path).await.json(200), changed);

    // What was removed can still be named by a sale made before.
    let id: OfferId = made["id"].as_str().unwrap().parse().unwrap();
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let stored = offers::get(&mut tx, tenant, id).await.unwrap();
    let removed = made["items"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!((stored.items.len(), stored.item(removed).unwrap().name.as_str()), (2, "Sand"));

    // An id of before cannot come back.
    input["items"][0]["id"] = made["items"][0]["id"].clone();
    assert_eq!(editor.put_newest(&path, &input).await.wrong_fields(), ["items.0.id"]);

    let archived = editor.post(&format!("{path}/archive"), &json!({})).await.json(200);
    assert_eq!(archived["state"], "archived");
    assert_eq!(
        editor.post(&format!("{path}/archive"), &json!({})).await.json(200)["state"],
        "archived"
    );
    input["items"][0].as_object_mut().unwrap().remove("id");
    assert_eq!(editor.put_newest(&path, &input).await.problem(409), "offer_archived");
    let events = app.query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'offer.%'").await;
    assert_eq!(events, [json!("offer.archived")]);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_are_found_by_words_and_state_page_by_page() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let path = format!("/api/v1/providers/{tenant}/offers");
    for sku in ["AA", "BB", "CC"] {
        owner.post(&path, &offer_input(sku, &[])).await.json(201);
    }
    let found = |answer: Value| {
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o["items"][0]["sku"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(owner.get(&path).await.json(200)), ["CC-SAND", "BB-SAND", "AA-SAND"]);
    assert_eq!(found(owner.get(&format!("{path}?q=bb-ink")).await.json(200)), ["BB-SAND"]);
    assert_eq!(
        found(owner.get(&format!("{path}?q=LINEN&limit=2")).await.json(200)),
        ["CC-SAND", "BB-SAND"]
    );
    assert_eq!(found(owner.get(&format!("{path}?q=%25")).await.json(200)), Vec::<String>::new());
    assert_eq!(
        found(owner.get(&format!("{path}?state=archived")).await.json(200)),
        Vec::<String>::new()
    );
    let first = owner.get(&format!("{path}?limit=2")).await.json(200);
    let second = owner
        .get(&format!("{path}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(
        (found(second.clone()), &second["next_cursor"]),
        (vec!["AA-SAND".to_owned()], &Value::Null)
    );
    assert_eq!(owner.get(&format!("{path}?state=sold")).await.wrong_fields(), ["state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_offers_name_every_field_and_change_nothing() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let path = format!("/api/v1/providers/{tenant}/offers");
    let first = editor.post(&path, &offer_input("AA", &[])).await.json(201);

    let mut input = offer_input("BB", &[]);
    input["title"] = json!("");
    input["currency"] = json!("XXX");
    input["items"][0]["price_minor"] = json!(0);
    input["items"][1]["compare_at_minor"] = json!(1);
    input["items"][1]["sku"] = json!("BB-SAND");
    let wrong = editor.post(&path, &input).await.wrong_fields();
    assert_eq!(
        wrong,
        ["currency", "title", "items.0.price_minor", "items.1.compare_at_minor", "items.1.sku"]
    );
    assert_eq!(
        editor.post(&path, &json!({"title": "x", "price": 1})).await.wrong_fields().len(),
        7
    );
    assert_eq!(
        editor.post(&path, &offer_input("AA", &[])).await.wrong_fields(),
        ["items.0.sku", "items.1.sku"]
    );

    // Assets: unknown, another tenant's, not complete.
    let theirs = app.provider("theirs").await;
    let foreign = ready_picture(&app.member(theirs, "editor").await, theirs).await;
    let announced =
        upload(&editor, tenant, "a.png", "image/png", picture(10, 10, image::ImageFormat::Png))
            .await;
    let unknown = json!(uuid::Uuid::now_v7());
    let ids = [&unknown, &foreign["id"], &announced["id"]];
    assert_eq!(
        editor.post(&path, &offer_input("BB", &ids)).await.wrong_fields(),
        ["asset_ids.0", "asset_ids.1", "asset_ids.2"]
    );

    // Another offer's item is not this one's.
    let second = editor.post(&path, &offer_input("BB", &[])).await.json(201);
    let mut stolen = offer_input("CC", &[]);
    stolen["items"][0]["id"] = first["items"][0]["id"].clone();
    let second_path = format!("{path}/{}", second["id"].as_str().unwrap());
    assert_eq!(editor.put_newest(&second_path, &stolen).await.wrong_fields(), ["items.0.id"]);
    assert_eq!(editor.get(&second_path).await.json(200), second);
    assert_eq!(editor.get(&path).await.json(200)["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_offer_is_unknown() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let owner = app.member(ours, "owner").await;
    let made = owner
        .post(&format!("/api/v1/providers/{ours}/offers"), &offer_input("AA", &[]))
        .await
        .json(201);
    let id = made["id"].as_str().unwrap();
    let them = app.member(theirs, "owner").await;
    for tenant in [ours, theirs] {
        let path = format!("/api/v1/providers/{tenant}/offers/{id}");
        them.get(&path).await.problem(404);
        them.put_newest(&path, &offer_input("BB", &[])).await.problem(404);
        them.post(&format!("{path}/archive"), &json!({})).await.problem(404);
    }
    // A SKU is one tenant's own affair.
    them.post(&format!("/api/v1/providers/{theirs}/offers"), &offer_input("AA", &[]))
        .await
        .json(201);
    let path = format!("/api/v1/providers/{ours}/offers/{id}");
    app.member(ours, "analyst").await.get(&path).await.json(200);
    app.member(ours, "analyst").await.put_newest(&path, &offer_input("AA", &[])).await.problem(403);
    app.staff("support").await.get(&path).await.json(200);
    app.staff("manager").await.put_newest(&path, &offer_input("AA", &[])).await.problem(403);
    assert_eq!(owner.get(&path).await.json(200), made);
}
