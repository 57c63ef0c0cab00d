//! Opaque secrets: random tokens, their hashes at rest, and signatures.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// A new random token of 256 bits, URL-safe.
pub fn random() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A short random code of `length` characters without look-alikes, for links people may type.
pub fn short_code(length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0_u8; length];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()])).collect()
}

/// SHA-256 of a token: what is stored, so that a read of the database gives no session away.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// SHA-256 in hexadecimal, for content.
pub fn content_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Signs text with the server's secret: `text.signature`. `purpose` keeps a signature from serving
/// elsewhere.
pub fn sign(secret: &[u8], purpose: &str, text: &str) -> String {
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac(secret, purpose, text).finalize().into_bytes()))
}

/// The text of a signed token, when its signature is ours.
pub fn verify<'a>(secret: &[u8], purpose: &str, signed: &'a str) -> Option<&'a str> {
    let (text, signature) = signed.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac(secret, purpose, text).verify_slice(&signature).ok()?;
    Some(text)
}

fn mac(secret: &[u8], purpose: &str, text: &str) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_serves_one_text_and_one_purpose() {
        let signed = sign(b"secret", "click", "abc");
        assert_eq!(verify(b"secret", "click", &signed), Some("abc"));
        assert_eq!(verify(b"secret", "visit", &signed), None);
        assert_eq!(verify(b"other", "click", &signed), None);
        assert_eq!(verify(b"secret", "click", &signed.replace("abc", "abd")), None);
        assert_eq!(verify(b"secret", "click", "no dot"), None);
    }
}
