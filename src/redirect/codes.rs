//! Codes that providers issue for purchases in their own carts, sealed at rest: whoever has one can
//! use it. A body that cannot be read may have one anywhere, so it is sealed as a whole.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use crate::kernel::{Keyring, Result, TenantId};

/// What the codes' key is for.
const PURPOSE: &str = "purchase code";
/// What the key of bodies is for.
const BODY_PURPOSE: &str = "report body";
/// In place of a code, which is kept sealed.
pub const SEALED: &str = "(kept sealed)";

/// A field `code` and its value, as JSON, a form or XML have them. What begins a list or an object,
/// or a text without an end, is taken to the end.
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)(?P<name>\bcode\b["']?\s*[:=>]\s*)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[\[{].*|[^,}&<\r\n]*)"#,
    )
    .ok()
});

/// Encrypts the code of a purchase.
pub fn seal(keyring: &Keyring, tenant: TenantId, reference: &str, code: &str) -> Result<Vec<u8>> {
    keyring.seal(PURPOSE, &owner(tenant, reference), code.as_bytes())
}

/// The code of a purchase; None when its secret is no longer in the keyring.
pub fn open(keyring: &Keyring, tenant: TenantId, reference: &str, sealed: &[u8]) -> Option<String> {
    let code = keyring.open(PURPOSE, &owner(tenant, reference), sealed);
    code.inspect_err(|error| tracing::error!(?error, "a purchase's code does not open"))
        .ok()
        .and_then(|code| String::from_utf8(code).ok())
}

/// Encrypts what was sent, as it was sent.
pub fn seal_body(keyring: &Keyring, tenant: TenantId, body: &[u8]) -> Result<Vec<u8>> {
    keyring.seal(BODY_PURPOSE, tenant.0.as_bytes(), body)
}

/// What was sent, as a text that has no code in it; None when its secret is no longer in the keyring.
pub fn open_body(keyring: &Keyring, tenant: TenantId, sealed: &[u8]) -> Option<String> {
    let body = keyring.open(BODY_PURPOSE, tenant.0.as_bytes(), sealed);
    let body = body.inspect_err(|error| tracing::error!(?error, "a report's body does not open"));
    Some(without_codes(&String::from_utf8_lossy(&body.ok()?)).into_owned())
}

/// A text with each value of a field `code` left out.
fn without_codes(text: &str) -> Cow<'_, str> {
    let leave_out = |found: &Captures<'_>| format!("{}{SEALED}", &found["name"]);
    CODE.as_ref().map_or(Cow::Borrowed(SEALED), |code| code.replace_all(text, leave_out))
}

fn owner(tenant: TenantId, reference: &str) -> Vec<u8> {
    [tenant.0.as_bytes().as_slice(), reference.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::without_codes;

    #[test]
    fn a_body_is_shown_without_its_codes() {
        for sent in [
            r#"{"reference": "A-1", "code": "SECRET-1", "confirmed": true}"#,
            r#"{"code":"SECRET \"1\" SECRET","reference":5}"#,
            r#"{"reference": "A-1" "Code" : SECRET-1, "x": 1}"#,
            r#"{"code": ["SECRET-1", "SECRET-2"]}"#,
            r#"{"code": "SECRET-1"#,
            "{'code': 'SECRET-1'}",
            "reference=A-1&code=SECRET-1&confirmed=true",
            "<update><code>SECRET-1</code></update>",
        ] {
            let shown = without_codes(sent);
            assert!(!shown.contains("SECRET"), "{shown}");
            assert!(shown.contains("(kept sealed)"), "{shown}");
        }
        let plain = r#"{"currency_code": "EUR", "reason": "no code"}"#;
        assert_eq!(without_codes(plain), plain);
        let kept = without_codes(r#"{"code": "", "reference": "A-1"}"#);
        assert_eq!(kept, r#"{"code": (kept sealed), "reference": "A-1"}"#);
    }
}
