//! The settings of signing in with an account at another provider.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use url::Url;

/// The settings with their meaning.
pub const SIGN_IN_SETTINGS: &[(&str, &str)] = &[
    ("smp_sign_in_google_id", "client id at Google; default: none, and Google is not offered"),
    ("smp_sign_in_google_secret", "the secret of smp_sign_in_google_id"),
    ("smp_sign_in_facebook_id", "app id at Facebook; default: none, and Facebook is not offered"),
    ("smp_sign_in_facebook_secret", "the secret of smp_sign_in_facebook_id"),
    (
        "smp_sign_in_providers",
        "a TOML file of further providers to sign in with, by OpenID Connect or as Facebook does it; \
         docs/sign-in.md has its form; default: none",
    ),
];

/// Most providers that a file may list: each is a button on the sign-in page.
const PROVIDERS_MAX: usize = 8;
const NAME_BYTES_MAX: usize = 40;

/// A provider of accounts to sign in with, and this installation's client there.
#[derive(Clone)]
pub struct SignInProvider {
    /// In addresses and in the database: lower-case letters, digits and hyphens.
    pub name: String,
    /// As people know it.
    pub label: String,
    pub client_id: String,
    pub client_secret: String,
    pub scopes: Vec<String>,
    pub protocol: SignInProtocol,
}

#[derive(Debug, Clone)]
pub enum SignInProtocol {
    /// OpenID Connect: the rest is found at the issuer.
    Oidc { issuer: String },
    /// OAuth 2 with an endpoint that tells id, name and email, as Facebook has it.
    Facebook { authorize_url: String, token_url: String, user_url: String },
}

impl std::fmt::Debug for SignInProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignInProvider({}, {:?})", self.name, self.protocol)
    }
}

/// The file that `smp_sign_in_providers` names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    provider: Vec<ProviderEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderEntry {
    name: String,
    label: String,
    kind: ProviderKind,
    id: String,
    secret: String,
    scopes: Option<Vec<String>>,
    /// Of kind `oidc`.
    issuer: Option<String>,
    /// Of kind `facebook`.
    authorize_url: Option<String>,
    token_url: Option<String>,
    user_url: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ProviderKind {
    Oidc,
    Facebook,
}

/// The providers that are set up, in the order in which they are offered.
pub(super) fn sign_in_providers(
    values: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> Vec<SignInProvider> {
    let mut providers = vec![];
    if let Some((id, secret)) = client(values, "google", problems) {
        let protocol = SignInProtocol::Oidc { issuer: "https://accounts.google.com".to_owned() };
        providers.push(provider("google", "Google", id, secret, protocol));
    }
    if let Some((id, secret)) = client(values, "facebook", problems) {
        let protocol = SignInProtocol::Facebook {
            authorize_url: "https://www.facebook.com/v23.0/dialog/oauth".to_owned(),
            token_url: "https://graph.facebook.com/v23.0/oauth/access_token".to_owned(),
            user_url: "https://graph.facebook.com/v23.0/me".to_owned(),
        };
        providers.push(provider("facebook", "Facebook", id, secret, protocol));
    }
    if let Some(path) = values.get("smp_sign_in_providers") {
        let mut wrong = |what: String| {
            problems.push(format!("smp_sign_in_providers: {path}: {what}"));
        };
        match read(path) {
            Ok(entries) => {
                providers.extend(entries.into_iter().filter_map(|entry| entry.check(&mut wrong)));
            }
            Err(what) => wrong(what),
        }
    }
    let mut names = HashSet::new();
    for provider in &providers {
        if !names.insert(provider.name.as_str()) {
            problems.push(format!(
                "the sign-in provider {:?} is set up twice; each needs a name of its own",
                provider.name
            ));
        }
    }
    providers
}

/// The id and secret of a client at a well-known provider: both or neither.
fn client(
    values: &BTreeMap<String, String>,
    provider: &str,
    problems: &mut Vec<String>,
) -> Option<(String, String)> {
    let keys = ["id", "secret"].map(|part| format!("smp_sign_in_{provider}_{part}"));
    match [values.get(&keys[0]), values.get(&keys[1])] {
        [Some(id), Some(secret)] => Some((id.clone(), secret.clone())),
        [None, None] => None,
        [id, _] => {
            let (set, missing) =
                if id.is_some() { (&keys[0], &keys[1]) } else { (&keys[1], &keys[0]) };
            problems.push(format!("{set} is set, so {missing} must be too"));
            None
        }
    }
}

fn provider(
    name: &str,
    label: &str,
    client_id: String,
    client_secret: String,
    protocol: SignInProtocol,
) -> SignInProvider {
    let scopes = match protocol {
        SignInProtocol::Oidc { .. } => vec!["email".to_owned(), "profile".to_owned()],
        SignInProtocol::Facebook { .. } => vec!["email".to_owned(), "public_profile".to_owned()],
    };
    SignInProvider {
        name: name.to_owned(),
        label: label.to_owned(),
        client_id,
        client_secret,
        scopes,
        protocol,
    }
}

fn read(path: &str) -> Result<Vec<ProviderEntry>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    // The error's own text would show the line, which may hold a secret.
    let file: ProviderFile = toml::from_str(&text).map_err(|error| error.message().to_owned())?;
    if file.provider.len() > PROVIDERS_MAX {
        return Err(format!("lists more than {PROVIDERS_MAX} providers"));
    }
    Ok(file.provider)
}

impl ProviderEntry {
    fn check(self, wrong: &mut impl FnMut(String)) -> Option<SignInProvider> {
        let is_name = !self.name.is_empty()
            && self.name.len() <= NAME_BYTES_MAX
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            wrong(format!(
                "the name {:?} must be lower-case letters, digits and hyphens, at most \
                 {NAME_BYTES_MAX}",
                self.name
            ));
            return None;
        }
        let mut missing = vec![];
        for (what, text) in [("label", &self.label), ("id", &self.id), ("secret", &self.secret)] {
            if text.trim().is_empty() {
                missing.push(what);
            }
        }
        let mut address = |what: &'static str, value: &Option<String>| {
            let value = value.clone().unwrap_or_default();
            if !is_address(&value) {
                missing.push(what);
            }
            value
        };
        let protocol = match self.kind {
            ProviderKind::Oidc => SignInProtocol::Oidc { issuer: address("issuer", &self.issuer) },
            ProviderKind::Facebook => SignInProtocol::Facebook {
                authorize_url: address("authorize_url", &self.authorize_url),
                token_url: address("token_url", &self.token_url),
                user_url: address("user_url", &self.user_url),
            },
        };
        if !missing.is_empty() {
            wrong(format!(
                "{:?} needs {}; addresses start with https:// (http:// on this machine only)",
                self.name,
                missing.join(", ")
            ));
            return None;
        }
        let mut provider = provider(&self.name, &self.label, self.id, self.secret, protocol);
        if let Some(scopes) = self.scopes {
            provider.scopes = scopes.into_iter().filter(|scope| scope != "openid").collect();
        }
        Some(provider)
    }
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        url.scheme() == "https" || (url.scheme() == "http" && is_here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(values: &[(&str, &str)]) -> (Vec<SignInProvider>, Vec<String>) {
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut problems = vec![];
        (sign_in_providers(&values, &mut problems), problems)
    }

    #[test]
    fn only_what_is_set_up_is_offered() {
        assert!(checked(&[]).0.is_empty());
        let (google, problems) =
            checked(&[("smp_sign_in_google_id", "x"), ("smp_sign_in_google_secret", "hunter2")]);
        assert_eq!((google.len(), problems.len()), (1, 0));
        assert!(!format!("{google:?}").contains("hunter2"));
        let (none, problems) = checked(&[("smp_sign_in_facebook_secret", "y")]);
        assert!(none.is_empty());
        assert!(problems[0].contains("smp_sign_in_facebook_id must be too"), "{problems:?}");
    }

    #[test]
    fn a_file_of_providers_is_checked_without_showing_its_secrets() {
        let path = std::env::temp_dir().join(format!("providers-{}.toml", uuid::Uuid::now_v7()));
        let name = path.to_str().unwrap();
        let set = [("smp_sign_in_providers", name)];
        for (text, problem) in [
            ("provider = 3", "providers-"),
            (
                "[[provider]]\nname = \"Acme\"\nlabel = \"Acme\"\nkind = \"oidc\"\nid = \"a\"\n\
                 secret = \"hunter2\"\nissuer = \"https://id.acme.example\"",
                "must be lower-case",
            ),
            (
                "[[provider]]\nname = \"acme\"\nlabel = \"Acme\"\nkind = \"oidc\"\nid = \"a\"\n\
                 secret = \"hunter2\"\nissuer = \"http://id.acme.example\"",
                "needs issuer",
            ),
            (
                "[[provider]]\nname = \"acme\"\nlabel = \"Acme\"\nkind = \"saml\"\nid = \"a\"\n\
                 secret = \"hunter2\"",
                "providers-",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let (providers, problems) = checked(&set);
            assert!(providers.is_empty());
            assert!(problems[0].contains(problem), "{problems:?}");
            assert!(!problems[0].contains("hunter2"), "{problems:?}");
        }
        std::fs::write(
            &path,
            "[[provider]]\nname = \"acme\"\nlabel = \"Acme\"\nkind = \"oidc\"\nid = \"a\"\n\
             secret = \"s\"\nissuer = \"http://localhost:9\"\nscopes = [\"openid\", \"email\"]",
        )
        .unwrap();
        let (providers, problems) = checked(&set);
        assert_eq!(
            (providers[0].scopes.as_slice(), problems.len()),
            (&["email".to_owned()][..], 0)
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(checked(&set).1.len(), 1);
    }
}
