//! Parcels and shipments: what a provider sees and does with its own, and that no one else can.

use reqwest::Method;
use serde_json::{Value, json};
use smp::{kernel::TenantId, sales::SaleMode::Hosted};

use crate::support::{
    Client, TestApp,
    client::Answer,
    shop::{APPROVE, address},
};

struct Packer {
    client: Client,
    path: String,
}

impl Packer {
    async fn of(app: &TestApp, tenant: TenantId) -> Self {
        Self {
            client: app.member(tenant, "fulfilment").await,
            path: format!("/api/v1/providers/{tenant}"),
        }
    }

    async fn parcels(&self, query: &str) -> Vec<Value> {
        self.client.get(&format!("{}/parcels?{query}", self.path)).await.json(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn ship(&self, parcel: &Value, tracking_number: &str) -> Answer {
        let body = json!({"carrier": "DHL", "tracking_number": tracking_number, "tracking_url": "https://carrier.example/t"});
        self.client
            .post(
                &format!("{}/parcels/{}/shipments", self.path, parcel["id"].as_str().unwrap()),
                &body,
            )
            .await
    }

    async fn add_event(&self, shipment: &Value, state: &str) -> Answer {
        let path = format!("{}/shipments/{}/events", self.path, shipment["id"].as_str().unwrap());
        self.client.post(&path, &json!({"state": state, "note": "Depot"})).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_ships_with_its_key_and_the_audit_log_says_so() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let linen = app.live_sale(north, Hosted).await;
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    mara.pay(&number, APPROVE).await.json(201);
    let owner = app.member(north, "owner").await;
    let path = format!("/api/v1/providers/{north}");
    let scopes = ["parcels.read", "shipments.write"];
    let key = owner
        .post(&format!("{path}/api-keys"), &json!({"name": "Warehouse", "scopes": scopes}))
        .await
        .json(201);
    let server = app.anonymous();
    let call = async |method: Method, path: &str, body: Option<Value>| {
        let request = server.request(method, path).bearer_auth(key["secret"].as_str().unwrap());
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        server.send(request).await
    };
    let parcels = call(Method::GET, &format!("{path}/parcels?state=to_ship"), None).await.json(200);
    let parcel = parcels["items"][0]["id"].as_str().unwrap();
    let body = json!({"carrier": "DHL", "tracking_number": "1", "tracking_url": null});
    let at = format!("{path}/parcels/{parcel}/shipments");
    let shipment = call(Method::POST, &at, Some(body)).await.json(201);
    let at = format!("{path}/shipments/{}/events", shipment["id"].as_str().unwrap());
    let body = json!({"state": "delivered", "note": ""});
    call(Method::POST, &at, Some(body)).await.json(200);

    let manager = app.staff("manager").await;
    let audit = manager.get("/api/v1/audit?by=warehouse").await.json(200);
    let entries: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["actor"].clone(), entry["actor_name"].clone(), entry["action"].clone()))
        .collect();
    let by_key = |action: &str| (json!("api_key"), json!("Warehouse"), json!(action));
    assert_eq!(entries, [by_key("shipment_event_create"), by_key("shipment_create")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reads_the_orders_of_its_provider_without_their_customers() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&cups, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    let owner = app.member(north, "owner").await;
    let path = format!("/api/v1/providers/{north}");
    let input = json!({"name": "Accounts", "scopes": ["orders.read"]});
    let key = owner.post(&format!("{path}/api-keys"), &input).await.json(201);
    let server = app.anonymous();
    let get = async |path: &str| {
        let request = server.request(Method::GET, path);
        server.send(request.bearer_auth(key["secret"].as_str().unwrap())).await
    };
    let (list, one) = (format!("{path}/orders"), format!("{path}/orders/{number}"));
    assert_eq!(get(&list).await.json(200)["items"], json!([]), "it is not paid");
    get(&one).await.problem(404);
    mara.pay(&number, APPROVE).await.json(201);

    let order = get(&one).await.json(200);
    assert_eq!(
        (&order["number"], &order["status"], &order["subtotal"]["amount"]),
        (&json!(number), &json!("to_ship"), &json!(9800))
    );
    let lines = order["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["quantity"]), (1, &json!(2)));
    assert_eq!(get(&list).await.json(200)["items"], json!([order]));
    assert_eq!(get(&format!("{list}?state=shipped")).await.json(200)["items"], json!([]));
    assert_eq!(get(&one.to_lowercase()).await.json(200), order);
    for personal in ["Mara", "address", "customer"] {
        assert!(!order.to_string().contains(personal), "{order}");
    }

    get(&format!("{path}/parcels")).await.problem(403);
    get(&format!("/api/v1/providers/{south}/orders")).await.problem(404);
    get(&format!("{list}/SMP-0000-0000")).await.problem(404);
    get(&format!("{list}?limit=0")).await.problem(422);
    get(&format!("/api/v1/orders/{number}")).await.problem(401);
    assert_eq!(owner.get(&one).await.json(200), order);
    app.member(north, "editor").await.get(&one).await.problem(403);
    app.member(south, "owner").await.get(&one).await.problem(404);
    // An order that the provider has no part in does not exist for it.
    let eve = app.shopper("eve").await;
    eve.hold(&cups, 0, 1).await;
    let other = eve.place().await.json(201)["number"].as_str().unwrap().to_owned();
    eve.pay(&other, APPROVE).await.json(201);
    get(&format!("{list}/{other}")).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_on_its_way_is_texted_unless_the_account_switched_that_off() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let linen = app.live_sale(north, Hosted).await;
    let packer = Packer::of(&app, north).await;
    let mara = app.shopper("mara").await;
    let ship = async |nth: usize, tracking_number: &str| {
        mara.hold(&linen, nth, 1).await;
        let mut address = address();
        address["phone"] = "+49 151 23456789".into();
        let placed = mara.post("/api/v1/me/orders", &json!({"shipping_address": address})).await;
        let number = placed.json(201)["number"].as_str().unwrap().to_owned();
        mara.pay(&number, APPROVE).await.json(201);
        let parcel = packer.parcels("state=to_ship").await.remove(0);
        packer.ship(&parcel, tracking_number).await.json(201);
    };
    let choose = async |on: bool| {
        let choice = json!({"items": [{"kind": "orders", "channel": "sms", "on": on}]});
        mara.put("/api/v1/me/message-choices", &choice).await.json(200)
    };
    let texts = async || {
        app.query(
            "SELECT to_jsonb(recipient || ' ' || state || ' '
                 || substring(body_text from '00[0-9]+'))
             FROM messages WHERE template = 'shipped' AND channel = 'sms' ORDER BY created_at, id",
        )
        .await
    };

    let page = mara.get("/account/messages").await;
    assert!(page.expect(200).contains("to the phone of the delivery address"), "{}", page.text);
    ship(0, "00340").await;
    app.run_jobs().await;
    let first = "+4915123456789 sent 00340";
    assert_eq!(texts().await, [first], "she has not chosen, and gave the phone");

    choose(false).await;
    ship(0, "00341").await;
    app.run_jobs().await;
    assert_eq!(texts().await, [first]);
    let emails = "SELECT to_jsonb(state) FROM messages
                  WHERE template = 'shipped' AND channel = 'email'";
    assert_eq!(app.query(emails).await, ["sent", "sent"], "emails are another choice");

    choose(true).await;
    ship(1, "00342").await;
    app.run_jobs().await;
    assert_eq!(texts().await, [first, "+4915123456789 sent 00342"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_is_shipped_tracked_and_delivered() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let (linen, cups) = (app.live_sale(north, Hosted).await, app.live_sale(south, Hosted).await);
    let (packer, other) = (Packer::of(&app, north).await, Packer::of(&app, south).await);
    let mara = app.shopper("mara").await;
    mara.hold(&linen, 0, 2).await;
    mara.hold(&cups, 0, 1).await;
    let number = mara.place().await.json(201)["number"].as_str().unwrap().to_owned();
    assert_eq!(packer.parcels("").await, Vec::<Value>::new());
    mara.pay(&number, APPROVE).await.json(201);

    let parcels = packer.parcels("state=to_ship").await;
    assert_eq!(parcels.len(), 1);
    let parcel = &parcels[0];
    assert_eq!(
        (&parcel["order_number"], &parcel["customer_name"], &parcel["subtotal"]["amount"]),
        (&json!(number), &json!("Mara Lind"), &json!(9800))
    );
    assert_eq!(
        (parcel["lines"].as_array().unwrap().len(), &parcel["shipping_address"]["city"]),
        (1, &json!("Berlin"))
    );
    assert_eq!(
        (
            packer.parcels("q=lind").await.len(),
            packer.parcels("q=nobody").await.len(),
            packer.parcels("state=shipped").await.len()
        ),
        (1, 0, 0)
    );

    let shipment = packer.ship(parcel, "00340").await.json(201);
    assert_eq!(
        (&shipment["state"], &shipment["events"][0]["state"]),
        (&json!("handed_over"), &json!("handed_over"))
    );
    packer.add_event(&shipment, "in_transit").await.json(200);
    // Another stop on the way is a tracking event, not a change of state.
    assert_eq!(
        packer.add_event(&shipment, "in_transit").await.json(200)["events"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(app.told("shipment.in_transit").await.len(), 1);
    let tracked = mara.order(&number).await["parcels"][0]["shipments"][0].clone();
    assert_eq!(
        (&tracked["tracking_url"], &tracked["events"][0]["note"]),
        (&json!("https://carrier.example/t"), &json!("Depot"))
    );
    assert_eq!(packer.add_event(&shipment, "delivered").await.json(200)["state"], "delivered");
    assert_eq!(
        packer.add_event(&shipment, "returned_to_sender").await.problem(409),
        "shipment_ended"
    );
    assert_eq!(packer.ship(parcel, "00341").await.problem(409), "already_delivered");

    // The order is fulfilled with its last parcel.
    assert_eq!(mara.order(&number).await["state"], "confirmed");
    let second = other.ship(&other.parcels("").await[0], "77").await.json(201);
    other.add_event(&second, "in_transit").await.json(200);
    other.add_event(&second, "delivered").await.json(200);
    let order = mara.order(&number).await;
    assert_eq!(
        (&order["state"], &order["parcels"][1]["state"]),
        (&json!("fulfilled"), &json!("delivered"))
    );
    let delivered = app.told("shipment.delivered").await;
    assert_eq!(
        (delivered.len(), &delivered[1]["order_number"], &delivered[1]["shipment_id"]),
        (2, &json!(number), &second["id"])
    );
    assert_eq!(app.told("shipment.handed_over").await.len(), 2);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_can_ship_in_parts_and_be_returned() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let packer = Packer::of(&app, north).await;
    app.shopper("mara").await.buy(&sale, 2).await;
    let parcel = packer.parcels("").await[0].clone();
    let (first, second) =
        (packer.ship(&parcel, "1").await.json(201), packer.ship(&parcel, "2").await.json(201));
    for shipment in [&first, &second] {
        packer.add_event(shipment, "in_transit").await.json(200);
    }
    packer.add_event(&first, "returned_to_sender").await.json(200);
    assert_eq!(packer.parcels("").await[0]["state"], "shipped");
    packer.add_event(&second, "returned_to_sender").await.json(200);
    let returned = packer.parcels("").await[0].clone();
    assert_eq!(
        (&returned["state"], &returned["status"]),
        (&json!("to_ship"), &json!("returned_to_sender"))
    );
    app.run_jobs().await;
    let told = app
        .query("SELECT to_jsonb(template) FROM messages WHERE template LIKE '%returned' ORDER BY 1")
        .await;
    let both = ["parcel_returned", "provider_parcel_returned"];
    assert_eq!(told, [both[0], both[0], both[1], both[1]], "for each of two shipments");
    let third = packer.ship(&parcel, "3").await.json(201);
    // A carrier may report nothing between the two.
    packer.add_event(&third, "delivered").await.json(200);
    assert_eq!(packer.parcels("").await[0]["status"], "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_parcel_does_not_exist() {
    let app = TestApp::start().await;
    let (north, south) = (app.provider("north").await, app.provider("south").await);
    let sale = app.live_sale(north, Hosted).await;
    let (packer, other) = (Packer::of(&app, north).await, Packer::of(&app, south).await);
    app.shopper("mara").await.buy(&sale, 1).await;
    let parcel = packer.parcels("").await[0].clone();
    let id = parcel["id"].as_str().unwrap();
    assert_eq!(other.parcels("").await, Vec::<Value>::new());
    // Neither under their own tenant nor under ours.
    other.client.get(&format!("{}/parcels/{id}", other.path)).await.problem(404);
    other.client.get(&format!("{}/parcels/{id}", packer.path)).await.problem(404);
    other.ship(&parcel, "1").await.problem(404);
    let shipment = packer.ship(&parcel, "1").await.json(201);
    other.add_event(&shipment, "in_transit").await.problem(404);
    assert_eq!(
        packer.client.get(&format!("{}/parcels/{id}", packer.path)).await.json(200)["shipments"][0]
            ["state"],
        "handed_over"
    );
    app.member(north, "analyst").await.get(&format!("{}/parcels", packer.path)).await.problem(403);
    app.shopper("eve").await.get(&format!("{}/parcels", packer.path)).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_shipments_are_refused() {
    let app = TestApp::start().await;
    let north = app.provider("north").await;
    let sale = app.live_sale(north, Hosted).await;
    let packer = Packer::of(&app, north).await;
    let mara = app.shopper("mara").await;
    let number = mara.buy(&sale, 1).await;
    let parcel = packer.parcels("").await[0].clone();
    let path = format!("{}/parcels/{}/shipments", packer.path, parcel["id"].as_str().unwrap());
    let bad =
        json!({"carrier": " ", "tracking_number": "", "tracking_url": "http://carrier.example"});
    assert_eq!(
        packer.client.post(&path, &bad).await.wrong_fields(),
        ["carrier", "tracking_number", "tracking_url"]
    );
    let shipment = packer.ship(&parcel, "1").await.json(201);
    assert_eq!(packer.ship(&parcel, "1").await.wrong_fields(), ["tracking_number"]);
    assert_eq!(packer.add_event(&shipment, "lost").await.wrong_fields(), ["state"]);

    // A parcel of a refunded order must not be shipped.
    let second = mara.buy(&sale, 1).await;
    app.staff("manager")
        .await
        .post(&format!("/api/v1/orders/{second}/refunds"), &json!({"reason": "Changed my mind"}))
        .await
        .json(201);
    let cancelled = packer.parcels("state=cancelled").await[0].clone();
    assert_eq!(
        (&cancelled["order_number"], packer.ship(&cancelled, "2").await.problem(409)),
        (&json!(second), "parcel_cancelled".to_owned())
    );
    assert_ne!(number, second);
}
