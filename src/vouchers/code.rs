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
    grouped(&letters)
}

/// A code as it is stored, of what somebody typed: in capitals and groups, whatever was between them. None when it
/// cannot be one.
pub fn parse(typed: &str) -> Option<String> {
    let is_between = |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
    let letters = typed.chars().filter(|c| !is_between(c)).map(|c| c.to_ascii_uppercase());
    let letters: Vec<char> = letters.take(CODE_CHARS + 1).collect();
    let is_known = |c: &char| u8::try_from(*c).is_ok_and(|byte| ALPHABET.contains(&byte));
    (letters.len() == CODE_CHARS && letters.iter().all(is_known)).then(|| grouped(&letters))
}

/// The last group of a code, by which people tell codes from each other without using them.
pub fn ending(code: &str) -> &str {
    code.rsplit('-').next().unwrap_or_default()
}

fn grouped(letters: &[char]) -> String {
    let groups = letters.chunks(GROUP_CHARS).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
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
    fn a_code_is_read_however_it_is_typed() {
        let code = "K7MP-2QXR-9DTW-HN4C";
        for typed in ["K7MP-2QXR-9DTW-HN4C", " k7mp2qxr 9dtw–hn4c\n", "K7MP 2QXR 9DTW HN4C"] {
            assert_eq!(parse(typed).as_deref(), Some(code), "{typed}");
        }
        let too_long = "K7MP-2QXR-9DTW-HN4C-2";
        for typed in
            ["", "K7MP-2QXR-9DTW-HN4", too_long, "K7MP-2QXR-9DTW-HN41", "K7MP-2QXR-9DTW-HNÖC"]
        {
            assert_eq!(parse(typed), None, "{typed}");
        }
        assert_eq!(ending(code), "HN4C");
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
