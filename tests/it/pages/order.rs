//! The page of an order, cancelling a paid one, and changing where an unpaid one goes, as a browser
//! without scripts does it.

use smp::sales::SaleMode;

use super::{buy, says, shop};
use crate::support::{TestApp, shop::APPROVE};

const ADDRESS: [(&str, &str); 6] = [
    ("email", "mara@example.com"),
    ("name", "Mara Lind"),
    ("line1", "Lindenallee 14"),
    ("postal_code", "10435"),
    ("city", "Berlin"),
    ("country", "DE"),
];

fn with(field: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    ADDRESS.into_iter().map(|(name, old)| (name, if name == field { value } else { old })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_cancelled_after_a_page_that_says_what_follows() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 2).await;
    let page = format!("/orders/{number}");
    let link = format!(r#"href="/orders/{number}/cancel""#);
    says(
        &mara.get(&page).await,
        200,
        &["What happened", "Order placed for €98.00", "Paid €98.00", "You", &link],
    );
    let confirm = format!("{page}/cancel");
    says(
        &mara.get(&confirm).await,
        200,
        &["Cancel the order and refund €98.00", "within 5 working", "Keep the order"],
    );
    assert_eq!(app.stock().await, (0, 2), "the page alone changes nothing");
    // The press of an unpaid order's button, from before the payment, does not undo it.
    let stale = mara.form(&format!("/checkout/{number}/cancel"), &[]).await;
    assert_eq!(stale.location(), page);
    assert_eq!(mara.order(&number).await["state"], "confirmed");

    assert_eq!(mara.form(&confirm, &[]).await.location(), page);
    says(
        &mara.get(&page).await,
        200,
        &["Your money goes back the way you paid", "nothing will be sent", "Order cancelled"],
    );
    assert_eq!(app.stock().await, (0, 0));
    assert_eq!(mara.form(&confirm, &[]).await.location(), page);
    says(&mara.get(&page).await, 200, &["is cancelled already"]);
    assert_eq!(mara.get(&confirm).await.location(), page);

    // Once it is shipped, the page says why it cannot be cancelled.
    let eve = app.shopper("eve").await;
    let shipped = eve.buy(&sale, 1).await;
    let packer = app.member(tenant, "fulfilment").await;
    let path = format!("/api/v1/providers/{tenant}/parcels");
    let parcel = packer.get(&path).await.json(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let shipment = serde_json::json!({"carrier": "DHL", "tracking_number": "1"});
    packer.post(&format!("{path}/{parcel}/shipments"), &shipment).await.json(201);
    eve.form(&format!("/orders/{shipped}/cancel"), &[]).await.expect(303);
    let shown = eve.get(&format!("/orders/{shipped}")).await;
    says(&shown, 200, &["This order was shipped already"]);
    assert!(!shown.text.contains("/cancel\""));
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_changed_from_the_payment_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let (tenant, sale) = shop(&app, SaleMode::Hosted).await;
    app.edit_content(tenant, sale.id, "countries", serde_json::json!(["DE", "AT"])).await;
    let mara = app.shopper("mara").await;
    buy(&mara, &sale, "1", "k").await.expect(303);
    let payment = mara.form("/checkout", &ADDRESS).await.location().to_owned();
    let number = payment.split('/').nth(2).unwrap().to_owned();
    let page = format!("/checkout/{number}/address");
    let link = format!(r#"href="{page}""#);
    says(&mara.get(&payment).await, 200, &[&link, "mara@example.com", "Pay €49.00"]);
    says(&mara.get(&page).await, 200, &[r#"value="Lindenallee 14""#, "Austria", "Germany"]);

    let refused = mara.form(&page, &with("line1", "")).await;
    says(&refused, 422, &["Enter the street and house number", r#"value="Mara Lind""#]);
    let refused = mara.form(&page, &with("email", "")).await;
    says(&refused, 422, &["Enter an email address"]);
    let refused = mara.form(&page, &with("country", "IE")).await;
    says(&refused, 422, &["Enter an Eircode as Ireland has them"]);
    let irish = [&with("country", "IE")[..], &[("postal_code", "D02 AF30")]].concat();
    says(&mara.form(&page, &irish).await, 422, &["does not ship to Ireland"]);
    let shown =
        mara.form(&page, &[&with("line1", "Ring 1")[..], &[("update", "1")]].concat()).await;
    says(&shown, 200, &[r#"value="Ring 1""#]);

    let saved = mara.form(&page, &with("line1", "Ring 1")).await;
    assert_eq!(saved.location(), payment);
    says(&mara.get(&payment).await, 200, &["Your changes are saved", "Ring 1", "Pay €49.00"]);
    mara.pay(&number, APPROVE).await.json(201);
    assert_eq!(mara.get(&page).await.location(), payment, "which leads on to the order");
    assert_eq!(mara.get(&payment).await.location(), format!("/orders/{number}"));
    app.run_jobs().await;
}
