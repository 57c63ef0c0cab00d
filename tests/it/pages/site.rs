//! The site around the sales: signing in and out, previews, the outbox, errors, theme files.

use reqwest::Method;
use serde_json::json;
use smp::{kernel::MessageId, sales::SaleMode};

use super::{after, buy, change, says, shop};
use crate::support::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_only_to_pages_of_this_site() {
    let app = TestApp::start().await;
    let known = app.shopper("ada").await;
    let email =
        known.get("/api/v1/me").await.json(200)["account"]["email"].as_str().unwrap().to_owned();
    let client = app.anonymous();
    assert_eq!(client.get("/cart").await.location(), "/sign-in?next=%2Fcart");
    says(
        &client.get("/sign-in?next=%2Fcart").await,
        200,
        &[
            "Please sign in to see that page.",
            r#"name="next" value="/cart""#,
            r#"href="/sign-up?next&#x3D;%2Fcart""#,
        ],
    );
    let wrong = client
        .form("/sign-in", &[("email", &email), ("password", "wrong password"), ("next", "/cart")])
        .await;
    says(
        &wrong,
        401,
        &["Email or password is wrong.", &format!(r#"value="{email}""#), r#"value="/cart""#],
    );
    assert!(!wrong.text.contains("wrong password") && wrong.headers.get("set-cookie").is_none());
    says(
        &client.form("/sign-in", &[]).await,
        422,
        &["Enter your email address", "Enter your password"],
    );
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
    ] {
        let page =
            client.send(client.request(Method::GET, "/sign-in").query(&[("next", foreign)])).await;
        says(&page, 200, &[r#"name="next" value="/""#]);
        let client = app.anonymous();
        let signed_in = client
            .form("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", foreign)])
            .await;
        assert_eq!((signed_in.status.as_u16(), signed_in.location()), (303, "/"), "{foreign}");
    }
    let client = app.anonymous();
    let signed_in = client
        .form("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", "/cart")])
        .await;
    assert_eq!(signed_in.location(), "/cart");
    assert!(signed_in.headers["set-cookie"].to_str().unwrap().contains("HttpOnly; SameSite=Lax"));
    says(&client.get("/cart").await, 200, &["Your cart is empty"]);
    let token = client.cookie("smp_session").unwrap();
    assert_eq!(client.form("/sign-out", &[]).await.location(), "/");
    says(&client.get("/").await, 200, &["You are signed out.", "Sign in"]);
    let thief = app.anonymous();
    assert!(
        thief
            .send(
                thief
                    .request(Method::GET, "/account")
                    .header("Cookie", format!("smp_session={token}"))
            )
            .await
            .location()
            .starts_with("/sign-in")
    );
    let client = app.anonymous();
    let again = client
        .form("/sign-up", &[("email", &email), ("name", "Ada"), ("password", PASSWORD)])
        .await;
    again.expect(303);
    says(&client.get("/").await, 200, &["You have an account already, and are signed in to it."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_provider_and_smp_see_the_preview_of_a_revision() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    change(
        &app,
        format!(
            "INSERT INTO revisions (
                tenant_id, id, sale_id, number, state, content, content_hash, submitted_by
             )
             SELECT tenant_id, gen_random_uuid(), sale_id, 2, 'submitted',
                    jsonb_set(content, '{{title}}', '\"Stoneware at dusk\"'), 'x', submitted_by
             FROM revisions WHERE tenant_id = '{tenant}'"
        ),
    )
    .await;
    let revision = app.query("SELECT to_jsonb(id) FROM revisions WHERE number = 2").await;
    let path = format!("/preview/{tenant}/{}", revision[0].as_str().unwrap());
    for client in [app.staff("manager").await, app.member(tenant, "editor").await] {
        let page = client.get(&path).await;
        says(
            &page,
            200,
            &[
                "Preview of revision 2",
                "waiting for review",
                "Stoneware at dusk",
                "Buy now",
                "disabled",
                "noindex",
                "20 left",
            ],
        );
        assert!(!page.text.contains("js/sale.js") && !page.text.contains("data-visit"));
    }
    let other = app.provider("other").await;
    for client in [app.anonymous(), app.shopper("eve").await, app.member(other, "owner").await] {
        says(&client.get(&path).await, 404, &["Page not found"]);
    }
    let owner = app.member(other, "owner").await;
    let smuggled = path.replace(&tenant.to_string(), &other.to_string());
    says(&owner.get(&smuggled).await, 404, &[]);
    says(&app.staff("manager").await.get("/preview/x/y").await, 404, &[]);
    says(&app.anonymous().get(&format!("/sales/{}", sale.slug)).await, 200, &["Stoneware at dawn"]);
    assert_eq!(app.query("SELECT to_jsonb(count(*)) FROM visits").await, [json!(1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_exists_only_in_development() {
    let app = TestApp::start().await;
    let id = MessageId::new();
    let insert = format!(
        "INSERT INTO messages (
            tenant_id, id, channel, recipient, template, subject, body_text, body_html,
            dedupe_key, state
         )
         VALUES (
            '00000000-0000-0000-0000-000000000000', '{id}', 'email', 'mara@example.com', 'welcome',
            'Welcome to SMP', 'Look: http://127.0.0.1/x.', '<p style=\"color:red\">Hello</p>',
            'k', 'sent'
         )"
    );
    change(&app, insert.clone()).await;
    let client = app.anonymous();
    says(
        &client.get("/dev/outbox?q=MARA").await,
        200,
        &["Welcome to SMP", "to mara@example.com", &format!("/dev/outbox/{id}")],
    );
    says(&client.get("/dev/outbox?q=nobody").await, 200, &["No message matches “nobody”"]);
    says(
        &client.get(&format!("/dev/outbox/{id}")).await,
        200,
        &[r#"<a href="http://127.0.0.1/x">"#, "Look: http://127.0.0.1/x."],
    );
    let html = client.get(&format!("/dev/outbox/{id}/html")).await;
    assert_eq!(html.expect(200), "<p style=\"color:red\">Hello</p>");
    assert!(
        html.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
            && html.headers["x-frame-options"] == "SAMEORIGIN"
    );
    says(&client.get(&format!("/dev/outbox/{}", MessageId::new())).await, 404, &[]);
    says(&client.get("/").await, 200, &["/dev/outbox"]);

    let production =
        TestApp::start_with(&[("smp_env", "production"), ("smp_allow_sandbox", "true")]).await;
    change(&production, insert).await;
    for path in
        ["/dev/outbox".to_owned(), format!("/dev/outbox/{id}"), format!("/dev/outbox/{id}/html")]
    {
        let gone = production.staff("admin").await.get(&path).await;
        says(&gone, 404, &["Page not found"]);
        assert!(!gone.text.contains("Welcome to SMP"));
    }
    assert!(!production.anonymous().get("/").await.text.contains("/dev/outbox"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_page_with_its_status() {
    let app = TestApp::start().await;
    let client = app.shopper("ada").await;
    for path in [
        "/nowhere",
        "/sales/nothing",
        "/orders/SMP-0",
        "/conversations/x",
        "/checkout/SMP-0/payment",
        "/help/x",
        "/theme/x/pages/sale.hbs",
    ] {
        let page = client.get(path).await;
        says(&page, 404, &["Page not found", "Contact us", "Your account"]);
        assert_eq!(page.headers["cache-control"], "private, no-cache");
    }
    says(&client.get("/sign-out").await, 405, &["We couldn’t process that"]);
    let cross = client
        .send(client.request(Method::POST, "/sign-out").header("Origin", "https://evil.example"))
        .await;
    says(&cross, 403, &["You don’t have access", "This request came from another site"]);
    let large = client
        .request(Method::POST, "/help")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("a".repeat(300 * 1024));
    says(&client.send(large).await, 413, &["We couldn’t process that", "larger than 256 KiB"]);
    let json =
        client.request(Method::POST, "/help").header("Content-Type", "application/json").body("{}");
    says(&client.send(json).await, 415, &["We couldn’t process that"]);
    says(&client.form("/cart/holds/x/release", &[]).await, 404, &[]);
    says(
        &client.form(&format!("/cart/holds/{}/release", uuid::Uuid::now_v7()), &[]).await,
        404,
        &[],
    );
    change(&app, "ALTER TABLE holds RENAME TO holds_away").await;
    let broken = client.get("/cart").await;
    says(&broken, 500, &["Something went wrong on our side", "mention"]);
    assert!(!broken.text.contains("holds"), "{}", broken.text);
    client.get("/api/v1/nowhere").await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn legal_pages_are_linked_everywhere_and_listed_for_search_engines() {
    let app = TestApp::start().await;
    let (_, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.anonymous();
    let sitemap = client.get("/sitemap.xml").await;
    assert!(sitemap.headers["content-type"].to_str().unwrap().starts_with("application/xml"));
    for path in ["/privacy", "/terms", "/imprint"] {
        let page = client.get(path).await;
        says(&page, 200, &["A sample text.", "<h1>"]);
        assert!(!page.text.contains("noindex") && sitemap.expect(200).contains(path), "{path}");
        for linking in ["/", "/sign-in", "/help", "/nowhere", &format!("/sales/{}", sale.slug)] {
            let link = format!(r#"href="{path}""#);
            assert!(client.get(linking).await.text.contains(&link), "{linking} to {path}");
        }
    }
    assert!(sitemap.text.contains(&format!("/sales/{}</loc>", sale.slug)), "{}", sitemap.text);
    says(&client.get("/sign-up").await, 200, &["you agree to our"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_has_favourites_and_places_on_waitlists() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let client = app.shopper("ada").await;
    let page = format!("/sales/{}", sale.slug);
    client.get(&page).await.expect(200);
    let before = client.get("/account").await;
    assert!(!before.text.contains("Favourites</h2>") && !before.text.contains("On the waitlist"));
    client.form(&format!("{page}/favourite"), &[("on", "true")]).await.expect(303);
    change(&app, format!("UPDATE stock SET sold = capacity WHERE tenant_id = '{tenant}'")).await;
    buy(&client, &sale, "2", "k").await.expect(303);
    let link = format!(r#"href="{page}""#);
    let account = client.get("/account").await;
    says(&account, 200, &["Favourites</h2>", "On the waitlist", "2 × Sand", "You’re next", &link]);
    says(&client.get(&format!("/help?sale={}", sale.slug)).await, 200, &["About <a", "by Atelier"]);
    app.platform.clock.advance(time::Duration::days(2));
    let receipt = format!("/api/v1{page}/receipt");
    says(&client.get(&page).await, 200, &[&receipt]);
    client.get(&receipt).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn theme_files_are_cached_forever_under_their_hash() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let home = client.get("/").await;
    says(&home, 200, &["New sales are announced here first", "data-locale=\"en-GB\""]);
    let css = after(&home.text, r#"<link rel="stylesheet" href=""#).to_owned();
    let styled = client.get(&css).await;
    assert!(styled.expect(200).contains("--paper") || styled.text.contains(":root"));
    assert_eq!(
        (
            styled.headers["cache-control"].to_str().unwrap(),
            styled.headers["content-type"].to_str().unwrap()
        ),
        ("public, max-age=31536000, immutable", "text/css; charset=utf-8")
    );
    let packed =
        client.send(client.request(Method::GET, &css).header("Accept-Encoding", "gzip")).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let hash = css.split('/').nth(2).unwrap();
    assert_eq!(
        client.get(&css.replace(hash, "aaaaaaaaaaaa")).await.headers["cache-control"],
        "no-cache"
    );
    let accent = home
        .text
        .split(r#"<link rel="stylesheet" href=""#)
        .last()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(
        accent.starts_with("/theme/_default/")
            && client.get(accent).await.expect(200).starts_with(":root{--accent:#")
    );
    client.get("/theme/nobody/x/accent.css").await.expect(404);
    assert_eq!(client.get("/favicon.svg").await.headers["content-type"], "image/svg+xml");
    let robots = client.get("/robots.txt").await;
    assert!(robots.expect(200).contains("Disallow: /account\n"));
    assert!(robots.text.contains("/sitemap.xml\n"), "{}", robots.text);
    let american = client
        .send(client.request(Method::GET, "/").header("Accept-Language", "fr, en-US;q=0.8"))
        .await;
    says(&american, 200, &["data-locale=\"en-US\""]);
}
