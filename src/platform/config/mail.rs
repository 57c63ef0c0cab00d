//! The settings of outgoing mail beyond its server: the signature that receivers check (DKIM), and the
//! secret of the notices that a mail service sends of what came back.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::message::{
    Mailbox,
    dkim::{DkimSigningAlgorithm, DkimSigningKey},
};

/// The settings with their meaning.
pub const MAIL_SETTINGS: &[(&str, &str)] = &[
    (
        "smp_dkim_domain",
        "domain that signs emails by DKIM: that of mail_from, or one above it; default: emails are not \
         signed",
    ),
    (
        "smp_dkim_selector",
        "selector of the key in that domain's DNS: <selector>._domainkey.<domain>",
    ),
    (
        "smp_dkim_key",
        "file with the private key: RSA as PKCS#1 (openssl genrsa -traditional 2048), or the 32 bytes \
         of an Ed25519 key in base64",
    ),
    (
        "smp_mail_webhook_secret",
        "secret, whsec_ and base64 of 24 to 64 bytes, that signs notices to /api/v1/mail/notices of \
         mail that came back; default: none, and notices are refused",
    ),
];

/// Shortest and longest secret of notices, in bytes, as Standard Webhooks has it.
const WEBHOOK_SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What signs emails. Its `Debug` does not show the key.
#[derive(Clone)]
pub struct DkimSettings {
    pub domain: String,
    pub selector: String,
    key: String,
}

impl fmt::Debug for DkimSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimSettings({}._domainkey.{})", self.selector, self.domain)
    }
}

impl DkimSettings {
    /// The three settings, all or none.
    pub fn read(values: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Option<Self> {
        const KEYS: [&str; 3] = ["smp_dkim_domain", "smp_dkim_selector", "smp_dkim_key"];
        let missing: Vec<&str> =
            KEYS.into_iter().filter(|key| !values.contains_key(*key)).collect();
        if !missing.is_empty() {
            if missing.len() < KEYS.len() {
                problems.push(format!(
                    "DKIM needs all of {}; set {} too, or none of them",
                    KEYS.join(", "),
                    missing.join(", ")
                ));
            }
            return None;
        }
        let [domain, selector, path] = KEYS.map(|key| values.get(key).cloned().unwrap_or_default());
        for (key, value) in [("smp_dkim_domain", &domain), ("smp_dkim_selector", &selector)] {
            if !is_dns_name(value) {
                problems.push(format!("{key} is {value:?}; it must be a name as DNS has it"));
            }
        }
        if let Some(sender) = values.get("mail_from").and_then(|from| from.parse::<Mailbox>().ok())
            && !is_of_domain(sender.email.domain(), &domain)
        {
            problems.push(format!(
                "smp_dkim_domain is {domain:?}, and mail_from is of {:?}; receivers want the same \
                 domain, or one above it",
                sender.email.domain()
            ));
        }
        let key = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            problems.push(format!("smp_dkim_key names {path}, which cannot be read: {error}"));
            String::new()
        });
        let settings = Self { domain, selector, key: key.trim().to_owned() };
        if !settings.key.is_empty() && settings.signing_key().is_err() {
            problems.push(format!(
                "smp_dkim_key names {path}, which is neither an RSA key as PKCS#1 (-----BEGIN RSA \
                 PRIVATE KEY-----; openssl rsa -traditional converts one) nor an Ed25519 key in base64"
            ));
        }
        Some(settings)
    }

    pub fn signing_key(&self) -> anyhow::Result<DkimSigningKey> {
        let algorithm = if self.key.starts_with("-----BEGIN") {
            DkimSigningAlgorithm::Rsa
        } else {
            DkimSigningAlgorithm::Ed25519
        };
        Ok(DkimSigningKey::new(&self.key, algorithm)?)
    }
}

fn is_dns_name(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
}

fn is_of_domain(domain: &str, above: &str) -> bool {
    let (domain, above) = (domain.to_ascii_lowercase(), above.to_ascii_lowercase());
    domain == above || domain.ends_with(&format!(".{above}"))
}

/// The secret of notices, decoded; None: notices are refused.
pub fn webhook_secret(
    values: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> Option<Vec<u8>> {
    let text = values.get("smp_mail_webhook_secret")?;
    let bytes = text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let secret = bytes.filter(|bytes| WEBHOOK_SECRET_BYTES.contains(&bytes.len()));
    if secret.is_none() {
        problems.push(
            "smp_mail_webhook_secret must be whsec_ and the base64 of 24 to 64 bytes; make one with: \
             echo whsec_$(openssl rand -base64 32)"
                .to_owned(),
        );
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> (bool, Vec<String>) {
        let values = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut problems = vec![];
        let dkim = DkimSettings::read(&values.collect(), &mut problems);
        (dkim.is_some(), problems)
    }

    #[test]
    fn a_signature_is_set_whole_and_of_the_senders_domain() {
        let file = std::env::temp_dir().join(format!("dkim-{}", std::process::id()));
        std::fs::write(&file, STANDARD.encode([7_u8; 32])).unwrap();
        let key = ("smp_dkim_key", file.to_str().unwrap());
        let (domain, selector) = (("smp_dkim_domain", "smp.example"), ("smp_dkim_selector", "k1"));
        assert_eq!(read(&[]), (false, vec![]));
        assert_eq!(read(&[domain, selector, key]), (true, vec![]));
        let below = ("mail_from", "SMP <a@mail.smp.example>");
        assert_eq!(read(&[domain, selector, key, below]), (true, vec![]));
        for (set, word) in [
            (vec![domain, key], "smp_dkim_selector"),
            (vec![domain, ("smp_dkim_selector", "k 1"), key], "smp_dkim_selector"),
            (vec![domain, selector, ("smp_dkim_key", "/no/such/file")], "/no/such/file"),
            (vec![domain, selector, key, ("mail_from", "a@notsmp.example")], "notsmp.example"),
        ] {
            let problems = read(&set).1;
            assert!(problems.len() == 1 && problems[0].contains(word), "{problems:?}");
        }
        std::fs::write(&file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
            .unwrap();
        let problems = read(&[domain, selector, key]).1;
        assert!(problems.len() == 1 && problems[0].contains("PKCS#1"), "{problems:?}");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_secret_of_notices_is_whole() {
        let secret = |text: &str| {
            let values = [("smp_mail_webhook_secret".to_owned(), text.to_owned())].into();
            let mut problems = vec![];
            (webhook_secret(&values, &mut problems), problems.len())
        };
        let whole = format!("whsec_{}", STANDARD.encode([1_u8; 24]));
        assert_eq!(secret(&whole), (Some(vec![1; 24]), 0));
        for wrong in ["x", "whsec_", "whsec_AAAA", "whsec_§"] {
            assert_eq!(secret(wrong), (None, 1), "{wrong}");
        }
    }
}
