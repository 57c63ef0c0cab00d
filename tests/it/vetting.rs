//! Vetting as data: leads, the application over several visits, requirements that SMP defines, what
//! both sides write, expiry.

use serde_json::{Value, json};
use smp::{kernel::TenantId, vetting};
use time::Duration;

use crate::{
    providers::{application, apply, invitation, knows_roles, take, token},
    support::{
        Client, PASSWORD, TestApp,
        client::Answer,
        stage::Stage,
        supply::{picture, put},
    },
};

fn lead() -> Value {
    json!({"company": "Atelier Nord", "contact_name": "Nora Nord", "email": "nora@atelier.example", "country": "DE", "product_category": "Home textiles", "source": "Fair in Milan", "follow_up_on": "2020-01-02"})
}

fn insurance() -> Value {
    json!({"title": "Liability insurance", "instructions": "Upload the policy.", "method": "document", "selling_mode": "both", "waivable": true, "valid_months": 12})
}

async fn define(manager: &Client, code: &str, definition: &Value) -> Value {
    let body = json!({"code": code, "definition": definition});
    manager.post("/api/v1/requirement-definitions", &body).await.json(201)
}

/// The owner accepts the newest invitation.
async fn accept(app: &TestApp) -> Client {
    let owner = app.anonymous();
    let accept = format!("/api/v1/invitations/{}/accept", token(app).await);
    owner.post(&accept, &json!({"name": "Nora", "password": PASSWORD})).await.json(200);
    owner
}

/// An invited provider: its path and its owner.
async fn invited(app: &TestApp, manager: &Client) -> (String, Client) {
    let made = manager.post("/api/v1/providers", &invitation("atelier-nord")).await.json(201);
    let path = format!("/api/v1/providers/{}", made["id"].as_str().unwrap());
    (path, accept(app).await)
}

/// Uploads a picture for a purpose. Returns the asset's id.
async fn upload(client: &Client, provider: &str, purpose: &str) -> Value {
    let bytes = picture(40, 20, image::ImageFormat::Png);
    let file = json!({"filename": "policy.png", "content_type": "image/png", "size_bytes": bytes.len(), "purpose": purpose});
    let made = client.post(&format!("{provider}/assets"), &file).await.json(201);
    put(client, &made["upload"], bytes).await.expect(200);
    let id = made["asset"]["id"].as_str().unwrap();
    let complete = format!("{provider}/assets/{id}/complete");
    client.post(&complete, &json!({})).await.json(200);
    made["asset"]["id"].clone()
}

async fn answer(owner: &Client, provider: &str, code: &str, answer: &Value) -> Answer {
    owner.post(&format!("{provider}/requirements/{code}/answers"), answer).await
}

async fn decide(manager: &Client, provider: &str, code: &str, decision: &str) -> Answer {
    let note = if decision == "met" { "" } else { "Because." };
    let body = json!({"decision": decision, "note": note});
    manager.put(&format!("{provider}/requirements/{code}"), &body).await
}

/// Every requirement that is left is met, and the provider approved.
async fn approve(manager: &Client, provider: &str) {
    let list = manager.get(&format!("{provider}/requirements")).await.json(200);
    for requirement in list["items"].as_array().unwrap() {
        if requirement["state"] == "submitted" {
            let code = requirement["code"].as_str().unwrap();
            decide(manager, provider, code, "met").await.json(200);
        }
    }
    let approve = json!({"decision": "approve", "reason": ""});
    manager.post(&format!("{provider}/decision"), &approve).await.json(200);
}

async fn state(manager: &Client, provider: &str, code: &str) -> Value {
    let list = manager.get(&format!("{provider}/requirements")).await.json(200);
    let found = list["items"].as_array().unwrap().iter().find(|entry| entry["code"] == code);
    found.map_or(Value::Null, |entry| entry["state"].clone())
}

async fn emails(app: &TestApp) -> Vec<String> {
    app.run_jobs().await;
    let told = app.query("SELECT to_jsonb(template) FROM messages ORDER BY id").await;
    told.iter().map(|template| template.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_becomes_a_provider_that_applies_over_two_visits_and_is_approved() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    define(&manager, "insurance", &insurance()).await;
    let terms = json!({"title": "Terms of delivery", "method": "attest", "selling_mode": "both", "waivable": true});
    define(&manager, "delivery_terms", &terms).await;

    let made = manager.post("/api/v1/leads", &lead()).await.json(201);
    let path = format!("/api/v1/leads/{}", made["id"].as_str().unwrap());
    let due = manager.get("/api/v1/leads?due=true&state=new").await.json(200);
    assert_eq!(due["items"][0]["company"], "Atelier Nord");
    let step = json!({"state": "contacted"});
    manager.put(&format!("{path}/state"), &step).await.json(200);
    let invite = json!({"slug": "atelier-nord"});
    let provider = manager.post(&format!("{path}/invite"), &invite).await.json(201);
    let provider = format!("/api/v1/providers/{}", provider["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.json(200)["state"], "invited");
    let owner = accept(&app).await;

    // The first visit.
    let form = format!("{provider}/application");
    let first = json!({"registration_number": "HRB 1", "regions": ["de"]});
    owner.patch_newest(&form, &first).await.json(200);
    let refused = owner.post(&form, &json!({})).await;
    assert_eq!(
        refused.wrong_fields(),
        [
            "about",
            "references",
            "support_email",
            "selling_mode",
            "monthly_units",
            "requirements.insurance",
            "requirements.delivery_terms"
        ]
    );
    // The second: what was saved is there.
    let found = owner.get(&form).await.json(200);
    assert_eq!(
        (&found["registration_number"], &found["regions"]),
        (&json!("HRB 1"), &json!(["DE"]))
    );
    assert_eq!(found["waiting_for"], "provider");
    owner.patch_newest(&form, &application()).await.json(200);
    let document = upload(&owner, &provider, "vetting").await;
    answer(&owner, &provider, "insurance", &json!({"asset_id": document})).await.json(200);
    let confirmed = json!({"attested": true, "attested_name": "Nora Nord"});
    answer(&owner, &provider, "delivery_terms", &confirmed).await.json(200);
    let applied = owner.post(&form, &json!({})).await.json(200);
    assert_eq!(
        (&applied["provider_state"], &applied["waiting_for"]),
        (&json!("applied"), &json!("smp"))
    );
    assert_eq!(manager.get(&path).await.json(200)["state"], "applied");
    let queue = manager.get("/api/v1/vetting/queue").await.json(200);
    assert_eq!(queue["items"][0]["waits_for"], "application");

    take(&manager, &provider).await;
    decide(&manager, &provider, "insurance", "refused").await.json(200);
    let again = upload(&owner, &provider, "vetting").await;
    answer(&owner, &provider, "insurance", &json!({"asset_id": again})).await.json(200);
    decide(&manager, &provider, "delivery_terms", "waived").await.json(200);
    approve(&manager, &provider).await;

    let list = owner.get(&format!("{provider}/requirements")).await.json(200);
    let line = list["items"].as_array().unwrap().iter().find(|r| r["code"] == "insurance").unwrap();
    let steps: Vec<_> =
        line["history"].as_array().unwrap().iter().map(|step| step["step"].clone()).collect();
    assert_eq!(steps, ["answered", "refused", "answered", "met"]);
    assert_eq!(line["history"][0]["document"]["asset_id"], document);
    assert!(line["expires_at"].is_string(), "{line}");
    assert_eq!(manager.get(&path).await.json(200)["state"], "approved");
    let told = emails(&app).await;
    for template in
        ["provider_applied", "requirement_refused", "application_answered", "provider_decided"]
    {
        assert!(told.contains(&template.to_owned()), "{template} not sent: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_needs_what_an_invitation_needs_and_is_invited_once() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let wrong = json!({"company": " ", "email": "nora", "country": "XX"});
    assert_eq!(
        manager.post("/api/v1/leads", &wrong).await.wrong_fields(),
        ["company", "email", "country"]
    );
    let mut bare = lead();
    bare["product_category"] = json!("");
    let made = manager.post("/api/v1/leads", &bare).await.json(201);
    let path = format!("/api/v1/leads/{}", made["id"].as_str().unwrap());
    let invite = |slug: &str| json!({"slug": slug});
    let missing = manager.post(&format!("{path}/invite"), &invite("A B")).await;
    assert_eq!(missing.wrong_fields(), ["slug", "product_category"]);
    let lost = manager.put(&format!("{path}/state"), &json!({"state": "lost"})).await;
    assert_eq!(lost.wrong_fields(), ["reason"]);
    let why = json!({"state": "lost", "reason": "No stock."});
    manager.put(&format!("{path}/state"), &why).await.json(200);
    let refused = manager.post(&format!("{path}/invite"), &invite("nord")).await;
    assert_eq!(refused.problem(409), "lead_lost");
    manager.put(&format!("{path}/state"), &json!({"state": "new"})).await.json(200);
    manager.put_newest(&path, &lead()).await.json(200);
    let stale = manager.edit(reqwest::Method::PUT, &path, 1, &bare).await;
    assert_eq!(stale.problem(412), "changed_meanwhile");
    manager.post(&format!("{path}/invite"), &invite("nord")).await.json(201);
    let twice = manager.post(&format!("{path}/invite"), &invite("nord-2")).await;
    assert_eq!(twice.problem(409), "lead_invited");
    let moved = manager.put(&format!("{path}/state"), &json!({"state": "new"})).await;
    assert_eq!(moved.problem(409), "lead_invited");
    assert_eq!(app.staff("support").await.get("/api/v1/leads").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_names_what_is_wrong_with_it_and_a_change_is_a_new_version() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let all = "/api/v1/requirement-definitions";
    let wrong = json!({"code": "Bond 1", "definition": {"title": "", "method": "bond", "selling_mode": "both", "waivable": true, "regions": ["XX"], "monthly_units_from": 0, "valid_months": 121, "monthly_revenue_from": {"amount": 0, "currency": "EURO"}}});
    assert_eq!(
        manager.post(all, &wrong).await.wrong_fields(),
        [
            "code",
            "definition.title",
            "definition.regions.0",
            "definition.monthly_units_from",
            "definition.monthly_revenue_from.amount",
            "definition.monthly_revenue_from.currency",
            "definition.valid_months",
            "definition.bond"
        ]
    );
    define(&manager, "insurance", &insurance()).await;
    let taken = json!({"code": "insurance", "definition": insurance()});
    assert_eq!(manager.post(all, &taken).await.problem(409), "code_taken");

    let (provider, owner) = invited(&app, &manager).await;
    let document = upload(&owner, &provider, "vetting").await;
    answer(&owner, &provider, "insurance", &json!({"asset_id": document})).await.json(200);
    let mut changed = insurance();
    changed["title"] = json!("Product liability");
    let at = format!("{all}/insurance");
    let saved = manager.edit(reqwest::Method::PUT, &at, 1, &changed).await.json(200);
    assert_eq!(saved["version"], 2);
    let stale = manager.edit(reqwest::Method::PUT, &at, 1, &insurance()).await;
    assert_eq!(stale.problem(412), "changed_meanwhile");
    let list = owner.get(&format!("{provider}/requirements")).await.json(200);
    let titles: Vec<_> = list["items"].as_array().unwrap().iter().map(|r| &r["title"]).collect();
    assert!(titles.contains(&&json!("Liability insurance")), "the answer stays: {titles:?}");
    let mut registration = insurance();
    registration["method"] = json!("document");
    let fixed = format!("{all}/business_registration");
    let refused = manager.edit(reqwest::Method::PUT, &fixed, 1, &registration).await;
    assert_eq!(refused.wrong_fields(), ["method"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_what_its_method_asks_for() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    define(&manager, "insurance", &insurance()).await;
    let terms =
        json!({"title": "Terms", "method": "attest", "selling_mode": "both", "waivable": false});
    define(&manager, "terms", &terms).await;
    let bond = json!({"title": "Surety bond", "method": "bond", "selling_mode": "both", "waivable": false, "bond": {"amount": 500_000, "currency": "EUR"}});
    define(&manager, "bond", &bond).await;
    let (provider, owner) = invited(&app, &manager).await;

    let none = answer(&owner, &provider, "insurance", &json!({})).await;
    assert_eq!(none.wrong_fields(), ["asset_id"]);
    let picture = upload(&owner, &provider, "catalogue").await;
    let foreign = answer(&owner, &provider, "insurance", &json!({"asset_id": picture})).await;
    assert_eq!(foreign.wrong_fields(), ["asset_id"]);
    let unticked = answer(&owner, &provider, "terms", &json!({"attested_name": ""})).await;
    assert_eq!(unticked.wrong_fields(), ["attested", "attested_name"]);
    let document = upload(&owner, &provider, "vetting").await;
    let small = json!({"asset_id": document, "bond": {"amount": 499_999, "currency": "EUR"}, "bond_ends_on": "2020-01-01"});
    let small = answer(&owner, &provider, "bond", &small).await;
    assert_eq!(small.wrong_fields(), ["bond.amount", "bond_ends_on"]);
    let given = json!({"asset_id": document, "bond": {"amount": 500_000, "currency": "EUR"}, "bond_ends_on": "2099-01-01"});
    answer(&owner, &provider, "bond", &given).await.json(200);
    assert_eq!(answer(&owner, &provider, "unknown", &given).await.status, 404);

    answer(&owner, &provider, "insurance", &json!({"asset_id": document})).await.json(200);
    let confirmed = json!({"attested": true, "attested_name": "Nora Nord"});
    answer(&owner, &provider, "terms", &confirmed).await.json(200);
    apply(&owner, &provider).await;
    take(&manager, &provider).await;
    let waived = decide(&manager, &provider, "bond", "waived").await;
    assert_eq!(waived.problem(409), "not_waivable");
    let met = decide(&manager, &provider, "bond", "met").await.json(200);
    assert_eq!(met["expires_at"], "2099-01-02T00:00:00Z");
    let settled = answer(&owner, &provider, "bond", &given).await;
    assert_eq!(settled.problem(409), "requirement_settled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_the_vetting_is_for_owners_and_managers_alone() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let owner = app.member(tenant, "owner").await;
    let provider = format!("/api/v1/providers/{tenant}");
    let document = upload(&owner, &provider, "vetting").await;
    let path = format!("{provider}/assets/{}", document.as_str().unwrap());
    let read = owner.get(&path).await.json(200);
    assert_eq!(read["renditions"], json!([]), "no page can show it");
    app.staff("manager").await.get(&format!("{path}/original")).await.expect(200);
    let editor = app.member(tenant, "editor").await;
    assert_eq!(editor.get(&path).await.status, 404);
    assert_eq!(editor.get(&format!("{path}/original")).await.status, 404);
    assert_eq!(app.staff("support").await.get(&format!("{path}/original")).await.status, 404);
    let listed = owner.get(&format!("{provider}/assets")).await.json(200);
    assert_eq!(listed["items"], json!([]));
    let file = json!({"filename": "a.png", "content_type": "image/png", "size_bytes": 9, "purpose": "vetting"});
    assert_eq!(editor.post(&format!("{provider}/assets"), &file).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_for_both_sides_and_notes_for_smp() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let tenant = app.provider("kiln").await;
    let owner = app.member(tenant, "owner").await;
    let provider = format!("/api/v1/providers/{tenant}");
    let (comments, notes) =
        (format!("{provider}/vetting-comments"), format!("{provider}/vetting-notes"));
    let wrong = json!({"text": " ", "requirement": "unknown"});
    assert_eq!(owner.post(&comments, &wrong).await.wrong_fields(), ["text", "requirement"]);
    let note = json!({"text": "They were late in spring."});
    manager.post(&notes, &note).await.json(201);
    let question = json!({"text": "Which register?", "requirement": "business_registration"});
    owner.post(&comments, &question).await.json(201);
    let read = manager.get(&comments).await.json(200);
    assert_eq!(read["items"].as_array().unwrap().len(), 1);
    assert_eq!(read["items"][0]["by_smp"], false);
    let said = owner.get(&comments).await;
    assert!(!said.text.contains("late in spring"), "{}", said.text);
    assert_eq!(owner.get(&notes).await.status, 403);
    assert_eq!(owner.post(&notes, &note).await.status, 403);
    let other = app.provider("other").await;
    let stranger = app.member(other, "owner").await;
    for path in [&comments, &notes, &format!("{provider}/application")] {
        assert_eq!(stranger.get(path).await.status, 404, "{path}");
    }
    // The other side is told, once for a quick exchange, and of notes nobody is.
    owner.post(&comments, &json!({"text": "And which court?"})).await.json(201);
    manager.post(&comments, &json!({"text": "The one in Bonn."})).await.json(201);
    app.run_jobs().await;
    let told = app
        .query(
            "SELECT jsonb_build_array(recipient, body_text) FROM messages
             WHERE template = 'vetting_commented' ORDER BY id",
        )
        .await;
    assert_eq!(told.len(), 2, "{told:?}");
    let all = serde_json::to_string(&told).unwrap();
    // The jobs of one moment run in any order, so either of the owner's comments may be the one told.
    let of_owner = ["Which register?", "And which court?"].iter().any(|text| all.contains(text));
    assert!(of_owner && all.contains("The one in Bonn."), "{all}");
    assert!(!all.contains("late in spring"), "{all}");
    let audited =
        app.query("SELECT details FROM audit_log WHERE action = 'vetting_note_create'").await;
    assert_eq!(audited, [json!({"requirement": null})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn smp_asks_for_more_and_a_rejected_provider_is_reopened() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let (provider, owner) = invited(&app, &manager).await;
    knows_roles(&owner, json!(["owner"])).await;
    let form = format!("{provider}/application");
    let ask = json!({"text": "A second reference, please."});
    let early = manager.put(&format!("{form}/wanted"), &ask).await;
    assert_eq!(early.problem(409), "not_under_review");
    apply(&owner, &provider).await;
    take(&manager, &provider).await;
    let nothing = manager.put(&format!("{form}/wanted"), &json!({"text": ""})).await;
    assert_eq!(nothing.wrong_fields(), ["text"]);
    let asked = manager.put(&format!("{form}/wanted"), &ask).await.json(200);
    assert_eq!((&asked["waiting_for"], &asked["open"]), (&json!("provider"), &json!(true)));
    let more = json!({"references": "The museum shop; the harbour hotel"});
    owner.patch_newest(&form, &more).await.json(200);
    let answered = owner.post(&form, &json!({})).await.json(200);
    assert_eq!((&answered["waiting_for"], &answered["wanted"]), (&json!("smp"), &Value::Null));
    let told = emails(&app).await;
    assert!(told.contains(&"application_more_wanted".to_owned()), "{told:?}");
    assert!(told.contains(&"application_answered".to_owned()), "{told:?}");

    let decision = format!("{provider}/decision");
    let body = |decision: &str, reason: &str| json!({"decision": decision, "reason": reason});
    manager.post(&decision, &body("reject", "Too early")).await.json(200);
    let refused = answer(&owner, &provider, "references", &json!({"text": "x"})).await;
    assert_eq!(refused.problem(409), "provider_rejected");
    assert_eq!(manager.post(&decision, &body("reopen", "")).await.wrong_fields(), ["reason"]);
    let open = manager.post(&decision, &body("reopen", "They found a shop")).await.json(200);
    assert_eq!(open["state"], "under_review");
    approve(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requirement_expires_blocks_approvals_and_suspends_after_the_days_of_grace() {
    let stage = Stage::set().await;
    let (app, manager) = (&stage.app, &stage.manager);
    let provider = format!("/api/v1/providers/{}", stage.tenant);
    define(manager, "insurance", &insurance()).await;
    let owner = app.member(stage.tenant, "owner").await;
    let document = upload(&owner, &provider, "vetting").await;
    let given = json!({"asset_id": document});
    answer(&owner, &provider, "insurance", &given).await.json(200);
    decide(manager, &provider, "insurance", "met").await.json(200);
    stage.advance(Duration::days(340));
    // The sessions of then have ended.
    let manager = &app.staff("manager").await;
    vetting::run_due(&app.platform).await.unwrap();
    vetting::run_due(&app.platform).await.unwrap();
    assert_eq!(state(manager, &provider, "insurance").await, "met");
    let expiring = |told: Vec<String>| told.iter().filter(|t| *t == "requirement_expiry").count();
    assert_eq!(expiring(emails(app).await), 1, "warned once");

    stage.advance(Duration::days(30));
    let manager = &app.staff("manager").await;
    vetting::run_due(&app.platform).await.unwrap();
    assert_eq!(state(manager, &provider, "insurance").await, "expired");
    assert_eq!(expiring(emails(app).await), 2);
    let mut tx = app.platform.db.tenant(stage.tenant).await.unwrap();
    let now = app.platform.clock.now();
    let blocked = vetting::require_in_force(&mut tx, stage.tenant, now).await.unwrap_err();
    assert!(blocked.to_string().contains("Liability insurance"), "{blocked}");
    drop(tx);
    assert_eq!(manager.get(&provider).await.json(200)["state"], "approved", "live sales go on");

    // An answer that waits for SMP is not held against the provider.
    let owner = app.member(stage.tenant, "owner").await;
    answer(&owner, &provider, "insurance", &given).await.json(200);
    stage.advance(Duration::days(40));
    let owner = app.member(stage.tenant, "owner").await;
    let manager = &app.staff("manager").await;
    vetting::run_due(&app.platform).await.unwrap();
    assert_eq!(manager.get(&provider).await.json(200)["state"], "approved");
    decide(manager, &provider, "insurance", "refused").await.json(200);
    vetting::run_due(&app.platform).await.unwrap();
    let suspended = manager.get(&provider).await.json(200);
    assert_eq!(suspended["state"], "suspended");
    let reason = suspended["decision_reason"].as_str().unwrap();
    assert!(reason.contains("Liability insurance"), "{reason}");
    // A manager who reinstates it knows what they do: it is not suspended again for the same.
    let reinstate = json!({"decision": "reinstate", "reason": ""});
    manager.post(&format!("{provider}/decision"), &reinstate).await.json(200);
    vetting::run_due(&app.platform).await.unwrap();
    assert_eq!(manager.get(&provider).await.json(200)["state"], "approved");
    answer(&owner, &provider, "insurance", &given).await.json(200);
    decide(manager, &provider, "insurance", "met").await.json(200);
    let mut tx = app.platform.db.tenant(stage.tenant).await.unwrap();
    vetting::require_in_force(&mut tx, stage.tenant, app.platform.clock.now()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_not_approved_while_a_requirement_is_expired() {
    let stage = Stage::set().await;
    let (input, provider) = (stage.with(&json!({})), TenantId(stage.tenant.0));
    let (path, revision) = stage.submitted(&input).await;
    let mut tx = stage.app.platform.db.tenant(provider).await.unwrap();
    sqlx::query(
        "INSERT INTO requirements (tenant_id, code, state, expires_at)
         VALUES ($1, 'references', 'expired', now() - interval '1 day')",
    )
    .bind(provider.0)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = crate::support::sales::decide(&stage.manager, &path, &revision, "approve").await;
    assert_eq!(refused.problem(409), "requirement_expired", "{}", refused.text);
    assert!(refused.text.contains("References"), "{}", refused.text);
}
