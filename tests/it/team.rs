//! A provider's team: members come and go, and an owner stays.

use serde_json::json;

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
