//! The product page: its states, Buy, shared and own parts, favourites, landing pages.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use smp::{kernel::AccessPointId, platform::broker::Notice, sales::SaleMode};
use time::Duration as Span;

use super::{after, buy, change, says, shop};
use crate::support::{Client, PASSWORD, TestApp, client::Answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_comes_by_a_link_presses_buy_once_and_signs_up() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let point = AccessPointId::new();
    change(
        &app,
        format!(
            "INSERT INTO access_points (tenant_id, id, sale_id, code, placement, name) \
             VALUES ('{tenant}', '{point}', '{}', 'k7q2m', 'social', 'Instagram')",
            sale.id
        ),
    )
    .await;
    let client = app.anonymous();
    let page = format!("/sales/{}", sale.slug);
    assert_eq!(client.get("/a/k7q2m").await.location(), page);
    assert!(client.cookie("smp_visitor").is_some() && client.cookie("smp_visit").is_some());
    let shown = client.get(&page).await;
    says(
        &shown,
        200,
        &[
            "Stoneware at dawn",
            "Buy now",
            "€49.00",
            "20 left",
            r#"data-state="live""#,
            "You’ll be asked to sign in first",
        ],
    );
    let visits = app
        .query(
            "SELECT jsonb_agg(jsonb_build_object('id', id, 'point', access_point_id)) FROM visits",
        )
        .await;
    assert_eq!(visits[0], json!([{"id": after(&shown.text, r#"data-visit=""#), "point": point}]));
    client.get(&page).await.expect(200);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM visits").await, [json!(1)]);

    let to_sign_in = buy(&client, &sale, "2", "k").await;
    to_sign_in.expect(303);
    let next = format!("{page}?item={}&quantity=2", sale.items[0]);
    let sign_in = client.get(to_sign_in.location()).await;
    says(&sign_in, 200, &["we hold 2 × Stoneware at dawn", "Create account"]);
    let wrong = client
        .form(
            "/sign-up",
            &[("email", "mara"), ("name", ""), ("password", "short"), ("next", &next)],
        )
        .await;
    says(
        &wrong,
        422,
        &["Enter your name", "Use at least 10 characters", r#"value="mara""#, "There is a problem"],
    );
    let signed_up = client
        .form(
            "/sign-up",
            &[
                ("email", "mara@example.com"),
                ("name", "Mara"),
                ("password", PASSWORD),
                ("next", &next),
            ],
        )
        .await;
    signed_up.expect(303);
    assert_eq!(signed_up.location(), "/cart", "the press was made");
    says(&client.get("/cart").await, 200, &["Welcome, Mara", "Your account"]);
    let back = client.get(&next).await;
    says(&back, 200, &[r#"value="2""#, "Need more?"]);
    let chosen = back.text.split(&format!(r#"value="{}""#, sale.items[0])).nth(1).unwrap();
    assert!(chosen.split('>').next().unwrap().contains("checked"));
    // The same press again, as after the back button.
    assert_eq!(buy(&client, &sale, "2", "k").await.location(), "/cart");
    let holds = app
        .query(
            "SELECT jsonb_agg(jsonb_build_object('quantity', quantity, 'visit', visit_id)) \
             FROM holds",
        )
        .await;
    assert_eq!(holds[0], json!([{"quantity": 2, "visit": visits[0][0]["id"]}]));
    says(&client.get("/cart").await, 200, &["From Atelier", "€98.00", "Check out", "Cart<span"]);
    let hold = app.query("SELECT to_jsonb(id) FROM holds").await;
    assert_eq!(
        client
            .form(&format!("/cart/holds/{}/release", hold[0].as_str().unwrap()), &[])
            .await
            .location(),
        "/cart"
    );
    says(&client.get("/cart").await, 200, &["Removed.", "Your cart is empty"]);
    assert!(!client.get("/cart").await.text.contains("Removed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_presses_at_once_without_a_key_are_one_hold() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("ada").await;
    let (first, second) = tokio::join!(buy(&client, &sale, "1", ""), buy(&client, &sale, "1", ""));
    assert_eq!((first.location(), second.location()), ("/cart", "/cart"));
    assert_eq!(app.query("SELECT to_jsonb(sum(quantity)) FROM holds").await, [json!(1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_buy_says_why_and_changes_nothing() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("ada").await;
    let path = format!("/sales/{}/buy", sale.slug);
    says(
        &buy(&client, &sale, "0", "k").await,
        422,
        &["Enter a quantity of 1 or more", "aria-invalid"],
    );
    says(&buy(&client, &sale, "3", "k").await, 422, &["Enter 2 or fewer", r#"value="3""#]);
    says(
        &client.form(&path, &[("sale_item_id", "x"), ("quantity", "1")]).await,
        422,
        &["Choose one of the items"],
    );
    assert_eq!(buy(&client, &sale, "2", "k").await.location(), "/cart");
    says(
        &buy(&client, &sale, "1", "another").await,
        409,
        &[
            "You’ve reached the limit per person",
            "Nothing was charged.",
            "Still held for you",
            "Go to cart",
        ],
    );

    change(&app, format!("UPDATE stock SET capacity = held WHERE tenant_id = '{tenant}'")).await;
    let bea = app.shopper("bea").await;
    assert_eq!(buy(&bea, &sale, "1", "k").await.location(), format!("/sales/{}", sale.slug));
    says(
        &bea.get(&format!("/sales/{}", sale.slug)).await,
        200,
        &["you’re on the waitlist for 1", "Your position is 1"],
    );
    change(&app, format!("UPDATE sales SET state = 'halted' WHERE tenant_id = '{tenant}'")).await;
    says(&buy(&client, &sale, "1", "k3").await, 409, &["This sale is paused"]);
    change(&app, format!("UPDATE sales SET state = 'approved' WHERE tenant_id = '{tenant}'")).await;
    app.platform.clock.advance(Span::days(2));
    app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
    says(&buy(&client, &sale, "1", "k4").await, 409, &["This sale is not open"]);
    assert_eq!(app.query("SELECT to_jsonb(sum(quantity)) FROM holds").await, [json!(2)]);
    assert_eq!(client.get(&path).await.location(), format!("/sales/{}", sale.slug));
}

/// The page once it contains a text.
async fn soon(client: &Client, path: &str, text: &str) -> Answer {
    client.get_once(path, |page| page.contains(text)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_follows_clock_stock_and_state() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let (client, page) = (app.anonymous(), format!("/sales/{}", sale.slug));
    soon(&client, &page, r#"data-state="live""#).await;
    app.platform.clock.advance(Span::hours(-2));
    says(
        &client.get(&page).await,
        200,
        &[r#"data-state="countdown""#, "Stay on this page", r#"<template data-for="live">"#],
    );
    says(
        &client.get("/").await,
        200,
        &["Nothing is on right now", "Coming up", "Stoneware at dawn"],
    );
    app.platform.clock.advance(Span::days(-2));
    says(&client.get(&page).await, 200, &[r#"data-state="announced""#, "Starts on"]);
    app.platform.clock.advance(Span::days(2) + Span::hours(2));

    change(&app, format!("UPDATE stock SET sold = capacity WHERE tenant_id = '{tenant}'")).await;
    app.platform.broker.publish(Notice::StockChanged { slug: sale.slug.clone() }).await;
    says(
        &soon(&client, &page, r#"data-state="sold_out""#).await,
        200,
        &["Every item is sold or in someone’s cart"],
    );
    change(
        &app,
        format!(
            "UPDATE stock SET sold = capacity - 1 WHERE tenant_id = '{tenant}'; \
             UPDATE sales SET state = 'halted' WHERE tenant_id = '{tenant}'"
        ),
    )
    .await;
    app.platform.broker.publish(Notice::SaleChanged { slug: sale.slug.clone() }).await;
    says(
        &soon(&client, &page, r#"data-state="halted""#).await,
        200,
        &["This sale is paused", "Only 1 left"],
    );
    app.platform.clock.advance(Span::days(2));
    says(&client.get(&page).await, 200, &[r#"data-state="ended""#, "Ended on"]);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    says(&client.get("/").await, 200, &["Just ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_visitors_are_each_counted_once() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let page = format!("/sales/{}", sale.slug);
    let visitors: Vec<_> = (0..40).map(|_| app.anonymous()).collect();
    let shown =
        futures_util::future::join_all(visitors.iter().map(|visitor| visitor.get(&page))).await;
    let mut seen: Vec<&str> =
        shown.iter().map(|shown| after(&shown.text, r#"data-visit=""#)).collect();
    futures_util::future::join_all(visitors.iter().map(|visitor| visitor.get(&page))).await;
    let rows = app
        .query(
            "SELECT jsonb_build_object('id', id, 'visitor', visitor_id) FROM visits \
             ORDER BY id::text",
        )
        .await;
    seen.sort_unstable();
    assert_eq!(rows.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), seen);
    assert_eq!(
        rows.iter()
            .map(|row| row["visitor"].as_str())
            .collect::<std::collections::HashSet<_>>()
            .len(),
        40
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_share_a_cached_page_but_not_its_values() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let page = format!("/sales/{}", sale.slug);
    let (ada, bea, eve) = (app.shopper("ada").await, app.shopper("bea").await, app.anonymous());
    assert_eq!(buy(&bea, &sale, "1", "k").await.location(), "/cart");
    soon(&eve, &page, "19 left").await;
    let (for_ada, for_bea, for_eve) =
        (ada.get(&page).await, bea.get(&page).await, eve.get(&page).await);
    says(&for_ada, 200, &["Your account", "On sale now"]);
    says(
        &for_bea,
        200,
        &[
            "Your account",
            "Need more?",
            "1 item is held for you",
            "data-held",
            "Go to cart",
            "Cart<span",
        ],
    );
    says(&for_eve, 200, &["You’ll be asked to sign in first", "Sign in"]);
    assert!(
        !for_ada.text.contains("data-held")
            && !for_eve.text.contains("Your account")
            && !for_bea.text.contains("1970")
    );
    let has_card = |page: &str| page.contains("og:title") && page.contains("twitter:card");
    assert!(
        has_card(&for_eve.text) && !has_card(&for_ada.text),
        "link previews are fetched without a session"
    );
    let pages = [&for_ada.text, &for_bea.text, &for_eve.text, &ada.get(&page).await.text];
    let own = |of: &str| {
        pages
            .iter()
            .map(|page| after(page, of).to_owned())
            .collect::<std::collections::HashSet<_>>()
    };
    assert_eq!(
        (own(r#"name="idempotency_key" value=""#).len(), own(r#"data-visit=""#).len()),
        (4, 3)
    );
    assert!(pages.iter().all(|page| !page.contains('\u{E000}') && !page.contains('\u{E001}')));
    assert!(
        for_bea.headers.get("etag").is_none()
            && for_ada.headers["cache-control"] == "private, no-cache"
    );

    ada.form(&format!("{page}/favourite"), &[("on", "true")]).await.expect(303);
    says(&ada.get(&page).await, 200, &["Remove from favourites"]);
    says(&eve.get(&page).await, 200, &["Add to favourites"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_copy_is_valid_until_something_changes() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let (client, page) = (app.anonymous(), format!("/sales/{}", sale.slug));
    client.get(&page).await.expect(200);
    let first = client.get(&page).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with("W/\""));
    let again = || {
        client.send(
            client
                .request(Method::GET, &page)
                .header("If-None-Match", &tag)
                .header("Accept-Encoding", "identity"),
        )
    };
    let packed = client
        .send(
            client
                .request(Method::GET, &page)
                .header("If-None-Match", &tag)
                .header("Accept-Encoding", "gzip, br"),
        )
        .await;
    assert_eq!((packed.expect(304), packed.headers.get("content-encoding")), ("", None));
    let unchanged = again().await;
    assert_eq!(
        (unchanged.expect(304), unchanged.headers["etag"].to_str().unwrap()),
        ("", tag.as_str())
    );
    app.anonymous()
        .send(app.anonymous().request(Method::GET, &page).header("If-None-Match", &tag))
        .await
        .expect(200);
    app.platform.clock.advance(Span::seconds(30));
    says(&again().await, 200, &["Buy now"]);
    app.platform.clock.advance(Span::seconds(-30));
    again().await.expect(304);
    change(&app, format!("UPDATE stock SET sold = 3 WHERE tenant_id = '{tenant}'")).await;
    app.platform.broker.publish(Notice::StockChanged { slug: sale.slug.clone() }).await;
    soon(&client, &page, "17 left").await;
    again().await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirect_mode_leads_to_the_approved_cart() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Redirect).await;
    let client = app.anonymous();
    let page = client.get(&format!("/sales/{}", sale.slug)).await;
    says(&page, 200, &["Buy at Atelier", "cart.example", "You’ll leave SMP"]);
    assert!(!page.headers["content-security-policy"].to_str().unwrap().contains("form-action"));
    let left = buy(&client, &sale, "2", "k").await;
    left.expect(303);
    assert!(
        left.location().starts_with("https://cart.example/buy?")
            && left.location().contains("click_token="),
        "{}",
        left.location()
    );
    let clicks = app
        .query(
            "SELECT jsonb_build_object('quantity', quantity, 'visited', visit_id IS NOT NULL) \
             FROM click_outs",
        )
        .await;
    assert_eq!(clicks, [json!({"quantity": 2, "visited": true})]);
    says(&buy(&client, &sale, "9", "k").await, 422, &["Enter 2 or fewer"]);
    change(&app, format!("UPDATE sales SET state = 'halted' WHERE tenant_id = '{tenant}'")).await;
    says(
        &buy(&client, &sale, "1", "k").await,
        409,
        &["This sale is paused", "Nothing was charged."],
    );
    says(
        &client.get(&format!("/help?sale={}", sale.slug)).await,
        200,
        &["Atelier is responsible for", "help@atelier.example", "Sign in to write"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn favourites_and_shares_are_counted_once_each_with_and_without_scripts() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let (client, page, api) =
        (app.anonymous(), format!("/sales/{}", sale.slug), format!("/api/v1/sales/{}", sale.slug));
    let shown = client.get(&page).await;
    let visit = after(&shown.text, r#"data-visit=""#);
    assert_eq!(
        client.post(&format!("{api}/favourite"), &json!({})).await.json(200),
        json!({"favourite": true, "count": 1})
    );
    assert_eq!(
        client.post(&format!("{api}/favourite"), &json!({})).await.json(200),
        json!({"favourite": true, "count": 1})
    );
    client.form(&format!("{page}/favourite"), &[("on", "false")]).await.expect(303);
    assert_eq!(
        client.delete(&format!("{api}/favourite")).await.json(200),
        json!({"favourite": false, "count": 0})
    );
    client.post(&format!("{api}/shares"), &json!({"channel": "native"})).await.expect(204);
    assert_eq!(
        client.post(&format!("{api}/shares"), &json!({"channel": "fax"})).await.wrong_fields(),
        ["channel"]
    );
    client.form(&format!("{page}/share"), &[("channel", "copy")]).await.expect(303);
    says(&client.get(&page).await, 200, &["Copy this address: http://127.0.0.1:"]);
    assert!(
        client
            .form(&format!("{page}/share"), &[("channel", "facebook")])
            .await
            .location()
            .starts_with("https://www.facebook.com/sharer/")
    );
    let kinds = app.query("SELECT jsonb_agg(kind ORDER BY kind) FROM interactions").await;
    assert_eq!(kinds[0], json!(["favourite", "share", "share", "share", "unfavourite"]));
    let channels = "SELECT jsonb_agg(share_channel ORDER BY share_channel) FROM interactions \
                    WHERE kind = 'share'";
    assert_eq!(app.query(channels).await, [json!(["copy", "facebook", "native"])]);
    assert_eq!(
        app.query("SELECT to_jsonb(count(DISTINCT visit_id)) FROM interactions").await,
        [json!(1)]
    );

    let beacon = |seconds: i64| json!({"visit_id": visit, "seconds": seconds});
    client.post(&format!("{api}/visits/beacon"), &beacon(40)).await.expect(204);
    client.post(&format!("{api}/visits/beacon"), &beacon(12)).await.expect(204);
    assert_eq!(app.query("SELECT to_jsonb(seconds_on_page) FROM visits").await, [json!(40)]);
    assert_eq!(
        client.post(&format!("{api}/visits/beacon"), &beacon(90_000)).await.wrong_fields(),
        ["seconds"]
    );
    client
        .post(
            &format!("{api}/visits/beacon"),
            &json!({"visit_id": uuid::Uuid::now_v7(), "seconds": 1}),
        )
        .await
        .problem(404);
    client.post("/api/v1/sales/nothing/favourite", &json!({})).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_page_leads_to_the_sale_and_a_retired_link_home() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let insert = |code: &str, state: &str| {
        let id = AccessPointId::new();
        format!(
            "INSERT INTO access_points (tenant_id, id, sale_id, code, placement, name, state) \
             VALUES ('{tenant}', '{id}', '{}', '{code}', 'landing', 'Campaign', '{state}');",
            sale.id
        )
    };
    change(&app, insert("fresh", "active") + insert("stale", "retired").as_str()).await;
    let client = app.anonymous();
    says(
        &client.get("/l/fresh").await,
        200,
        &["Stoneware at dawn", "Go to the sale", &format!(r#"href="/sales/{}""#, sale.slug)],
    );
    client.get(&format!("/sales/{}", sale.slug)).await.expect(200);
    let visits = app.query("SELECT to_jsonb(access_point_id IS NOT NULL) FROM visits").await;
    assert_eq!(visits, [json!(true)]);
    for gone in ["/a/stale", "/a/unknown"] {
        assert_eq!(client.get(gone).await.location(), "/");
        says(&client.get("/").await, 200, &["That link is no longer in use", "Stoneware at dawn"]);
    }
    says(&client.get("/l/stale").await, 404, &["Page not found"]);
}
