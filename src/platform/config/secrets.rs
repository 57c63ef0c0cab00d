//! The server's own secrets: given, or made once and kept in the data folder.

use std::{collections::BTreeMap, path::Path};

use crate::kernel::{Keyring, token};

/// Shortest secret, in bytes.
pub const SECRET_MIN_BYTES: usize = 32;

/// Where a secret that is not set comes from: by the data folder and the secret's name.
pub type SecretSource = fn(&Path, &str) -> std::io::Result<String>;

/// A secret: as it is set, or from `make` for this data folder.
pub fn secret_setting(
    values: &BTreeMap<String, String>,
    key: &str,
    production: bool,
    data: &Path,
    make: SecretSource,
    problems: &mut Vec<String>,
) -> String {
    let is_main = key == "smp_secret";
    if let Some(value) = values.get(key) {
        if is_main && value.len() < SECRET_MIN_BYTES {
            let text =
                "smp_secret is shorter than 32 characters; make one with: openssl rand -hex 32";
            problems.push(text.to_owned());
        }
        return value.clone();
    }
    if production && is_main {
        let text = "smp_secret must be set in production, the same on every node";
        problems.push(text.to_owned());
        return String::new();
    }
    make(data, key).unwrap_or_else(|error| {
        let folder = data.display();
        problems.push(format!("{key} is not set, and cannot be made in {folder}: {error}"));
        String::new()
    })
}

/// The current secret and, separated by commas, those it replaced.
pub fn keyring(secret: &str, previous: &str, problems: &mut Vec<String>) -> Keyring {
    let previous: Vec<&str> =
        previous.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    if previous.iter().any(|secret| secret.len() < SECRET_MIN_BYTES) {
        problems.push(format!(
            "smp_secret_previous lists a secret shorter than {SECRET_MIN_BYTES} characters; give \
             each whole, separated by commas"
        ));
    }
    Keyring::new(secret.as_bytes(), previous.iter().map(|secret| secret.as_bytes()))
}

/// A secret that is generated once and stored in the data folder, readable by its owner only.
pub fn generated_secret(data: &Path, name: &str) -> std::io::Result<String> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    std::fs::create_dir_all(data)?;
    let path = data.join(name);
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let secret = token::random().replace(['-', '_'], "x");
            file.write_all(secret.as_bytes())?;
            Ok(secret)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&path)
        }
        Err(error) => Err(error),
    }
}
