//! Contracts: templates, offers, both signatures, the date by which a new version is signed, and that
//! nothing goes live without a contract in force.

use serde_json::{Value, json};
use smp::{
    contracts,
    kernel::{TenantId, token::content_hash},
    notifications,
};
use time::Duration;

use crate::support::{
    Client, TestApp,
    sales::{decide, submit},
    stage::{Stage, at, texts},
};

const TEMPLATES: &str = "/api/v1/contract-templates";
const BODY: &str = "{{provider_name}} ({{registration_number}}, {{country}}) delivers within \
    {{delivery_days}} days.\n\n- It honours vouchers for {{honour_days}} days.\n\nОт {{date}}, v{{version}}.";

fn template(body: &str) -> Value {
    json!({"title": "Contract", "body": body, "delivery_days": 14, "honour_days": 365})
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// A manager publishes a version.
async fn publish(manager: &Client, body: &Value) -> Value {
    let draft = manager.post(TEMPLATES, &template(BODY)).await.json(201);
    manager.post(&format!("{TEMPLATES}/{}/publication", id(&draft)), body).await.json(200)
}

/// The provider had no contract.
async fn without_contract(app: &TestApp) {
    app.query("UPDATE providers SET contract_until = NULL RETURNING to_jsonb(slug)").await;
}

fn contracts_of(tenant: TenantId) -> String {
    format!("/api/v1/providers/{tenant}/contracts")
}

/// The newest contract of a provider, with its document, and its path.
async fn newest(owner: &Client, tenant: TenantId) -> (Value, String) {
    let list = owner.get(&contracts_of(tenant)).await.json(200);
    let path = format!("{}/{}", contracts_of(tenant), id(&list["items"][0]));
    (owner.get(&path).await.json(200), path)
}

fn signature(contract: &Value) -> Value {
    json!({"name": "Nora Lindqvist", "document_hash": contract["document_hash"]})
}

async fn sign(owner: &Client, tenant: TenantId) -> String {
    let (contract, path) = newest(owner, tenant).await;
    owner.post(&format!("{path}/signature"), &signature(&contract)).await.json(200);
    path
}

async fn countersign(manager: &Client, path: &str) -> Value {
    let body = json!({"name": "Ines Aalto"});
    manager.post(&format!("{path}/countersignature"), &body).await.json(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_offered_signed_and_counter_signed() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    without_contract(&app).await;
    let none = owner.get(&contracts_of(tenant)).await.json(200);
    assert_eq!(none, json!({"in_force": false, "in_force_until": null, "items": []}));

    let published = publish(&manager, &json!({})).await;
    assert_eq!((&published["state"], &published["number"]), (&json!("published"), &json!(1)));
    app.run_jobs().await;
    let (contract, path) = newest(&owner, tenant).await;
    let document = contract["document"].as_str().unwrap();
    assert!(
        document.starts_with("# Contract\n\nKiln (not given, Germany) delivers within 14 days."),
        "{document}"
    );
    assert!(
        document.contains("vouchers for 365 days") && document.ends_with(", v1."),
        "{document}"
    );
    assert_eq!(contract["document_hash"], content_hash(document.as_bytes()));
    assert_eq!((&contract["state"], &contract["sign_by"]), (&json!("offered"), &Value::Null));
    let preview = format!("{TEMPLATES}/{}/preview?provider={tenant}", id(&published));
    assert_eq!(manager.get(&preview).await.json(200)["document"], contract["document"]);

    let signed = owner.post(&format!("{path}/signature"), &signature(&contract)).await.json(200);
    assert_eq!(signed["signature"]["name"], "Nora Lindqvist");
    let hashed = signed["signature"]["address_hash"].as_str().unwrap();
    assert!(hashed.len() == 64 && !hashed.contains("127.0.0.1"), "{hashed}");
    assert_eq!(
        (&signed["state"], &signed["in_force"]),
        (&json!("signed"), &json!(false)),
        "SMP has not signed"
    );
    let waiting = manager.get("/api/v1/contracts?state=signed").await.json(200);
    assert_eq!(waiting["items"][0]["provider"]["slug"], "kiln");
    assert_eq!(waiting["items"][0]["document"], Value::Null);
    app.run_jobs().await;

    let done = countersign(&manager, &path).await;
    assert_eq!((&done["state"], &done["in_force"]), (&json!("countersigned"), &json!(true)));
    assert_eq!(done["document"], contract["document"], "what was offered");
    let list = owner.get(&contracts_of(tenant)).await.json(200);
    assert_eq!((&list["in_force"], &list["in_force_until"]), (&json!(true), &Value::Null));
    app.run_jobs().await;
    let told = app
        .query(
            "SELECT to_jsonb(template) FROM messages WHERE template LIKE 'contract_%' ORDER BY id",
        )
        .await;
    assert_eq!(told, ["contract_offered", "contract_signed", "contract_countersigned"]);
    let audited = app
        .query("SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'contract_%' ORDER BY id")
        .await;
    assert_eq!(
        audited,
        [
            "contract_template_create",
            "contract_template_publish",
            "contract_sign",
            "contract_countersign"
        ]
    );
    let events = app
        .query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'contract.%' ORDER BY created_at")
        .await;
    assert_eq!(
        events,
        [
            "contract.template_published",
            "contract.offered",
            "contract.signed",
            "contract.countersigned"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_without_the_guarantees_is_refused_and_a_published_one_stays() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    for (body, wrong) in [
        (template("Delivers in {{delivery_days}} days."), vec!["body"]),
        (template("Honours for {{honour_days}} days."), vec!["body"]),
        (template(&BODY.replace("{{date}}", "{{today}}")), vec!["body"]),
        (template("No period at all."), vec!["body", "body"]),
        (
            json!({"title": "", "body": BODY, "delivery_days": 0, "honour_days": 99_999}),
            vec!["title", "delivery_days", "honour_days"],
        ),
        (json!({"title": "Contract", "body": BODY, "delivery_days": 14}), vec!["honour_days"]),
    ] {
        let answer = manager.post(TEMPLATES, &body).await;
        assert_eq!(answer.wrong_fields(), wrong, "{body}");
    }
    let draft = manager.post(TEMPLATES, &template(BODY)).await.json(201);
    let path = format!("{TEMPLATES}/{}", id(&draft));
    let longer =
        json!({"title": "Contract", "body": BODY, "delivery_days": 30, "honour_days": 365});
    manager.put_newest(&path, &longer).await.json(200);
    manager.edit(reqwest::Method::PUT, &path, 1, &template(BODY)).await.expect(412);
    manager.post(&format!("{path}/publication"), &json!({})).await.json(200);
    let again = manager.post(&format!("{path}/publication"), &json!({})).await;
    assert_eq!(again.problem(409), "template_published");
    assert_eq!(manager.put_newest(&path, &longer).await.problem(409), "template_published");
    assert_eq!(manager.delete(&path).await.problem(409), "template_published");

    let next = manager.post(TEMPLATES, &template(BODY)).await.json(201);
    let publication = format!("{TEMPLATES}/{}/publication", id(&next));
    assert_eq!(manager.post(&publication, &json!({})).await.wrong_fields(), ["sign_by"]);
    let past = json!({"sign_by": at(app.platform.clock.now() - Duration::DAY)});
    assert_eq!(manager.post(&publication, &past).await.wrong_fields(), ["sign_by"]);
    manager.delete(&format!("{TEMPLATES}/{}", id(&next))).await.expect(204);
    let left = manager.get(TEMPLATES).await.json(200);
    let states: Vec<_> = left["items"].as_array().unwrap().iter().map(|t| &t["state"]).collect();
    assert_eq!(states, ["published", "draft"], "the draft that comes with SMP is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_the_owners_once_and_of_the_document_that_was_read() {
    let app = TestApp::start().await;
    let (tenant, other) = (app.provider("kiln").await, app.provider("loft").await);
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    without_contract(&app).await;
    publish(&manager, &json!({})).await;
    let (contract, path) = newest(&owner, tenant).await;
    let (sign_at, counter_at) = (format!("{path}/signature"), format!("{path}/countersignature"));

    for client in [&app.member(tenant, "editor").await, &manager, &app.staff("admin").await] {
        client.post(&sign_at, &signature(&contract)).await.problem(403);
    }
    let stranger = app.member(other, "owner").await;
    stranger.post(&sign_at, &signature(&contract)).await.problem(404);
    stranger.get(&path).await.problem(404);
    let elsewhere = format!("{}/{}", contracts_of(other), id(&contract));
    stranger.get(&elsewhere).await.problem(404);
    stranger.get(&format!("{elsewhere}/pdf")).await.problem(404);
    stranger.post(&format!("{elsewhere}/signature"), &signature(&contract)).await.problem(404);
    owner.post(&counter_at, &json!({"name": "Nora Lindqvist"})).await.problem(403);
    owner.get("/api/v1/contracts").await.problem(403);
    owner.get(TEMPLATES).await.problem(403);

    for name in ["", "N", "a\nb", &"x".repeat(121)] {
        let body = json!({"name": name, "document_hash": contract["document_hash"]});
        assert_eq!(owner.post(&sign_at, &body).await.wrong_fields(), ["name"], "{name}");
    }
    let changed = json!({"name": "Nora Lindqvist", "document_hash": content_hash(b"another")});
    assert_eq!(owner.post(&sign_at, &changed).await.problem(409), "document_changed");
    let counter = json!({"name": "Ines Aalto"});
    assert_eq!(manager.post(&counter_at, &counter).await.problem(409), "not_signed");
    owner.post(&sign_at, &signature(&contract)).await.json(200);
    let twice = owner.post(&sign_at, &signature(&contract)).await;
    assert_eq!(twice.problem(409), "already_signed");
    countersign(&manager, &path).await;
    assert_eq!(manager.post(&counter_at, &counter).await.problem(409), "already_countersigned");

    // A version that was published while the owner read.
    let other_owner = stranger;
    let (read, old) = newest(&other_owner, other).await;
    let by = json!({"sign_by": at(app.platform.clock.now() + Duration::DAY)});
    publish(&manager, &by).await;
    let answer = other_owner.post(&format!("{old}/signature"), &signature(&read)).await;
    assert_eq!(answer.problem(409), "document_changed");
    let (fresh, path) = newest(&other_owner, other).await;
    assert_eq!(fresh["number"], 2);
    assert_eq!(other_owner.get(&old).await.json(200)["state"], "superseded");
    other_owner.post(&format!("{path}/signature"), &signature(&fresh)).await.json(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sale_is_approved_without_a_contract_in_force() {
    let stage = Stage::set().await;
    let owner = stage.app.member(stage.tenant, "owner").await;
    without_contract(&stage.app).await;
    publish(&stage.manager, &json!({})).await;
    let (_, path) = stage.draft().await;
    let revision = submit(&stage.editor, &path).await;
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert_eq!(refused.problem(409), "no_contract");
    let signed = sign(&owner, stage.tenant).await;
    let refused = decide(&stage.manager, &path, &revision, "approve").await;
    assert_eq!(refused.problem(409), "no_contract", "one signature is not enough");
    assert_eq!(stage.editor.get(&path).await.json(200)["contract"], "missing");
    countersign(&stage.manager, &signed).await;
    decide(&stage.manager, &path, &revision, "approve").await.json(200);
    assert_eq!(stage.editor.get(&path).await.json(200)["contract"], "in_force");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_date_only_the_new_version_counts() {
    let (stage, sale) = Stage::with_open_registration().await;
    let (app, tenant) = (&stage.app, stage.tenant);
    let owner = app.member(tenant, "owner").await;
    let ada = app.shopper("Ada").await;
    ada.put(&sale.registration(), &json!({})).await.json(201);
    publish(&stage.manager, &json!({})).await;
    countersign(&stage.manager, &sign(&owner, tenant).await).await;
    // The sale starts in three days, less the two hours that have passed.
    let sign_by = app.platform.clock.now() + Duration::hours(12);
    publish(&stage.manager, &json!({"sign_by": at(sign_by)})).await;
    app.run_jobs().await;
    let list = owner.get(&contracts_of(tenant)).await.json(200);
    assert_eq!((&list["in_force"], &list["in_force_until"]), (&json!(true), &at(sign_by).into()));
    assert_eq!(list["items"][0]["sign_by"], at(sign_by));
    assert_eq!(stage.editor.get(&sale.path).await.json(200)["contract"], "ending");
    let listed = async || app.anonymous().get("/api/v1/sales").await.json(200)["items"].clone();
    assert_eq!(listed().await.as_array().unwrap().len(), 1);

    stage.advance(Duration::days(3));
    let shown = stage.editor.get(&sale.path).await.json(200);
    assert_eq!((&shown["contract"], &shown["phase"]), (&json!("missing"), &json!("live")));
    let item = shown["items"][0]["id"].clone();
    let hold = json!({"sale_item_id": item, "quantity": 1});
    let holds = format!("/api/v1/sales/{}/holds", sale.slug);
    let refused = ada.post(&holds, &hold).await;
    assert_eq!(refused.problem(409), "halted");
    assert!(refused.text.contains("This seller is not selling at the moment"), "{}", refused.text);
    assert_eq!(stage.shown(&sale.slug).await["halted"], true);
    assert_eq!(listed().await, json!([]));
    notifications::write_due(&app.platform, &app.themes).await.unwrap();
    assert_eq!(stage.emails("sale_started").await, [] as [Value; 0]);

    let path = sign(&owner, tenant).await;
    assert_eq!(ada.post(&holds, &hold).await.problem(409), "halted");
    countersign(&stage.manager, &path).await;
    ada.post(&holds, &hold).await.json(201);
    assert_eq!(stage.shown(&sale.slug).await["halted"], false);
    assert_eq!(listed().await.as_array().unwrap().len(), 1);
    notifications::write_due(&app.platform, &app.themes).await.unwrap();
    assert_eq!(stage.emails("sale_started").await.len(), 1);
    let states: Vec<Value> =
        app.query("SELECT to_jsonb(state) FROM contracts ORDER BY number").await;
    assert_eq!(states, ["superseded", "countersigned"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_came_too_late_for_its_version_is_not_counter_signed() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    without_contract(&app).await;
    publish(&manager, &json!({})).await;
    let first = sign(&owner, tenant).await;
    let sign_by = app.platform.clock.now() + Duration::days(5);
    publish(&manager, &json!({"sign_by": at(sign_by)})).await;
    let late = countersign(&manager, &first).await;
    assert_eq!((&late["in_force"], &late["ends_at"]), (&json!(true), &json!(at(sign_by))));
    app.platform.clock.advance(Duration::days(6));
    let list = owner.get(&contracts_of(tenant)).await.json(200);
    assert_eq!(list["in_force"], false);

    let second = sign(&owner, tenant).await;
    publish(&manager, &json!({"sign_by": at(sign_by + Duration::days(2))})).await;
    app.platform.clock.advance(Duration::days(2));
    let counter = json!({"name": "Ines Aalto"});
    let answer = manager.post(&format!("{second}/countersignature"), &counter).await;
    assert_eq!(answer.problem(409), "contract_superseded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_reminded_once_before_the_date() {
    let stage = Stage::set().await;
    let (app, tenant) = (&stage.app, stage.tenant);
    let owner = app.member(tenant, "owner").await;
    publish(&stage.manager, &json!({})).await;
    countersign(&stage.manager, &sign(&owner, tenant).await).await;
    let sign_by = app.platform.clock.now() + Duration::days(10);
    publish(&stage.manager, &json!({"sign_by": at(sign_by)})).await;
    assert_eq!(stage.emails("contract_offered").await.len(), 1, "the first is signed already");
    contracts::remind(&app.platform).await.unwrap();
    assert_eq!(stage.emails("contract_reminder").await, [] as [Value; 0], "too early");
    stage.advance(Duration::days(8));
    contracts::remind(&app.platform).await.unwrap();
    contracts::remind(&app.platform).await.unwrap();
    let reminders = stage.emails("contract_reminder").await;
    assert_eq!(reminders.len(), 1);
    assert!(texts(&reminders).contains("is not signed yet"), "{}", texts(&reminders));

    contracts::tell_ended(&app.platform).await.unwrap();
    assert_eq!(stage.emails("contract_ended").await, [] as [Value; 0], "it is in force still");
    stage.advance(Duration::days(3));
    contracts::tell_ended(&app.platform).await.unwrap();
    contracts::tell_ended(&app.platform).await.unwrap();
    let ended = stage.emails("contract_ended").await;
    assert_eq!(ended.len(), 1);
    assert!(texts(&ended).contains("has ended"), "{}", texts(&ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_a_pdf() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    publish(&manager, &json!({})).await;
    let path = sign(&owner, tenant).await;
    let request = owner.request(reqwest::Method::GET, &format!("{path}/pdf"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(name, "attachment; filename=\"contract-kiln-1.pdf\"");
    let file = answer.bytes().await.unwrap();
    assert!(file.starts_with(b"%PDF-") && file.len() > 5_000, "{} bytes", file.len());
}
