//! Providers: invited, vetted, decided; their team; their cart's origins.

use serde_json::{Value, json};
use smp::access::accounts;

use crate::support::{Client, PASSWORD, TestApp};

pub fn invitation(slug: &str) -> Value {
    json!({"name": "Atelier Nord", "slug": slug, "country": "de", "product_category": "Home textiles", "owner_email": "Owner@Atelier.example"})
}

pub fn application() -> Value {
    json!({"registration_number": "HRB 1234", "about": "We weave.", "references": "The museum shop", "regions": ["de", "AT", "DE"], "support_email": "help@atelier.example", "support_phone": "+49 30 1234567", "selling_mode": "both", "monthly_units": 200})
}

/// Fills the application in and hands it in.
pub async fn apply(owner: &Client, provider: &str) -> Value {
    let form = format!("{provider}/application");
    owner.patch_newest(&form, &application()).await.json(200);
    owner.post(&form, &json!({})).await.json(200)
}

/// A manager takes the application.
pub async fn take(manager: &Client, provider: &str) -> Value {
    manager.post(&format!("{provider}/application/review"), &json!({})).await.json(200)
}

/// The secret of the newest invitation, which only its email carries.
pub async fn token(app: &TestApp) -> String {
    let jobs = app
        .query(
            "SELECT j.payload::jsonb FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
             WHERE t.identifier = 'invitation_email' ORDER BY j.id DESC LIMIT 1",
        )
        .await;
    jobs[0]["token"].as_str().unwrap().to_owned()
}

/// Waits until an open session knows its roles: nodes hear of a change by broadcast.
pub async fn knows_roles(client: &Client, expected: Value) {
    for _ in 0..100 {
        let roles = client.get("/api/v1/me").await.json(200)["roles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|grant| grant["role"].clone())
            .collect::<Value>();
        if roles == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the session never came to know the roles {expected}");
}

async fn requirement(
    client: &Client,
    provider: &str,
    kind: &str,
    decision: &str,
    note: &str,
) -> crate::support::client::Answer {
    client
        .put(
            &format!("{provider}/requirements/{kind}"),
            &json!({"decision": decision, "note": note}),
        )
        .await
}

async fn steps_are_audited(app: &TestApp) {
    let audited = app.query("SELECT to_jsonb(action) FROM audit_log ORDER BY created_at, id").await;
    for action in [
        "provider_invite",
        "invitation_accept",
        "provider_apply",
        "requirement_decide",
        "provider_decide",
    ] {
        assert!(audited.contains(&json!(action)), "{action} not audited");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_invited_applies_is_vetted_and_approved() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let invited = manager.post("/api/v1/providers", &invitation("atelier-nord")).await.json(201);
    assert_eq!((&invited["state"], &invited["country"]), (&json!("invited"), &json!("DE")));
    let provider = format!("/api/v1/providers/{}", invited["id"].as_str().unwrap());
    let token = token(&app).await;
    let stored = app.query("SELECT to_jsonb(i) FROM invitations i").await;
    assert!(!stored[0].to_string().contains(&token), "only the hash is kept");
    assert_eq!(
        manager.post("/api/v1/providers", &invitation("atelier-nord")).await.wrong_fields(),
        ["slug"]
    );

    let owner = accept_as_owner(&app, &token).await;

    // Nothing is decided before the application.
    assert_eq!(
        requirement(&manager, &provider, "regions", "met", "").await.problem(409),
        "not_under_review"
    );
    let approve = json!({"decision": "approve", "reason": "Welcome"});
    assert_eq!(
        manager.post(&format!("{provider}/decision"), &approve).await.problem(409),
        "not_in_state"
    );
    let applied = apply(&owner, &provider).await;
    assert_eq!(
        (&applied["provider_state"], &applied["regions"]),
        (&json!("applied"), &json!(["AT", "DE"]))
    );
    let form = format!("{provider}/application");
    assert_eq!(owner.post(&form, &json!({})).await.problem(409), "already_applied");
    let later = owner.patch_newest(&form, &json!({"about": "x"})).await;
    assert_eq!(later.problem(409), "already_applied");
    assert_eq!(take(&manager, &provider).await["provider_state"], "under_review");
    assert_eq!(
        manager.post(&format!("{form}/review"), &json!({})).await.problem(409),
        "not_in_state"
    );
    evidence_is_taken_over(&owner, &provider).await;

    let refused = manager.post(&format!("{provider}/decision"), &approve).await;
    assert_eq!(refused.problem(409), "requirements_open");
    assert!(
        refused.text.contains("business registration, product category, references, regions"),
        "{}",
        refused.text
    );
    assert_eq!(
        requirement(&manager, &provider, "references", "waived", " ").await.wrong_fields(),
        ["note"]
    );
    requirement(&manager, &provider, "references", "waived", "We know them.").await.json(200);
    for kind in ["business_registration", "product_category", "regions"] {
        assert_eq!(
            requirement(&manager, &provider, kind, "met", "").await.json(200)["state"],
            "met"
        );
    }
    // Until the provider is decided on, so can be each requirement.
    for (decision, note) in [("refused", "Not there."), ("met", "")] {
        let decided = requirement(&manager, &provider, "regions", decision, note).await.json(200);
        assert_eq!((&decided["state"], &decided["note"]), (&json!(decision), &json!(note)));
    }
    requirement(&manager, &provider, "bond", "met", "").await.problem(404);
    assert_eq!(
        manager.post(&format!("{provider}/decision"), &approve).await.json(200)["state"],
        "approved"
    );
    assert_eq!(owner.get(&provider).await.json(200)["state"], "approved");
    assert_eq!(
        requirement(&manager, &provider, "regions", "refused", "No").await.problem(409),
        "not_under_review"
    );

    suspend_and_reinstate(&manager, &owner, &provider).await;

    let events = app
        .query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'provider.%' ORDER BY sequence")
        .await;
    let kinds = ["invited", "applied", "under_review", "approved", "suspended", "reinstated"]
        .map(|kind| json!(format!("provider.{kind}")));
    assert_eq!(events, kinds);
    steps_are_audited(&app).await;
    app.run_jobs().await;
    let told = app
        .query(
            "SELECT to_jsonb(template || ': ' || subject) FROM messages
             WHERE template LIKE 'provider_%' ORDER BY subject",
        )
        .await;
    assert_eq!(
        told,
        [
            "provider_applied: Application: Atelier Nord",
            "provider_decided: Approved: Atelier Nord",
            "provider_decided: Reinstated: Atelier Nord",
            "provider_decided: Suspended: Atelier Nord",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_told_of_a_refused_requirement() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let invited = manager.post("/api/v1/providers", &invitation("atelier-nord")).await.json(201);
    let provider = format!("/api/v1/providers/{}", invited["id"].as_str().unwrap());
    let owner = accept_as_owner(&app, &token(&app).await).await;
    apply(&owner, &provider).await;
    take(&manager, &provider).await;
    let note = "The number is not in the register.";
    requirement(&manager, &provider, "business_registration", "refused", note).await.json(200);
    app.run_jobs().await;
    let told = app
        .query("SELECT to_jsonb(body_text) FROM messages WHERE template = 'requirement_refused'")
        .await;
    let text = json!(told).to_string();
    assert!(text.contains("Business registration") && text.contains(note), "{text}");
}

/// The owner accepts, and is signed in.
async fn accept_as_owner(app: &TestApp, token: &str) -> Client {
    let owner = app.anonymous();
    let link = format!("/api/v1/invitations/{token}");
    let offered = json!({"email": "owner@atelier.example", "provider_name": "Atelier Nord", "role": "owner", "account_exists": false});
    assert_eq!(owner.get(&link).await.json(200), offered);
    assert_eq!(
        owner.post(&format!("{link}/accept"), &json!({"password": "short"})).await.wrong_fields(),
        ["name", "password"]
    );
    let me = owner
        .post(&format!("{link}/accept"), &json!({"name": "Nora", "password": PASSWORD}))
        .await
        .json(200);
    assert_eq!(
        (&me["roles"][0]["role"], &me["roles"][0]["tenant"]["state"]),
        (&json!("owner"), &json!("invited"))
    );
    assert_eq!(
        owner
            .post(&format!("{link}/accept"), &json!({"name": "Nora", "password": PASSWORD}))
            .await
            .problem(409),
        "invitation_used"
    );
    owner
}

async fn evidence_is_taken_over(owner: &Client, provider: &str) {
    let lines = owner.get(&format!("{provider}/requirements")).await.json(200);
    let evidence: Vec<_> = lines["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["state"].as_str().unwrap(), line["evidence"].as_str().unwrap()))
        .collect();
    assert_eq!(
        evidence,
        [
            ("submitted", "HRB 1234"),
            ("submitted", "Home textiles"),
            ("submitted", "The museum shop"),
            ("submitted", "Austria, Germany")
        ]
    );
}

async fn suspend_and_reinstate(manager: &Client, owner: &Client, provider: &str) {
    assert_eq!(
        manager
            .post(&format!("{provider}/decision"), &json!({"decision": "suspend", "reason": ""}))
            .await
            .wrong_fields(),
        ["reason"]
    );
    let suspended = manager
        .post(
            &format!("{provider}/decision"),
            &json!({"decision": "suspend", "reason": "Late parcels"}),
        )
        .await
        .json(200);
    assert_eq!(
        (&suspended["state"], &suspended["decision_reason"]),
        (&json!("suspended"), &json!("Late parcels"))
    );
    assert_eq!(
        owner.get(provider).await.json(200)["state"],
        "suspended",
        "a suspended provider loses nothing"
    );
    manager
        .post(&format!("{provider}/decision"), &json!({"decision": "reinstate", "reason": ""}))
        .await
        .json(200);
    manager
        .post(&format!("{provider}/decision"), &json!({"decision": "reject", "reason": "x"}))
        .await
        .problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whose_invitation_was_lost_is_invited_again() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let invited = manager.post("/api/v1/providers", &invitation("atelier-nord")).await.json(201);
    let provider = format!("/api/v1/providers/{}", invited["id"].as_str().unwrap());
    let lost = format!("/api/v1/invitations/{}", token(&app).await);
    let again = format!("{provider}/owner-invitation");
    assert_eq!(manager.post(&again, &json!({"email": "nora"})).await.wrong_fields(), ["email"]);
    app.staff("support")
        .await
        .post(&again, &json!({"email": "nora@atelier.example"}))
        .await
        .problem(403);
    let (shopper, _) = app.account("ada", &[]).await;
    shopper.post(&again, &json!({"email": "nora@atelier.example"})).await.problem(404);

    let made = manager.post(&again, &json!({"email": " Nora@atelier.example"})).await.json(201);
    assert_eq!((&made["email"], &made["role"]), (&json!("nora@atelier.example"), &json!("owner")));
    let open = manager.get(&format!("{provider}/members")).await.json(200)["invitations"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(open, 1, "one address at a time");
    assert_eq!(
        app.anonymous().get(&lost).await.problem(409),
        "invitation_replaced",
        "the first link still works"
    );

    let owner = app.anonymous();
    let accept = format!("/api/v1/invitations/{}/accept", token(&app).await);
    owner.post(&accept, &json!({"name": "Nora", "password": PASSWORD})).await.json(200);
    let refused = manager.post(&again, &json!({"email": "friend@smp.example"})).await;
    assert_eq!(refused.problem(409), "has_owner", "{}", refused.text);
    let audited = app.query("SELECT details FROM audit_log WHERE action = 'owner_invite'").await;
    assert_eq!(audited, [json!({"email": "nora@atelier.example"})]);
    let told = app.query("SELECT payload->'role' FROM events WHERE type = 'member.invited'").await;
    assert_eq!(told, [json!("owner"), json!("owner")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_provider_changes_nothing_any_more() {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    let invited = manager.post("/api/v1/providers", &invitation("atelier-nord")).await.json(201);
    let provider = format!("/api/v1/providers/{}", invited["id"].as_str().unwrap());
    let owner = app.anonymous();
    owner
        .post(
            &format!("/api/v1/invitations/{}/accept", token(&app).await),
            &json!({"name": "Nora", "password": PASSWORD}),
        )
        .await
        .json(200);
    apply(&owner, &provider).await;
    take(&manager, &provider).await;
    owner
        .post(
            &format!("{provider}/members"),
            &json!({"email": "ed@atelier.example", "role": "editor"}),
        )
        .await
        .json(201);
    manager
        .post(
            &format!("{provider}/decision"),
            &json!({"decision": "reject", "reason": "Not a business"}),
        )
        .await
        .json(200);
    assert_eq!(owner.get(&provider).await.json(200)["decision_reason"], "Not a business");

    let accept = format!("/api/v1/invitations/{}/accept", token(&app).await);
    assert_eq!(
        app.anonymous()
            .post(&accept, &json!({"name": "Ed", "password": PASSWORD}))
            .await
            .problem(409),
        "provider_rejected"
    );
    assert_eq!(
        owner.patch_newest(&provider, &json!({"about": "x"})).await.problem(409),
        "provider_rejected"
    );
    let asset = json!({"filename": "a.png", "content_type": "image/png", "size_bytes": 10});
    assert_eq!(
        owner.post(&format!("{provider}/assets"), &asset).await.problem(409),
        "provider_rejected"
    );
    assert_eq!(
        owner
            .post(
                &format!("{provider}/members"),
                &json!({"email": "a@b.example", "role": "editor"})
            )
            .await
            .problem(409),
        "provider_rejected"
    );
    for decision in ["approve", "suspend", "reinstate"] {
        manager
            .post(&format!("{provider}/decision"), &json!({"decision": decision, "reason": "x"}))
            .await
            .problem(409);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_all_providers_and_a_tenant_only_itself() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let support = app.staff("support").await;
    let found = support.get("/api/v1/providers?q=OUR&state=approved").await.json(200);
    assert_eq!(
        found["items"].as_array().unwrap().iter().map(|p| p["slug"].clone()).collect::<Vec<_>>(),
        ["ours"]
    );
    let first = support.get("/api/v1/providers?limit=1").await.json(200);
    let next = support
        .get(&format!(
            "/api/v1/providers?limit=1&cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await
        .json(200);
    assert_ne!(first["items"][0]["id"], next["items"][0]["id"]);
    support.post("/api/v1/providers", &invitation("x-y")).await.problem(403);

    let owner = app.member(ours, "owner").await;
    owner.get("/api/v1/providers").await.problem(403);
    for path in ["", "/requirements", "/members"] {
        owner.get(&format!("/api/v1/providers/{theirs}{path}")).await.problem(404);
    }
    owner
        .patch_newest(&format!("/api/v1/providers/{theirs}"), &json!({"about": "x"}))
        .await
        .problem(404);
    owner
        .post(
            &format!("/api/v1/providers/{theirs}/members"),
            &json!({"email": "a@b.example", "role": "owner"}),
        )
        .await
        .problem(404);
    let unknown = uuid::Uuid::now_v7();
    support.get(&format!("/api/v1/providers/{unknown}")).await.problem(404);
    support.get(&format!("/api/v1/providers/{unknown}/members")).await.problem(404);
    // A member of one tenant cannot be removed through another.
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let email =
        owner.get("/api/v1/me").await.json(200)["account"]["email"].as_str().unwrap().to_owned();
    let account = accounts::by_email(&mut tx, &email).await.unwrap().unwrap();
    app.member(theirs, "owner")
        .await
        .delete(&format!("/api/v1/providers/{theirs}/members/{}/owner", account.id))
        .await
        .problem(404);
}
