//! What happens before the examples of the second factor: Elias has an authenticator app.

use serde_json::{Value, json};

use super::{Story, text};
use crate::support::{PASSWORD, factor::Phone};

impl Story {
    pub(super) async fn before_factors(&mut self, example: &Value) {
        let id = example["operation"].as_str().unwrap();
        if example["request"]["body"].get("code").is_some() {
            let secret = text(&self.answers["second_factor_offer"]["secret"]);
            let code = Phone::with(&secret).unused_code(&self.app).await;
            self.bind_field(example, "code", &code);
        }
        if id == "session_factor" {
            let sign_in = json!({"email": "elias@customers.example", "password": PASSWORD});
            let pending = self.app.anonymous().post("/api/v1/session", &sign_in).await.json(202);
            let token = text(&pending["pending_token"]);
            self.bind_field(example, "pending_token", &token);
            self.secrets.push(("example-pending-token".to_owned(), token));
        }
        if id == "second_factor_reset" {
            let elias = &self.people["elias"];
            Phone::set_up(&self.app, elias).await;
            let me = elias.get("/api/v1/me").await.json(200);
            self.bind_parameter(example, "account", &me["account"]["id"]);
        }
    }

    /// The secret of an app, and its picture, are not shown.
    pub(super) fn hide_factor(&mut self, offer: &Value) {
        let picture = offer["qr_svg"].to_string();
        let shown = "<svg xmlns='http://www.w3.org/2000/svg'>…</svg>".to_owned();
        self.secrets.push((shown, picture.trim_matches('"').to_owned()));
        let shown = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned();
        self.secrets.push((shown, text(&offer["secret"])));
    }
}
