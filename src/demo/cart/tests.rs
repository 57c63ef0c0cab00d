//! The cart's pages and what SMP hears of them.

use std::sync::Mutex;

use poem::{
    Request,
    listener::{Acceptor, Listener},
    post,
    web::Json,
};

use super::*;

/// Answers of a pretended SMP, the first taken first; the last one stays.
#[derive(Default)]
struct Smp {
    answers: Mutex<Vec<u16>>,
    heard: Mutex<Vec<(String, serde_json::Value)>>,
}

#[handler]
fn postback(
    Data(smp): Data<&Arc<Smp>>,
    Path(kind): Path<String>,
    request: &Request,
    Json(body): Json<serde_json::Value>,
) -> Response {
    assert_eq!(request.header(header::AUTHORIZATION), Some("Bearer smp_key"));
    smp.heard.lock().unwrap().push((kind, body));
    let mut answers = smp.answers.lock().unwrap();
    let status = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .content_type("application/problem+json")
        .body("{\"title\":\"Unprocessable\",\"detail\":\"This click is not known.\"}")
}

/// A shop whose SMP gives these answers.
async fn shop(answers: &[u16]) -> (impl Endpoint, Arc<Smp>, Arc<Shop>) {
    let smp = Arc::new(Smp { answers: Mutex::new(answers.to_vec()), ..Smp::default() });
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let smp_url = format!("http://{}/", acceptor.local_addr()[0].as_socket_addr().unwrap());
    let pretended = Route::new()
        .at("/api/v1/postbacks/:kind", post(postback))
        .with(AddData::new(Arc::clone(&smp)));
    tokio::spawn(Server::new_with_acceptor(acceptor).run(pretended));
    let config = CartConfig {
        port: 9999,
        smp_url,
        api_key: "smp_key".to_owned(),
        shop_name: "Ohmstead".to_owned(),
    };
    let mut shop = Shop::open(config).unwrap();
    shop.waits = vec![Duration::ZERO; 3];
    let shop = Arc::new(shop);
    (app(Arc::clone(&shop)), smp, shop)
}

async fn look(app: &impl Endpoint, path: &str) -> (StatusCode, String) {
    let response = app.get_response(Request::builder().uri_str(path).finish()).await;
    (response.status(), response.into_body().into_string().await.unwrap())
}

/// Sends a form; the answer's status, where it leads, and its page.
async fn send(app: &impl Endpoint, path: &str, form: &str) -> (StatusCode, String, String) {
    let request = Request::builder()
        .method(poem::http::Method::POST)
        .uri_str(path)
        .content_type("application/x-www-form-urlencoded")
        .header(header::CONTENT_LENGTH, form.len())
        .body(form.to_owned());
    let response = app.get_response(request).await;
    let leads = response.header(header::LOCATION).unwrap_or_default().to_owned();
    (response.status(), leads, response.into_body().into_string().await.unwrap())
}

const FILLED: &str = "order=OH-0123456789AB&click_token=tok.en&sku=OS-ONE-WALNUT&quantity=2&name=Mara+Lindqvist&address=Hafenweg+3%0D%0A04109+Leipzig&card_number=4242+4242+4242+4242";

#[tokio::test]
async fn a_click_out_becomes_an_order_that_smp_hears_of() {
    let (app, smp, _) = shop(&[201]).await;
    let (status, page) =
        look(&app, "/cart?item=x&click_token=tok.en&sku=OS-ONE-WALNUT&quantity=2").await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "Ohmstead One table radio",
        "Walnut and cream",
        "€498.00",
        ">Card number</label>",
        ">Place order</button>",
        "value=\"tok.en\"",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }

    let (status, leads, _) = send(&app, "/cart", FILLED).await;
    assert_eq!((status, leads.as_str()), (StatusCode::SEE_OTHER, "/orders/OH-0123456789AB"));
    let (_, page) = look(&app, &leads).await;
    for words in [
        "<h1>Purchase confirmed</h1>",
        "OH-0123456789AB",
        ">Track your order</a>",
        ">Return this order</a>",
        "SMP knows of your purchase",
        "ending in 4242",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let heard = smp.heard.lock().unwrap().clone();
    let expected = serde_json::json!({
        "click_token": "tok.en", "reference": "OH-0123456789AB", "quantity": 2, "amount_minor": 49_800, "currency": "EUR",
        "tracking_url": "http://127.0.0.1:9999/orders/OH-0123456789AB/tracking",
    });
    assert_eq!(heard, [("purchases".to_owned(), expected)]);
    assert!(look(&app, "/orders/OH-0123456789AB/tracking").await.1.contains("Track your order"));
}

#[tokio::test]
async fn sending_the_form_twice_is_one_order_and_one_report() {
    let (app, smp, _) = shop(&[201]).await;
    let first = send(&app, "/cart", FILLED).await;
    let second = send(&app, "/cart", FILLED).await;
    assert_eq!(first.1, second.1);
    assert_eq!(smp.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_return_is_refunded_and_reversed_once() {
    let (app, smp, _) = shop(&[201]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(look(&app, &format!("{order}/return")).await.1.contains(">Confirm return</button>"));
    send(&app, &format!("{order}/return"), "reason=Arrived+damaged").await;
    send(&app, &format!("{order}/return"), "reason=Arrived+damaged").await;
    let (_, page) = look(&app, &order).await;
    assert!(
        page.contains("<h1>Refund confirmed</h1>") && page.contains("SMP knows of your refund"),
        "{page}"
    );
    let heard = smp.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2, "one purchase, one reversal");
    assert_eq!(
        heard[1],
        (
            "reversals".to_owned(),
            serde_json::json!({ "reference": "OH-0123456789AB", "reason": "Arrived damaged" })
        )
    );
}

#[tokio::test]
async fn a_silent_smp_is_asked_again_and_a_refusal_is_told_as_it_is() {
    let (app, smp, _) = shop(&[503, 429, 201]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(look(&app, &order).await.1.contains("SMP knows of your purchase"));
    assert_eq!(smp.heard.lock().unwrap().len(), 3);

    let (app, _, _) = shop(&[503]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    assert!(look(&app, &order).await.1.contains("SMP could not be told of your purchase"));

    let (app, smp, _) = shop(&[422]).await;
    let (_, order, _) = send(&app, "/cart", FILLED).await;
    let (_, page) = look(&app, &order).await;
    assert!(
        page.contains("SMP did not accept our report of your purchase")
            && page.contains("This click is not known"),
        "{page}"
    );
    assert_eq!(smp.heard.lock().unwrap().len(), 1, "asking again would not help");
}

#[tokio::test]
async fn who_comes_on_their_own_is_served_and_not_reported() {
    let (app, smp, _) = shop(&[201]).await;
    let (_, order, _) = send(&app, "/cart", &FILLED.replace("tok.en", "")).await;
    let (_, page) = look(&app, &order).await;
    assert!(page.contains("Purchase confirmed") && !page.contains("SMP knows"), "{page}");
    assert!(smp.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_taken() {
    let (app, smp, _) = shop(&[201]).await;
    let (status, _, page) = send(
        &app,
        "/cart",
        "sku=OS-ONE-OAK&quantity=1&name=+&address=&card_number=4242424242424241",
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "role=\"alert\"",
        "href=\"#name\"",
        "href=\"#address\"",
        "href=\"#card_number\"",
        "aria-invalid=\"true\"",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    assert!(!page.contains("4242424242424241"), "a card number is never shown again");
    let (status, _, page) =
        send(&app, "/cart", &FILLED.replace("4242+4242+4242+4242", "4000000000000002")).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    assert!(page.contains("declined"), "{page}");
    for path in [
        "/cart?sku=OS-ONE-OAK&quantity=0",
        "/cart?sku=OS-ONE-OAK&quantity=21",
        "/cart?sku=OS-ONE-OAK&quantity=two",
    ] {
        assert_eq!(look(&app, path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    assert!(look(&app, "/cart").await.1.contains("Your cart is empty"));
    for path in [
        "/orders/OH-FFFFFFFFFFFF",
        "/orders/OH-FFFFFFFFFFFF/tracking",
        "/orders/OH-FFFFFFFFFFFF/return",
        "/elsewhere",
    ] {
        assert_eq!(look(&app, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let long = format!("{FILLED}&name={}", "x".repeat(FORM_MAX_BYTES));
    assert_eq!(send(&app, "/cart", &long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(smp.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_article_the_catalogue_does_not_know_has_the_unlisted_price_and_is_shown_as_text() {
    let (app, _, _) = shop(&[201]).await;
    let (_, page) = look(
        &app,
        "/cart?sku=%3Cscript%3Ealert(1)%3C/script%3E&quantity=2&click_token=%22%3E%3Cb%3E",
    )
    .await;
    assert!(page.contains("€98.00") && page.contains("Article &lt;script&gt;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("\"><b>"), "{page}");
}

#[tokio::test]
async fn every_page_brings_its_style_and_its_sign_from_here() {
    let (app, _, _) = shop(&[201]).await;
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
    let (_, page) = look(&app, "/contact").await;
    assert!(
        page.contains("mailto:service@ohmstead.example") && page.contains("tel:+493023125127"),
        "{page}"
    );
}

#[test]
fn money_is_written_as_people_write_it() {
    assert_eq!(pages::money(24_900, "EUR"), "€249.00");
    assert_eq!(pages::money(123_456_789, "SEK"), "SEK 1,234,567.89");
    assert_eq!(pages::money(5, "EUR"), "€0.05");
}
