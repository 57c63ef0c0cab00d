//! The server's secrets. Signs and seals with the current one; verifies and opens with any, so that
//! a secret can be replaced without losing what it protects.
//!
//! A sealed text is a version byte, the id of its key, a nonce and the ciphertext
//! (XChaCha20-Poly1305). Keys and key ids are derived with HKDF-SHA256, one key for each purpose.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use super::Result;

const VERSION: u8 = 1;
/// No signed text is longer.
const SIGNED_BYTES_MAX: usize = 256;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES;

/// The secrets in use. Its `Debug` shows none of them.
#[derive(Clone)]
pub struct Keyring {
    current: Secret,
    previous: Vec<Secret>,
}

#[derive(Clone)]
struct Secret {
    bytes: Vec<u8>,
    derived: Hkdf<Sha256>,
    key_id: [u8; KEY_ID_BYTES],
}

/// Why a sealed text cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("it is not a sealed text of version {VERSION}")]
    Malformed,
    #[error("its key {} is of no secret in SMP_SECRET or SMP_SECRET_PREVIOUS", hex::encode(.0))]
    UnknownKey([u8; KEY_ID_BYTES]),
    #[error("it was changed, or sealed for another purpose or another owner")]
    Tampered,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} secrets)", self.secrets().count())
    }
}

impl Keyring {
    /// `previous` are the secrets that `current` replaced.
    pub fn new<'a>(current: &[u8], previous: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self {
            current: Secret::new(current),
            previous: previous.into_iter().map(Secret::new).collect(),
        }
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Signs text with the current secret: `text.signature`. A signature is valid for its `purpose`
    /// alone.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let signature = self.current.mac(purpose, text).finalize().into_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The text of a signed token, when one of the secrets signed it for this purpose.
    pub fn verify<'a>(&self, purpose: &str, signed: &'a str) -> Option<&'a str> {
        if signed.len() > SIGNED_BYTES_MAX {
            return None;
        }
        let (text, signature) = signed.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.secrets()
            .any(|secret| secret.mac(purpose, text).verify_slice(&signature).is_ok())
            .then_some(text)
    }

    /// A keyed hash of text with the current secret, in hexadecimal: who knows the text and the secret
    /// can compare, nobody else learns the text. Another `purpose` gives another hash.
    pub fn fingerprint(&self, purpose: &str, text: &str) -> String {
        hex::encode(self.current.mac(purpose, text).finalize().into_bytes())
    }

    /// Encrypts with the current secret. `owner` says whose text it is: it opens with the same
    /// `purpose` and `owner` only.
    pub fn seal(&self, purpose: &str, owner: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = vec![VERSION];
        sealed.extend(self.current.key_id);
        let authenticated = [sealed.as_slice(), owner].concat();
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let ciphertext = self
            .current
            .cipher(purpose)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: text, aad: &authenticated })
            .map_err(|_| anyhow::anyhow!("a text of {} bytes cannot be sealed", text.len()))?;
        sealed.extend(nonce);
        sealed.extend(ciphertext);
        Ok(sealed)
    }

    /// Decrypts what [`Self::seal`] made with any of the secrets.
    pub fn open(&self, purpose: &str, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (header, rest) = sealed.split_at_checked(HEADER_BYTES).ok_or(OpenError::Malformed)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or(OpenError::Malformed)?;
        let Some((&VERSION, key_id)) = header.split_first() else {
            return Err(OpenError::Malformed);
        };
        let key_id = key_id.try_into().map_err(|_| OpenError::Malformed)?;
        let authenticated = [header, owner].concat();
        let open = |secret: &Secret| {
            let payload = Payload { msg: ciphertext, aad: &authenticated };
            secret.cipher(purpose).decrypt(XNonce::from_slice(nonce), payload).ok()
        };
        let mut candidates = self.secrets().filter(|secret| secret.key_id == key_id).peekable();
        if candidates.peek().is_none() {
            return Err(OpenError::UnknownKey(key_id));
        }
        candidates.find_map(open).ok_or(OpenError::Tampered)
    }
}

impl Secret {
    fn new(bytes: &[u8]) -> Self {
        let derived = Hkdf::new(Some(b"smp keyring"), bytes);
        let mut key_id = [0; KEY_ID_BYTES];
        expand(&derived, "key id", &mut key_id);
        Self { bytes: bytes.to_vec(), derived, key_id }
    }

    fn cipher(&self, purpose: &str) -> XChaCha20Poly1305 {
        let mut key = [0; 32];
        expand(&self.derived, &format!("seal {purpose}"), &mut key);
        XChaCha20Poly1305::new(&key.into())
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.bytes)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }
}

fn expand(derived: &Hkdf<Sha256>, info: &str, key: &mut [u8]) {
    derived
        .expand(info.as_bytes(), key)
        .unwrap_or_else(|_| unreachable!("HKDF-SHA256 expands to 8,160 bytes"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = b"the old secret, long enough for it";
    const NEW: &[u8] = b"the new secret, long enough for it";

    fn ring(current: &[u8], previous: &[&[u8]]) -> Keyring {
        Keyring::new(current, previous.iter().copied())
    }

    #[test]
    fn a_signature_is_valid_for_one_text_and_one_purpose() {
        let ring = ring(OLD, &[]);
        let signed = ring.sign("click", "abc");
        assert_eq!(ring.verify("click", &signed), Some("abc"));
        assert_eq!(ring.verify("visit", &signed), None);
        assert_eq!(ring.verify("click", &signed.replace("abc", "abd")), None);
        assert_eq!(ring.verify("click", "no dot"), None);
    }

    #[test]
    fn a_fingerprint_needs_the_secret_and_is_of_one_purpose() {
        let print = ring(OLD, &[]).fingerprint("address", "203.0.113.7");
        assert_eq!(print, ring(OLD, &[NEW]).fingerprint("address", "203.0.113.7"));
        assert_ne!(print, ring(OLD, &[]).fingerprint("visit", "203.0.113.7"));
        assert_ne!(print, ring(NEW, &[]).fingerprint("address", "203.0.113.7"));
    }

    #[test]
    fn a_replaced_secret_still_verifies_and_opens() {
        let old = ring(OLD, &[]);
        let (signed, sealed) =
            (old.sign("click", "abc"), old.seal("code", b"owner", b"text").unwrap());
        let rotated = ring(NEW, &[OLD]);
        assert_eq!(rotated.verify("click", &signed), Some("abc"));
        assert_eq!(rotated.open("code", b"owner", &sealed), Ok(b"text".to_vec()));
        // New texts are of the new secret alone.
        assert_eq!(old.verify("click", &rotated.sign("click", "abc")), None);
        let resealed = rotated.seal("code", b"owner", b"text").unwrap();
        assert!(matches!(old.open("code", b"owner", &resealed), Err(OpenError::UnknownKey(_))));
        // A secret that left the ring opens nothing.
        let forgotten = ring(NEW, &[]);
        assert_eq!(forgotten.verify("click", &signed), None);
        assert_eq!(
            forgotten.open("code", b"owner", &sealed),
            Err(OpenError::UnknownKey(old.current.key_id))
        );
    }

    #[test]
    fn a_changed_text_does_not_open() {
        let ring = ring(NEW, &[OLD]);
        let sealed = ring.seal("code", b"owner", b"text").unwrap();
        for byte in HEADER_BYTES..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(ring.open("code", b"owner", &changed), Err(OpenError::Tampered), "{byte}");
        }
        let mut changed = sealed.clone();
        changed[0] = 2;
        assert_eq!(ring.open("code", b"owner", &changed), Err(OpenError::Malformed));
        // The key id of another secret of the ring.
        let mut changed = sealed.clone();
        changed[1..HEADER_BYTES].copy_from_slice(&ring.previous[0].key_id);
        assert_eq!(ring.open("code", b"owner", &changed), Err(OpenError::Tampered));
        assert_eq!(ring.open("code", b"owner", &sealed[..20]), Err(OpenError::Malformed));
        assert_eq!(ring.open("code", b"owner", b""), Err(OpenError::Malformed));
    }

    #[test]
    fn a_text_opens_for_its_owner_and_purpose_only() {
        let ring = ring(NEW, &[]);
        let sealed = ring.seal("code", b"owner", b"text").unwrap();
        assert_eq!(ring.open("code", b"another", &sealed), Err(OpenError::Tampered));
        assert_eq!(ring.open("token", b"owner", &sealed), Err(OpenError::Tampered));
    }

    #[test]
    fn nothing_prints_a_secret_or_seals_a_text_twice_alike() {
        let ring = ring(NEW, &[OLD]);
        assert_eq!(format!("{ring:?}"), "Keyring(2 secrets)");
        let [first, second] = [(); 2].map(|()| ring.seal("code", b"owner", b"text").unwrap());
        assert_ne!(first, second);
    }
}
