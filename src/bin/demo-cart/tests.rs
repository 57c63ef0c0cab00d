//! The shop's pages and its reports to a stub of SMP.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, Server, handler,
    http::{StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
    middleware::AddData,
    post,
    web::{Data, Json, Path},
};

use crate::{
    pages::money,
    routes::{FORM_MAX_BYTES, app},
    shop::{Catalogue, Shop},
};

/// A stub of SMP: its answers in order, the last of which stays, and the reports it got.
#[derive(Default)]
struct Smp {
    answers: Mutex<Vec<u16>>,
    reports: Mutex<Vec<(String, serde_json::Value)>>,
}

#[handler]
fn postback(
    Data(smp): Data<&Arc<Smp>>,
    Path(kind): Path<String>,
    request: &Request,
    Json(body): Json<serde_json::Value>,
) -> Response {
    assert_eq!(request.header(header::AUTHORIZATION), Some("Bearer smp_key"));
    smp.reports.lock().unwrap().push((kind, body));
    let mut answers = smp.answers.lock().unwrap();
    let status = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .content_type("application/problem+json")
        .body("{\"title\":\"Unprocessable\",\"detail\":\"This click is unknown.\"}")
}

fn catalogue() -> Catalogue {
    let catalogue = serde_json::json!({
        "shop": "Ohmstead",
        "email": "service@ohmstead.example",
        "phone": "+49 30 23125 127",
        "articles": [
            {
                "sku": "OS-ONE-WALNUT", "title": "Ohmstead One table radio",
                "name": "Walnut and cream", "price_minor": 24_900, "currency": "EUR",
            },
            {
                "sku": "OS-ONE-OAK", "title": "Ohmstead One table radio",
                "name": "Oak and sage", "price_minor": 24_900, "currency": "EUR",
            },
            {
                "sku": "OS-MOON-THREE", "title": "Honeymoon above the workshop",
                "name": "Three nights for two", "price_minor": 74_000, "currency": "EUR",
                "nights": 3,
            },
        ],
    });
    serde_json::from_value(catalogue).unwrap()
}

/// A shop whose SMP gives these answers.
async fn shop(answers: &[u16]) -> (impl Endpoint, Arc<Smp>) {
    let smp = Arc::new(Smp { answers: Mutex::new(answers.to_vec()), ..Smp::default() });
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let smp_url = format!("http://{}/", acceptor.local_addr()[0].as_socket_addr().unwrap());
    let stub = Route::new()
        .at("/api/v1/postbacks/:kind", post(postback))
        .with(AddData::new(Arc::clone(&smp)));
    tokio::spawn(Server::new_with_acceptor(acceptor).run(stub));
    let origin = "http://127.0.0.1:9999".to_owned();
    let mut shop = Shop::open(catalogue(), origin, &smp_url, "smp_key".to_owned()).unwrap();
    shop.retry_delays = vec![Duration::ZERO; 3];
    shop.confirm_after = Duration::ZERO;
    let shop = Arc::new(shop);
    (app(shop), smp)
}

async fn get(app: &impl Endpoint, path: &str) -> (StatusCode, String) {
    let response = app.get_response(Request::builder().uri_str(path).finish()).await;
    (response.status(), response.into_body().into_string().await.unwrap())
}

/// Sends a form; returns the answer's status, its location and its page.
async fn send(app: &impl Endpoint, path: &str, form: &str) -> (StatusCode, String, String) {
    let request = Request::builder()
        .method(poem::http::Method::POST)
        .uri_str(path)
        .content_type("application/x-www-form-urlencoded")
        .header(header::CONTENT_LENGTH, form.len())
        .body(form.to_owned());
    let response = app.get_response(request).await;
    let location = response.header(header::LOCATION).unwrap_or_default().to_owned();
    (response.status(), location, response.into_body().into_string().await.unwrap())
}

const FILLED: &str = "order=OH-0123456789AB&click_token=tok.en&sku=OS-ONE-WALNUT&quantity=2\
    &name=Mara+Lindqvist&address=Hafenweg+3%0D%0A04109+Leipzig&card_number=4242+4242+4242+4242";

#[tokio::test]
async fn a_click_out_becomes_an_order_that_is_reported_to_smp() {
    let (app, smp) = shop(&[201]).await;
    let (status, page) =
        get(&app, "/cart?item=x&click_token=tok.en&sku=OS-ONE-WALNUT&quantity=2").await;
    assert_eq!(status, StatusCode::OK);
    for text in [
        "Ohmstead One table radio",
        "Walnut and cream",
        "€498.00",
        ">Card number</label>",
        ">Place order</button>",
        "value=\"tok.en\"",
    ] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }

    let (status, location, _) = send(&app, "/cart", FILLED).await;
    assert_eq!((status, location.as_str()), (StatusCode::SEE_OTHER, "/orders/OH-0123456789AB"));
    let (_, page) = get(&app, &location).await;
    for text in [
        "<h1>Purchase confirmed</h1>",
        "OH-0123456789AB",
        ">Track your order</a>",
        ">Return this order</a>",
        "SMP knows about your purchase",
        "ending in 4242",
    ] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    let reports = smp.reports.lock().unwrap().clone();
    let expected = serde_json::json!({
        "click_token": "tok.en", "reference": "OH-0123456789AB", "quantity": 2,
        "amount_minor": 49_800, "currency": "EUR",
        "tracking_url": "http://127.0.0.1:9999/orders/OH-0123456789AB/tracking",
    });
    assert_eq!(reports, [("purchases".to_owned(), expected)]);
    assert!(get(&app, "/orders/OH-0123456789AB/tracking").await.1.contains("Track your order"));
}

#[tokio::test]
async fn sending_the_form_twice_makes_one_order_and_one_report() {
    let (app, smp) = shop(&[201]).await;
    let first = send(&app, "/cart", FILLED).await;
    let second = send(&app, "/cart", FILLED).await;
    assert_eq!(first.1, second.1);
    assert_eq!(smp.reports.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_return_is_refunded_and_reversed_once() {
    let (app, smp) = shop(&[201]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(get(&app, &format!("{order}/return")).await.1.contains(">Confirm return</button>"));
    send(&app, &format!("{order}/return"), "reason=Arrived+damaged").await;
    send(&app, &format!("{order}/return"), "reason=Arrived+damaged").await;
    let (_, page) = get(&app, &order).await;
    assert!(
        page.contains("<h1>Refund confirmed</h1>") && page.contains("SMP knows about your refund"),
        "{page}"
    );
    let reports = smp.reports.lock().unwrap().clone();
    assert_eq!(reports.len(), 2, "one purchase, one reversal");
    assert_eq!(
        reports[1],
        (
            "reversals".to_owned(),
            serde_json::json!({ "reference": "OH-0123456789AB", "reason": "Arrived damaged" })
        )
    );
}

#[tokio::test]
async fn a_reservation_is_confirmed_later_and_cancelled_in_part() {
    let (app, smp) = shop(&[201]).await;
    let (_, page) = get(&app, "/cart?click_token=tok.en&sku=OS-MOON-THREE&quantity=2").await;
    assert!(
        page.contains(">Complete reservation</button>") && !page.contains("Shipping"),
        "{page}"
    );
    let (_, order, _) = send(&app, "/cart", &FILLED.replace("ONE-WALNUT", "MOON-THREE")).await;
    let reported = |kind: &str| {
        let reports = smp.reports.lock().unwrap();
        reports.iter().find(|(of, _)| of == kind).map(|(_, body)| body.clone())
    };
    while reported("updates").is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let update = reported("updates").unwrap();
    assert_eq!(
        (&update["reference"], &update["confirmed"]),
        (&"OH-0123456789AB".into(), &true.into())
    );
    assert!(reported("purchases").unwrap().get("tracking_url").is_none());
    let (_, page) = get(&app, &order).await;
    assert!(page.contains("<h1>Reservation confirmed</h1>"), "{page}");
    send(&app, &format!("{order}/return"), "reason=Changed+my+mind&places=1").await;
    let reversal = reported("reversals").unwrap();
    assert_eq!(
        (&reversal["quantity"], &reversal["reversal_reference"]),
        (&1.into(), &"OH-0123456789AB-R".into())
    );
    assert!(get(&app, &order).await.1.contains("We are refunding €740.00"));
}

#[tokio::test]
async fn a_report_is_retried_until_smp_answers_and_a_refusal_is_shown() {
    let (app, smp) = shop(&[503, 429, 201]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(get(&app, &order).await.1.contains("SMP knows about your purchase"));
    assert_eq!(smp.reports.lock().unwrap().len(), 3);

    let (app, _) = shop(&[503]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(get(&app, &order).await.1.contains("We could not tell SMP about your purchase"));

    let (app, smp) = shop(&[422]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    let (_, page) = get(&app, &order).await;
    assert!(
        page.contains("SMP did not accept our report of your purchase")
            && page.contains("This click is unknown"),
        "{page}"
    );
    assert_eq!(smp.reports.lock().unwrap().len(), 1, "a refused report is not retried");
}

#[tokio::test]
async fn an_order_without_a_click_out_is_not_reported() {
    let (app, smp) = shop(&[201]).await;
    let (_, order, _) = send(&app, "/cart", &FILLED.replace("tok.en", "")).await;
    let (_, page) = get(&app, &order).await;
    assert!(page.contains("Purchase confirmed") && !page.contains("SMP knows"), "{page}");
    assert!(smp.reports.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_form_shows_its_errors_and_nothing_is_ordered() {
    let (app, smp) = shop(&[201]).await;
    let (status, _, page) = send(
        &app,
        "/cart",
        "sku=OS-ONE-OAK&quantity=1&name=+&address=&card_number=4242424242424241",
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "role=\"alert\"",
        "href=\"#name\"",
        "href=\"#address\"",
        "href=\"#card_number\"",
        "aria-invalid=\"true\"",
    ] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    assert!(!page.contains("4242424242424241"), "the card number must not be shown again");
    let (status, _, page) =
        send(&app, "/cart", &FILLED.replace("4242+4242+4242+4242", "4000000000000002")).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert!(page.contains("declined"), "{page}");
    for path in [
        "/cart?sku=OS-ONE-OAK&quantity=0",
        "/cart?sku=OS-ONE-OAK&quantity=21",
        "/cart?sku=OS-ONE-OAK&quantity=two",
    ] {
        assert_eq!(get(&app, path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    assert!(get(&app, "/cart").await.1.contains("Your cart is empty"));
    for path in [
        "/orders/OH-FFFFFFFFFFFF",
        "/orders/OH-FFFFFFFFFFFF/tracking",
        "/orders/OH-FFFFFFFFFFFF/return",
        "/elsewhere",
    ] {
        assert_eq!(get(&app, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let long = format!("{FILLED}&name={}", "x".repeat(FORM_MAX_BYTES));
    assert_eq!(send(&app, "/cart", &long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(smp.reports.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_unlisted_article_has_the_unlisted_price_and_its_sku_is_escaped() {
    let (app, _) = shop(&[201]).await;
    let (_, page) = get(
        &app,
        "/cart?sku=%3Cscript%3Ealert(1)%3C/script%3E&quantity=2&click_token=%22%3E%3Cb%3E",
    )
    .await;
    assert!(page.contains("€98.00") && page.contains("Article &lt;script&gt;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("\"><b>"), "{page}");
}

#[tokio::test]
async fn style_logo_and_contact_come_from_the_shop_itself() {
    let (app, _) = shop(&[201]).await;
    for (path, kind) in [
        ("/shop.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
        ("/contact", "text/html; charset=utf-8"),
    ] {
        let response = app.get_response(Request::builder().uri_str(path).finish()).await;
        assert_eq!(
            (response.status(), response.content_type()),
            (StatusCode::OK, Some(kind)),
            "{path}"
        );
        assert!(
            response
                .header("content-security-policy")
                .is_some_and(|policy| policy.contains("style-src 'self'"))
        );
    }
    let (_, page) = get(&app, "/contact").await;
    assert!(
        page.contains("mailto:service@ohmstead.example") && page.contains("tel:+493023125127"),
        "{page}"
    );
}

#[test]
fn amounts_are_grouped_in_thousands() {
    assert_eq!(money(24_900, "EUR"), "€249.00");
    assert_eq!(money(123_456_789, "SEK"), "SEK 1,234,567.89");
    assert_eq!(money(5, "EUR"), "€0.05");
}
