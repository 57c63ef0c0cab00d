//! Random tokens and codes, and their hashes at rest.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
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

/// No token is longer, in bytes.
const BYTES_MAX: usize = 64;

/// The hash of a token that somebody sent; None if it is too long to be one, and not worth hashing.
pub fn hash_of_sent(token: &str) -> Option<Vec<u8>> {
    (token.len() <= BYTES_MAX).then(|| hash(token))
}

/// SHA-256 of a token: what is stored, so that a read of the database gives no session away.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// SHA-256 in hexadecimal, for content.
pub fn content_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
