//! Each limited operation counts as its action, whichever way it is asked for; docs/limits.md has every
//! limit.

use reqwest::Method;
use serde_json::json;
use smp::{
    access::limits::LimitedAction,
    kernel::limits::{AMOUNT_MINOR_MAX, SUM_MAX},
    notifications,
    sales::{SaleCache, SaleMode},
};
use sqlx::{Connection, Executor, PgConnection};
use time::Duration;

use crate::support::{Client, PASSWORD, TestApp, shop::DECLINE};

/// Where the tests' requests come from.
const ADDRESS: &str = "127.0.0.1";

/// Moves to the start of a window after an unused one, so that all that is done now counts for as long
/// as the window lasts.
fn begin_window(app: &TestApp, window: std::time::Duration) {
    let window = window.as_millis();
    let now = app.platform.clock.now().unix_timestamp_nanos().unsigned_abs() / 1_000_000;
    let rest = i64::try_from(2 * window - now % window).unwrap();
    app.platform.clock.advance(Duration::milliseconds(rest));
}

/// Uses up what one address may do.
async fn exhaust(app: &TestApp, action: LimitedAction) {
    let rate = action.per_address();
    begin_window(app, rate.window);
    while app.platform.limits.check(rate, ADDRESS).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_up_share_a_limit_by_address() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let sign_in = json!({"email": "ada@test.example", "password": PASSWORD});
    let sign_up = json!({"email": "ada@test.example", "password": PASSWORD, "name": "Ada"});
    for action in [LimitedAction::SignIn, LimitedAction::SignUp] {
        exhaust(&app, action).await;
        let answer = client.post("/api/v1/session", &sign_in).await;
        assert_eq!(answer.problem(429), "too_many");
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(client.post("/api/v1/accounts", &sign_up).await.problem(429), "too_many");
        let fields = [("email", "ada@test.example"), ("password", PASSWORD), ("name", "Ada")];
        let page = client.form("/sign-in", &fields).await;
        assert!(page.expect(429).contains("Too many requests in a short time"), "{}", page.text);
        client.form("/sign-up", &fields).await.expect(429);
        for path in ["/sign-in", "/sign-up"] {
            client.get(path).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_past_its_limit_is_shown_again_as_it_was_typed() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = app.shopper("ada").await;
    let question = [("subject", "A cracked bowl"), ("body", "It came in two pieces.")];
    let conversation = ada.form("/help", &question).await.location().to_owned();
    let order = ada.buy(&sale, 1).await;

    exhaust(&app, LimitedAction::Write).await;
    let feedback = [("rating", "4"), ("comments", "Dearly loved.")];
    let reply = [("body", "And one more thing.")];
    let order_help = format!("/orders/{order}/help");
    for (path, fields) in [
        ("/help", question.as_slice()),
        (order_help.as_str(), question.as_slice()),
        (conversation.as_str(), reply.as_slice()),
        (&format!("/sales/{}/feedback", sale.slug), feedback.as_slice()),
    ] {
        let refused = ada.form(path, fields).await;
        let page = refused.expect(429);
        assert!(page.contains("Too many requests") && page.contains("Try again in"), "{page}");
        assert!(refused.headers.contains_key("retry-after"));
        let typed = fields.last().unwrap().1;
        assert!(page.contains(typed), "{path} lost {typed:?}: {page}");
    }
    exhaust(&app, LimitedAction::SignIn).await;
    for path in ["/sign-in", "/sign-up"] {
        let typed = [("email", "ada@typed.example"), ("name", "Ada"), ("password", PASSWORD)];
        let refused = app.anonymous().form(path, &typed).await;
        let page = refused.expect(429);
        assert!(page.contains(r#"value="ada@typed.example""#), "{page}");
        assert!(!page.contains(PASSWORD), "no page has a password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_typed_too_late_is_in_the_next_checkout() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = app.shopper("ada").await;
    ada.hold(&sale, 0, 1).await;
    app.platform.clock.advance(Duration::hours(1));
    let address = [
        ("email", "ada@example.com"),
        ("name", "Ada"),
        ("line1", "Weg zum Glück 7"),
        ("postal_code", "10115"),
        ("city", "Berlin"),
        ("country", "DE"),
    ];
    let late = ada.form("/checkout", &address).await;
    assert!(late.status == 409 || late.location() == "/cart", "{}", late.text);
    ada.hold(&sale, 0, 1).await;
    assert!(ada.get("/checkout").await.expect(200).contains("Weg zum Glück 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn buying_is_limited_by_address_on_every_way() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let shopper = app.shopper("ada").await;
    exhaust(&app, LimitedAction::Buy).await;
    let path = format!("/api/v1/sales/{}/holds", sale.slug);
    let body = json!({"sale_item_id": sale.items[0], "quantity": 1}).to_string();
    let buy = async |client: &Client, content_type: &str| {
        let request = client.request(Method::POST, &path).header("Content-Type", content_type);
        client.send(request.body(body.clone())).await.problem(429)
    };
    for client in [&shopper, &app.anonymous()] {
        assert_eq!(buy(client, "application/json").await, "too_many");
        assert_eq!(buy(client, "application/json; charset=utf-8").await, "too_many");
    }
    let item = sale.items[0].to_string();
    let fields = [("item", item.as_str()), ("quantity", "1")];
    shopper.form(&format!("/sales/{}/buy", sale.slug), &fields).await.expect(429);
    shopper.get(&format!("/sales/{}", sale.slug)).await.expect(200);
    shopper.get("/api/v1/me/holds").await.expect(200);
}

/// The rows of the document that name something.
fn documented(name: &str) -> String {
    let text = std::fs::read_to_string("docs/limits.md").unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|') && line.contains(name));
    rows.collect::<Vec<_>>().join("\n")
}

/// Source text up to its tests, with single spaces.
fn code_of(path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every Rust file below a folder.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The text between two marks, and what comes after it.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(before)?.1.split_once(after)
}

/// A number as the document writes it: 1,000.
fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn every_rate_is_documented() {
    let mut count = 0;
    for path in sources("src".as_ref()) {
        let code = code_of(&path);
        let mut rest = code.as_str();
        while let Some((rate, after)) = between(rest, "Rate { name: \"", ") }") {
            let (name, numbers) = rate.split_once("\", count: ").unwrap();
            let (most, window) = numbers.split_once(", window: Duration::from_").unwrap();
            let (unit, length) = window.split_once('(').unwrap();
            let unit = match (unit, length) {
                ("mins", "1") => "minute",
                ("mins", _) => "minutes",
                ("hours", "1") => "hour",
                ("secs", _) => "seconds",
                other => panic!("{other:?}"),
            };
            let most = thousands(most.replace('_', "").parse().unwrap());
            let row = documented(&format!("| `{name}` |"));
            let words = format!("| {most} in {length} {unit} |");
            assert!(
                row.contains(&words),
                "docs/limits.md lacks: | `{name}` {words}, it has: {row}"
            );
            (rest, count) = (after, count + 1);
        }
    }
    assert!(count >= 10, "{count} rates");
}

#[test]
fn every_setting_that_limits_is_documented() {
    let limits = smp::platform::config::settings().filter(|(_, what)| what.contains("at most"));
    let mut count = 0;
    for (name, what) in limits {
        let row = documented(&format!("`{}`", name.to_uppercase()));
        let default = between(&format!("{what};"), "default ", ";").map(|of| of.0.to_owned());
        let default = default.unwrap_or_else(|| panic!("{name} has a default: {what}"));
        let default = default.parse().map_or(default, thousands);
        assert!(row.contains(&default), "docs/limits.md lacks {name}, default {default}: {row}");
        count += 1;
    }
    assert!(count >= 2, "{count} settings");
}

#[test]
fn every_cap_of_what_comes_from_outside_is_documented() {
    let code = code_of("src/kernel/limits.rs".as_ref());
    let mut count = 0;
    let mut rest = code.as_str();
    while let Some((name, after)) = between(rest, "pub const ", ": ") {
        let (value, after) = between(after, " = ", ";").unwrap();
        let value = match name {
            "AMOUNT_MINOR_MAX" => AMOUNT_MINOR_MAX,
            "SUM_MAX" => SUM_MAX,
            _ => value.replace('_', "").parse().unwrap(),
        };
        let row = documented(&format!("| `{name}` |"));
        let number = thousands(value);
        assert!(
            row.contains(&format!("| {number} |")),
            "docs/limits.md lacks {name}, {number}: {row}"
        );
        (rest, count) = (after, count + 1);
    }
    assert!(count > 40, "{count} constants");
}

#[test]
fn every_limit_of_emails_is_documented() {
    for message in notifications::MESSAGES {
        let Some(most) = message.per_recipient_a_day else { continue };
        let row = documented(&format!("| `{}` |", message.name));
        assert!(
            row.contains(&format!("| {most}")),
            "docs/limits.md lacks {}, {most}: {row}",
            message.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_begun_by_one_account_are_limited() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, eve) = (app.shopper("ada").await, app.shopper("eve").await);
    begin_window(&app, std::time::Duration::from_mins(10));
    let mut statuses = vec![];
    for client in [&ada, &eve] {
        client.hold(&sale, 0, 1).await;
    }
    let number = ada.place().await.json(201)["number"].as_str().unwrap().to_owned();
    for _ in 0..25 {
        statuses.push(ada.pay(&number, DECLINE).await.status.as_u16());
    }
    assert_eq!(statuses[..20], [201; 20], "{statuses:?}");
    assert_eq!(statuses[20..], [429; 5], "{statuses:?}");
    let number = eve.place().await.json(201)["number"].as_str().unwrap().to_owned();
    eve.pay(&number, DECLINE).await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_are_limited_by_address_on_every_way() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, SaleMode::Hosted).await;
    let elsewhere = app.live_sale(south, SaleMode::Redirect).await;
    exhaust(&app, LimitedAction::Track).await;
    let client = app.anonymous();
    let api = format!("/api/v1/sales/{}", sale.slug);
    let beacon = json!({"visit_id": uuid::Uuid::now_v7(), "seconds": 1});
    let click = json!({"sale_item_id": elsewhere.items[0], "quantity": 1});
    let clicks = format!("/api/v1/sales/{}/click-outs", elsewhere.slug);
    let statuses = [
        ("beacon", client.post(&format!("{api}/visits/beacon"), &beacon).await.status),
        ("favourite", client.post(&format!("{api}/favourite"), &json!({})).await.status),
        ("no favourite", client.delete(&format!("{api}/favourite")).await.status),
        ("share", client.post(&format!("{api}/shares"), &json!({"channel": "copy"})).await.status),
        ("click-out", client.post(&clicks, &click).await.status),
        ("form", client.form(&format!("/sales/{}/favourite", sale.slug), &[]).await.status),
        ("share form", client.form(&format!("/sales/{}/share", sale.slug), &[]).await.status),
    ];
    let unlimited: Vec<_> = statuses.iter().filter(|(_, status)| *status != 429).collect();
    assert!(unlimited.is_empty(), "{unlimited:?}");
    client.get(&format!("/sales/{}", sale.slug)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_too_long_to_be_one_is_not_looked_for() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    // Whoever reads sales now waits.
    let mut blocker = PgConnection::connect(&app.owner_url).await.unwrap();
    blocker.execute("BEGIN; LOCK TABLE sales").await.unwrap();
    let (long, longest) = ("x".repeat(121), "x".repeat(120));
    let briefly = std::time::Duration::from_secs(5);
    let sales = SaleCache::new(&app.platform);
    let found = tokio::time::timeout(briefly, sales.get(&long)).await;
    assert!(matches!(found, Ok(Ok(None))), "the server looked for it");
    let page = format!("/sales/{long}");
    let page = tokio::time::timeout(briefly, client.get(&page)).await;
    page.expect("its page looked for it").expect(404);
    let looked_for = tokio::time::timeout(briefly / 10, sales.get(&longest)).await;
    assert!(looked_for.is_err(), "a slug that may be one is looked for");
    blocker.execute("ROLLBACK").await.unwrap();
}
