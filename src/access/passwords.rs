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
use zxcvbn::{Score, feedback::Feedback, zxcvbn};

use crate::{
    kernel::{
        Error, FieldErrors, Result,
        limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN},
    },
    platform::at_low_priority,
};

/// Hashes made at the same time: half of the processors, so that the others answer.
static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new((processors / 2).max(1))
});
/// Callers that wait for a slot or have one.
static CALLERS: AtomicUsize = AtomicUsize::new(0);
/// More callers are refused at once; these are served within seconds, unless a rush goes on.
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

/// Runs `work` where it keeps no other task waiting, and gives way to a rush.
async fn in_slot<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _caller = Caller::admit()?;
    let slot = SLOTS.acquire().await.map_err(anyhow::Error::from)?;
    at_low_priority(move || {
        // Not before the work is done, whatever becomes of the request.
        let _slot = slot;
        work()
    })
    .await
}

/// Checks a new password: its length, and that it takes more than 10^8 guesses by somebody who knows
/// `person`: the name and the address.
pub async fn check_new(
    fields: &mut FieldErrors,
    field: &'static str,
    password: &str,
    person: &[&str],
) -> Result<()> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        fields.add(field, format!("Use at least {PASSWORD_CHARS_MIN} characters"));
        return Ok(());
    }
    if length > PASSWORD_CHARS_MAX {
        fields.add(field, format!("Use at most {PASSWORD_CHARS_MAX} characters"));
        return Ok(());
    }
    let (password, known) = (password.to_owned(), known_words(person));
    let weakness = in_slot(move || weakness(&password, &known)).await?;
    if let Some(message) = weakness {
        fields.add(field, message);
    }
    Ok(())
}

/// The words that somebody who knows a person tries first.
fn known_words(person: &[&str]) -> Vec<String> {
    let words = person.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let words = words.filter(|word| word.chars().count() >= 3).map(str::to_owned);
    person.iter().map(|text| (*text).to_owned()).chain(words).collect()
}

/// Why a password is too easy to guess, and what to do; None if it is not.
fn weakness(password: &str, known: &[String]) -> Option<String> {
    let is_personal = is_personal(password, known);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let entropy = zxcvbn(password, &known);
    if entropy.score() >= Score::Three && !is_personal {
        return None;
    }
    let why = if is_personal {
        "it has your name or address in it"
    } else if entropy.feedback().and_then(Feedback::warning).is_some() {
        "it is common, repeats itself or follows the keyboard"
    } else {
        "it is too simple"
    };
    Some(format!(
        "This is easy to guess: {why}. Use a few words that do not belong together, or let your \
         browser suggest a password"
    ))
}

/// Whether little is left of a password without what is known of the person.
fn is_personal(password: &str, known: &[String]) -> bool {
    const OTHERS_MIN: usize = 6;
    let password = password.to_lowercase();
    let mut words: Vec<String> = known.iter().map(|word| word.to_lowercase()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words
        .iter()
        .filter(|word| word.len() >= 3)
        .fold(password.clone(), |rest, word| rest.replace(word.as_str(), " "));
    rest != password && rest.chars().filter(|c| c.is_alphanumeric()).count() < OTHERS_MIN
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

    #[test]
    fn a_password_that_is_easy_to_guess_is_refused_with_the_reason() {
        let known = known_words(&["Ada Lovelace", "ada.lovelace@shop.example"]);
        for (password, why) in [
            ("password12", "common"),
            ("aaaaaaaaaaaa", "repeats"),
            ("qwertyuiop1", "keyboard"),
            ("lovelace ada", "your name"),
            ("ada.lovelace@shop.example", "your name or address"),
        ] {
            let message = weakness(password, &known).unwrap_or_default();
            assert!(message.contains(why), "{password}: {message}");
        }
        for password in ["correct horse battery", "open-at-noon", "four words in a row"] {
            assert_eq!(weakness(password, &known), None, "{password}");
        }
    }

    #[tokio::test]
    async fn a_flood_is_refused_early() {
        let _alone = ONE_TEST_AT_A_TIME.lock().await;
        let hash = hash("correct horse battery".to_owned()).await.unwrap();
        let flood = (0..CALLERS_MAX + 20).map(|_| verify("wrong".to_owned(), Some(hash.clone())));
        let answers = futures_util::future::join_all(flood).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(refused, 20);
        assert!(verify("correct horse battery".to_owned(), Some(hash)).await.unwrap());
    }

    /// The callers are counted for the whole process.
    static ONE_TEST_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    #[tokio::test]
    async fn half_of_the_processors_hash_at_most() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let _alone = ONE_TEST_AT_A_TIME.lock().await;
        let work = || {
            MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(5));
            RUNNING.fetch_sub(1, Ordering::SeqCst);
        };
        let done = futures_util::future::join_all((0..60).map(|_| in_slot(work))).await;
        assert!(done.iter().all(Result::is_ok));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let most = MOST.load(Ordering::SeqCst);
        assert!(most <= (processors / 2).max(1), "{most} at once on {processors} processors");
    }

    #[tokio::test]
    async fn what_is_hashed_keeps_no_other_task_waiting() {
        let _alone = ONE_TEST_AT_A_TIME.lock().await;
        let long = std::time::Duration::from_millis(500);
        let began = std::time::Instant::now();
        let hashed = in_slot(move || std::thread::sleep(long));
        let other = async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            began.elapsed()
        };
        let (hashed, other) = tokio::join!(hashed, other);
        hashed.unwrap();
        assert!(other < long, "another task went on after {other:?}");
    }
}
