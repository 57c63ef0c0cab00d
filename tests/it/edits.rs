//! Two people edit one thing: the later one does not overwrite the earlier, and learns of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, client::Answer, stage::Stage, supply::ready_picture};

/// A refused edit's `changed`.
fn changed(answer: &Answer) -> Value {
    assert_eq!(answer.problem(412), "changed_meanwhile", "{}", answer.text);
    let problem: Value = serde_json::from_str(&answer.text).unwrap();
    problem["changed"].clone()
}

fn input_of(offer: &Value) -> Value {
    let item = |item: &Value| {
        json!({
            "id": item["id"], "sku": item["sku"], "name": item["name"],
            "attributes": item["attributes"], "price_minor": item["price"]["amount"],
            "compare_at_minor": item["compare_at"]["amount"],
        })
    };
    let ids: Vec<&Value> =
        offer["assets"].as_array().unwrap().iter().map(|asset| &asset["id"]).collect();
    json!({
        "title": offer["title"], "summary": offer["summary"],
        "description": offer["description"], "terms": offer["terms"],
        "currency": offer["currency"], "asset_ids": ids,
        "items": offer["items"].as_array().unwrap().iter().map(item).collect::<Vec<_>>(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_two_edit_keeps_the_items_that_the_first_added() {
    let stage = Stage::set().await;
    let owner = stage.app.member(stage.tenant, "owner").await;
    let offer = format!(
        "/api/v1/providers/{}/offers/{}",
        stage.tenant,
        stage.offer["id"].as_str().unwrap()
    );
    let read = stage.editor.get(&offer).await.json(200);
    assert_eq!(read["version"], 1);

    let mut longer = input_of(&read);
    let new = json!({"sku": "NEW", "name": "New", "attributes": {}, "price_minor": 900});
    longer["items"].as_array_mut().unwrap().push(new);
    let first = owner.edit(Method::PUT, &offer, 1, &longer).await.json(200);
    assert_eq!(first["version"], 2);

    let mut renamed = input_of(&read);
    renamed["title"] = json!("Renamed");
    let refused = stage.editor.edit(Method::PUT, &offer, 1, &renamed).await;
    let by = changed(&refused);
    assert_eq!((&by["version"], &by["by"]), (&json!(2), &json!("owner")));
    assert_eq!(by["fields"], json!(["title", "items"]));
    assert!(by["at"].is_string(), "{by}");
    assert!(refused.text.contains("owner changed this"), "{}", refused.text);
    assert_eq!(stage.editor.get(&offer).await.json(200), first, "a refused edit changed it");

    // From what there is now, it is taken; and so is its repetition, whose first answer was lost.
    let mut both = input_of(&first);
    both["title"] = json!("Renamed");
    for _ in 0..2 {
        let second = stage.editor.edit(Method::PUT, &offer, 2, &both).await.json(200);
        assert_eq!((&second["title"], &second["items"]), (&both["title"], &first["items"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_without_a_version_is_refused_by_name() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    assert_eq!(stage.editor.put(&path, &stage.input).await.wrong_fields(), ["If-Match"]);
    let request = stage.editor.request(Method::PUT, &path).json(&stage.input);
    let garbled = stage.editor.send(request.header("If-Match", "\"newest\"")).await;
    assert_eq!(garbled.wrong_fields(), ["If-Match"]);
    assert!(garbled.text.contains("in quotes"), "{}", garbled.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_a_sale_that_two_edit_is_not_overwritten() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    let owner = stage.app.member(stage.tenant, "owner").await;
    let longer = stage.with(&json!({"hold_seconds": 900}));
    let first = owner.edit(Method::PUT, &path, 1, &longer).await.json(200);
    let mut cheaper = stage.input.clone();
    cheaper["items"][0]["price_minor"] = json!(100);
    let by = changed(&stage.editor.edit(Method::PUT, &path, 1, &cheaper).await);
    assert_eq!((&by["by"], &by["fields"]), (&json!("owner"), &json!(["hold_seconds", "items"])));
    assert_eq!(stage.editor.get(&path).await.json(200)["items"], first["items"]);
    // What moves a sale but not its draft makes no edit stale.
    stage.editor.post(&format!("{path}/submit"), &json!({})).await.json(200);
    stage.editor.post(&format!("{path}/withdraw"), &json!({})).await.json(200);
    let version = first["version"].as_i64().unwrap();
    cheaper["hold_seconds"] = json!(900);
    stage.editor.edit(Method::PUT, &path, version, &cheaper).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_cart_addresses_and_descriptions_are_not_overwritten() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let (owner, other) = (app.member(tenant, "owner").await, app.member(tenant, "owner").await);
    let provider = format!("/api/v1/providers/{tenant}");
    owner.edit(Method::PATCH, &provider, 1, &json!({"about": "We weave."})).await.json(200);
    let late = other.edit(Method::PATCH, &provider, 1, &json!({"about": "We knit."})).await;
    assert_eq!(changed(&late)["fields"], json!(["about"]));
    assert_eq!(owner.get(&provider).await.json(200)["about"], "We weave.");

    let (manager, origins) = (app.staff("manager").await, format!("{provider}/cart-origins"));
    let set = |origin: &str| json!({"cart_origins": [origin]});
    let one = set("https://one.example");
    manager.edit(Method::PUT, &origins, 2, &one).await.json(200);
    let late = manager.edit(Method::PUT, &origins, 2, &set("https://two.example")).await;
    assert_eq!(changed(&late)["by"], "manager");

    let asset = ready_picture(&owner, tenant).await;
    let asset = format!("{provider}/assets/{}", asset["id"].as_str().unwrap());
    owner.edit(Method::PATCH, &asset, 1, &json!({"alt": "Sand"})).await.json(200);
    let late = other.edit(Method::PATCH, &asset, 1, &json!({"alt": "Ink"})).await;
    assert_eq!(changed(&late)["fields"], json!(["alt"]));
    assert_eq!(owner.get(&asset).await.json(200)["alt"], "Sand");
}
