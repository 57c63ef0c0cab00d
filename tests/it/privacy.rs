//! What people keep with their account, the export of their data and its erasure.

use serde_json::{Value, json};
use smp::{platform::retention::Kept, privacy, sales::SaleMode};
use time::Duration;

use crate::support::{Client, PASSWORD, TestApp, shop::address};

async fn email_of(client: &Client) -> String {
    let me = client.get("/api/v1/me").await.json(200);
    me["account"]["email"].as_str().unwrap().to_owned()
}

/// The token of the latest link that confirms an erasure.
async fn erasure_token(app: &TestApp) -> String {
    app.run_jobs().await;
    let texts = app
        .query(
            "SELECT to_jsonb(body_text) FROM messages WHERE template = 'erasure_confirm'
             ORDER BY id DESC LIMIT 1",
        )
        .await;
    let text = texts[0].as_str().unwrap();
    let (_, rest) = text.split_once("/account/privacy/erasure/").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_changed_and_every_wrong_field_named() {
    let app = TestApp::start().await;
    let ada = app.shopper("Ada").await;
    let new = json!({"name": "Ada Lovelace", "locale": "de", "time_zone": "europe/london"});
    let saved = ada.put("/api/v1/me/profile", &new).await.json(200);
    assert_eq!(
        (&saved["name"], &saved["locale"], &saved["time_zone"]),
        (&json!("Ada Lovelace"), &json!("de"), &json!("Europe/London"))
    );
    assert_eq!(ada.get("/api/v1/me").await.json(200)["account"]["name"], "Ada Lovelace");
    let wrong = json!({"name": "www.evil.example", "locale": "xx", "time_zone": "Mars/Base"});
    let refused = ada.put("/api/v1/me/profile", &wrong).await.wrong_fields();
    assert_eq!(refused, ["name", "locale", "time_zone"]);
    for name in ["Ada\nBcc: all@example.com", "\u{202e}adA", " "] {
        let refused = ada.put("/api/v1/me/profile", &json!({"name": name})).await.wrong_fields();
        // A line break and a link are two faults of one name.
        assert!(
            !refused.is_empty() && refused.iter().all(|at| at == "name"),
            "{name:?}: {refused:?}"
        );
    }
    let choices = app.anonymous().get("/api/v1/profile-choices").await.json(200);
    assert!(choices["time_zones"].as_array().unwrap().contains(&json!("Asia/Kolkata")));
    let page = ada.form("/account/profile", &[("name", ""), ("time_zone", "Mars/Base")]).await;
    let page = page.expect(422);
    // In the language just chosen.
    assert!(page.contains("Geben Sie Ihren Namen ein") && page.contains("value=\"Mars/Base\""));
    assert!(page.contains("id=\"time_zone-error\""), "each wrong field is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_keeps_addresses_of_which_one_is_the_default() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.shopper("Ada").await, app.shopper("Eve").await);
    let path = "/api/v1/me/addresses";
    let first = ada.post(path, &json!({"address": address()})).await.json(201);
    assert_eq!(first["is_default"], true, "the first is the default");
    let again = ada.post(path, &json!({"address": address()})).await.json(201);
    assert_eq!(again["id"], first["id"], "an address is not kept twice");
    let mut other = address();
    other["line1"] = json!("Hafenstraße 2");
    let second = ada.post(path, &json!({"address": other, "is_default": true})).await.json(201);
    let listed = ada.get(path).await.json(200);
    let defaults: Vec<&Value> =
        listed["items"].as_array().unwrap().iter().map(|item| &item["is_default"]).collect();
    assert_eq!((&listed["items"][0]["id"], defaults.len()), (&second["id"], 2));
    assert_eq!(defaults, [&json!(true), &json!(false)]);

    let of_second = format!("{path}/{}", second["id"].as_str().unwrap());
    eve.put(&of_second, &json!({"address": address()})).await.expect(404);
    eve.delete(&of_second).await.expect(404);
    ada.delete(&of_second).await.expect(204);
    assert_eq!(ada.get(path).await.json(200)["items"][0]["is_default"], true);
    let wrong = json!({"address": {"name": "", "line1": "x", "country": "ZZ"}});
    let fields = ada.post(path, &wrong).await.wrong_fields();
    assert!(fields.contains(&"address.name".to_owned()), "{fields:?}");
    assert!(fields.contains(&"address.country".to_owned()), "{fields:?}");
    for nth in 0..19 {
        let mut more = address();
        more["line1"] = json!(format!("Lindenallee {nth}a"));
        ada.post(path, &json!({"address": more})).await.expect(201);
    }
    let mut more = address();
    more["line1"] = json!("One too many 1");
    let full = ada.post(path, &json!({"address": more})).await;
    assert_eq!(full.problem(409), "addresses_too_many");
}

#[tokio::test(flavor = "multi_thread")]
async fn checkout_begins_with_the_default_and_keeps_what_is_ordered_to() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = app.shopper("Ada").await;
    let mut home = address();
    home["line1"] = json!("Zuhause 7");
    ada.post("/api/v1/me/addresses", &json!({"address": home})).await.json(201);
    ada.hold(&sale, 0, 1).await;
    let page = ada.get("/checkout").await;
    let text = page.expect(200);
    assert!(text.contains("Zuhause 7") && text.contains("name=\"keep_address\""));
    let fields = [
        ("email", "ada@customers.example"),
        ("country", "DE"),
        ("name", "Ada"),
        ("line1", "Werkstatt 3"),
        ("postal_code", "10435"),
        ("city", "Berlin"),
        ("keep_address", "true"),
    ];
    let placed = ada.form("/checkout", &fields).await;
    assert!(placed.location().ends_with("/payment"), "{}", placed.location());
    let kept = ada.get("/api/v1/me/addresses").await.json(200);
    let lines: Vec<&Value> =
        kept["items"].as_array().unwrap().iter().map(|item| &item["address"]["line1"]).collect();
    assert_eq!(lines, [&json!("Zuhause 7"), &json!("Werkstatt 3")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_hold_for_the_kinds_that_they_name() {
    let app = TestApp::start().await;
    let ada = app.shopper("Ada").await;
    let path = "/api/v1/me/message-choices";
    let on = |choices: &Value, kind: &str, channel: &str| {
        let items = choices["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["kind"] == kind && item["channel"] == channel);
        found.unwrap()["on"].clone()
    };
    let before = ada.get(path).await.json(200);
    assert_eq!(
        (on(&before, "waitlist", "email"), on(&before, "waitlist", "sms")),
        (json!(true), json!(false))
    );
    assert_eq!(on(&before, "orders", "sms"), true, "who gives an order a phone is texted");
    let change = json!({"items": [{"kind": "waitlist", "channel": "sms", "on": true}]});
    let after = ada.put(path, &change).await.json(200);
    assert_eq!(
        (on(&after, "waitlist", "sms"), on(&after, "reminders", "sms")),
        (json!(true), json!(false))
    );
    let unknown = json!({"items": [{"kind": "security", "channel": "email", "on": false}]});
    assert!(ada.put(path, &unknown).await.status.is_client_error());
    // The page's form names what is ticked; the rest is off.
    ada.form("/account/messages", &[("email_waitlist", "on")]).await.expect(303);
    let after = ada.get(path).await.json(200);
    assert_eq!(
        (on(&after, "waitlist", "email"), on(&after, "launches", "email")),
        (json!(true), json!(false))
    );
    assert_eq!(on(&after, "orders", "sms"), false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_concerns_the_account_and_nobody_else() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (ada, eve) = (app.shopper("Ada").await, app.shopper("Eve").await);
    let number = ada.buy(&sale, 1).await;
    let others = eve.buy(&sale, 1).await;
    let made = ada.post("/api/v1/me/exports", &json!({})).await.json(202);
    let path = format!("/api/v1/me/exports/{}/file", made["id"].as_str().unwrap());
    assert_eq!(ada.post("/api/v1/me/exports", &json!({})).await.problem(409), "export_under_way");
    assert_eq!(ada.get(&path).await.problem(409), "export_under_way");
    app.run_jobs().await;
    let told =
        app.query("SELECT to_jsonb(recipient) FROM messages WHERE template = 'export_ready'").await;
    assert_eq!(told, [json!(email_of(&ada).await)]);
    assert_eq!(ada.get("/api/v1/me/exports").await.json(200)["items"][0]["state"], "ready");
    assert_eq!(ada.post("/api/v1/me/exports", &json!({})).await.problem(409), "export_too_soon");
    eve.get(&path).await.expect(404);
    app.anonymous().get(&path).await.expect(401);

    let url = format!("{}{path}", app.base);
    let files = unzipped(&bytes(&ada, &url).await);
    let orders = files.iter().find(|(name, _)| name == "orders.json").unwrap();
    let orders: Value = serde_json::from_str(&orders.1).unwrap();
    assert_eq!((orders.as_array().unwrap().len(), &orders[0]["number"]), (1, &json!(number)));
    let all: String = files.iter().map(|(_, text)| text.as_str()).collect();
    assert!(all.contains("Lindenallee 14") && !all.contains(&others));
    assert!(!all.contains("argon2") && !all.contains("token_hash"), "a secret is in the export");

    // After a week its file is gone.
    app.platform.clock.advance(Kept::DataExports.period() + Duration::minutes(1));
    assert_eq!(ada.get(&path).await.problem(409), "export_expired");
    let before = app.platform.clock.now() - Kept::DataExports.period();
    for deleted in [1, 0] {
        let count = privacy::delete_past_exports(&app.platform, before, 100).await.unwrap();
        assert_eq!(count, deleted);
    }
    assert_eq!(ada.get("/api/v1/me/exports").await.json(200)["items"][0]["state"], "removed");
    let key = format!("exports/{}.zip", made["id"].as_str().unwrap());
    assert_eq!(app.platform.objects.get(&key).await.unwrap(), None, "its file is still there");
}

async fn bytes(client: &Client, url: &str) -> Vec<u8> {
    let request = client.request(reqwest::Method::GET, url);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap().to_vec()
}

fn unzipped(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = vec![];
    for nth in 0..archive.len() {
        let mut file = archive.by_index(nth).unwrap();
        let name = file.name().unwrap().into_owned();
        files.push((name, std::io::read_to_string(&mut file).unwrap()));
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_erased_once_it_is_confirmed_and_nothing_is_open() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let ada = app.shopper("Ada").await;
    let email = email_of(&ada).await;
    ada.post("/api/v1/me/addresses", &json!({"address": address()})).await.json(201);
    let number = ada.buy(&sale, 1).await;
    let path = "/api/v1/me/erasure";
    assert_eq!(ada.post(path, &json!({})).await.problem(409), "erasure_blocked");
    let seen = ada.get(path).await.json(200);
    assert_eq!(seen["obstacles"][0]["code"], "open_orders");
    assert!(seen["obstacles"][0]["detail"].as_str().unwrap().contains(&number), "{seen}");
    deliver(&app).await;

    // A session of some minutes asks for the password.
    app.platform.clock.advance(Duration::minutes(11));
    assert_eq!(ada.post(path, &json!({})).await.wrong_fields(), ["password"]);
    assert_eq!(ada.post(path, &json!({"password": "wrong"})).await.wrong_fields(), ["password"]);
    ada.post(path, &json!({"password": PASSWORD})).await.expect(202);
    let token = erasure_token(&app).await;
    ada.get("/api/v1/me").await.json(200);

    // A look at the link deletes nothing; foreign and cut tokens do not, either.
    let link = format!("/account/privacy/erasure/{token}");
    app.anonymous().get(&link).await.expect(200);
    let confirm = "/api/v1/erasure";
    for bad in ["", "nonsense", &token[..token.len() - 1]] {
        let answer = app.anonymous().post(confirm, &json!({"token": bad})).await;
        assert_eq!(answer.problem(400), "token_unknown", "{bad:?}");
    }
    app.anonymous().form(&link, &[]).await.expect(303);
    ada.get("/api/v1/me").await.expect(401);
    let again = app.anonymous().post(confirm, &json!({"token": token})).await;
    assert_eq!(again.problem(409), "token_used");
    app.run_jobs().await;

    let left = app
        .query(
            "SELECT jsonb_build_object('account', a.name, 'order', o.shipping_address,
                 'email', o.email, 'parcels', (SELECT count(*) FROM parcels p
                     WHERE p.order_id = o.id AND p.shipping_address->>'name' <> '(erased)'),
                 'addresses', (SELECT count(*) FROM account_addresses),
                 'payments', (SELECT count(*) FROM payments),
                 'entries', (SELECT count(*) > 0 FROM ledger_entries))
             FROM orders o JOIN accounts a ON a.id = o.account_id",
        )
        .await;
    assert_eq!(left.len(), 1);
    let left = &left[0];
    assert_eq!(
        (&left["account"], &left["order"]["name"]),
        (&json!("(erased)"), &json!("(erased)"))
    );
    assert_eq!(left["order"]["country"], "DE", "the books need the country");
    assert_eq!((&left["parcels"], &left["addresses"]), (&json!(0), &json!(0)));
    assert_eq!((&left["payments"], &left["entries"]), (&json!(1), &json!(true)));
    let found = app
        .query(
            "SELECT to_jsonb(template) FROM messages m
             WHERE m::text LIKE '%Ada%' OR m::text LIKE '%ada-%'",
        )
        .await;
    assert_eq!(found, [json!("account_erased")], "only the last email knows the person");

    // The address is free.
    let new = json!({"email": email, "name": "Ada again", "password": "an entirely new one 7"});
    app.anonymous().post("/api/v1/accounts", &new).await.json(201);
}

/// Has every parcel arrive.
async fn deliver(app: &TestApp) {
    let mut tx = app.platform.db.platform("test").await.unwrap();
    for sql in ["UPDATE parcels SET state = 'delivered'", "UPDATE orders SET state = 'fulfilled'"] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_and_the_last_admin_stay_and_a_held_cart_is_in_the_way() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let (owner, admin) = (app.member(tenant, "owner").await, app.staff("admin").await);
    let path = "/api/v1/me/erasure";
    for (client, code) in [(&owner, "last_owner"), (&admin, "last_admin")] {
        assert_eq!(client.get(path).await.json(200)["obstacles"][0]["code"], code);
        assert_eq!(client.post(path, &json!({})).await.problem(409), "erasure_blocked");
    }
    app.member(tenant, "owner").await;
    let key = json!({"name": "Warehouse", "scopes": ["parcels.read"]});
    let made = owner.post(&format!("/api/v1/providers/{tenant}/api-keys"), &key).await.json(201);
    owner.post(path, &json!({})).await.expect(202);
    let ada = app.shopper("Ada").await;
    ada.hold(&sale, 0, 1).await;
    assert_eq!(ada.get(path).await.json(200)["obstacles"][0]["code"], "held_units");

    // What came in the way after the link was sent still is, and the link stays good.
    let token = erasure_token(&app).await;
    owner.hold(&sale, 0, 1).await;
    let confirm = "/api/v1/erasure";
    let blocked = app.anonymous().post(confirm, &json!({"token": token})).await;
    assert_eq!(blocked.problem(409), "erasure_blocked");
    let holds = owner.get("/api/v1/me/holds").await.json(200);
    let hold = holds["items"][0]["id"].as_str().unwrap();
    owner.delete(&format!("/api/v1/me/holds/{hold}")).await.expect(204);
    app.anonymous().post(confirm, &json!({"token": token})).await.expect(204);
    owner.get("/api/v1/me").await.expect(401);
    let url = format!("/api/v1/providers/{tenant}/parcels");
    let by_key = app.anonymous().request(reqwest::Method::GET, &url);
    let by_key = by_key.bearer_auth(made["secret"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(by_key.status(), 401, "the key of an owner outlives the account");
    let eve = app.shopper("Eve").await;
    eve.post(path, &json!({})).await.expect(202);
    let token = erasure_token(&app).await;
    app.platform.clock.advance(Duration::minutes(61));
    let late = app.anonymous().post(confirm, &json!({"token": token})).await;
    assert_eq!(late.problem(410), "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_cannot_both_leave_at_once() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let mut tokens = vec![];
    let owners = [app.member(tenant, "owner").await, app.member(tenant, "owner").await];
    for owner in owners {
        owner.post("/api/v1/me/erasure", &json!({})).await.expect(202);
        tokens.push(json!({"token": erasure_token(&app).await}));
    }
    let (one, other) = (app.anonymous(), app.anonymous());
    let (a, b) = tokio::join!(
        one.post("/api/v1/erasure", &tokens[0]),
        other.post("/api/v1/erasure", &tokens[1])
    );
    let done = [&a, &b].iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(done, 1, "{} {}", a.text, b.text);
    let left = app.query("SELECT to_jsonb(role) FROM members WHERE state = 'active'").await;
    assert_eq!(left, ["owner"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_being_written_when_its_account_was_erased_leaves_no_file() {
    let app = TestApp::start().await;
    let (ada, account_id) = app.account("Ada", &[]).await;
    let made = ada.post("/api/v1/me/exports", &json!({})).await.json(202);
    let export_id = made["id"].as_str().unwrap().parse().unwrap();
    let job = privacy::ExportJob { account_id, export_id };
    let written = privacy::write_export(&app.platform, job, vec![]).await.unwrap().unwrap();
    let key = format!("exports/{export_id}.zip");
    assert!(app.platform.objects.get(&key).await.unwrap().is_some());

    privacy::remove_exports(&app.platform, account_id).await.unwrap();
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let now = app.platform.clock.now();
    assert!(!privacy::finish_export(&mut tx, &written, now).await.unwrap());
    drop(tx);
    privacy::discard_export(&app.platform, job).await.unwrap();
    assert!(app.platform.objects.get(&key).await.unwrap().is_none(), "its file is still there");
}

/// Tables whose rows name an account and are not in an export, and why.
const NOT_EXPORTED: [(&str, &str); 8] = [
    ("data_exports", "the exports themselves"),
    ("invoice_duties", "of invoices, which are"),
    ("order_components", "of the totals of orders, which are"),
    ("passkey_challenges", "random numbers of minutes"),
    ("pending_sign_ins", "random numbers of minutes"),
    ("recovery_codes", "hashes"),
    ("refund_lines", "of refunds, which are"),
    ("second_factor_tries", "keyed hashes of a day"),
];
/// Tables whose rows stay when their account is erased; docs/retention.md says so in its words.
const NOT_ERASED: [(&str, &str); 14] = [
    ("cash_collections", "cash collected"),
    ("click_outs", "click-outs"),
    ("holds", "holds"),
    ("invoice_duties", "invoices"),
    ("invoices", "invoices"),
    ("order_components", "components"),
    ("order_history", "history"),
    ("order_lines", "An order that names nobody"),
    ("payments", "payments"),
    ("refund_lines", "refunds"),
    ("refunds", "refunds"),
    ("shipments", "shipments"),
    ("vouchers", "vouchers"),
    ("waitlist", "waitlist entries"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_names_an_account_is_exported_and_erased_or_says_why_not() {
    let app = TestApp::start().await;
    let tables = app
        .query(
            "SELECT DISTINCT to_jsonb(table_name::text) FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name = 'account_id'",
        )
        .await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    let slices = std::fs::read_dir(root.join("src")).unwrap();
    let own: String =
        slices.map(|slice| read(slice.unwrap().path().join("personal_data.rs"))).collect();
    let erasing = [
        "access/devices.rs",
        "access/factor_store.rs",
        "access/sign_in_methods.rs",
        "privacy/exports.rs",
    ];
    let erasing: String = erasing.iter().map(|file| read(root.join("src").join(file))).collect();
    let (reading, writing) = (own.replace("DELETE FROM", "DELETE"), format!("{own}{erasing}"));
    let names = |text: &str, verbs: &str, table: &str| {
        regex::Regex::new(&format!(r"({verbs}) {table}\b")).unwrap().is_match(text)
    };
    assert!(tables.len() > 40, "{}", tables.len());
    for table in tables.iter().map(|table| table.as_str().unwrap()) {
        let is_exempt = NOT_EXPORTED.iter().any(|(exempt, _)| *exempt == table);
        assert_ne!(names(&reading, "FROM|JOIN", table), is_exempt, "export of {table}");
        let is_kept = NOT_ERASED.iter().any(|(kept, _)| *kept == table);
        assert_ne!(names(&writing, "UPDATE|DELETE FROM", table), is_kept, "erasure of {table}");
    }
    let retention = read(root.join("docs/retention.md"));
    let (_, erasure) = retention.split_once("## When an account is erased").unwrap();
    let erasure = erasure.split("\n## ").next().unwrap().replace('\n', " ");
    for (table, words) in NOT_ERASED {
        assert!(erasure.contains(words), "docs/retention.md does not say that {table} stays");
    }
}
