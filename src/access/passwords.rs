//! Password hashes. Each takes a processor for tens of milliseconds, so only a few are made at the
//! same time, never within a database transaction, and no more wait than can be served soon.

use std::{
    num::NonZero,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::kernel::{Error, Result};

/// Hashes made at the same time: half of the processors, so that the others answer.
static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new((processors / 2).max(1))
});
/// Callers that wait for a slot or have one.
static CALLERS: AtomicUsize = AtomicUsize::new(0);
/// More callers are refused at once; these are served within a few seconds.
const CALLERS_MAX: usize = 100;
const RETRY_AFTER_SECONDS: u32 = 3;

/// Counts a caller until it is dropped, also when the request is given up.
struct Caller;

impl Caller {
    fn admit() -> Result<Self> {
        let caller = Self;
        if CALLERS.fetch_add(1, Ordering::Relaxed) >= CALLERS_MAX {
            return Err(Error::Unavailable { retry_after_seconds: RETRY_AFTER_SECONDS });
        }
        Ok(caller)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        CALLERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread where it keeps no other task waiting.
async fn in_slot<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _caller = Caller::admit()?;
    let slot = SLOTS.acquire().await.map_err(anyhow::Error::from)?;
    let done = tokio::task::spawn_blocking(move || {
        // Not before the work is done, whatever becomes of the request.
        let _slot = slot;
        work()
    });
    Ok(done.await.map_err(anyhow::Error::from)?)
}

/// The hash of a new password.
pub async fn hash(password: String) -> Result<String> {
    let hash = in_slot(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash: PasswordHash| hash.to_string())
    });
    Ok(hash.await?.map_err(|error| anyhow::anyhow!("argon2: {error}"))?)
}

/// Whether a password has this hash. No hash takes as long as one, so that nobody learns which
/// addresses have an account.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    /// A well-formed hash that no password has.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c21wLW5vYm9keS1zYWx0$\
        3d1Jr3YkRmb1dDOsAL0PZqTfYl7QbZyTzk4o8rM5P2w";
    in_slot(move || {
        let text = hash.as_deref().unwrap_or(NOBODY);
        PasswordHash::new(text).is_ok_and(|parsed| {
            Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
        }) && hash.is_some()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_is_refused_early() {
        let hash = hash("correct horse battery".to_owned()).await.unwrap();
        let flood = (0..CALLERS_MAX + 20).map(|_| verify("wrong".to_owned(), Some(hash.clone())));
        let answers = futures_util::future::join_all(flood).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(refused, 20);
        assert!(verify("correct horse battery".to_owned(), Some(hash)).await.unwrap());
    }
}
