//! Voucher codes: random, in groups a person can read aloud, sealed at rest.

use rand::RngCore;

use crate::kernel::{Keyring, Result, TenantId, VoucherId, keyring::OpenError};

/// What the codes' key is for.
const PURPOSE: &str = "voucher code";
/// 32 letters and digits without look-alikes, so that each byte picks one of them evenly.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 16 of 32 characters: 80 bits.
const CODE_CHARS: usize = 16;
const GROUP_CHARS: usize = 4;

/// A new code, like `K7MP-2QXR-9DTW-HN4C`.
pub fn random() -> String {
    let mut bytes = [0_u8; CODE_CHARS];
    rand::rng().fill_bytes(&mut bytes);
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect();
    letters
        .chunks(GROUP_CHARS)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// Encrypts a code for one voucher.
pub fn seal(
    keyring: &Keyring,
    tenant: TenantId,
    voucher: VoucherId,
    code: &str,
) -> Result<Vec<u8>> {
    keyring.seal(PURPOSE, &owner(tenant, voucher), code.as_bytes())
}

/// The code of a voucher.
pub fn open(
    keyring: &Keyring,
    tenant: TenantId,
    voucher: VoucherId,
    sealed: &[u8],
) -> Result<String, OpenError> {
    let code = keyring.open(PURPOSE, &owner(tenant, voucher), sealed)?;
    String::from_utf8(code).map_err(|_| OpenError::Malformed)
}

fn owner(tenant: TenantId, voucher: VoucherId) -> Vec<u8> {
    [tenant.0.as_bytes().as_slice(), voucher.0.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_code_comes_in_groups_and_never_twice() {
        let codes: HashSet<String> = (0..1000).map(|_| random()).collect();
        assert_eq!(codes.len(), 1000);
        let readable = |code: &String| {
            let groups: Vec<&str> = code.split('-').collect();
            groups.len() == 4
                && groups
                    .iter()
                    .all(|group| group.len() == 4 && group.bytes().all(|b| ALPHABET.contains(&b)))
        };
        assert!(codes.iter().all(readable));
    }

    #[test]
    fn a_code_opens_for_its_own_voucher_only() {
        let keyring = Keyring::new(b"a secret of thirty-two characters", []);
        let (tenant, id, code) = (TenantId::new(), VoucherId::new(), random());
        let sealed = seal(&keyring, tenant, id, &code).unwrap();
        assert!(
            !sealed.windows(4).any(|part| code.as_bytes().windows(4).any(|known| known == part))
        );
        assert_eq!(open(&keyring, tenant, id, &sealed), Ok(code));
        let foreign = open(&keyring, tenant, VoucherId::new(), &sealed);
        assert_eq!(foreign, Err(OpenError::Tampered));
        let foreign = open(&keyring, TenantId::new(), id, &sealed);
        assert_eq!(foreign, Err(OpenError::Tampered));
    }
}
