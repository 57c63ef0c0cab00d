//! What arrives by email: the newest of a template, and what follows a path or a word in it.

use super::TestApp;

impl TestApp {
    /// The text of the newest email of a template to an address, after all jobs have run.
    pub async fn email(&self, template: &str, to: &str) -> String {
        let texts = self.emails(template, to).await;
        texts.last().cloned().unwrap_or_else(|| panic!("no {template} to {to}"))
    }

    /// The texts of all of them, oldest first.
    pub async fn emails(&self, template: &str, to: &str) -> Vec<String> {
        self.run_jobs().await;
        let mut tx = self.platform.db.platform("test").await.unwrap();
        sqlx::query_scalar(
            "SELECT body_text FROM messages WHERE template = $1 AND recipient = $2
             ORDER BY created_at, id",
        )
        .bind(template)
        .bind(to)
        .fetch_all(&mut *tx)
        .await
        .unwrap()
    }

    /// The code that was sent to an address.
    pub async fn code(&self, to: &str) -> String {
        after(&self.email("email_verification", to).await, "Your code is ")
    }

    /// The token of a link, by the path before it.
    pub async fn link(&self, template: &str, to: &str, path: &str) -> String {
        after(&self.email(template, to).await, path)
    }
}

/// The word that follows a text.
#[track_caller]
pub fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark:?} in: {text}")).1;
    rest.split_whitespace().next().unwrap().to_owned()
}
