//! The short way answers what the ordinary way does. A content type with a charset, or a query, is
//! not plain.

use reqwest::Method;
use serde_json::{Value, json};
use smp::sales::SaleMode;

use crate::support::{Client, TestApp, client::Answer};

const WAYS: [&str; 2] = ["application/json", "application/json; charset=utf-8"];

type Headers<'a> = Vec<(&'a str, &'a str)>;

/// The same request by both ways; the key is another each time.
async fn both(client: &Client, path: &str, headers: &[(&str, &str)], body: &str) -> [Answer; 2] {
    let mut answers = vec![];
    for way in WAYS {
        let request =
            client.request(Method::POST, path).header("Content-Type", way).body(body.to_owned());
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        answers.push(client.send(request).await);
    }
    answers.try_into().unwrap_or_else(|_| unreachable!("two ways"))
}

fn headers(answer: &Answer) -> Vec<(String, String)> {
    let told =
        answer.headers.iter().filter(|(name, _)| *name != "date" && *name != "content-length");
    let mut told: Vec<_> =
        told.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    told.sort();
    told
}

#[tokio::test]
async fn buy_answers_the_same_by_either_way() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let path = format!("/api/v1/sales/{}/holds", sale.slug);
    let body = json!({"sale_item_id": sale.items[0], "quantity": 1}).to_string();
    let shopper = app.shopper("ada").await;

    let [short, ordinary] = both(&shopper, &path, &[], &body).await;
    let shape = |answer: &Answer| {
        answer
            .json(201)
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.is_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shape(&short), shape(&ordinary));
    assert_ne!(
        short.json(201)["id"],
        ordinary.json(201)["id"],
        "two presses without a key are two holds"
    );
    assert_eq!(headers(&short), headers(&ordinary));

    let shopper = app.shopper("bea").await;
    let [short, ordinary] = both(&shopper, &path, &[("Idempotency-Key", "one")], &body).await;
    assert_eq!(
        short.json(201)["id"],
        ordinary.json(201)["id"],
        "one key is one hold, whichever way it came"
    );

    let item = sale.items[0];
    let long = "k".repeat(101);
    let many = format!("{}{body}", " ".repeat(5000));
    let stranger = app.anonymous();
    let cases: [(&Client, &str, Headers, String); 9] = [
        (&stranger, &path, vec![], body.clone()),
        (&shopper, "/api/v1/sales/nothing/holds", vec![], body.clone()),
        (&shopper, &path, vec![("Idempotency-Key", &long)], body.clone()),
        (&shopper, &path, vec![("Sec-Fetch-Site", "cross-site")], body.clone()),
        (
            &shopper,
            &path,
            vec![("Idempotency-Key", "one")],
            json!({"sale_item_id": item, "quantity": 2}).to_string(),
        ),
        (&shopper, &path, vec![], json!({"sale_item_id": item, "quantity": 0}).to_string()),
        (
            &shopper,
            &path,
            vec![],
            json!({"sale_item_id": item, "quantity": 1, "colour": "blue"}).to_string(),
        ),
        (&shopper, &path, vec![], json!({"sale_item_id": "no", "quantity": "2"}).to_string()),
        (&shopper, &path, vec![], "{".to_owned()),
    ];
    for (client, path, told, body) in &cases {
        let [short, ordinary] = both(client, path, told, body).await;
        assert!(short.status.is_client_error(), "{body} {told:?}");
        assert_eq!(
            (short.status, &short.text, headers(&short)),
            (ordinary.status, &ordinary.text, headers(&ordinary)),
            "{body} {told:?}"
        );
    }
    // Longer than any Buy, and still one: by the ordinary way alone.
    shopper
        .send(
            shopper
                .request(Method::POST, &path)
                .header("Content-Type", WAYS[0])
                .header("Idempotency-Key", "one")
                .body(many),
        )
        .await
        .expect(201);
}

#[tokio::test]
async fn who_presses_too_often_is_refused_on_the_short_way_too() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let shopper = app.shopper("ada").await;
    let body = json!({"sale_item_id": sale.items[0], "quantity": 1});
    let mut refused: Option<Value> = None;
    for _ in 0..40 {
        let answer = shopper.post(&format!("/api/v1/sales/{}/holds", sale.slug), &body).await;
        if answer.status == 429 {
            assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
            refused = Some(answer.json(429));
            break;
        }
    }
    assert!(refused.is_some(), "forty presses in a row");
}

#[tokio::test]
async fn the_product_page_is_the_same_by_either_way() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let path = format!("/sales/{}", sale.slug);
    let shopper = app.shopper("ada").await;
    shopper.get(&path).await.expect(200); // begins the visit
    shopper.hold(&sale, 0, 1).await;
    // A page's stock is a quarter of a second behind at most.
    let began = std::time::Instant::now();
    while !shopper.get(&path).await.text.contains("19 left") {
        assert!(began.elapsed().as_secs() < 5, "the hold does not show");
    }
    // What is new in every answer: the form's key and the clock; what a query changes: its own
    // address.
    let same = |html: &str| {
        let lines = html
            .replace("?from=mail", "")
            .lines()
            .filter(|line| !line.contains("idempotency_key") && !line.contains("server-time"))
            .map(str::to_owned)
            .collect::<Vec<_>>();
        assert!(lines.len() > 50, "{html}");
        lines
    };
    let (short, ordinary) =
        (shopper.get(&path).await, shopper.get(&format!("{path}?from=mail")).await);
    assert_eq!(same(short.expect(200)), same(ordinary.expect(200)));
    assert_eq!(headers(&short), headers(&ordinary));
    for missing in ["/sales/nothing", "/sales/nothing?from=mail"] {
        shopper.get(missing).await.expect(404);
    }
}
