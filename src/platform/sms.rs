//! Outgoing SMS: by a Twilio-compatible endpoint, or kept for `/dev/outbox`.

use super::config::SmsConfig;

#[derive(Clone)]
pub enum Sms {
    Kept,
    Http { client: reqwest::Client, config: SmsConfig },
}

impl Sms {
    pub fn connect(config: Option<SmsConfig>) -> anyhow::Result<Self> {
        let Some(config) = config else { return Ok(Self::Kept) };
        let client =
            reqwest::Client::builder().timeout(std::time::Duration::from_secs(15)).build()?;
        Ok(Self::Http { client, config })
    }

    /// Sends the text to `to` (E.164). An error is worth a retry.
    pub async fn send(&self, to: &str, body: &str) -> anyhow::Result<()> {
        let Self::Http { client, config } = self else { return Ok(()) };
        let form = [("To", to), ("From", config.from.as_str()), ("Body", body)];
        client
            .post(&config.url)
            .basic_auth(&config.account, Some(&config.token))
            .form(&form)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}
