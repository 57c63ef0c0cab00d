//! A provider's team: members come and go, and an owner stays.

use serde_json::{Value, json};

use crate::{
    providers::{knows_roles, token},
    support::{Client, PASSWORD, TestApp},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_team_grows_and_shrinks_but_keeps_an_owner() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let at = format!("/api/v1/providers/{tenant}/members");
    let (shopper, shopper_id) = app.account("ada", &[]).await;
    let email = shopper.get("/api/v1/me").await.json(200)["account"]["email"].clone();
    assert_eq!(
        owner.post(&at, &json!({"email": "nobody", "role": "boss"})).await.wrong_fields(),
        ["role"]
    );
    assert_eq!(
        owner.post(&at, &json!({"email": "nobody", "role": "editor"})).await.wrong_fields(),
        ["email"]
    );

    // Who has an account accepts with its password; a newer invitation takes the place of the
    // older.
    owner.post(&at, &json!({"email": email, "role": "editor"})).await.json(201);
    let older = token(&app).await;
    let invited = owner.post(&at, &json!({"email": email, "role": "editor"})).await.json(201);
    let link = format!("/api/v1/invitations/{}", token(&app).await);
    assert_eq!(
        app.anonymous().get(&format!("/api/v1/invitations/{older}")).await.problem(409),
        "invitation_replaced"
    );
    assert_eq!(app.anonymous().get(&link).await.json(200)["account_exists"], true);
    assert_eq!(owner.get(&at).await.json(200)["invitations"], json!([invited]));
    app.anonymous()
        .post(&format!("{link}/accept"), &json!({"name": "Eve", "password": "not her password"}))
        .await
        .problem(401);
    assert_eq!(shopper.get("/api/v1/me").await.json(200)["roles"], json!([]));
    app.anonymous().post(&format!("{link}/accept"), &json!({"password": PASSWORD})).await.json(200);
    // The session that was open before knows it too.
    knows_roles(&shopper, json!(["editor"])).await;
    let team = owner.get(&at).await.json(200);
    assert_eq!((team["items"].as_array().unwrap().len(), &team["invitations"]), (2, &json!([])));
    assert_eq!(
        owner.post(&at, &json!({"email": email, "role": "editor"})).await.problem(409),
        "already_member"
    );

    // Removing; the last owner stays.
    let owner_id =
        owner.get("/api/v1/me").await.json(200)["account"]["id"].as_str().unwrap().to_owned();
    assert_eq!(owner.delete(&format!("{at}/{owner_id}/owner")).await.problem(409), "last_owner");
    owner.delete(&format!("{at}/{shopper_id}/analyst")).await.problem(404);
    owner.delete(&format!("{at}/{shopper_id}/editor")).await.expect(204);
    knows_roles(&shopper, json!([])).await;
    shopper.get(&at).await.problem(404);

    // Time runs out.
    owner.post(&at, &json!({"email": email, "role": "editor"})).await.json(201);
    let late = token(&app).await;
    app.platform.clock.advance(time::Duration::days(7));
    assert_eq!(
        app.anonymous().get(&format!("/api/v1/invitations/{late}")).await.problem(409),
        "invitation_expired"
    );
    app.anonymous()
        .post(&format!("/api/v1/invitations/{late}/accept"), &json!({"password": PASSWORD}))
        .await
        .problem(409);
    app.anonymous().get("/api/v1/invitations/unknown").await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_cannot_remove_each_other_at_once() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let (one, other) = (app.member(tenant, "owner").await, app.member(tenant, "owner").await);
    let path = async |client: &Client| {
        let id =
            client.get("/api/v1/me").await.json(200)["account"]["id"].as_str().unwrap().to_owned();
        format!("/api/v1/providers/{tenant}/members/{id}/owner")
    };
    let (to_one, to_other) = (path(&one).await, path(&other).await);
    let (a, b) = tokio::join!(one.delete(&to_other), other.delete(&to_one));
    assert_eq!(
        [a.status.as_u16(), b.status.as_u16()].iter().filter(|status| **status == 204).count(),
        1,
        "{} {}",
        a.text,
        b.text
    );
    assert_eq!(
        app.query(
            "SELECT to_jsonb(account_id) FROM members WHERE role = 'owner' AND state = 'active'"
        )
        .await
        .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_revoked_or_sent_again_a_few_times() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let provider = format!("/api/v1/providers/{tenant}");
    let invitations = format!("{provider}/invitations");
    let invite = json!({"email": "eve@shop.example", "role": "editor"});
    let made = owner.post(&format!("{provider}/members"), &invite).await.json(201);
    let first = token(&app).await;
    let id = |invitation: &Value| invitation["id"].as_str().unwrap().to_owned();

    // Again: a new link, and the old one is dead.
    app.member(tenant, "editor")
        .await
        .post(&format!("{invitations}/{}/resend", id(&made)), &json!({}))
        .await
        .problem(403);
    let mut again = made.clone();
    for _ in 0..4 {
        again =
            owner.post(&format!("{invitations}/{}/resend", id(&again)), &json!({})).await.json(201);
        assert_eq!(again["email"], "eve@shop.example");
    }
    let refused = owner.post(&format!("{invitations}/{}/resend", id(&again)), &json!({})).await;
    assert_eq!(refused.problem(409), "invited_too_often", "{}", refused.text);
    assert_ne!(token(&app).await, first);
    app.anonymous().get(&format!("/api/v1/invitations/{first}")).await.problem(409);
    let newest = format!("/api/v1/invitations/{}", token(&app).await);
    app.anonymous().get(&newest).await.json(200);
    let open = owner.get(&format!("{provider}/members")).await.json(200)["invitations"].clone();
    assert_eq!(open, json!([again]));

    // Revoked by SMP: nothing is left to accept, revoke or send.
    let manager = app.staff("manager").await;
    manager.delete(&format!("{invitations}/{}", id(&again))).await.expect(204);
    assert_eq!(app.anonymous().get(&newest).await.problem(409), "invitation_replaced");
    owner.delete(&format!("{invitations}/{}", id(&again))).await.problem(404);
    owner.post(&format!("{invitations}/{}/resend", id(&again)), &json!({})).await.problem(404);
    let audited = app
        .query("SELECT to_jsonb(action) FROM audit_log WHERE action LIKE 'invitation%' ORDER BY id")
        .await;
    assert_eq!(audited.len(), 5);
    assert_eq!(audited[4], "invitation_revoke");
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_a_few_invitations_a_day_however_many_providers_send_them() {
    let app = TestApp::start().await;
    for slug in ["north", "east", "south"] {
        let tenant = app.provider(slug).await;
        let owner = app.member(tenant, "owner").await;
        let at = format!("/api/v1/providers/{tenant}/members");
        let invite = json!({"email": "eve@shop.example", "role": "editor"});
        for _ in 0..5 {
            owner.post(&at, &invite).await.json(201);
        }
        assert_eq!(owner.post(&at, &invite).await.problem(409), "invited_too_often");
    }
    app.run_jobs().await;
    let of_state = async |state: &str| {
        let all = app
            .query(
                "SELECT jsonb_build_object('state', state, 'error', error, 'text', body_text)
                 FROM messages WHERE template = 'invitation' ORDER BY id",
            )
            .await;
        all.into_iter().filter(|message| message["state"] == state).collect::<Vec<_>>()
    };
    let (sent, failed) = (of_state("sent").await, of_state("failed").await);
    assert_eq!((sent.len(), failed.len()), (10, 5));
    for message in failed {
        assert_eq!(
            (message["error"].as_str().unwrap(), message["text"].as_str().unwrap()),
            ("not sent: an address gets at most 10 emails of this kind a day", "(not sent)")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_not_locked_while_a_password_is_hashed() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let invite = json!({"email": "eve@shop.example", "role": "editor"});
    owner.post(&format!("/api/v1/providers/{tenant}/members"), &invite).await.json(201);
    let accept = format!("/api/v1/invitations/{}/accept", token(&app).await);
    let anyone = app.anonymous();
    // Passwords that are hashed before, so that the acceptance waits for its turn.
    let flood: Vec<_> = (0..90)
        .map(|nth| {
            let client = app.anonymous();
            tokio::spawn(async move {
                let nobody = format!("{nth}@flood.example");
                let sign_in = json!({"email": nobody, "password": "not the password"});
                client.post("/api/v1/session", &sign_in).await.status.as_u16()
            })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let accepted = tokio::spawn(async move {
        anyone.post(&accept, &json!({"name": "Eve", "password": PASSWORD})).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let free = app
        .query(
            "SELECT to_jsonb(id) FROM invitations WHERE accepted_at IS NULL FOR UPDATE SKIP LOCKED",
        )
        .await;
    assert!(accepted.is_finished() || free.len() == 1, "a transaction waits for the hash");
    accepted.await.unwrap().json(200);
    for status in flood {
        assert_eq!(status.await.unwrap(), 401);
    }
}
