//! SMP's own team: colleagues come, change their roles and go, and an admin stays. Whoever loses a
//! right has lost it on every node within a second.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    access::{SESSION_COOKIE, Sessions},
    kernel::Clock,
};

use crate::support::{Client, PASSWORD, TestApp};

const STAFF: &str = "/api/v1/staff";
const INVITATIONS: &str = "/api/v1/staff/invitations";
/// Within it a change is known everywhere.
const SOON: Duration = Duration::from_secs(1);

/// The secret of the newest invitation, which only its email has.
pub async fn newest_token(app: &TestApp) -> String {
    let jobs = app
        .query(
            "SELECT j.payload::jsonb FROM graphile_worker._private_jobs j
             JOIN graphile_worker._private_tasks t ON t.id = j.task_id
             WHERE t.identifier = 'staff_invitation_email' ORDER BY j.id DESC LIMIT 1",
        )
        .await;
    jobs[0]["token"].as_str().unwrap().to_owned()
}

fn member(id: impl std::fmt::Display, what: &str) -> String {
    format!("{STAFF}/members/{id}{what}")
}

/// Waits until `holds`; fails when it does not within a second.
async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < SOON, "{what}: not within a second");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn roles_of(client: &Client) -> Vec<Value> {
    let me = client.get("/api/v1/me").await.json(200);
    me["roles"].as_array().unwrap().iter().map(|grant| grant["role"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_claims_the_address_of_a_colleague_keeps_nobody_out() {
    let app = TestApp::start().await;
    let claim =
        json!({"email": "eve@smp.example", "password": "kiln under half light", "name": "M"});
    app.anonymous().post("/api/v1/accounts", &claim).await.json(201);
    let invite = json!({"email": "eve@smp.example", "roles": ["support"]});
    app.staff("admin").await.post(INVITATIONS, &invite).await.json(201);
    let link = format!("/api/v1/staff-invitations/{}", newest_token(&app).await);
    assert_eq!(app.anonymous().get(&link).await.json(200)["account_exists"], false);
    let new = json!({"name": "Eve", "password": PASSWORD});
    app.anonymous().post(&format!("{link}/accept"), &new).await.json(200);
    let mut eve = app.anonymous();
    eve.sign_in("eve@smp.example", PASSWORD).await;
    assert_eq!(roles_of(&eve).await, ["support"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_is_invited_joins_and_changes_roles() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let manager = app.staff("manager").await;
    let invite = json!({"email": "Eve@SMP.example", "roles": ["support", "finance", "support"]});
    manager.post(INVITATIONS, &invite).await.problem(403);
    manager.get(STAFF).await.problem(403);
    let nobody = json!({"email": "eve", "roles": []});
    assert_eq!(admin.post(INVITATIONS, &nobody).await.wrong_fields(), ["email", "roles"]);
    let boss = json!({"email": "eve@smp.example", "roles": ["owner"]});
    admin.post(INVITATIONS, &boss).await.expect(422);

    let made = admin.post(INVITATIONS, &invite).await.json(201);
    assert_eq!(
        (&made["email"], &made["roles"]),
        (&json!("eve@smp.example"), &json!(["support", "finance"]))
    );
    let link = format!("/api/v1/staff-invitations/{}", newest_token(&app).await);
    // A stranger who claims her address is not in her way: she need not know that account's password.
    let mallory = json!({"email": "eve@smp.example", "name": "Mal", "password": "not hers 4711"});
    app.anonymous().post("/api/v1/accounts", &mallory).await.json(201);
    let offer = app.anonymous().get(&link).await.json(200);
    assert_eq!((&offer["account_exists"], &offer["is_signed_in"]), (&json!(false), &json!(false)));
    let accept = format!("{link}/accept");
    assert_eq!(
        app.anonymous().post(&accept, &json!({"password": "short"})).await.wrong_fields(),
        ["name", "password"]
    );
    let new = json!({"name": "Eve", "password": PASSWORD});
    let joined = app.anonymous().post(&accept, &new).await.json(200);
    assert_eq!(app.anonymous().post(&accept, &new).await.problem(409), "invitation_used");
    let mut eve = app.anonymous();
    eve.sign_in("eve@smp.example", PASSWORD).await;
    assert_eq!(roles_of(&eve).await, ["finance", "support"]);
    assert_eq!(admin.post(INVITATIONS, &invite).await.problem(409), "already_member");

    // The session that is open has the new roles, and the list says when its owner was last at work.
    eve.get("/api/v1/conversations").await.json(200);
    let id = joined["account_id"].as_str().unwrap();
    let roles = json!({"roles": ["manager"]});
    assert_eq!(
        admin.put(&member(id, "/roles"), &json!({"roles": []})).await.wrong_fields(),
        ["roles"]
    );
    assert_eq!(
        admin.put(&member(id, "/roles"), &roles).await.json(200)["roles"],
        json!(["manager"])
    );
    assert_eq!(roles_of(&eve).await, ["manager"]);
    soon("Eve was seen", async || {
        let team = admin.get(STAFF).await.json(200);
        let found = team["items"].as_array().unwrap().iter().find(|item| item["account_id"] == id);
        found.unwrap()["last_seen_at"].is_string()
    })
    .await;

    // Everything is on record, and she was told.
    app.run_jobs().await;
    let told = app
        .query(
            "SELECT to_jsonb(subject) FROM messages WHERE template LIKE 'staff%' ORDER BY template",
        )
        .await;
    assert_eq!(told, ["Your roles at SMP were changed", "Join the team of SMP"]);
    let audited = app
        .query("SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'staff%' ORDER BY id")
        .await;
    assert_eq!(audited, ["staff_invite", "staff_invitation_accept", "staff_roles_set"]);
    let events = app
        .query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'staff.%' ORDER BY sequence")
        .await;
    assert_eq!(events, ["staff.invited", "staff.joined", "staff.changed"]);
    let verified =
        app.query("SELECT to_jsonb(email) FROM accounts WHERE email_verified_at IS NOT NULL").await;
    assert!(verified.contains(&json!("eve@smp.example")), "{verified:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_not_open_or_not_yours_gives_nothing() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let (ada, _) = app.account("ada", &[]).await;
    let (other, _) = app.account("other", &[]).await;
    let email = ada.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    let invite = json!({"email": email, "roles": ["support"]});

    // A newer one takes the place of the older, and a revoked one is dead.
    admin.post(INVITATIONS, &invite).await.json(201);
    let older = newest_token(&app).await;
    let made = admin.post(INVITATIONS, &invite).await.json(201);
    let token = newest_token(&app).await;
    let at = |token: &str| format!("/api/v1/staff-invitations/{token}");
    assert_eq!(app.anonymous().get(&at(&older)).await.problem(409), "invitation_replaced");
    for unknown in [&token[..token.len() - 1], "unknown", "%00"] {
        let status = app.anonymous().get(&at(unknown)).await.status.as_u16();
        assert!([400, 404].contains(&status), "{unknown}: {status}");
    }

    // Somebody else who is signed in needs the password of the invited account, as strangers do.
    assert_eq!(other.get(&at(&token)).await.json(200)["is_signed_in"], false);
    let accept = format!("{}/accept", at(&token));
    other.post(&accept, &json!({})).await.problem(401);
    other.post(&accept, &json!({"password": "not hers, nor mine"})).await.problem(401);
    assert_eq!(roles_of(&ada).await, Vec::<Value>::new());
    // Herself, signed in, she needs none.
    assert_eq!(ada.get(&at(&token)).await.json(200)["is_signed_in"], true);
    ada.post(&accept, &json!({})).await.json(200);
    assert_eq!(roles_of(&ada).await, ["support"]);
    let gone = made["id"].as_str().unwrap();
    admin.delete(&format!("{INVITATIONS}/{gone}")).await.problem(404);

    // Sent again a few times a day; the newest works for a week.
    let invite = json!({"email": "late@smp.example", "roles": ["marketing"]});
    let mut late = admin.post(INVITATIONS, &invite).await.json(201);
    for _ in 0..4 {
        let resend = format!("{INVITATIONS}/{}/resend", late["id"].as_str().unwrap());
        late = admin.post(&resend, &json!({})).await.json(201);
    }
    assert_eq!(admin.post(INVITATIONS, &invite).await.problem(409), "invited_too_often");
    assert_eq!(admin.get(STAFF).await.json(200)["invitations"], json!([late]));
    let token = newest_token(&app).await;
    let revoked = format!("{INVITATIONS}/{}", late["id"].as_str().unwrap());
    let third = json!({"email": "third@smp.example", "roles": ["marketing"]});
    admin.post(INVITATIONS, &third).await.json(201);
    let expiring = newest_token(&app).await;
    admin.delete(&revoked).await.expect(204);
    assert_eq!(app.anonymous().get(&at(&token)).await.problem(409), "invitation_replaced");
    app.platform.clock.advance(time::Duration::days(7));
    assert_eq!(app.anonymous().get(&at(&expiring)).await.problem(409), "invitation_expired");
    let new = json!({"name": "Late", "password": PASSWORD});
    app.anonymous().post(&format!("{}/accept", at(&expiring)), &new).await.problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_cannot_remove_each_other_at_once() {
    for what in ["remove", "suspend", "demote"] {
        let app = TestApp::start().await;
        let admin = ["admin".to_owned()];
        let (one, one_id) = app.account("one", &admin).await;
        let (other, other_id) = app.account("other", &admin).await;
        let act = async |by: &Client, of: smp::kernel::AccountId| match what {
            "remove" => by.delete(&member(of, "")).await,
            "suspend" => by.post(&member(of, "/suspend"), &json!({})).await,
            _ => by.put(&member(of, "/roles"), &json!({"roles": ["support"]})).await,
        };
        let (a, b) = tokio::join!(act(&one, other_id), act(&other, one_id));
        let done = [&a, &b].iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(done, 1, "{what}: {} {}", a.text, b.text);
        let left = app
            .query(
                "SELECT to_jsonb(account_id) FROM staff
                 WHERE role = 'admin' AND suspended_at IS NULL",
            )
            .await;
        assert_eq!(left.len(), 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_one() {
    let app = TestApp::start().await;
    let (admin, id) = app.account("admin", &["admin".to_owned(), "support".to_owned()]).await;
    let (colleague, colleague_id) = app.account("colleague", &["admin".to_owned()]).await;
    admin.post(&member(colleague_id, "/suspend"), &json!({})).await.json(200);
    // An admin who is suspended does not count.
    assert_eq!(admin.delete(&member(id, "")).await.problem(409), "last_admin");
    let suspend = member(id, "/suspend");
    assert_eq!(admin.post(&suspend, &json!({})).await.problem(409), "last_admin");
    let roles = json!({"roles": ["support"]});
    assert_eq!(admin.put(&member(id, "/roles"), &roles).await.problem(409), "last_admin");
    assert_eq!(admin.put(&member(colleague_id, "/roles"), &roles).await.problem(409), "suspended");
    let again = member(colleague_id, "/suspend");
    assert_eq!(admin.post(&again, &json!({})).await.problem(409), "suspended");
    colleague.get("/api/v1/me").await.problem(401);

    admin.post(&member(colleague_id, "/resume"), &json!({})).await.json(200);
    let resume = member(colleague_id, "/resume");
    assert_eq!(admin.post(&resume, &json!({})).await.problem(409), "not_suspended");
    admin.put(&member(id, "/roles"), &roles).await.json(200);
    admin.get(STAFF).await.problem(403);
    admin.delete(&member(colleague_id, "")).await.problem(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_lost_in_mid_session_on_every_node_within_a_second() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let (colleague, id) = app.account("colleague", &["manager".to_owned()]).await;
    let token = colleague.cookie(SESSION_COOKIE).unwrap();
    // Another node, with which this one shares nothing but the database.
    let node = app.another_node(Clock::default()).await;
    let there = Sessions::new(&node);
    let session = there.find(&node, &token).await.unwrap().unwrap();
    assert_eq!(session.roles[0].name, "manager");
    // Its notices are heard before the change, as on a node that has been up for a while.
    tokio::time::sleep(Duration::from_millis(300)).await;
    there.find(&node, &token).await.unwrap().unwrap();

    admin.put(&member(id, "/roles"), &json!({"roles": ["support"]})).await.json(200);
    soon("the other node knows the new role", async || {
        let session = there.find(&node, &token).await.unwrap().unwrap();
        session.roles.iter().all(|role| role.name == "support")
    })
    .await;
    colleague.get("/api/v1/audit").await.problem(403);

    admin.delete(&member(id, "")).await.expect(204);
    colleague.get("/api/v1/me").await.problem(401);
    soon("the other node ended the session", async || {
        there.find(&node, &token).await.unwrap().is_none()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_that_it_is_over() {
    let app = TestApp::start().await;
    let admin = app.staff("admin").await;
    let (colleague, id) = app.account("colleague", &["manager".to_owned()]).await;
    app.anonymous().get("/session/live").await.problem(401);
    let mut stream = colleague.request(Method::GET, "/session/live").send().await.unwrap();
    assert_eq!(stream.status().as_u16(), 200);
    let mut next = async || {
        let event = async {
            loop {
                let chunk = stream.chunk().await.unwrap().expect("the stream is open");
                let text = String::from_utf8(chunk.to_vec()).unwrap();
                if text.contains("event:") {
                    return text;
                }
            }
        };
        tokio::time::timeout(SOON, event).await.expect("an event within a second")
    };
    admin.put(&member(id, "/roles"), &json!({"roles": ["support"]})).await.json(200);
    let heard = next().await;
    assert!(heard.contains("changed"), "{heard}");
    admin.post(&member(id, "/suspend"), &json!({})).await.json(200);
    let mut heard = next().await;
    // The role's change may be told twice: by this node and by the commit.
    while !heard.contains("ended") {
        heard = next().await;
    }
    assert!(stream.chunk().await.unwrap().is_none(), "and then it is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_changes_the_team_from_the_command_line() {
    let app = TestApp::start().await;
    let (ada, _) = app.account("ada", &[]).await;
    let email = ada.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    let email = email.as_str().unwrap();
    let data = std::env::temp_dir().join(format!("smp-team-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&data).unwrap();
    let smp = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_smp"))
            .args(["account"])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DATABASE_URL", &app.owner_url)
            .env("SMP_DATA", &data)
            .env("SMP_TENANTS_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/tenants"))
            .current_dir(&data)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.success(), text(done.stdout), text(done.stderr))
    };
    let (ok, _, said) = smp(&["grant", "--email", email, "--role", "boss"]);
    assert!(!ok && said.contains("use admin, manager, marketing, support, finance"), "{said}");
    let (ok, _, said) = smp(&["grant", "--email", "nobody@smp.example", "--role", "admin"]);
    assert!(!ok && said.contains("no account has the address nobody@smp.example"), "{said}");
    // Anybody can claim an address on signing up: such an account is nobody's yet.
    let claim = json!({"email": "boss@smp.example", "name": "Boss", "password": PASSWORD});
    app.anonymous().post("/api/v1/accounts", &claim).await.json(201);
    let (ok, _, said) = smp(&["grant", "--email", "boss@smp.example", "--role", "admin"]);
    assert!(!ok && said.contains("has confirmed it"), "{said}");
    let (ok, team, said) = smp(&["grant", "--email", email, "--role", "admin"]);
    assert!(ok && team.contains(email) && team.contains("active"), "{team}{said}");
    soon("the running node knows", async || roles_of(&ada).await == ["admin"]).await;
    let (ok, _, said) = smp(&["suspend", "--email", email]);
    assert!(!ok && said.contains("needs an admin"), "{said}");
    let (ok, team, _) = smp(&["grant", "--email", email, "--role", "support"]);
    assert!(ok && team.contains("admin,support"), "{team}");
    let (ok, _, said) = smp(&["revoke", "--email", email]);
    assert!(!ok && said.contains("needs an admin"), "{said}");
    app.staff("admin").await;
    assert!(smp(&["revoke", "--email", email, "--role", "admin"]).0);
    soon("the role is gone", async || roles_of(&ada).await == ["support"]).await;
    let (ok, team, _) = smp(&["suspend", "--email", email]);
    assert!(ok && team.contains("suspended"), "{team}");
    soon("the session is over", async || ada.get("/api/v1/me").await.status == 401).await;
    assert!(smp(&["resume", "--email", email]).0);
    let (ok, team, _) = smp(&["revoke", "--email", email]);
    assert!(ok && !team.contains(email), "{team}");
    let by = app
        .query("SELECT DISTINCT to_jsonb(actor) FROM audit_log WHERE action LIKE 'staff%'")
        .await;
    assert_eq!(by, ["system"]);
    std::fs::remove_dir_all(&data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_suspends_a_member_and_keeps_an_owner() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let (owner, second) = (app.member(tenant, "owner").await, app.member(tenant, "owner").await);
    let id = async |client: &Client| {
        let me = client.get("/api/v1/me").await.json(200);
        me["account"]["id"].as_str().unwrap().to_owned()
    };
    let (owner_id, second_id) = (id(&owner).await, id(&second).await);
    let provider = format!("/api/v1/providers/{tenant}");
    let of = |account: &str, what: &str| format!("{provider}/members/{account}{what}");
    let key = json!({"name": "Warehouse", "scopes": ["parcels.read"]});
    let made = second.post(&format!("{provider}/api-keys"), &key).await.json(201);
    let secret = made["secret"].as_str().unwrap();
    let by_key = async || {
        let server = app.anonymous();
        let request = server.request(Method::GET, &format!("{provider}/parcels"));
        server.send(request.bearer_auth(secret)).await.status.as_u16()
    };
    assert_eq!(by_key().await, 200);

    // Suspended: out of the shop in the session that is open, and so are the keys they made.
    let editor = app.member(tenant, "editor").await;
    editor.post(&of(&second_id, "/suspend"), &json!({})).await.problem(403);
    owner.post(&of(&second_id, "/suspend"), &json!({})).await.json(200);
    second.get(&provider).await.problem(404);
    assert_eq!(by_key().await, 401);
    assert_eq!(owner.post(&of(&owner_id, "/suspend"), &json!({})).await.problem(409), "last_owner");
    let editing = json!({"roles": ["editor"]});
    assert_eq!(owner.put(&of(&owner_id, "/roles"), &editing).await.problem(409), "last_owner");
    assert_eq!(owner.put(&of(&second_id, "/roles"), &editing).await.problem(409), "suspended");
    let team = owner.get(&format!("{provider}/members")).await.json(200);
    let states: Vec<&Value> =
        team["items"].as_array().unwrap().iter().map(|item| &item["state"]).collect();
    assert_eq!(states.iter().filter(|state| **state == "suspended").count(), 1, "{states:?}");

    // Resumed, all of it is back; with other roles, the keys of an owner are gone for good.
    owner.post(&of(&second_id, "/resume"), &json!({})).await.json(200);
    second.get(&provider).await.json(200);
    assert_eq!(by_key().await, 200);
    assert_eq!(
        owner.post(&of(&second_id, "/resume"), &json!({})).await.problem(409),
        "not_suspended"
    );
    let roles = json!({"roles": ["editor", "analyst", "editor"]});
    let now = owner.put(&of(&second_id, "/roles"), &roles).await.json(200);
    assert_eq!(now["roles"], json!(["editor", "analyst"]));
    assert_eq!(by_key().await, 401);
    assert_eq!(roles_of(&second).await, ["analyst", "editor"]);
    second.post(&of(&owner_id, "/suspend"), &json!({})).await.problem(403);
    assert_eq!(
        owner.put(&of(&second_id, "/roles"), &json!({"roles": []})).await.wrong_fields(),
        ["roles"]
    );
    let stranger = uuid::Uuid::now_v7().to_string();
    owner.post(&of(&stranger, "/suspend"), &json!({})).await.problem(404);
    owner.put(&of(&stranger, "/roles"), &editing).await.problem(404);
}
