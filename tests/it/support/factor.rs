//! An authenticator app, as a person's phone has one.

use serde_json::json;
use smp::platform::Platform;
use time::{Duration, OffsetDateTime};
use totp_rs::{Builder, Secret, Totp};

use super::{PASSWORD, TestApp, client::Client};

pub struct Phone {
    app: Totp,
    pub secret: String,
    pub recovery_codes: Vec<String>,
}

impl Phone {
    /// A phone whose app has scanned this secret.
    pub fn with(secret: &str) -> Self {
        let key = Secret::try_from_base32(secret).unwrap();
        let app = Builder::new().with_secret(key).build().unwrap();
        Self { app, secret: secret.to_owned(), recovery_codes: vec![] }
    }

    /// Sets up the second factor of a client's account.
    pub async fn set_up(app: &TestApp, client: &Client) -> Self {
        let offer = client.post("/api/v1/me/second-factor", &json!({})).await.json(201);
        let mut phone = Self::with(offer["secret"].as_str().unwrap());
        let code = phone.code(app.platform.clock.now());
        let confirmed = client
            .post("/api/v1/me/second-factor/confirmation", &json!({"code": code}))
            .await
            .json(200);
        phone.recovery_codes = serde_json::from_value(confirmed["codes"].clone()).unwrap();
        phone
    }

    /// The code that the app shows at this time.
    pub fn code(&self, at: OffsetDateTime) -> String {
        self.app.generate(u64::try_from(at.unix_timestamp()).unwrap()).to_string()
    }

    /// A code that was not used yet, whatever was used before.
    pub async fn unused_code(&self, app: &TestApp) -> String {
        app.query("UPDATE second_factors SET last_step = 0 RETURNING to_jsonb(last_step)").await;
        self.code(app.platform.clock.now())
    }

    /// A code of no time around now.
    pub fn wrong_code(&self, platform: &Platform) -> String {
        let now = platform.clock.now();
        let right = [-30, 0, 30, 60].map(|seconds| self.code(now + Duration::seconds(seconds)));
        let mut codes = (0_u32..).map(|number| format!("{number:06}"));
        codes.find(|code| !right.contains(code)).unwrap()
    }
}

/// The token of a sign-in that waits for its second factor.
pub async fn first_step(client: &Client, email: &str) -> String {
    let sign_in = json!({"email": email, "password": PASSWORD});
    let pending = client.post("/api/v1/session", &sign_in).await.json(202);
    assert!(client.cookie("smp_session").is_none(), "a pending sign-in is no session");
    pending["pending_token"].as_str().unwrap().to_owned()
}

/// A client signed in with password and code.
pub async fn signed_in(app: &TestApp, email: &str, phone: &Phone) -> Client {
    let client = app.anonymous();
    let token = first_step(&client, email).await;
    let body = json!({"pending_token": token, "code": phone.unused_code(app).await});
    client.post("/api/v1/session/factor", &body).await.json(200);
    client
}

pub async fn email_of(client: &Client) -> String {
    let me = client.get("/api/v1/me").await.json(200);
    me["account"]["email"].as_str().unwrap().to_owned()
}
