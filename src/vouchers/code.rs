//! Voucher codes: random, in groups a person can read aloud, sealed at rest.

use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use crate::kernel::VoucherId;

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

/// Hides a code behind a keystream of its own: every voucher's id is used once.
pub fn seal(secret: &[u8], voucher: VoucherId, code: &str) -> Vec<u8> {
    masked(secret, voucher, code.as_bytes())
}

/// The code, if `sealed` was sealed with this secret; the caller holds it against its hash.
pub fn open(secret: &[u8], voucher: VoucherId, sealed: &[u8]) -> Option<String> {
    String::from_utf8(masked(secret, voucher, sealed)).ok()
}

/// A code is shorter than the 32 bytes of the keystream.
fn masked(secret: &[u8], voucher: VoucherId, text: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(b"voucher code\0");
    mac.update(voucher.0.as_bytes());
    text.iter().zip(mac.finalize().into_bytes()).map(|(byte, key)| byte ^ key).collect()
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
    fn only_the_secret_and_the_voucher_open_a_code() {
        let (id, code) = (VoucherId::new(), random());
        let sealed = seal(b"secret", id, &code);
        assert!(
            !sealed.windows(4).any(|part| code.as_bytes().windows(4).any(|known| known == part))
        );
        assert_eq!(open(b"secret", id, &sealed), Some(code.clone()));
        assert_ne!(open(b"other", id, &sealed), Some(code.clone()));
        assert_ne!(open(b"secret", VoucherId::new(), &sealed), Some(code));
    }
}
