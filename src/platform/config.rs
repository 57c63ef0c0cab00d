//! Configuration: the environment overrides an optional TOML file, which overrides the defaults. It is
//! checked at the start, and all problems are listed at once.
//!
//! A key is the environment variable's name in lower case: `SMP_PORT` is `smp_port` in `smp.toml`
//! (or the file `SMP_CONFIG` names).

mod bank;
mod mail;
mod payments;
mod secrets;
mod sign_in;
mod sms;
mod stripe;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use time::Duration;

pub use self::{
    bank::BankConfig,
    mail::DkimSettings,
    payments::PayuConfig,
    sign_in::{SignInProtocol, SignInProvider},
    sms::{SmsConfig, SmsSender},
    stripe::StripeConfig,
};
use secrets::{SecretSource, generated_secret, keyring, secret_setting};

use super::{fault_point::FaultPoint, real_gateways, retention::RetentionHours};
use crate::kernel::{Keyring, token};

/// Every setting with its meaning. The list is the documentation, and the check for misspelt keys.
pub fn settings() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    SETTINGS
        .iter()
        .chain(stripe::STRIPE_SETTINGS)
        .chain(payments::PAYMENT_SETTINGS)
        .chain(bank::BANK_SETTINGS)
        .chain(mail::MAIL_SETTINGS)
        .chain(sign_in::SIGN_IN_SETTINGS)
        .chain(sms::SMS_SETTINGS)
}

/// The settings that are of no section.
const SETTINGS: &[(&str, &str)] = &[
    (
        "smp_env",
        "development (default) or production; production refuses embedded and sandbox defaults \
         unless smp_allow_sandbox is true",
    ),
    ("smp_host", "address to listen on; default 127.0.0.1"),
    ("smp_port", "port to listen on; default 8080"),
    (
        "smp_metrics_listen",
        "host:port of a second listener, for operators: /metrics, /healthz, /readyz and, in \
         production with mail that is kept, /dev/outbox; default: none. In production, /metrics and \
         /dev are never on the public port",
    ),
    ("smp_base_url", "the public URL; default http://127.0.0.1:<port>"),
    ("smp_data", "folder of the embedded database and files; default .smp"),
    (
        "smp_trust_forwarded",
        "true if a proxy in front of SMP adds the client's address to X-Forwarded-For; default false",
    ),
    ("smp_connections", "connections at the same time at most; default 10000"),
    (
        "smp_connections_per_client",
        "connections of one client at most, by IPv4 address or IPv6 /64; default 1000; not counted \
         behind a proxy, which has limits of its own",
    ),
    (
        "smp_secret",
        "32 characters or more, to sign links and tokens; default: generated, in the data folder",
    ),
    (
        "smp_secret_previous",
        "secrets that smp_secret replaced, separated by commas: what they signed or sealed stays \
         valid; default: none",
    ),
    (
        "smp_allow_sandbox",
        "true lets production run on sandbox payments, embedded parts and an outbox, and offers the \
         sandbox beside real gateways; default false",
    ),
    (
        "smp_second_factor",
        "required (default): SMP's team and owners of providers need a second factor a day after they \
         first sign in; or optional",
    ),
    ("smp_portal_dir", "folder of the built portal; default portal/dist"),
    ("smp_tenants_dir", "folder of the tenant packs; default tenants"),
    ("smp_log", "log filter, e.g. info,smp=debug; default info"),
    ("smp_log_format", "text (default) or json"),
    ("database_url", "PostgreSQL 15 or newer; default: a private cluster in the data folder"),
    (
        "smp_provider_storage_mib",
        "files of one provider at most, in MiB, their renditions included; default 10240",
    ),
    (
        "smp_order_group",
        "orders, and payments, that are committed in one transaction, 100 at most; default 100; 1 \
         commits each by itself, for comparison",
    ),
    (
        "smp_retention_hours",
        "hours of the day in UTC in which data past its time is deleted, from-to; default 1-5; 0-24 \
         is all day",
    ),
    ("s3_endpoint", "S3 for files; default: this process"),
    ("s3_public_endpoint", "the address of the same S3 for browsers; default s3_endpoint"),
    ("s3_bucket", "bucket; default smp-files"),
    ("s3_region", "region; default us-east-1"),
    ("s3_access_key", "access key; default: generated, in the data folder"),
    ("s3_secret_key", "secret key; default: generated, in the data folder"),
    ("redis_url", "Redis 7 or newer, for notices between nodes; default: within this process"),
    (
        "smtp_url",
        "smtp://user:password@host:port or smtps://…; default: mail is not sent, but shown at \
         /dev/outbox",
    ),
    ("mail_from", "sender of emails; default SMP <no-reply@smp.example>"),
];

/// The settings that are whole numbers above 0, with their defaults.
const COUNTS: [(&str, u32); 5] = [
    ("smp_connections", 10_000),
    ("smp_connections_per_client", 1_000),
    ("smp_provider_storage_mib", 10 * 1024),
    ("smp_order_group", 100),
    ("smp_payment_look_seconds", 20),
];

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    pub production: bool,
    /// Production may run on sandbox payments, embedded parts and an outbox.
    pub allow_sandbox: bool,
    pub host: String,
    pub port: u16,
    /// `host:port` of the operators' listener.
    pub metrics_listen: Option<String>,
    /// Without a trailing slash.
    pub base_url: String,
    /// Whether the last entry of X-Forwarded-For is the client's address.
    pub trust_forwarded: bool,
    pub connections: usize,
    pub connections_per_client: usize,
    pub data: PathBuf,
    /// Whether SMP's team and owners of providers need a second factor.
    pub second_factor_required: bool,
    /// `smp_secret` and `smp_secret_previous`.
    pub keyring: Keyring,
    pub portal_dir: PathBuf,
    pub tenants_dir: PathBuf,
    pub log: String,
    pub log_json: bool,
    pub database_url: Option<String>,
    pub s3_endpoint: Option<String>,
    pub s3_public_endpoint: Option<String>,
    pub s3_bucket: String,
    pub s3_region: String,
    pub s3_access_key: String,
    pub s3_secret_key: String,
    pub redis_url: Option<String>,
    pub smtp_url: Option<String>,
    pub mail_from: String,
    pub dkim: Option<DkimSettings>,
    /// What signs notices of mail that came back; None: they are refused.
    pub mail_webhook_secret: Option<Vec<u8>>,
    pub sms: Option<SmsConfig>,
    /// Whose accounts people may sign in with, in the order of their buttons.
    pub sign_in_providers: Vec<SignInProvider>,
    pub stripe: Option<StripeConfig>,
    pub payu: Option<PayuConfig>,
    pub cash_on_delivery: bool,
    /// The account from which SMP pays providers by bank transfer.
    pub bank: Option<BankConfig>,
    /// How long after it was begun a payment without an answer is asked for.
    pub first_look: Duration,
    /// Where tests end the process.
    pub fault_point: Option<FaultPoint>,
    /// What the files of one provider may take.
    pub provider_storage_bytes: i64,
    /// Orders, and payments, that are committed together at most.
    pub order_group: usize,
    pub retention_hours: RetentionHours,
}

/// Every problem of a configuration, one per line.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n  - {}", .0.len(), .0.join("\n  - "))]
pub struct ConfigProblems(pub Vec<String>);

impl Config {
    /// Reads environment and file, and checks them. A secret that is not set is generated and stored
    /// in the data folder.
    pub fn load() -> Result<Self, ConfigProblems> {
        Self::load_with(generated_secret)
    }

    /// The same for a command that reads: it creates nothing. A secret that does not exist is made up
    /// for the moment.
    pub fn load_to_read() -> Result<Self, ConfigProblems> {
        Self::load_with(|data, name| {
            let stored = std::fs::read_to_string(data.join(name));
            Ok(stored.unwrap_or_else(|_| token::random()))
        })
    }

    fn load_with(secret: SecretSource) -> Result<Self, ConfigProblems> {
        let file = std::env::var("SMP_CONFIG").unwrap_or_else(|_| "smp.toml".to_owned());
        let mut problems = Vec::new();
        if std::env::var("SMP_CONFIG").is_ok() && !Path::new(&file).exists() {
            problems.push(format!("SMP_CONFIG names {file}, which does not exist"));
        }
        let names: Vec<&str> = settings().map(|s| s.0).collect();
        let figment =
            Figment::new().merge(Toml::file(&file)).merge(Env::raw().only(&names).lowercase(true));
        let values: BTreeMap<String, figment::value::Value> = match figment.extract() {
            Ok(values) => values,
            Err(error) => return Err(ConfigProblems(vec![format!("{file}: {error}")])),
        };
        let values = values
            .into_iter()
            .filter_map(|(key, value)| {
                let text = value
                    .as_str()
                    .map(str::to_owned)
                    .or_else(|| value.to_u128().map(|n| n.to_string()))
                    .or_else(|| value.to_i128().map(|n| n.to_string()))
                    .or_else(|| value.to_bool().map(|b| b.to_string()));
                if text.is_none() {
                    problems.push(format!("{key} must be text, a number, true or false"));
                }
                // An empty variable is an unset one.
                Some((key, text?)).filter(|(_, text)| !text.is_empty())
            })
            .collect();
        Self::check_with(&values, problems, secret)
    }

    /// Checks `values`; `problems` are those found before.
    pub fn check(
        values: &BTreeMap<String, String>,
        problems: Vec<String>,
    ) -> Result<Self, ConfigProblems> {
        Self::check_with(values, problems, generated_secret)
    }

    fn check_with(
        values: &BTreeMap<String, String>,
        mut problems: Vec<String>,
        secret: SecretSource,
    ) -> Result<Self, ConfigProblems> {
        check_keys(values, &mut problems);
        let get = |key: &str| values.get(key).cloned();
        let or = |key: &str, default: &str| get(key).unwrap_or_else(|| default.to_owned());
        let mut one_of = |key: &str, words: [&str; 2]| {
            let value = or(key, words[0]);
            if !words.contains(&value.as_str()) {
                problems
                    .push(format!("{key} is {value:?}; it must be {} or {}", words[0], words[1]));
            }
            value == words[1]
        };
        let production = one_of("smp_env", ["development", "production"]);
        let log_json = one_of("smp_log_format", ["text", "json"]);
        let allow_sandbox = one_of("smp_allow_sandbox", ["false", "true"]);
        let second_factor_required = !one_of("smp_second_factor", ["required", "optional"]);
        let trust_forwarded = one_of("smp_trust_forwarded", ["false", "true"]);
        let port = port(&or("smp_port", "8080"), &mut problems);
        let [connections, connections_per_client, provider_storage, order_group, first_look] =
            COUNTS.map(|(key, default)| count(values, key, default, &mut problems));
        let retention_hours = retention_hours(values, &mut problems);
        check_addresses(values, &mut problems);
        let data = data_folder(&or("smp_data", ".smp"));
        let needs_secret =
            |key: &str| secret_setting(values, key, production, &data, secret, &mut problems);
        let [main_secret, s3_access_key, s3_secret_key] =
            ["smp_secret", "s3_access_key", "s3_secret_key"].map(needs_secret);
        let keyring = keyring(&main_secret, &or("smp_secret_previous", ""), &mut problems);
        let sms = SmsConfig::read(values, &mut problems);
        let sign_in_providers = sign_in::sign_in_providers(values, &mut problems);
        let stripe = StripeConfig::read(values, &mut problems);
        let payu = payments::payu(values, &mut problems);
        let fault_point = payments::fault_point(values, production, &mut problems);
        let cash_on_delivery = payments::cash(values, production, sms.is_some(), &mut problems);
        let bank = BankConfig::read(values, &mut problems);
        let mail_from = mail_from(or("mail_from", "SMP <no-reply@smp.example>"), &mut problems);
        let dkim = DkimSettings::read(values, &mut problems);
        let mail_webhook_secret = mail::webhook_secret(values, &mut problems);
        if production && !allow_sandbox {
            refuse_sandbox(values, &mut problems);
        }
        if !problems.is_empty() {
            return Err(ConfigProblems(problems));
        }
        Ok(Self {
            production,
            allow_sandbox,
            log_json,
            trust_forwarded,
            second_factor_required,
            connections: connections as usize,
            connections_per_client: connections_per_client as usize,
            provider_storage_bytes: i64::from(provider_storage) << 20,
            order_group: order_group as usize,
            retention_hours,
            port,
            metrics_listen: get("smp_metrics_listen"),
            data,
            keyring,
            s3_access_key,
            s3_secret_key,
            sms,
            sign_in_providers,
            stripe,
            payu,
            cash_on_delivery,
            bank,
            first_look: Duration::seconds(first_look.into()),
            fault_point,
            mail_from,
            dkim,
            mail_webhook_secret,
            host: or("smp_host", "127.0.0.1"),
            base_url: or("smp_base_url", &format!("http://127.0.0.1:{port}"))
                .trim_end_matches('/')
                .to_owned(),
            portal_dir: or("smp_portal_dir", "portal/dist").into(),
            tenants_dir: or("smp_tenants_dir", "tenants").into(),
            log: or("smp_log", "info,sqlx::postgres::notice=warn,s3s=warn,aws=warn"),
            database_url: get("database_url"),
            s3_public_endpoint: get("s3_public_endpoint").or_else(|| get("s3_endpoint")),
            s3_endpoint: get("s3_endpoint"),
            s3_bucket: or("s3_bucket", "smp-files"),
            s3_region: or("s3_region", "us-east-1"),
            redis_url: get("redis_url"),
            smtp_url: get("smtp_url"),
        })
    }

    /// Whether cookies may travel over https only.
    pub fn secure_cookies(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn check_keys(values: &BTreeMap<String, String>, problems: &mut Vec<String>) {
    for key in values.keys().filter(|key| !settings().any(|s| s.0 == key.as_str())) {
        problems.push(format!("{key} is not a setting; `smp --help` lists them"));
    }
}

fn data_folder(text: &str) -> PathBuf {
    std::path::absolute(text).unwrap_or_else(|_| text.into())
}

fn check_listener(address: Option<&String>, problems: &mut Vec<String>) {
    if let Some(address) = address
        && !address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    {
        problems.push(format!(
            "smp_metrics_listen is {address:?}; write host:port, like 127.0.0.1:9100"
        ));
    }
}

fn port(text: &str, problems: &mut Vec<String>) -> u16 {
    text.parse().unwrap_or_else(|_| {
        problems.push(format!("smp_port is {text:?}; it must be a port from 1 to 65535"));
        8080
    })
}

fn mail_from(sender: String, problems: &mut Vec<String>) -> String {
    if sender.parse::<lettre::message::Mailbox>().is_err() {
        problems.push(format!("mail_from is {sender:?}; write it like Name <name@example.com>"));
    }
    sender
}

fn check_addresses(values: &BTreeMap<String, String>, problems: &mut Vec<String>) {
    check_listener(values.get("smp_metrics_listen"), problems);
    check_s3_keys(values, problems);
    for (key, schemes) in [
        ("smp_base_url", ["http", "https"]),
        ("database_url", ["postgres", "postgresql"]),
        ("s3_endpoint", ["http", "https"]),
        ("s3_public_endpoint", ["http", "https"]),
        ("redis_url", ["redis", "rediss"]),
        ("smtp_url", ["smtp", "smtps"]),
        ("sms_url", ["http", "https"]),
        ("payu_url", ["http", "https"]),
        ("payu_api_url", ["http", "https"]),
    ] {
        let Some(value) = values.get(key) else { continue };
        // The value may hold a password, so the message does not repeat it.
        if !url::Url::parse(value).is_ok_and(|url| schemes.contains(&url.scheme())) {
            problems.push(format!("{key} is not a {}:// address", schemes.join(":// or ")));
        }
    }
}

/// A whole number above 0.
fn count(
    values: &BTreeMap<String, String>,
    key: &str,
    default: u32,
    problems: &mut Vec<String>,
) -> u32 {
    let Some(text) = values.get(key) else { return default };
    text.parse().ok().filter(|count| *count > 0).unwrap_or_else(|| {
        problems.push(format!("{key} is {text:?}; it must be a whole number above 0"));
        default
    })
}

fn retention_hours(
    values: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> RetentionHours {
    let Some(text) = values.get("smp_retention_hours") else { return RetentionHours::default() };
    RetentionHours::parse(text).unwrap_or_else(|| {
        problems.push(format!(
            "smp_retention_hours is {text:?}; write two hours from 0 to 24, like 1-5 or 22-4"
        ));
        RetentionHours::default()
    })
}

fn check_s3_keys(values: &BTreeMap<String, String>, problems: &mut Vec<String>) {
    if values.contains_key("s3_endpoint")
        && !(values.contains_key("s3_access_key") && values.contains_key("s3_secret_key"))
    {
        problems
            .push("s3_endpoint is set, so s3_access_key and s3_secret_key must be too".to_owned());
    }
}

/// Production runs on no embedded default.
fn refuse_sandbox(values: &BTreeMap<String, String>, problems: &mut Vec<String>) {
    for (key, what) in [
        ("database_url", "the embedded database"),
        ("s3_endpoint", "the embedded file store"),
        ("smtp_url", "an outbox instead of a mail server"),
    ] {
        if !values.contains_key(key) {
            problems.push(format!(
                "production would run on {what}: set {key}, or smp_allow_sandbox=true"
            ));
        }
    }
    problems.extend(real_gateways::missing(real_gateways::REAL_GATEWAYS, values));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_listed_at_once_without_passwords() {
        let values = [
            ("smp_port", "99999"),
            ("smp_env", "prod"),
            ("databse_url", "x"),
            ("redis_url", "http://u:hunter2@h"),
            ("smp_secret", "short"),
            ("smp_secret_previous", "an older secret, not whole"),
            ("smp_provider_storage_mib", "0"),
            ("smp_retention_hours", "5-25"),
        ];
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let text = Config::check(&values, vec![]).unwrap_err().to_string();
        for part in [
            "8 problem(s)",
            "smp_port",
            "smp_env",
            "databse_url is not a setting",
            "redis_url is not a",
            "smp_secret is shorter",
            "smp_secret_previous lists a secret shorter",
            "smp_provider_storage_mib is \"0\"",
            "smp_retention_hours is \"5-25\"",
        ] {
            assert!(text.contains(part), "{part} not in {text}");
        }
        assert!(!text.contains("hunter2"));
    }
}
