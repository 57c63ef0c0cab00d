//! Outgoing SMS: by the API of Twilio or one compatible with it, or kept for `/dev/outbox`. The API knows
//! no idempotency key, so whether an SMS without an answer was taken is asked by its number and text.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha1::Sha1;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::config::{SmsConfig, SmsSender};

/// Shorter than what a job may take once the process is told to stop.
const ANSWER_MAX: Duration = Duration::from_secs(7);
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// How many of the newest SMS to a number are looked through.
const LISTED: &str = "50";
/// How far the service's clock may be behind.
const CLOCK_OFF: time::Duration = time::Duration::seconds(30);

/// Errors that stay however often an SMS is tried.
const HOPELESS: [i32; 9] = [21211, 21214, 21217, 21408, STOPPED, 21612, 21614, 21617, 21635];
/// The number answered STOP to this sender.
pub const STOPPED: i32 = 21610;

#[derive(Clone)]
pub enum Sms {
    Kept,
    Http { client: reqwest::Client, config: SmsConfig },
}

/// One SMS.
#[derive(Debug)]
pub struct OutgoingSms<'a> {
    /// E.164.
    pub to: &'a str,
    pub text: &'a str,
    /// Where the service reports what becomes of it.
    pub callback_url: &'a str,
}

/// What the service says of an SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReport {
    pub sid: String,
    /// `queued`, `sent`, `delivered` and others.
    pub status: String,
    pub error_code: Option<i32>,
}

/// What came of handing an SMS to the service.
#[derive(Debug)]
pub enum SmsOutcome {
    Taken(SmsReport),
    /// Never to be taken.
    Refused {
        code: i32,
        reason: String,
    },
    /// Not taken; worth another try.
    NotNow(anyhow::Error),
    /// Taken or not: nobody knows.
    Unknown(anyhow::Error),
}

#[derive(Deserialize)]
struct SmsResource {
    sid: String,
    status: String,
    #[serde(default)]
    error_code: Option<i32>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct SmsResources {
    messages: Vec<SmsResource>,
}

#[derive(Deserialize)]
struct SmsProblem {
    code: Option<i32>,
    #[serde(default)]
    message: String,
}

impl From<SmsResource> for SmsReport {
    fn from(resource: SmsResource) -> Self {
        let SmsResource { sid, status, error_code, .. } = resource;
        Self { sid, status, error_code }
    }
}

impl Sms {
    pub fn connect(config: Option<SmsConfig>) -> anyhow::Result<Self> {
        let Some(config) = config else { return Ok(Self::Kept) };
        let client = reqwest::Client::builder()
            .timeout(ANSWER_MAX)
            .connect_timeout(CONNECT_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self::Http { client, config })
    }

    /// Hands an SMS to the service. One that is kept is taken by nobody: None.
    pub async fn send(&self, sms: OutgoingSms<'_>) -> Option<SmsOutcome> {
        let Self::Http { client, config } = self else { return None };
        let (sender, from) = match &config.sender {
            SmsSender::From(from) => ("From", from),
            SmsSender::Service(service) => ("MessagingServiceSid", service),
        };
        let form = [
            ("To", sms.to),
            (sender, from.as_str()),
            ("Body", sms.text),
            ("StatusCallback", sms.callback_url),
        ];
        let request =
            client.post(&config.url).basic_auth(&config.account, Some(&config.token)).form(&form);
        Some(match request.send().await {
            Ok(response) => read_answer(response).await,
            Err(error) if error.is_connect() || error.is_builder() => {
                SmsOutcome::NotNow(error.without_url().into())
            }
            Err(error) => SmsOutcome::Unknown(error.without_url().into()),
        })
    }

    /// What the service took for a number since a time with exactly this text, oldest first.
    pub async fn find(
        &self,
        to: &str,
        text: &str,
        since: OffsetDateTime,
    ) -> anyhow::Result<Vec<SmsReport>> {
        let Self::Http { client, config } = self else { return Ok(vec![]) };
        let listed: SmsResources = client
            .get(&config.url)
            .query(&[("To", to), ("PageSize", LISTED)])
            .basic_auth(&config.account, Some(&config.token))
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(reqwest::Error::without_url)?
            .json()
            .await
            .map_err(reqwest::Error::without_url)?;
        let is_it = |resource: &SmsResource| {
            let created = resource.date_created.as_deref();
            let created = created.and_then(|at| OffsetDateTime::parse(at, &Rfc2822).ok());
            // A trial account puts a notice before the text.
            resource.body.ends_with(text) && created.is_some_and(|at| at >= since - CLOCK_OFF)
        };
        let mut found: Vec<SmsReport> =
            listed.messages.into_iter().filter(is_it).map(Into::into).collect();
        found.reverse();
        Ok(found)
    }

    /// Whether the service signed a request to this address with these fields.
    pub fn is_signed(&self, url: &str, fields: &[(String, String)], signature: &str) -> bool {
        let Self::Http { config, .. } = self else { return false };
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        spellings(url).iter().any(|url| {
            // In constant time.
            signing(&config.token, url, fields)
                .is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        })
    }
}

/// The address, then each field's name and value in the order of the names.
fn signing(token: &str, url: &str, fields: &[(String, String)]) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).ok()?;
    let mut fields: Vec<&(String, String)> = fields.iter().collect();
    fields.sort();
    fields.dedup();
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    Some(mac)
}

/// An address with its port and without: the service signs either.
fn spellings(url: &str) -> [String; 2] {
    let other = url.split_once("://").and_then(|(scheme, rest)| {
        let (host, path) = rest.split_once('/')?;
        let host = match host.rsplit_once(':') {
            Some((name, _)) => name.to_owned(),
            None => format!("{host}:{}", if scheme == "https" { 443 } else { 80 }),
        };
        Some(format!("{scheme}://{host}/{path}"))
    });
    [url.to_owned(), other.unwrap_or_default()]
}

async fn read_answer(response: reqwest::Response) -> SmsOutcome {
    let status = response.status();
    if status.is_success() {
        return match response.json::<SmsResource>().await {
            Ok(resource) => SmsOutcome::Taken(resource.into()),
            Err(error) => SmsOutcome::Unknown(error.without_url().into()),
        };
    }
    let problem = response.json::<SmsProblem>().await.ok();
    let code = problem.as_ref().and_then(|problem| problem.code);
    let said = problem.map(|problem| problem.message).unwrap_or_default();
    if let Some(code) = code.filter(|code| HOPELESS.contains(code)) {
        return SmsOutcome::Refused { code, reason: in_words(code) };
    }
    let code = code.map(|code| format!(" {code}")).unwrap_or_default();
    let error = anyhow::anyhow!("the SMS service answered {status}:{code} {said}");
    // After an error of its own the service may have taken it.
    if status.is_server_error() { SmsOutcome::Unknown(error) } else { SmsOutcome::NotNow(error) }
}

/// Why an SMS does not arrive, with the service's number for it.
pub fn in_words(code: i32) -> String {
    let why = match code {
        21211 | 21214 | 21217 | 30005 => "the number does not exist or is not in use",
        21614 | 21635 | 30006 => "the number is no mobile number",
        21408 | 21612 => "the SMS service does not send to this country",
        STOPPED => "the number answered STOP",
        21617 => "the text is too long",
        30003 => "the phone is switched off or out of reach",
        30004 => "the number is blocked",
        30007 => "the carrier took it for unwanted mail",
        30008 => "the carrier gives no reason",
        _ => "see the SMS service's list of errors",
    };
    format!("{why} (error {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Sms {
        Sms::Http {
            client: reqwest::Client::new(),
            config: SmsConfig {
                url: "http://127.0.0.1:9/Messages.json".to_owned(),
                account: "AC1".to_owned(),
                token: "12345".to_owned(),
                sender: SmsSender::From("+15005550006".to_owned()),
            },
        }
    }

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    // The example of Twilio's documentation, with its signature.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const SENT: [(&str, &str); 5] = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ];

    #[test]
    fn a_signature_covers_address_and_fields() {
        let sms = service();
        assert!(sms.is_signed(URL, &fields(&SENT), SIGNATURE));
        let mut reversed = SENT;
        reversed.reverse();
        assert!(sms.is_signed(URL, &fields(&reversed), SIGNATURE));
        assert!(sms.is_signed(&URL.replace(".com/", ".com:443/"), &fields(&SENT), SIGNATURE));
        assert!(!sms.is_signed(&URL.replace("bar=2", "bar=3"), &fields(&SENT), SIGNATURE));
        assert!(!sms.is_signed(URL, &fields(&SENT[1..]), SIGNATURE));
        for wrong in ["", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "not base64", "AAAA"] {
            assert!(!sms.is_signed(URL, &fields(&SENT), wrong), "{wrong}");
        }
        assert!(!Sms::Kept.is_signed(URL, &fields(&SENT), SIGNATURE));
    }

    #[tokio::test]
    async fn a_service_that_cannot_be_reached_took_nothing() {
        let sms = OutgoingSms { to: "+4915123456789", text: "x", callback_url: "http://x.example" };
        let outcome = service().send(sms).await;
        assert!(matches!(outcome, Some(SmsOutcome::NotNow(_))), "{outcome:?}");
    }
}
