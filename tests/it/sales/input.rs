//! The input of sales, their lists, their access points; and other providers, who see none of it.

use serde_json::{Value, json};
use time::Duration;

use crate::support::{
    sales::{decide, plain_offer, sale_path},
    stage::{Stage, at},
};

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_the_field_and_the_remedy() {
    let stage = Stage::set().await;
    let now = stage.app.platform.clock.now();
    let [one, two] = [&stage.input["items"][0], &stage.input["items"][1]];
    let changed = |field: &str, value: Value| {
        let mut item = one.clone();
        item[field] = value;
        json!({"items": [item]})
    };
    let elsewhere = stage.app.provider("loom").await;
    let foreign = plain_offer(&stage.app.member(elsewhere, "owner").await, elsewhere).await;
    for (changes, field) in [
        (json!({"ends_at": stage.input["starts_at"]}), "ends_at"),
        (json!({"ends_at": at(now + Duration::days(62))}), "ends_at"),
        (json!({"starts_at": "tomorrow"}), "starts_at"),
        (json!({"hold_seconds": 29}), "hold_seconds"),
        (json!({"hold_seconds": 3601}), "hold_seconds"),
        (json!({"kind": "lottery"}), "kind"),
        (json!({"mode": "auction"}), "mode"),
        (json!({"slug": "Not a slug"}), "slug"),
        (json!({"countries": ["DE", "Atlantis"]}), "countries.1"),
        (json!({"items": []}), "items"),
        (json!({"items": [one, two, one]}), "items.2.item_id"),
        (changed("item_id", foreign["items"][0]["id"].clone()), "items.0.item_id"),
        (changed("price_minor", json!(0)), "items.0.price_minor"),
        (changed("capacity", json!(0)), "items.0.capacity"),
        (changed("limit_per_shopper", json!(1001)), "items.0.limit_per_shopper"),
        (json!({"offer_id": foreign["id"]}), "offer_id"),
        (json!({"redirect_url": "https://cart.example/buy"}), "redirect_url"),
        (json!({"state": "approved"}), "state"),
    ] {
        assert_eq!(
            stage.editor.post(&stage.sales(), &stage.with(&changes)).await.wrong_fields(),
            [field],
            "{changes}"
        );
    }
    for url in [
        json!(null),
        json!("not a url"),
        json!("https://evil.example/buy"),
        json!("https://cart.example.evil.example/"),
        json!("javascript:alert(1)"),
    ] {
        let refused = stage
            .editor
            .post(&stage.sales(), &stage.with(&json!({"mode": "redirect", "redirect_url": url})))
            .await;
        assert_eq!(refused.wrong_fields(), ["redirect_url"], "{url}");
    }
    let refused = stage
        .editor
        .post(
            &stage.sales(),
            &stage.with(&json!({"mode": "redirect", "redirect_url": "https://evil.example/"})),
        )
        .await;
    assert!(
        refused.text.contains("https://cart.example"),
        "the approved origins are named: {}",
        refused.text
    );
    stage.editor.post(&stage.sales(), &stage.with(&json!({"slug": "taken"}))).await.json(201);
    assert_eq!(
        stage
            .editor
            .post(&stage.sales(), &stage.with(&json!({"slug": "taken"})))
            .await
            .wrong_fields(),
        ["slug"]
    );
    assert_eq!(
        stage.editor.get(&stage.sales()).await.json(200)["items"].as_array().unwrap().len(),
        1,
        "a refused sale leaves nothing behind"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_filtered_and_paged() {
    let stage = Stage::set().await;
    let (approved, _) = stage.approved().await;
    let (draft, _) = stage.draft().await;
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|sale| sale["id"].clone()).collect::<Vec<_>>()
    };
    let page = stage.editor.get(&format!("{}?limit=1", stage.sales())).await.json(200);
    assert_eq!(ids(&page), [draft["id"].clone()]);
    let next = stage
        .editor
        .get(&format!("{}?limit=1&cursor={}", stage.sales(), page["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!((ids(&next), &next["next_cursor"]), (vec![approved["id"].clone()], &Value::Null));
    for (query, expected) in [
        ("state=approved", vec![&approved]),
        ("state=halted", vec![]),
        ("q=at%20dawn", vec![&draft, &approved]),
        ("q=STONEWARE", vec![&draft, &approved]),
        ("phase=countdown", vec![&approved]),
        ("phase=live", vec![]),
        ("q=%25", vec![]),
        ("q=porcelain", vec![]),
    ] {
        let found = stage.editor.get(&format!("{}?{query}", stage.sales())).await.json(200);
        assert_eq!(
            ids(&found),
            expected.iter().map(|sale| sale["id"].clone()).collect::<Vec<_>>(),
            "{query}"
        );
    }
    assert_eq!(
        stage.editor.get(&format!("{}?state=sold", stage.sales())).await.wrong_fields(),
        ["state"]
    );

    let overview = "/api/v1/sales-overview";
    for (query, count) in [
        ("", 2),
        ("q=kiln", 2),
        ("phase=countdown", 1),
        ("phase=live", 0),
        ("state=draft&q=stone", 1),
        ("q=nobody", 0),
    ] {
        assert_eq!(
            ids(&stage.manager.get(&format!("{overview}?{query}")).await.json(200)).len(),
            count,
            "{query}"
        );
    }
    stage.app.platform.clock.advance(Duration::hours(2));
    assert_eq!(
        ids(&stage.manager.get(&format!("{overview}?phase=live")).await.json(200)),
        [approved["id"].clone()]
    );
    stage.app.query("UPDATE stock SET sold = capacity RETURNING to_jsonb(sold)").await;
    assert_eq!(
        ids(&stage.manager.get(&format!("{overview}?phase=sold_out")).await.json(200)),
        [approved["id"].clone()]
    );
    let shown = stage
        .app
        .anonymous()
        .get(&format!("/api/v1/sales/{}", approved["slug"].as_str().unwrap()))
        .await
        .json(200);
    assert_eq!(shown["phase"], "sold_out", "SQL and Rust agree on the phase");
    stage.editor.get(overview).await.problem(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_point_is_a_short_link_until_it_is_retired() {
    let stage = Stage::set().await;
    let (_, path) = stage.draft().await;
    let points = format!("{path}/access-points");
    let made = stage
        .editor
        .post(&points, &json!({"placement": "newsletter", "name": " November newsletter "}))
        .await
        .json(201);
    let code = made["code"].as_str().unwrap();
    assert_eq!(
        (code.len(), &made["name"], &made["state"]),
        (8, &json!("November newsletter"), &json!("active"))
    );
    assert_eq!(made["url"], format!("{}/a/{code}", stage.app.platform.config.base_url));
    let landing = stage
        .editor
        .post(&points, &json!({"placement": "landing", "name": "Campaign"}))
        .await
        .json(201);
    assert_eq!(
        landing["url"],
        format!("{}/l/{}", stage.app.platform.config.base_url, landing["code"].as_str().unwrap())
    );
    stage
        .app
        .query("DELETE FROM access_points WHERE placement = 'landing' RETURNING to_jsonb(code)")
        .await;
    assert_eq!(
        stage
            .editor
            .post(&points, &json!({"placement": "billboard", "name": ""}))
            .await
            .wrong_fields(),
        ["placement"]
    );
    assert_eq!(
        stage.editor.post(&points, &json!({"placement": "other", "name": ""})).await.wrong_fields(),
        ["name"]
    );
    stage
        .app
        .staff("marketing")
        .await
        .post(&points, &json!({"placement": "social", "name": "Post"}))
        .await
        .json(201);
    stage
        .app
        .member(stage.tenant, "analyst")
        .await
        .post(&points, &json!({"placement": "social", "name": "Post"}))
        .await
        .problem(403);
    let retire = format!("{points}/{}/retire", made["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(stage.editor.post(&retire, &json!({})).await.json(200)["state"], "retired");
    }
    let list = stage.editor.get(&points).await.json(200);
    assert_eq!(
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| point["state"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["active", "retired"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_providers_sale_does_not_exist() {
    let stage = Stage::set().await;
    let (sale, path) = stage.approved().await;
    let revision =
        stage.editor.get(&format!("{path}/revisions")).await.json(200)["items"][0].clone();
    let other = stage.app.provider("loom").await;
    let thief = stage.app.member(other, "owner").await;
    thief.get(&path).await.problem(404);
    thief.put_newest(&path, &stage.input).await.problem(404);
    // Their tenant in the path, with our sale.
    let borrowed = sale_path(other, &sale);
    thief.get(&borrowed).await.problem(404);
    assert_eq!(thief.put_newest(&borrowed, &stage.input).await.problem(404), "not_found");
    for action in ["submit", "withdraw"] {
        thief.post(&format!("{borrowed}/{action}"), &json!({})).await.problem(404);
    }
    thief.get(&format!("{borrowed}/revisions")).await.problem(404);
    thief.get(&format!("{borrowed}/access-points")).await.problem(404);
    thief
        .post(&format!("{borrowed}/access-points"), &json!({"placement": "other", "name": "x"}))
        .await
        .problem(404);
    let reason = json!({"reason": "Why not."});
    stage.manager.post(&format!("{borrowed}/halt"), &reason).await.problem(404);
    stage
        .manager
        .put(&format!("{borrowed}/featured"), &json!({"featured": true}))
        .await
        .problem(404);
    decide(&stage.manager, &borrowed, &revision, "approve").await.problem(404);
    // Our revision in the path of another sale of ours.
    let (_, second) = stage.draft().await;
    stage
        .manager
        .get(&format!("{second}/revisions/{}", revision["id"].as_str().unwrap()))
        .await
        .problem(404);
    decide(&stage.manager, &second, &revision, "approve").await.problem(404);
}
