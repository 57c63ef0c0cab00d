//! The settings of Stripe.

use std::{collections::BTreeMap, fmt};

use url::Url;

/// The settings with their meaning.
pub const STRIPE_SETTINGS: &[(&str, &str)] = &[
    (
        "stripe_secret_key",
        "secret or restricted key of Stripe's API, sk_… or rk_…; default: no payments by Stripe",
    ),
    ("stripe_publishable_key", "the publishable key of the same account and mode, pk_…"),
    (
        "stripe_webhook_secret",
        "signing secret of the webhook that Stripe sends to /api/v1/payments/stripe/notices, \
         whsec_…; several, separated by commas, while one replaces another",
    ),
    ("stripe_api_url", "address of Stripe's API, for tests; default https://api.stripe.com/"),
    (
        "stripe_script_url",
        "address of Stripe's script for browsers, for tests; default https://js.stripe.com/v3/",
    ),
];

const API_URL: &str = "https://api.stripe.com/";
const SCRIPT_URL: &str = "https://js.stripe.com/v3/";
const SCRIPT_ORIGIN: &str = "https://js.stripe.com";

/// An account at Stripe. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct StripeConfig {
    pub secret_key: String,
    pub publishable_key: String,
    /// The signing secrets of webhooks; any of them may have signed.
    pub webhook_secrets: Vec<String>,
    /// With a slash at its end.
    pub api_url: String,
    pub script_url: String,
    api_origin: String,
    script_origin: String,
}

impl StripeConfig {
    /// Reads the section; None when nothing of it is set.
    pub(super) fn read(
        values: &BTreeMap<String, String>,
        problems: &mut Vec<String>,
    ) -> Option<Self> {
        let is_set = |(key, _): &&(&str, &str)| values.contains_key(*key);
        let (first, _) = STRIPE_SETTINGS.iter().find(is_set)?;
        let mut must = |key: &str, starts: &[&str]| {
            let Some(value) = values.get(key) else {
                problems.push(format!("{first} is set, so {key} must be too"));
                return String::new();
            };
            // The value may be a secret, so the message does not repeat it.
            if value.split(',').any(|part| !starts.iter().any(|s| part.trim().starts_with(s))) {
                problems.push(format!("{key} must start with {}", starts.join(" or ")));
            }
            value.clone()
        };
        let secret_key = must("stripe_secret_key", &["sk_", "rk_"]);
        let publishable_key = must("stripe_publishable_key", &["pk_"]);
        let webhook_secrets = must("stripe_webhook_secret", &["whsec_"]);
        if !(secret_key.is_empty() || publishable_key.is_empty())
            && is_live(&secret_key) != is_live(&publishable_key)
        {
            problems.push(
                "stripe_secret_key and stripe_publishable_key are of different modes; take both \
                 from test mode or both from live mode"
                    .to_owned(),
            );
        }
        let mut address = |key: &str, default: &str| {
            let text = values.get(key).map_or(default, String::as_str);
            Url::parse(text).ok().filter(is_safe).unwrap_or_else(|| {
                problems.push(format!(
                    "{key} is not an https:// address; http:// is for this machine alone"
                ));
                Url::parse(default).expect("the default is an address")
            })
        };
        let api = address("stripe_api_url", API_URL);
        let script = address("stripe_script_url", SCRIPT_URL);
        Some(Self {
            secret_key,
            publishable_key,
            webhook_secrets: webhook_secrets.split(',').map(|s| s.trim().to_owned()).collect(),
            api_url: format!("{}/", api.as_str().trim_end_matches('/')),
            api_origin: api.origin().ascii_serialization(),
            script_origin: script.origin().ascii_serialization(),
            script_url: script.into(),
        })
    }

    /// Whether the keys move money: those of Stripe's test mode do not.
    pub fn is_live(&self) -> bool {
        is_live(&self.secret_key)
    }

    /// The Content-Security-Policy of a page with Stripe's fields: the site's own, and what Stripe
    /// documents for its script, its frames and the bank's 3-D Secure in them. Google Maps, which
    /// Stripe lists for fields that complete addresses, is left out, as no such field is used.
    pub fn card_page_policy(&self) -> String {
        let (script, api) = (&self.script_origin, &self.api_origin);
        let (subdomains, hooks) = if script == SCRIPT_ORIGIN {
            (" https://*.js.stripe.com", " https://hooks.stripe.com")
        } else {
            ("", "")
        };
        format!(
            "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'; \
             img-src 'self' data:; script-src 'self' {script}{subdomains}; \
             frame-src {script}{subdomains}{hooks}; connect-src 'self' {api}"
        )
    }
}

impl fmt::Debug for StripeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeConfig")
            .field("is_live", &self.is_live())
            .field("api_url", &self.api_url)
            .field("script_url", &self.script_url)
            .finish_non_exhaustive()
    }
}

fn is_live(key: &str) -> bool {
    ["sk_live_", "rk_live_", "pk_live_"].iter().any(|start| key.starts_with(start))
}

/// Encrypted, or not leaving this machine.
fn is_safe(url: &Url) -> bool {
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> (Option<StripeConfig>, String) {
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut problems = vec![];
        let config = StripeConfig::read(&values, &mut problems);
        (config, problems.join("\n"))
    }

    const WHOLE: [(&str, &str); 3] = [
        ("stripe_secret_key", "sk_live_hunter2"),
        ("stripe_publishable_key", "pk_live_1"),
        ("stripe_webhook_secret", "whsec_old2, whsec_new2"),
    ];

    #[test]
    fn a_whole_section_is_read_and_shows_no_secret() {
        let (config, problems) = read(&WHOLE);
        let config = config.unwrap();
        assert_eq!(problems, "");
        assert!(config.is_live());
        assert_eq!(config.webhook_secrets, ["whsec_old2", "whsec_new2"]);
        assert_eq!((&*config.api_url, &*config.script_url), (API_URL, SCRIPT_URL));
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("whsec"), "{shown}");
    }

    #[test]
    fn nothing_set_is_no_stripe_and_a_part_is_a_problem() {
        let (config, problems) = read(&[]);
        assert!(config.is_none() && problems.is_empty());
        let (_, problems) = read(&[("stripe_publishable_key", "pk_test_1")]);
        for key in ["stripe_secret_key", "stripe_webhook_secret"] {
            assert!(problems.contains(&format!("so {key} must be too")), "{problems}");
        }
    }

    #[test]
    fn wrong_values_are_named_and_not_repeated() {
        let (_, problems) = read(&[
            ("stripe_secret_key", "pk_hunter2"),
            ("stripe_publishable_key", "pk_live_1"),
            ("stripe_webhook_secret", "whsec_1,hunter3"),
            ("stripe_api_url", "http://stripe.example/"),
            ("stripe_script_url", "js.stripe.com"),
        ]);
        for key in ["stripe_secret_key must start", "stripe_webhook_secret must start"] {
            assert!(problems.contains(key), "{problems}");
        }
        for key in ["different modes", "stripe_api_url is not", "stripe_script_url is not"] {
            assert!(problems.contains(key), "{problems}");
        }
        assert!(!problems.contains("hunter"));
    }

    #[test]
    fn a_card_page_lets_stripe_in_and_nobody_else() {
        let policy = read(&WHOLE).0.unwrap().card_page_policy();
        for directive in [
            "default-src 'self';",
            "script-src 'self' https://js.stripe.com https://*.js.stripe.com;",
            "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;",
            "connect-src 'self' https://api.stripe.com",
        ] {
            assert!(policy.contains(directive), "{directive} is not in {policy}");
        }
        let local = [
            ("stripe_api_url", "http://127.0.0.1:7000"),
            ("stripe_script_url", "http://127.0.0.1:7000/v3/"),
        ];
        let config = read(&[WHOLE.as_slice(), local.as_slice()].concat()).0.unwrap();
        assert_eq!(config.api_url, "http://127.0.0.1:7000/");
        let policy = config.card_page_policy();
        assert!(policy.contains("script-src 'self' http://127.0.0.1:7000; frame-src"), "{policy}");
        assert!(!policy.contains("stripe.com"), "{policy}");
    }
}
