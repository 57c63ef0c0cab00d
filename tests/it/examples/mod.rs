//! The examples of the API's description, executed as one story. `SMP_EXAMPLES=record` writes what
//! the server answers into `openapi/examples.json` instead of comparing it.

mod compare;
mod disputes;
mod factors;
mod failed_refunds;
mod invoices;
mod jobs;
mod ledger;
mod own_account;
mod staff;
mod statements;
mod story_time;
mod vouchers;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smp::{
    access::accounts::{self, NewAccount},
    kernel::TenantId,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::compare::{Names, body_of, shortened};
use crate::{
    openapi::{Operation, operations},
    providers::token,
    support::{
        Client, PASSWORD, TestApp,
        client::Answer,
        sales::{decide, submit},
        shop::{APPROVE, address},
        supply::put,
    },
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/examples.json");
const PICTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tenants/larkmoor/media/moorland-bowls-stack.webp");
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// Where the server of the examples is.
const BASE: &str = "https://smp.example";

/// (key, name, email, role): those who are not made by an example of their own.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("admin", "Jonas Weber", "jonas@smp.example", "admin"),
    ("manager", "Ines Aalto", "ines@smp.example", "manager"),
    ("support", "Tomas Berg", "tomas@smp.example", "support"),
    ("finance", "Rosa Feld", "rosa@smp.example", "finance"),
    ("second_of_finance", "Noor Haddad", "noor@smp.example", "finance"),
    ("fulfilment", "Dervla Quirke", "fulfilment@larkmoor.example", "fulfilment"),
    ("analyst", "Oisín Marren", "analyst@larkmoor.example", "analyst"),
    ("elias", "Elias Brandt", "elias@customers.example", ""),
];

struct Story {
    app: TestApp,
    people: BTreeMap<String, Client>,
    names: Names,
    /// What the examples' operations answered.
    answers: BTreeMap<String, Value>,
    /// Sales beside that of the examples, by slug.
    sales: BTreeMap<&'static str, Value>,
    /// (what is shown in its place, secret): what no example may tell.
    secrets: Vec<(String, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Story {
    async fn begin() -> Self {
        let app = TestApp::start_with(&statements::BANK).await;
        let mut names = Names::default();
        names.bind(BASE, &app.base);
        written_now(&app).await;
        Self {
            app,
            people: BTreeMap::new(),
            names,
            answers: BTreeMap::new(),
            sales: BTreeMap::new(),
            secrets: vec![],
        }
    }

    fn tenant(&self) -> TenantId {
        TenantId(self.answers["provider_invite"]["id"].as_str().unwrap().parse().unwrap())
    }

    fn provider(&self) -> String {
        format!("/api/v1/providers/{}", self.tenant())
    }

    fn sale(&self) -> String {
        format!("{}/sales/{}", self.provider(), text(&self.answers["sale_create"]["id"]))
    }

    /// The client of a person of the story, who is made when first met.
    async fn meet(&mut self, key: &str) {
        if self.people.contains_key(key) {
            return;
        }
        let mut client = self.app.anonymous();
        if let Some((_, name, email, role)) = PEOPLE.iter().find(|person| person.0 == key) {
            self.account(name, email, role).await;
            client.sign_in(email, PASSWORD).await;
        }
        self.people.insert(key.to_owned(), client);
    }

    async fn account(&self, name: &str, email: &str, role: &str) {
        let now = self.app.platform.clock.now();
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        let new = NewAccount::parse(email, name, PASSWORD).await.unwrap();
        let account = accounts::create(&mut tx, new, now).await.unwrap().id;
        if ["admin", "manager", "support", "finance"].contains(&role) {
            accounts::grant_staff_role(&mut tx, account, role).await.unwrap();
        }
        tx.commit().await.unwrap();
        if ["fulfilment", "analyst"].contains(&role) {
            let mut tx = self.app.platform.db.tenant(self.tenant()).await.unwrap();
            sqlx::query("INSERT INTO members (tenant_id, account_id, role) VALUES ($1, $2, $3)")
                .bind(self.tenant().0)
                .bind(account.0)
                .bind(role)
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Sends an example's request.
    async fn call(&self, example: &Value, operation: &Operation) -> Answer {
        let values = self.names.fill(&example["request"]["parameters"]);
        let mut path = format!("/api/v1{}", operation.path);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut headers = vec![];
        for parameter in operation.spec["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let Some(value) = values.get(name) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &value),
                "query" => drop(query.append_pair(name, &value)),
                _ => headers.push((name.to_owned(), value)),
            }
        }
        let query = query.finish();
        if !query.is_empty() {
            path = format!("{path}?{query}");
        }
        let who = example["as"].as_str().unwrap();
        let client = &self.people[who];
        let mut request = client
            .request(operation.method.parse().unwrap(), &path)
            .header("User-Agent", USER_AGENT);
        if who == "cart" {
            request = request.bearer_auth(text(&self.answers["api_key_create"]["secret"]));
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match example["request"].get("body") {
            // A file.
            Some(Value::String(csv)) => {
                request = request.header("Content-Type", "text/csv").body(csv.clone());
            }
            Some(body) => request = request.json(&self.names.fill(body)),
            None => {}
        }
        client.send(request).await
    }

    /// Binds an example's parameter to its value in this run.
    fn bind_parameter(&mut self, example: &Value, name: &str, real: &Value) {
        let known = text(&example["request"]["parameters"][name]);
        self.names.bind(&known, real.as_str().unwrap());
    }

    fn bind_field(&mut self, example: &Value, name: &str, real: &str) {
        self.names.bind(&text(&example["request"]["body"][name]), real);
    }

    /// What happens between the examples.
    async fn before(&mut self, example: &Value) {
        match example["operation"].as_str().unwrap() {
            "invitation_get" => {
                let token = token(&self.app).await;
                self.secrets.push(("example-invitation-token".to_owned(), token.clone()));
                self.bind_parameter(example, "token", &token.into());
            }
            "owner_invite" => {
                let ohmstead = json!({"name": "Ohmstead", "slug": "ohmstead", "country": "IE", "product_category": "Audio", "owner_email": "owner@ohmstead.example"});
                let made = self.people["manager"].post("/api/v1/providers", &ohmstead).await;
                self.bind_parameter(example, "tenant", &made.json(201)["id"]);
            }
            "provider_decide" | "asset_complete" | "asset_withdraw" | "offer_archive"
            | "review_list" => self.before_supply(example).await,
            "session_revoke" => {
                let mut phone = self.app.anonymous();
                phone.sign_in("owner@larkmoor.example", "creamery-at-dawn").await;
                let open = self.people["owner"].get("/api/v1/me/sessions").await.json(200);
                self.bind_parameter(example, "session", &open["items"][0]["id"]);
            }
            "verification_confirm"
            | "verification_confirm_link"
            | "password_reset"
            | "email_change_confirm"
            | "email_change_undo" => self.before_accounts(example).await,
            "dispute_list" => self.disputed().await,
            "dispute_accept" => self.asked_by_a_bank().await,
            "failed_refund_list" | "refund_retry" | "refund_settle_elsewhere" => {
                self.before_failed_refunds(example).await;
            }
            "my_invoice_list" | "invoice_get" | "invoice_pdf" => {
                self.before_invoices(example).await;
            }
            "ledger_difference_list" => self.differing().await,
            "commission_rule_delete" => {
                let rule = self.answers["commission_rule_set"]["items"][0]["id"].clone();
                self.bind_parameter(example, "rule", &rule);
            }
            "payout_balance_get" => self.before_statements(example).await,
            id if id.starts_with("bank_") => self.before_statements(example).await,
            id if id.starts_with("statement_") => self.before_statements(example).await,
            id if id.starts_with("staff_") => self.before_staff(example).await,
            id if id.starts_with("member_") => self.before_staff(example).await,
            id if id.contains("voucher_") => self.before_vouchers(example).await,
            "session_factor" => self.before_factors(example).await,
            id if id.starts_with("second_factor_") => self.before_factors(example).await,
            "job_list" => self.jobs_that_fail().await,
            // The code of a sign-up comes before the one that is sent again.
            "message_list" | "rehearsal_list" | "statistics_sale" | "verification_send" => {
                self.app.run_jobs().await;
            }
            _ => self.before_demand(example).await,
        }
    }

    async fn before_supply(&mut self, example: &Value) {
        let provider = self.provider();
        match example["operation"].as_str().unwrap() {
            "provider_decide" => {
                for code in ["references", "product_category", "regions", "delivery_terms"] {
                    let path = format!("{provider}/requirements/{code}");
                    let met = json!({"decision": "met", "note": ""});
                    self.people["manager"].put(&path, &met).await.json(200);
                }
            }
            "asset_complete" => {
                let upload = &self.answers["asset_retry"]["upload"];
                let bytes = std::fs::read(PICTURE).unwrap();
                put(&self.people["owner"], upload, bytes).await.expect(200);
            }
            "asset_withdraw" => {
                let file =
                    json!({"filename": "a.png", "content_type": "image/png", "size_bytes": 9});
                let path = format!("{provider}/assets");
                let made = self.people["owner"].post(&path, &file).await.json(201);
                self.bind_parameter(example, "asset", &made["asset"]["id"]);
            }
            "offer_archive" => {
                let offer = json!({"title": "Half-light teapot", "summary": "A pot for two.", "description": "", "terms": "Returns within 30 days.", "currency": "EUR", "asset_ids": [], "items": [{"sku": "LM-TEA-OAT", "name": "Oat", "attributes": {}, "price_minor": 6900}]});
                let made = self.people["owner"].post(&format!("{provider}/offers"), &offer).await;
                self.bind_parameter(example, "offer", &made.json(201)["id"]);
            }
            _ => {
                let cart = json!({"mode": "redirect", "redirect_url": "https://cart.larkmoor.example/buy"});
                self.publish("moorland-bowls-cart", &cart).await;
                let voucher = json!({"kind": "voucher", "voucher_valid_days": 365});
                self.publish("wheel-course", &voucher).await;
                let made = json!({"kind": "aggregated", "target_quantity": 10, "ship_min_days": 3, "ship_max_days": 7});
                self.publish("bowls-to-order", &made).await;
                submit(&self.people["owner"], &self.sale()).await;
            }
        }
    }

    /// A parcel that is on its way, and paid in cash at the door.
    async fn parcel_in_cash(&mut self, example: &Value) {
        let number = self.buy("bowls-to-order").await;
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        sqlx::query(
            "UPDATE payments SET gateway = $1, state = 'due'
             WHERE order_id = (SELECT id FROM orders WHERE number = $2)",
        )
        .bind(smp::payments::CASH)
        .bind(number.as_str().unwrap())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let path = format!("{}/parcels", self.provider());
        let packer = &self.people["fulfilment"];
        let query = format!("{path}?q={}", number.as_str().unwrap());
        let parcel = packer.get(&query).await.json(200)["items"][0]["id"].clone();
        let shipment = json!({"carrier": "An Post", "tracking_number": "CE618204119IE"});
        let path = format!("{path}/{}/shipments", parcel.as_str().unwrap());
        packer.post(&path, &shipment).await.json(201);
        self.bind_parameter(example, "parcel", &parcel);
    }

    /// Another sale of the examples' offer, with other terms, approved.
    async fn publish(&mut self, slug: &'static str, terms: &Value) {
        let offer = &self.answers["offer_update"];
        let mut input = json!({"slug": slug, "offer_id": offer["id"], "mode": "hosted", "kind": "while_supplies_last", "starts_at": "2026-03-05T18:00:00Z", "ends_at": "2026-03-06T18:00:00Z", "hold_seconds": 600, "countries": [], "items": [{"item_id": offer["items"][0]["id"], "price_minor": 8400, "capacity": 20, "limit_per_shopper": 2, "evidence": "Counted in the warehouse."}]});
        for (name, value) in terms.as_object().unwrap() {
            input[name] = value.clone();
        }
        let path = format!("{}/sales", self.provider());
        let sale = self.people["owner"].post(&path, &input).await.json(201);
        let path = format!("{path}/{}", text(&sale["id"]));
        let revision = submit(&self.people["owner"], &path).await;
        decide(&self.people["manager"], &path, &revision, "approve").await.json(200);
        self.sales.insert(slug, sale);
    }

    async fn before_demand(&mut self, example: &Value) {
        match example["operation"].as_str().unwrap() {
            "visit_beacon" => {
                let page = self.people["mara"].get("/sales/moorland-nesting-bowls").await;
                let visit = page.expect(200).split_once("data-visit=\"").unwrap().1;
                let visit = visit.split('"').next().unwrap().to_owned();
                self.bind_field(example, "visit_id", &visit);
            }
            "checkout_abandon" => {
                let made = self.people["mara"].open_checkout(&self.answers["hold_create"]).await;
                self.bind_parameter(example, "checkout", &made["id"]);
            }
            "hold_release" => {
                let hold = self.ask("mara", None, 1).await.json(201);
                self.bind_parameter(example, "hold", &hold["id"]);
            }
            "order_cancel" => {
                self.ask("mara", None, 1).await.json(201);
                let order = self.people["mara"].place().await.json(201);
                self.bind_parameter(example, "number", &order["number"]);
            }
            // Mara has been at the bank.
            "payment_get" => {
                let payment = text(&self.answers["payment_create"]["id"]);
                self.people["mara"].at_bank(&payment, "approve").await.expect(303);
            }
            "my_waitlist_list" => {
                self.meet("elias").await;
                self.ask("elias", None, 1).await.json(201);
                self.ask("mara", None, 1).await.json(202);
            }
            "parcel_cash_note" => self.parcel_in_cash(example).await,
            "parcel_refund" => {
                smp::orders::flag_missed_promises(&self.app.platform).await.unwrap();
                let number = self.answers["made to order"].clone();
                let order = self.people["mara"].order(number.as_str().unwrap()).await;
                self.bind_parameter(example, "number", &number);
                self.bind_parameter(example, "parcel", &order["parcels"][0]["id"]);
            }
            "click_out_create" => {
                let item = text(&self.sales["moorland-bowls-cart"]["items"][0]["id"]);
                self.bind_field(example, "sale_item_id", &item);
            }
            "postback_purchase" => {
                let url: url::Url = text(&self.answers["click_out_create"]["url"]).parse().unwrap();
                let token = url.query_pairs().find(|(name, _)| name == "click_token").unwrap().1;
                self.bind_field(example, "click_token", &token);
                self.secrets.push(("example-click-token".to_owned(), token.into_owned()));
            }
            "conversion_confirm" => {
                let made = self.answers["postback_purchase"]["id"].clone();
                self.bind_parameter(example, "conversion", &made);
            }
            "test_click_create" => {
                let sale = text(&self.sales["moorland-bowls-cart"]["id"]);
                self.bind_field(example, "sale_id", &sale);
            }
            _ => {}
        }
    }

    /// Asks for units: of the first item of another sale, or of the second of the examples'.
    async fn ask(&self, who: &str, slug: Option<&str>, quantity: i32) -> Answer {
        let (sale, nth) = slug.map_or((&self.answers["sale_create"], 1), |s| (&self.sales[s], 0));
        let body = json!({"sale_item_id": sale["items"][nth]["id"], "quantity": quantity});
        let path = format!("/api/v1/sales/{}/holds", text(&sale["slug"]));
        self.people[who].post(&path, &body).await
    }

    /// Mara buys one unit of another sale; the order's number.
    async fn buy(&self, slug: &str) -> Value {
        self.ask("mara", Some(slug), 1).await.json(201);
        let mara = &self.people["mara"];
        let body = json!({"shipping_address": address()});
        let order = mara.post("/api/v1/me/orders", &body).await.json(201);
        let paid = mara.pay(order["number"].as_str().unwrap(), APPROVE).await.json(201);
        assert_eq!(paid["state"], "succeeded");
        order["number"].clone()
    }

    /// Executes an example; what it is when recorded.
    async fn execute(&mut self, example: &Value, operation: &Operation) -> Value {
        if let Some(at) = example["at"].as_str() {
            let at = OffsetDateTime::parse(at, &Rfc3339).unwrap();
            let clock = &self.app.platform.clock;
            clock.advance(at - clock.now());
        }
        self.meet(example["as"].as_str().unwrap()).await;
        self.before(example).await;
        let answer = self.call(example, operation).await;
        let id = operation.id.as_str();
        let status = answer.status.as_u16();
        assert_eq!(example["answer"]["status"], json!(status), "{id}: {}", answer.text);
        let (body, shown) = body_of(&answer);
        let shown = self.in_story_time(&shown);
        let key = match id {
            "api_key_create" => Some(["smp_example-not-a-real-key", "smp_exampl"]),
            "api_key_rotate" => Some(["smp_successor-not-a-real-key", "smp_succes"]),
            _ => None,
        };
        if let Some([secret, prefix]) = key {
            self.secrets.push((secret.to_owned(), text(&body["secret"])));
            self.secrets.push((prefix.to_owned(), text(&body["key"]["prefix"])));
        }
        if id == "email_change_undo" {
            self.secrets.push(("example-password-token".to_owned(), text(&body["token"])));
        }
        if id == "second_factor_offer" {
            self.hide_factor(&body);
        }
        if id == "test_click_create" {
            let token = text(&body["click_token"]);
            self.secrets.push(("example-test-click-token".to_owned(), token));
        }
        if let Some(url) = body["upload"]["url"].as_str() {
            let signed = url.split_once('?').unwrap().1.to_owned();
            self.secrets.push(("X-Amz-Signature=example".to_owned(), signed));
        }
        if let Some(expected) = example["answer"].get("body") {
            self.names.compare(id, expected, &shown);
        } else if !shown.is_null() {
            self.names.wrong.push(format!("{id}: the example has no body"));
        }
        self.answers.insert(id.to_owned(), body);
        let mut recorded = example.clone();
        recorded["request"] = self.names.fill(&example["request"]);
        if !shown.is_null() {
            recorded["answer"]["body"] = shortened(&shown);
        }
        recorded
    }

    /// What was executed, as a file without secrets and without this server's address.
    fn file(&self, recorded: &[Value]) -> String {
        let mut text = serde_json::to_string_pretty(recorded).unwrap() + "\n";
        for (shown, secret) in &self.secrets {
            text = text.replace(secret, shown);
        }
        text.replace(&self.app.base, BASE)
    }
}

/// What a migration wrote is as old as the tests' database; in the story it is from its beginning.
async fn written_now(app: &TestApp) {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query("UPDATE requirement_definitions SET edited_at = now()")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_what_the_server_answers() {
    let examples: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let mut story = Story::begin().await;
    let spec: Value =
        serde_json::from_str(&smp::http::openapi(&story.app.platform).unwrap()).unwrap();
    let operations = operations(&spec);
    let known = |example: &Value| operations.iter().find(|o| example["operation"] == o.id);
    for operation in &operations {
        if !examples.iter().any(|example| example["operation"] == operation.id) {
            let id = &operation.id;
            story.names.wrong.push(format!("{id} has no example in openapi/examples.json"));
        }
    }
    let mut recorded = vec![];
    for example in &examples {
        let operation = known(example).unwrap_or_else(|| panic!("{example} is of no operation"));
        recorded.push(story.execute(example, operation).await);
    }
    if std::env::var("SMP_EXAMPLES").is_ok_and(|mode| mode == "record") {
        std::fs::write(FILE, story.file(&recorded)).unwrap();
        return;
    }
    assert!(story.names.wrong.is_empty(), "{}", story.names.wrong.join("\n"));
}
