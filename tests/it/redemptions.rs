//! Vouchers that customers bring: redeemed once, by the provider they were bought from, and never both
//! redeemed and refunded.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::TenantId, sales::SaleMode::Hosted};

use crate::support::{Client, TestApp, client::Answer, sales::LiveSale};

/// A shop where a shopper bought two vouchers.
struct Till {
    app: TestApp,
    tenant: TenantId,
    sale: LiveSale,
    mara: Client,
    number: String,
    /// Their codes.
    codes: Vec<String>,
    cashier: Client,
}

impl Till {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("north").await;
        let sale = app.live_sale(tenant, Hosted).await;
        app.edit_content(tenant, sale.id, "voucher_valid_days", json!(90)).await;
        let mara = app.shopper("mara").await;
        let number = mara.buy(&sale, 2).await;
        let codes = codes(&mara, &number).await;
        let cashier = app.member(tenant, "cashier").await;
        Self { app, tenant, sale, mara, number, codes, cashier }
    }

    fn path(&self) -> String {
        format!("/api/v1/providers/{}/vouchers", self.tenant)
    }

    async fn look_up(&self, code: &str) -> Answer {
        self.cashier.post(&format!("{}/lookup", self.path()), &json!({"code": code})).await
    }

    async fn redeem(&self, code: &str, reference: &str) -> Answer {
        let body = json!({"code": code, "reference": reference});
        self.cashier.post(&format!("{}/redemptions", self.path()), &body).await
    }

    async fn reverse(&self, redemption: &Value, reason: &str) -> Answer {
        let id = redemption["id"].as_str().unwrap();
        let path = format!("{}/redemptions/{id}/reversal", self.path());
        self.cashier.post(&path, &json!({"reason": reason})).await
    }

    async fn refund_units(&self, by: &Client, quantity: i32) -> Answer {
        let line = self.mara.order(&self.number).await["parcels"][0]["lines"][0]["id"].clone();
        let lines = json!([{"line_id": line, "quantity": quantity, "restock": "never_sold"}]);
        let body = json!({"reason": "Closed that day", "lines": lines});
        by.post(&format!("/api/v1/orders/{}/refunds", self.number), &body).await
    }

    /// The states of the vouchers, in the order they were issued.
    async fn states(&self) -> Vec<Value> {
        self.app.query("SELECT to_jsonb(state) FROM vouchers ORDER BY id").await
    }

    async fn emails(&self, template: &str) -> Vec<Value> {
        self.app.run_jobs().await;
        let all =
            "SELECT jsonb_build_object('template', template, 'to', recipient, 'text', body_text)
                   FROM messages ORDER BY id";
        let all = self.app.query(all).await;
        all.into_iter().filter(|email| email["template"] == template).collect()
    }
}

async fn codes(shopper: &Client, number: &str) -> Vec<String> {
    let vouchers = shopper.get(&format!("/api/v1/me/orders/{number}/vouchers")).await.json(200);
    let items = vouchers["items"].as_array().unwrap();
    items.iter().map(|voucher| voucher["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashier_redeems_a_voucher_once_and_its_owner_is_told() {
    let till = Till::set().await;
    let code = &till.codes[0];
    let ending = &code[15..];
    let seen = till.look_up(code).await.json(200);
    assert_eq!(
        (&seen["state"], &seen["order_number"], &seen["code_ending"], &seen["redemption"]),
        (&json!("issued"), &json!(till.number), &json!(ending), &Value::Null)
    );
    assert_eq!(till.states().await, ["issued", "issued"], "a look changes nothing");

    let made = till.redeem(&code.to_lowercase().replace('-', " "), "Receipt 17").await.json(201);
    assert_eq!(
        (&made["reference"], &made["code_ending"], &made["redeemed_by"], &made["reversed_at"]),
        (&json!("Receipt 17"), &json!(ending), &json!("cashier"), &Value::Null)
    );
    assert_eq!(till.redeem(code, "Receipt 17").await.json(201), made, "the same press");
    let again = till.redeem(code, "Receipt 18").await;
    assert_eq!(again.problem(409), "voucher_redeemed");
    assert!(again.text.contains("with the reference Receipt 17"), "{}", again.text);
    assert_eq!(till.redeem(code, "").await.problem(409), "voucher_redeemed");
    let seen = till.look_up(code).await.json(200);
    assert_eq!((&seen["state"], &seen["redemption"]), (&json!("exhausted"), &made));
    assert_eq!(till.app.told("voucher.redeemed").await.len(), 1);

    // The shopper, the list and the audit log agree, and nobody but the shopper reads a code.
    let page = till.mara.get(&format!("/orders/{}", till.number)).await.expect(200).to_owned();
    assert!(page.contains("redeemed on") && page.contains("valid until"), "{page}");
    let order = till.mara.order(&till.number).await;
    let redeemed = order["vouchers"].as_array().unwrap();
    let redeemed = redeemed.iter().filter(|voucher| !voucher["redeemed_at"].is_null());
    assert_eq!(redeemed.count(), 1);
    let list = till.cashier.get(&format!("{}/redemptions", till.path())).await;
    assert_eq!(list.json(200)["items"], json!([made]));
    let emails = till.emails("voucher_redeemed").await;
    let text = emails[0]["text"].as_str().unwrap();
    assert!(emails.len() == 1 && text.contains(ending) && !text.contains(code.as_str()), "{text}");
    let audited = "SELECT to_jsonb(a) FROM audit_log a WHERE action = 'voucher_redeem'";
    let audited = till.app.query(audited).await;
    assert_eq!((audited.len(), &audited[0]["actor"]), (1, &json!("account")));
    let logged = till.app.query("SELECT to_jsonb(e) FROM events e").await;
    for text in [list.text, json!(audited).to_string(), json!(logged).to_string()] {
        assert!(!text.contains(code.as_str()), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversed_redemption_can_be_made_again() {
    let till = Till::set().await;
    let made = till.redeem(&till.codes[1], "").await.json(201);
    assert_eq!(till.reverse(&made, " ").await.wrong_fields(), ["reason"]);
    let reversed = till.reverse(&made, "Wrong table").await.json(200);
    assert_eq!(
        (&reversed["reversal_reason"], &reversed["reversed_by"]),
        (&json!("Wrong table"), &json!("cashier"))
    );
    assert_eq!(till.reverse(&made, "Again").await.problem(409), "redemption_reversed");
    assert_eq!(till.states().await, ["issued", "issued"]);
    assert_eq!(till.emails("voucher_redemption_reversed").await.len(), 1);
    let again = till.redeem(&till.codes[1], "").await.json(201);
    assert_ne!(again["id"], made["id"]);
    let list = till.cashier.get(&format!("{}/redemptions", till.path())).await.json(200);
    assert_eq!(list["items"], json!([again, reversed]));
    let stranger = till.app.provider("south").await;
    let other = till.app.member(stranger, "cashier").await;
    let path = format!(
        "/api/v1/providers/{stranger}/vouchers/redemptions/{}/reversal",
        again["id"].as_str().unwrap()
    );
    other.post(&path, &json!({"reason": "Ours?"})).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_voucher_of_the_provider_is_refused_by_its_field() {
    let till = Till::set().await;
    for wrong in ["", "K7MP-2QXR-9DTW", "K7MP-2QXR-9DTW-HN41", "K7MP-2QXR-9DTW-HN4C", "'; --"] {
        assert_eq!(till.look_up(wrong).await.wrong_fields(), ["code"], "{wrong}");
        assert_eq!(till.redeem(wrong, "").await.wrong_fields(), ["code"], "{wrong}");
    }
    let long = "x".repeat(121);
    assert_eq!(till.redeem(&till.codes[0], &long).await.wrong_fields(), ["reference"]);

    // Another provider's till does not know the code, and other roles may not redeem.
    let south = till.app.provider("south").await;
    let other = till.app.member(south, "cashier").await;
    let body = json!({"code": till.codes[0], "reference": ""});
    let path = format!("/api/v1/providers/{south}/vouchers/redemptions");
    assert_eq!(other.post(&path, &body).await.wrong_fields(), ["code"]);
    let path = format!("{}/redemptions", till.path());
    other.post(&path, &body).await.problem(404);
    till.app.member(till.tenant, "analyst").await.post(&path, &body).await.problem(403);
    till.mara.post(&path, &body).await.problem(404);
    assert_eq!(till.states().await, ["issued", "issued"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_redeems_with_a_key_of_that_scope_alone() {
    let till = Till::set().await;
    let owner = till.app.member(till.tenant, "owner").await;
    let keys = format!("/api/v1/providers/{}/api-keys", till.tenant);
    let secret = async |name: &str, scope: &str| {
        let key = owner.post(&keys, &json!({"name": name, "scopes": [scope]})).await.json(201);
        key["secret"].as_str().unwrap().to_owned()
    };
    let server = till.app.anonymous();
    let call = async |secret: &str| {
        let path = format!("{}/redemptions", till.path());
        let body = json!({"code": till.codes[0], "reference": "B-1"});
        server.send(server.request(Method::POST, &path).bearer_auth(secret).json(&body)).await
    };
    let packer = call(&secret("Packer", "parcels.read").await).await;
    packer.problem(403);
    assert!(packer.text.contains("vouchers.redeem"), "{}", packer.text);
    let made = call(&secret("Till", "vouchers.redeem").await).await.json(201);
    assert_eq!(made["redeemed_by"], "API key “Till”");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_or_refunded_voucher_is_not_redeemed() {
    let till = Till::set().await;
    let support = till.app.staff("support").await;
    till.refund_units(&support, 1).await.json(201);
    assert_eq!(till.states().await, ["issued", "void"]);
    assert_eq!(till.redeem(&till.codes[1], "").await.problem(409), "voucher_void");
    assert_eq!(till.look_up(&till.codes[1]).await.json(200)["state"], "void");

    let expire =
        "UPDATE vouchers SET valid_until = now() - interval '1 day' RETURNING to_jsonb(id)";
    till.app.query(expire).await;
    assert_eq!(till.redeem(&till.codes[0], "").await.problem(409), "voucher_expired");
    assert_eq!(till.look_up(&till.codes[0]).await.json(200)["state"], "expired");
    let page = till.mara.get(&format!("/orders/{}", till.number)).await;
    assert!(page.text.contains("expired on") && page.text.contains("void: refunded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redeemed_unit_is_refunded_only_once_it_is_reversed() {
    let till = Till::set().await;
    let support = till.app.staff("support").await;
    let made = till.redeem(&till.codes[1], "").await.json(201);
    let refused = till.refund_units(&support, 2).await;
    assert_eq!(refused.wrong_fields(), ["lines.0.quantity"]);
    assert!(refused.text.contains("as one voucher was redeemed"), "{}", refused.text);
    // The other one, though it is older, at the price of one.
    let refund = till.refund_units(&support, 1).await.json(201);
    assert_eq!(till.states().await, ["void", "exhausted"]);
    assert_eq!(refund["amount"]["amount"], 4900);
    let refused = till.refund_units(&support, 1).await;
    assert!(refused.text.contains("reverse a redemption"), "{}", refused.text);
    till.reverse(&made, "The show was cancelled").await.json(200);
    till.refund_units(&support, 1).await.json(201);
    assert_eq!(till.states().await, ["void", "void"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversed_voucher_is_void_when_its_order_was_refunded_meanwhile() {
    let till = Till::set().await;
    let made = till.redeem(&till.codes[0], "").await.json(201);
    let support = till.app.staff("support").await;
    let path = format!("/api/v1/orders/{}/refunds", till.number);
    support.post(&path, &json!({"reason": "Goodwill"})).await.json(201);
    assert_eq!(till.states().await, ["exhausted", "void"]);
    till.reverse(&made, "Wrong table").await.json(200);
    assert_eq!(till.states().await, ["void", "void"]);
    assert_eq!(till.redeem(&till.codes[0], "").await.problem(409), "voucher_void");
    assert_eq!(till.app.told("voucher.voided").await.len(), 2);
    let email = till.emails("voucher_redemption_reversed").await.remove(0);
    let text = email["text"].as_str().unwrap();
    assert!(text.contains("It was refunded, so it cannot be used any more."), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversed_voucher_is_of_use_while_the_refund_of_its_order_fails() {
    let till = Till::set().await;
    let made = till.redeem(&till.codes[0], "").await.json(201);
    let support = till.app.staff("support").await;
    let less = "UPDATE sandbox_payments SET amount_minor = 1 RETURNING to_jsonb(id)";
    till.app.query(less).await;
    let path = format!("/api/v1/orders/{}/refunds", till.number);
    let refused = support.post(&path, &json!({"reason": "Goodwill"})).await.json(201);
    assert_eq!(refused["state"], "failed");
    assert_eq!(till.states().await, ["exhausted", "issued"]);
    till.reverse(&made, "Wrong table").await.json(200);
    assert_eq!(till.states().await, ["issued", "issued"]);
    let email = till.emails("voucher_redemption_reversed").await.remove(0);
    let text = email["text"].as_str().unwrap();
    assert!(!text.contains("cannot be used any more"), "{text}");
    till.redeem(&till.codes[0], "").await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_of_a_suspended_provider_redeems_and_its_keys_do_not() {
    let till = Till::set().await;
    let owner = till.app.member(till.tenant, "owner").await;
    let keys = format!("/api/v1/providers/{}/api-keys", till.tenant);
    let key = json!({"name": "Till", "scopes": ["vouchers.redeem"]});
    let key = owner.post(&keys, &key).await.json(201)["secret"].as_str().unwrap().to_owned();
    till.app.set_state(till.tenant, "providers", "suspended").await;

    let server = till.app.anonymous();
    let path = format!("{}/redemptions", till.path());
    let body = json!({"code": till.codes[0], "reference": ""});
    let refused = server.request(Method::POST, &path).bearer_auth(&key).json(&body);
    assert_eq!(server.send(refused).await.problem(409), "provider_suspended");
    assert_eq!(till.states().await, ["issued", "issued"]);
    till.redeem(&till.codes[0], "").await.json(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_presses_redeems() {
    let till = Till::set().await;
    let presses = (0..12).map(|nth| {
        let (till, reference) = (&till, format!("till {nth}"));
        async move { till.redeem(&till.codes[0], &reference).await.status.as_u16() }
    });
    let mut answers = join_all(presses).await;
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (201, [409; 11].as_slice()));
    assert_eq!(till.app.told("voucher.redeemed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_never_both_refunded_and_redeemed() {
    let till = Till::set().await;
    let support = till.app.staff("support").await;
    for round in 0..6 {
        let shopper = till.app.shopper(&format!("shopper{round}")).await;
        let number = shopper.buy(&till.sale, 1).await;
        let code = codes(&shopper, &number).await.remove(0);
        let body = json!({"reason": "Changed my mind"});
        let path = format!("/api/v1/orders/{number}/refunds");
        let (refund, redemption) =
            tokio::join!(support.post(&path, &body), till.redeem(&code, "race"));
        refund.json(201);
        let states = shopper.order(&number).await["vouchers"].clone();
        if redemption.status.as_u16() == 201 {
            assert_eq!(states[0]["state"], "exhausted");
        } else {
            assert_eq!(redemption.problem(409), "voucher_void");
            assert_eq!(states[0]["state"], "void");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_gives_no_money_back_for_what_was_redeemed() {
    let till = Till::set().await;
    let eve = till.app.shopper("eve").await;
    let whole = eve.buy(&till.sale, 1).await;
    till.redeem(&codes(&eve, &whole).await[0], "").await.json(201);
    till.redeem(&till.codes[0], "").await.json(201);
    let owner = till.app.member(till.tenant, "owner").await;
    let path = format!("/api/v1/providers/{}/sales/{}/cancel", till.tenant, till.sale.id);
    owner.post(&path, &json!({"reason": "The cook is ill"})).await.expect(200);
    till.app.run_jobs().await;
    let refunded = till.mara.order(&till.number).await["refunded"]["amount"].clone();
    assert_eq!(refunded, 4900, "of two, the one that was not used");
    assert_eq!(eve.order(&whole).await["refunded"]["amount"], 0);
    assert_eq!(till.states().await, ["exhausted", "void", "exhausted"]);
}
