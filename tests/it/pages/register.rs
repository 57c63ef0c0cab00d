//! Registering on the product page, without scripts.

use serde_json::json;
use time::Duration;

use super::says;
use crate::support::{Client, PASSWORD, stage::Stage};

/// Whether the API says that the shopper is registered.
async fn is_registered(client: &Client, slug: &str) -> bool {
    client.get(&format!("/api/v1/sales/{slug}/registration")).await.json(200)["state"]
        == "registered"
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_register_before_signing_up_registers_the_shopper() {
    let stage = Stage::with_registration().await;
    let sale = stage.publish(&stage.input).await;
    let (page, register) =
        (format!("/sales/{}", sale.slug), format!("/sales/{}/register", sale.slug));
    let client = stage.app.anonymous();
    let before = client.get(&page).await;
    says(
        &before,
        200,
        &["Registration opens on", r#"data-state="announced""#, r#"data-registration="before""#],
    );
    let panel = before.text.split("<template").next().unwrap();
    assert!(!panel.contains("/register\""), "{panel}");

    stage.advance(Duration::hours(2));
    says(
        &client.get(&page).await,
        200,
        &[
            "Registration is open until",
            r#"data-state="registration""#,
            ">Register</button>",
            "You’ll be asked to sign in first",
        ],
    );
    says(&client.get("/").await, 200, &["Register", " by"]);
    let to_sign_in = client.form(&register, &[]).await;
    to_sign_in.expect(303);
    says(
        &client.get(to_sign_in.location()).await,
        200,
        &["You’ll be registered as soon as you’ve signed in"],
    );
    let signed_up = client
        .form(
            "/sign-up",
            &[
                ("email", "mara@example.com"),
                ("name", "Mara"),
                ("password", PASSWORD),
                ("next", &page),
            ],
        )
        .await;
    signed_up.expect(303);
    assert_eq!(
        (signed_up.location(), is_registered(&client, &sale.slug).await),
        (page.as_str(), true)
    );
    says(
        &client.get(&page).await,
        200,
        &["We’ve sent you a confirmation email", "You are registered", "Cancel my registration"],
    );
    let shared = client.get(&page).await;
    says(&shared, 200, &["You are registered", "Cancel my registration"]);
    assert!(!shared.text.contains(">Register</button>"));
    says(&client.get("/account").await, 200, &["Registered for", "Stoneware at dawn"]);

    let withdrawn = client.form(&format!("/sales/{}/withdraw", sale.slug), &[]).await;
    withdrawn.expect(303);
    says(
        &client.get(&page).await,
        200,
        &["Your registration has been cancelled", ">Register</button>"],
    );
    assert!(!client.get("/account").await.text.contains("Registered for"));
    client.form(&register, &[]).await.expect(303);
    assert!(is_registered(&client, &sale.slug).await);

    let late = stage.app.shopper("late").await;
    stage.advance(Duration::days(2));
    assert_eq!(late.form(&register, &[]).await.location(), page);
    says(
        &late.get(&page).await,
        200,
        &[
            "Registration is closed, so you could not be registered",
            "Registration closed on",
            r#"data-state="countdown""#,
        ],
    );
    says(&client.get(&page).await, 200, &["You are registered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_registers_only_for_the_sale_where_register_was_pressed() {
    let (stage, sale) = Stage::with_open_registration().await;
    let without_registration = json!({
        "registration_opens_at": null,
        "registration_closes_at": null,
        "slug": "plain",
    });
    let plain = stage.publish(&stage.with(&without_registration)).await;
    let email =
        stage.app.shopper("ada").await.get("/api/v1/me").await.json(200)["account"]["email"]
            .as_str()
            .unwrap()
            .to_owned();
    let sign_in = |next: &'static str| {
        [("email", email.clone()), ("password", PASSWORD.to_owned()), ("next", next.to_owned())]
    };
    let client = stage.app.anonymous();
    // Following a link is not pressing Register.
    assert_eq!(
        client.get(&format!("/sales/{}/register", sale.slug)).await.location(),
        format!("/sales/{}", sale.slug)
    );
    client.form(&format!("/sales/{}/register", sale.slug), &[]).await.expect(303);
    let fields = sign_in("/");
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.form("/sign-in", &fields).await.expect(303);
    assert!(!is_registered(&client, &sale.slug).await, "the shopper went to another page");
    client.form("/sales/nowhere/register", &[]).await.expect(404);
    client.form("/sales/nowhere/withdraw", &[]).await.expect(404);
    client.form(&format!("/sales/{}/register", plain.slug), &[]).await.expect(303);
    says(&client.get("/sales/plain").await, 200, &["This sale needs no registration"]);
    stage
        .manager
        .post(&format!("{}/halt", sale.path), &json!({"reason": "The kiln broke."}))
        .await
        .json(200);
    says(
        &client.form(&format!("/sales/{}/register", sale.slug), &[]).await,
        409,
        &["This sale is paused"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_for_registered_shoppers_tells_others_why_they_cannot_buy() {
    let stage = Stage::with_registration().await;
    let sale = stage.publish(&stage.with(&json!({"registered_only": true}))).await;
    let redirect = stage.with(&json!({
        "registered_only": true,
        "mode": "redirect",
        "redirect_url": "https://cart.example/buy",
        "slug": "elsewhere",
    }));
    stage.publish(&redirect).await;
    stage.advance(Duration::hours(2));
    let (ada, eve) = (stage.app.shopper("ada").await, stage.app.shopper("eve").await);
    let page = format!("/sales/{}", sale.slug);
    says(&eve.get(&page).await, 200, &["Only registered shoppers can buy in this sale"]);
    ada.form(&format!("{page}/register"), &[]).await.expect(303);
    ada.get(&page).await.expect(200);
    stage.advance(Duration::days(3));
    let barred = eve.get(&page).await;
    says(
        &barred,
        200,
        &[
            r#"data-state="live""#,
            "You can’t buy because you didn’t register",
            "Registration closed on",
            "Only shoppers who registered can buy",
        ],
    );
    assert!(
        !barred.text.contains("Buy now") && !barred.text.contains("Sign in</a> to buy"),
        "{}",
        barred.text
    );
    says(
        &stage.app.anonymous().get(&page).await,
        200,
        &["Registered shoppers only", "Only shoppers who registered can buy", "/sign-in?next="],
    );
    says(&ada.get(&page).await, 200, &["Buy now"]);
    let here = stage
        .app
        .query(
            "SELECT to_jsonb(i.id) FROM sale_items i JOIN sales s ON s.id = i.sale_id \
             WHERE s.slug <> 'elsewhere' ORDER BY position",
        )
        .await
        .remove(0);
    let press = [("sale_item_id", here.as_str().unwrap()), ("quantity", "1")];
    says(
        &eve.form(&format!("{page}/buy"), &press).await,
        409,
        &["Registered shoppers only", "Nothing was charged"],
    );
    assert_eq!(ada.form(&format!("{page}/buy"), &press).await.location(), "/cart");
    let item = stage
        .app
        .query(
            "SELECT to_jsonb(i.id) FROM sale_items i JOIN sales s ON s.id = i.sale_id \
             WHERE s.slug = 'elsewhere' ORDER BY position",
        )
        .await
        .remove(0);
    let buy = [("sale_item_id", item.as_str().unwrap()), ("quantity", "1")];
    says(
        &eve.form("/sales/elsewhere/buy", &buy).await,
        409,
        &["Registered shoppers only", "Nothing was charged"],
    );
    assert!(
        stage
            .app
            .anonymous()
            .form("/sales/elsewhere/buy", &buy)
            .await
            .location()
            .starts_with("/sign-in")
    );
}
