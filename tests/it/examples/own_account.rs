//! What happens before the examples of accounts: emails arrive, and their links and codes are used.

use serde_json::{Value, json};

use super::Story;
use crate::support::PASSWORD;

impl Story {
    pub(super) async fn before_accounts(&mut self, example: &Value) {
        let operation = example["operation"].as_str().unwrap();
        let (template, path) = match operation {
            "verification_confirm" => ("email_verification", "Your code is "),
            "verification_confirm_link" => {
                let ewa = json!({"email": "ewa@customers.example", "name": "Ewa Lis", "password": PASSWORD});
                self.people["ewa"].post("/api/v1/accounts", &ewa).await.json(201);
                ("email_verification", "/verify/")
            }
            "password_reset" => ("password_reset", "/reset/"),
            "email_change_confirm" => ("email_change_confirm", "/account/address/"),
            "email_change_undo" => ("email_changed", "/account/address/undo/"),
            other => panic!("{other} needs no email"),
        };
        self.app.run_jobs().await;
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        let text: String = sqlx::query_scalar(
            "SELECT body_text FROM messages WHERE template = $1 AND strpos(body_text, $2) > 0
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .bind(template)
        .bind(path)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        drop(tx);
        let secret = text.split_once(path).unwrap().1.split_whitespace().next().unwrap();
        let field = if operation == "verification_confirm" { "code" } else { "token" };
        let shown = example["request"]["body"][field].as_str().unwrap().to_owned();
        self.bind_field(example, field, secret);
        self.secrets.push((shown, secret.to_owned()));
    }
}
