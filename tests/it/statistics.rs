//! Figures: what counts as a visit, a purchase and revenue, the same in API and CSV.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    kernel::{Money, SaleId, TenantId, limits::SUM_MAX},
    sales::SaleMode,
    statistics::{Interaction, InteractionKind, record_interactions},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::support::{Client, TestApp, sales::LiveSale, shop::DECLINE};

/// A provider's sale, and those who read its figures.
struct Desk {
    app: TestApp,
    tenant: TenantId,
    sale: LiveSale,
    analyst: Client,
    manager: Client,
}

impl Desk {
    async fn set(mode: SaleMode) -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let sale = app.live_sale(tenant, mode).await;
        let (analyst, manager) = (app.member(tenant, "analyst").await, app.staff("manager").await);
        Self { app, tenant, sale, analyst, manager }
    }

    fn path(&self) -> String {
        format!("/api/v1/providers/{}/sales/{}/statistics", self.tenant, self.sale.id)
    }

    async fn of_sale(&self) -> Value {
        self.app.run_jobs().await;
        self.analyst.get(&self.path()).await.json(200)
    }

    async fn csv(&self) -> String {
        self.analyst.get(&format!("{}.csv", self.path())).await.expect(200).to_owned()
    }

    async fn summary(&self, days: u32) -> Value {
        self.manager.get(&format!("/api/v1/statistics/summary?days={days}")).await.json(200)
    }

    async fn look(&self, client: &Client) {
        client.get(&format!("/sales/{}", self.sale.slug)).await.expect(200);
    }

    /// Records a purchase as an event of an order would.
    async fn record(
        &self,
        kind: InteractionKind,
        subject: Uuid,
        amount: Money,
        at: OffsetDateTime,
    ) {
        self.record_of(self.sale.id, kind, subject, amount, at).await;
    }

    async fn record_of(
        &self,
        sale: SaleId,
        kind: InteractionKind,
        subject: Uuid,
        amount: Money,
        at: OffsetDateTime,
    ) {
        let interaction = Interaction {
            id: Uuid::now_v7(),
            sale,
            visit: None,
            kind,
            at,
            quantity: 1,
            subject: Some(subject),
            amount: Some(amount),
            channel: None,
        };
        let mut tx = self.app.platform.db.tenant(self.tenant).await.unwrap();
        record_interactions(&mut tx, self.tenant, &[interaction]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn money(amount: i64, currency: &str) -> Value {
    json!({"amount": amount, "currency": currency})
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_net_and_the_funnel_counts_visitors() {
    let desk = Desk::set(SaleMode::Hosted).await;
    let (mara, eve) = (desk.app.shopper("mara").await, desk.app.shopper("eve").await);
    for client in [&mara, &eve, &desk.app.anonymous()] {
        desk.look(client).await;
        desk.look(client).await;
    }
    // Mara tries to pay twice, then buys two Sand and one Slate; Eve only fills her cart.
    mara.hold(&desk.sale, 0, 2).await;
    mara.hold(&desk.sale, 1, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        mara.pay(&number, DECLINE).await.json(201);
    }
    mara.pay(&number, crate::support::shop::APPROVE).await.json(201);
    eve.hold(&desk.sale, 0, 1).await;

    let seen = desk.of_sale().await;
    let totals = &seen["totals"];
    assert_eq!(
        [&totals["visits"], &totals["visitors"], &totals["purchases"], &totals["units"]],
        [&json!(3), &json!(3), &json!(1), &json!(3)],
        "an order is one purchase, whatever its lines"
    );
    assert_eq!(
        totals["revenue"],
        json!({"hosted": [money(2 * 4900 + 8900, "EUR")], "reported": []})
    );
    assert_eq!(totals["conversion_rate_percent"], 33.3);
    let steps: Vec<i64> = seen["funnel"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["count"].as_i64().unwrap())
        .collect();
    assert_eq!(steps, [3, 2, 1, 1, 1, 1]);

    // What is refunded is taken off: a part of the money, then all of it.
    let support = desk.app.staff("support").await;
    let refunds = format!("/api/v1/orders/{number}/refunds");
    let part = json!({"reason": "A chip", "amount_minor": 1000});
    support.post(&refunds, &part).await.json(201);
    let totals = desk.of_sale().await["totals"].clone();
    assert_eq!(
        (&totals["revenue"]["hosted"], &totals["purchases"], &totals["units"]),
        (&json!([money(2 * 4900 + 8900 - 1000, "EUR")]), &json!(1), &json!(3))
    );
    support.post(&refunds, &json!({"reason": "Broken"})).await.json(201);
    let seen = desk.of_sale().await;
    let totals = &seen["totals"];
    assert_eq!(
        (&totals["revenue"], &totals["purchases"], &totals["units"], &totals["orders_paid"]),
        (&json!({"hosted": [], "reported": []}), &json!(0), &json!(0), &json!(1))
    );
    assert_eq!(totals["given_back"], json!([money(2 * 4900 + 8900, "EUR")]));
    assert_eq!(seen["funnel"][5]["count"], 0);
    assert_eq!(desk.summary(30).await["revenue"], totals["revenue"]);
    let csv = desk.csv().await;
    for line in ["purchases,,,,0,", "orders_paid,,,,1,", "given_back_minor,,,,18700,EUR"] {
        assert!(csv.contains(&format!("\r\n{line}\r\n")), "{line} in {csv}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_keeps_the_currency_it_was_paid_in() {
    let desk = Desk::set(SaleMode::Hosted).await;
    let mara = desk.app.shopper("mara").await;
    desk.look(&mara).await;
    mara.buy(&desk.sale, 2).await;
    desk.app.run_jobs().await;
    let (tenant, sale) = (desk.tenant, desk.sale.id);
    desk.app.edit_content(tenant, sale, "currency", json!("JPY")).await;
    let pool = sqlx::PgPool::connect(&desk.app.owner_url).await.unwrap();
    sqlx::query("UPDATE offers SET currency = 'JPY'").execute(&pool).await.unwrap();
    let now = desk.app.platform.clock.now();
    desk.record(InteractionKind::Purchase, Uuid::now_v7(), Money::new(4990, "JPY"), now).await;
    desk.record(InteractionKind::Conversion, Uuid::now_v7(), Money::new(700, "EUR"), now).await;

    let revenue = json!({
        "hosted": [money(9800, "EUR"), money(4990, "JPY")],
        "reported": [money(700, "EUR")],
    });
    let seen = desk.of_sale().await;
    assert_eq!(seen["totals"]["revenue"], revenue);
    assert_eq!(seen["by_access_point"][0]["revenue"], revenue);
    let summary = desk.summary(30).await;
    assert_eq!((&summary["revenue"], &summary["sales"][0]["revenue"]), (&revenue, &revenue));
    let csv = desk.csv().await;
    for line in [
        "hosted_revenue_minor,,,,9800,EUR",
        "hosted_revenue_minor,,,,4990,JPY",
        "reported_revenue_minor,,,,700,EUR",
    ] {
        assert!(csv.contains(&format!("\r\n{line}\r\n")), "{line} in {csv}");
    }
    let hours: Vec<&str> = csv.lines().filter(|line| line.starts_with("purchases,,,2")).collect();
    assert_eq!(hours.len(), 1, "{csv}");
    assert!(hours[0].ends_with(":00:00Z,3,"), "{}", hours[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_covers_what_happened_in_it_over_all_sales() {
    let desk = Desk::set(SaleMode::Hosted).await;
    let now = desk.app.platform.clock.now();
    let euro = |amount| Money::new(amount, "EUR");
    let (old, new) = (Uuid::now_v7(), Uuid::now_v7());
    desk.record(InteractionKind::Purchase, old, euro(500), now - Duration::days(40)).await;
    desk.record(InteractionKind::Purchase, new, euro(300), now - Duration::days(2)).await;
    // Refunded now, it is taken off the period of its purchase.
    desk.record(InteractionKind::Refund, old, euro(100), now).await;
    let hosted = async |days| desk.summary(days).await["revenue"]["hosted"].clone();
    assert_eq!(hosted(30).await, json!([money(300, "EUR")]));
    assert_eq!(hosted(1).await, json!([]));
    assert_eq!(hosted(90).await, json!([money(300, "EUR")]), "one unit, and it came back");

    // A hundred sales are listed, and all are summed.
    let mut tx = desk.app.platform.db.platform("test").await.unwrap();
    sqlx::query(
        "INSERT INTO sales (tenant_id, id, slug, offer_id, mode, state, starts_at, ends_at,
             approved_revision_id)
         SELECT tenant_id, gen_random_uuid(), 'copy-' || n, offer_id, mode, state, starts_at,
                ends_at, approved_revision_id
         FROM sales, generate_series(1, 104) n WHERE id = $1",
    )
    .bind(desk.sale.id.0)
    .execute(&mut *tx)
    .await
    .unwrap();
    let copies: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM sales WHERE slug LIKE 'copy-%'")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for copy in copies {
        let subject = Uuid::now_v7();
        desk.record_of(SaleId(copy), InteractionKind::Purchase, subject, euro(1), now).await;
    }
    let summary = desk.summary(30).await;
    assert_eq!(
        (&summary["revenue"]["hosted"], &summary["purchases"], &summary["live_sales"]),
        (&json!([money(300 + 104, "EUR")]), &json!(105), &json!(105))
    );
    assert_eq!(summary["sales"].as_array().unwrap().len(), 100);
    assert_eq!(
        desk.manager.get("/api/v1/statistics/summary?days=367").await.wrong_fields(),
        ["days"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_makes_a_report_fail() {
    let desk = Desk::set(SaleMode::Redirect).await;
    let now = desk.app.platform.clock.now();
    let huge = || Money::new(i64::MAX, "EUR");
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    desk.record(InteractionKind::Conversion, one, huge(), now).await;
    desk.record(InteractionKind::Conversion, other, huge(), now).await;
    let read = async || {
        let provider = format!("/api/v1/providers/{}/statistics", desk.tenant);
        desk.analyst.get(&provider).await.json(200);
        assert!(desk.csv().await.contains("reported_revenue_minor"));
        (desk.summary(30).await["revenue"].clone(), desk.of_sale().await["totals"].clone())
    };
    let (revenue, totals) = read().await;
    assert_eq!(revenue["reported"], json!([money(SUM_MAX, "EUR")]), "as far as JSON is exact");
    assert_eq!(totals["revenue"], revenue);

    // Reversed, they count nowhere.
    desk.record(InteractionKind::Reversal, one, huge(), now).await;
    desk.record(InteractionKind::Reversal, other, huge(), now).await;
    desk.record(InteractionKind::Conversion, Uuid::now_v7(), Money::new(1, "EUR"), now).await;
    let (revenue, totals) = read().await;
    assert_eq!(revenue, json!({"hosted": [], "reported": [money(1, "EUR")]}));
    assert_eq!(
        (&totals["purchases"], &totals["units"], &totals["reversals"]),
        (&json!(1), &json!(1), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_prefetching_and_headers_alone_are_no_visits() {
    let desk = Desk::set(SaleMode::Hosted).await;
    let page = format!("/sales/{}", desk.sale.slug);
    let preview = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";
    for (method, header, value) in [
        (Method::GET, "User-Agent", preview),
        (Method::GET, "User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"),
        (Method::GET, "Sec-Purpose", "prefetch;prerender"),
        (Method::GET, "Purpose", "prefetch"),
        (Method::HEAD, "Accept", "*/*"),
    ] {
        let nobody = desk.app.anonymous();
        let answer = nobody.send(nobody.request(method, &page).header(header, value)).await;
        answer.expect(200);
        assert_eq!((nobody.cookie("smp_visitor"), nobody.cookie("smp_visit")), (None, None));
    }
    // Who was never here shares nothing; who was, once.
    let share = async |client: &Client, channel: &str| {
        let path = format!("/api/v1/sales/{}/shares", desk.sale.slug);
        client.post(&path, &json!({"channel": channel})).await.expect(204);
    };
    for _ in 0..3 {
        share(&desk.app.anonymous(), "copy").await;
    }
    let (friend, other) = (desk.app.anonymous(), desk.app.anonymous());
    desk.look(&friend).await;
    desk.look(&other).await;
    for channel in ["email", "copy", "email", "email"] {
        share(&friend, channel).await;
    }
    share(&other, "email").await;
    let totals = desk.of_sale().await["totals"].clone();
    assert_eq!((&totals["visits"], &totals["shares"]), (&json!(2), &json!(3)));
    assert_eq!(
        totals["shares_by_channel"],
        json!([{"channel": "email", "shares": 2}, {"channel": "copy", "shares": 1}])
    );
    let csv = desk.manager.get(&format!("{}.csv", desk.path())).await;
    assert!(csv.expect(200).contains("\r\nshares_email,,,,2,\r\n"), "{}", csv.text);
}
