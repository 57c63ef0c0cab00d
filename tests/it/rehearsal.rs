//! Rehearsals: the rush on a copy of a sale, over HTTP, that no shopper sees.

use serde_json::json;
use smp::{kernel::Error, rehearsal, sales::SaleMode, stock};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_rehearses_a_rush_and_reads_the_report() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (editor, analyst) =
        (app.member(tenant, "editor").await, app.member(tenant, "analyst").await);
    let path = format!("/api/v1/providers/{tenant}/sales/{}/rehearsals", sale.id);
    assert_eq!(
        editor.post(&path, &json!({"shoppers": 0, "units": -1})).await.wrong_fields(),
        ["shoppers", "units"]
    );
    analyst.post(&path, &json!({"shoppers": 10, "units": 1})).await.problem(403);
    editor.post(&path, &json!({"shoppers": 120, "units": 30})).await.json(202);
    assert_eq!(
        editor.post(&path, &json!({"shoppers": 10, "units": 1})).await.problem(409),
        "rehearsal_running"
    );
    app.run_jobs().await;

    let list = analyst.get(&path).await.json(200);
    let (state, report) = (&list["items"][0]["state"], &list["items"][0]["report"]);
    assert_eq!(state, "done");
    assert_eq!(
        (&report["held"], &report["waiting"], &report["errors"], &report["oversold"]),
        (&json!(30), &json!(90), &json!(0), &json!(0)),
        "{report}"
    );
    assert_eq!((&report["agrees"], &report["receipt"]), (&json!(true), &json!("holds")));
    let answers: i64 = report["moments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["held"].as_i64().unwrap() + m["waiting"].as_i64().unwrap())
        .sum();
    assert_eq!(answers, 120);

    // The copy has no page, is in no list and no statistics, and its shoppers are removed.
    let slug = report["slug"].as_str().unwrap();
    app.anonymous().get(&format!("/sales/{slug}")).await.expect(404);
    app.anonymous().get(&format!("/api/v1/sales/{slug}")).await.problem(404);
    let sales = editor.get(&format!("/api/v1/providers/{tenant}/sales")).await.json(200);
    assert_eq!(sales["items"].as_array().unwrap().len(), 1);
    assert!(
        !editor
            .get(&format!("/api/v1/providers/{tenant}/statistics"))
            .await
            .expect(200)
            .contains(slug)
    );
    assert_eq!(
        app.query("SELECT to_jsonb(count(*)) FROM accounts WHERE rehearsal").await,
        [json!(0)]
    );
    // Nothing is left but the report and the log.
    assert_eq!(left(&app).await, 0);
    let other = app.provider("other").await;
    app.member(other, "owner").await.get(&path).await.problem(404);
    app.run_jobs().await;
    assert_eq!(
        app.query(
            "SELECT to_jsonb(count(*)) FROM messages WHERE recipient LIKE '%rehearsal.invalid'"
        )
        .await,
        [json!(0)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_rehearsal_sells_to_its_own_shoppers_only() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (sale, elsewhere) = (
        app.live_sale(tenant, SaleMode::Hosted).await,
        app.live_sale(tenant, SaleMode::Redirect).await,
    );
    assert!(matches!(
        rehearsal::prepare(&app.platform, "nowhere", 1, 1).await,
        Err(Error::NotFound("sale"))
    ));
    assert!(matches!(
        rehearsal::prepare(&app.platform, &elsewhere.slug, 1, 1).await,
        Err(Error::Conflict { code: "redirect_sale", .. })
    ));
    assert!(matches!(
        rehearsal::prepare(&app.platform, &sale.slug, 0, 1).await,
        Err(Error::Invalid(_))
    ));
    let prepared = rehearsal::prepare(&app.platform, &sale.slug, 3, 2).await.unwrap();
    let buy = prepared.buy_request(&app.platform);
    let path = buy.url.strip_prefix(&app.base).unwrap().to_owned();
    let buy_with = async |token: &str, key: &str| {
        let request = app
            .anonymous()
            .request(reqwest::Method::POST, &path)
            .header("Cookie", format!("{}={token}", buy.cookie));
        let request = request
            .header("Content-Type", "application/json")
            .header(buy.idempotency_header, key)
            .body(buy.body.clone());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(buy_with(&prepared.tokens[0], "a").await, 201);
    assert_eq!(buy_with(&prepared.tokens[0], "a").await, 201);
    assert_eq!(buy_with(&prepared.tokens[1], "a").await, 201);
    assert_eq!(buy_with(&prepared.tokens[2], "a").await, 202);
    let stranger = app.shopper("eve").await;
    let body: serde_json::Value = serde_json::from_str(&buy.body).unwrap();
    stranger.post(&path, &body).await.problem(404);
    let checked = stock::check(&app.platform, Some(&prepared.slug), None).await.unwrap();
    assert_eq!((checked[0].held, checked[0].waiting, checked[0].agrees()), (2, 1, true));

    // Its holds expire and are offered to who waits; nobody is told of it.
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query("UPDATE holds SET expires_at = now() - interval '1 second' WHERE state = 'held'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stock::expire_due(&app.platform).await.unwrap();
    stock::serve_waitlists(&app.platform).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        app.query("SELECT to_jsonb(type) FROM events WHERE type = 'waitlist.offered'").await.len(),
        1
    );
    let written =
        "SELECT to_jsonb(subject) FROM messages WHERE recipient LIKE '%rehearsal.invalid'";
    assert_eq!(app.query(written).await, Vec::<serde_json::Value>::new());

    // It is kept for a day.
    rehearsal::clear_abandoned(&app.platform).await.unwrap();
    assert_ne!(left(&app).await, 0);
    let mut tx = app.platform.db.platform("test").await.unwrap();
    for table in ["sales WHERE rehearsal", "accounts WHERE rehearsal"] {
        let (table, only) = table.split_once(' ').unwrap();
        let statement =
            format!("UPDATE {table} SET created_at = created_at - interval '25 hours' {only}");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    rehearsal::clear_abandoned(&app.platform).await.unwrap();
    assert_eq!(left(&app).await, 0);
    assert_eq!(app.query("SELECT to_jsonb(state) FROM sales").await.len(), 2, "the sales stay");
}

/// Rows of rehearsals, and of what they sold.
async fn left(app: &TestApp) -> i64 {
    let counted = app
        .query(
            "SELECT to_jsonb(
                 (SELECT count(*) FROM sales WHERE rehearsal) + (SELECT count(*) FROM accounts WHERE rehearsal)
                 + (SELECT count(*) FROM holds) + (SELECT count(*) FROM waitlist)
                 + (SELECT count(*) FROM registrations)
                 + (SELECT count(*) FROM receipt_entries e WHERE NOT EXISTS (
                     SELECT FROM sales s WHERE s.tenant_id = e.tenant_id AND s.id = e.sale_id))
             )",
        )
        .await;
    counted[0].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rehearsal_says_why_and_removes_its_shoppers() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let editor = app.member(tenant, "editor").await;
    let path = format!("/api/v1/providers/{tenant}/sales/{}/rehearsals", sale.id);
    // The shoppers are made up before the items of the copy are written, which fails.
    app.query(
        "CREATE FUNCTION no_items() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE 'no items'; END $$",
    )
    .await;
    app.query("CREATE TRIGGER no_items BEFORE INSERT ON sale_items EXECUTE FUNCTION no_items()")
        .await;
    editor.post(&path, &json!({"shoppers": 20, "units": 3})).await.json(202);
    app.run_jobs().await;
    app.query("DROP TRIGGER no_items ON sale_items").await;
    // The sale is no longer approved when the rehearsal runs.
    editor.post(&path, &json!({"shoppers": 20, "units": 3})).await.json(202);
    app.query("UPDATE sales SET approved_revision_id = NULL").await;
    app.run_jobs().await;
    let list = editor.get(&path).await.json(200);
    let (late, early) = (&list["items"][0], &list["items"][1]);
    assert_eq!((&late["state"], &early["state"]), (&json!("failed"), &json!("failed")));
    assert_eq!(late["failure"], "The sale is no longer approved.");
    assert!(
        early["failure"].as_str().is_some_and(|why| !why.is_empty() && !why.contains("no items")),
        "{early}"
    );
    assert_eq!(
        app.query("SELECT to_jsonb(count(*)) FROM accounts WHERE rehearsal").await,
        [json!(0)]
    );
    assert_eq!(
        app.query("SELECT to_jsonb(count(*)) FROM sales WHERE rehearsal AND state <> 'cancelled'")
            .await,
        [json!(0)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_that_is_prepared_counts_in_no_report() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    let prepared = rehearsal::prepare(&app.platform, &sale.slug, 3, 2).await.unwrap();
    app.run_jobs().await;
    let provider = format!("/api/v1/providers/{tenant}");
    for (client, path) in [
        (&owner, format!("{provider}/statistics")),
        (&manager, "/api/v1/statistics/summary?days=30".to_owned()),
    ] {
        let report = client.get(&path).await;
        let report = report.expect(200);
        assert!(report.contains(&sale.id.to_string()), "{path}: {report}");
        assert!(!report.contains(&prepared.sale.to_string()), "{path}: {report}");
    }
    let summary = manager.get("/api/v1/statistics/summary?days=30").await.json(200);
    assert_eq!(summary["live_sales"], 1);
}
