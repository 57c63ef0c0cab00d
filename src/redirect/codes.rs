//! Codes that providers issue for purchases in their own carts, sealed at rest: whoever has one can
//! use it.

use crate::kernel::{Keyring, Result, TenantId};

/// What the codes' key is for.
const PURPOSE: &str = "purchase code";

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

fn owner(tenant: TenantId, reference: &str) -> Vec<u8> {
    [tenant.0.as_bytes().as_slice(), reference.as_bytes()].concat()
}
