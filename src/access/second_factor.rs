//! The second factor: a code of an authenticator app, or a recovery code once the app is lost. It is
//! asked for when somebody signs in, and again before payouts, keys and roles change hands. SMP's team
//! and providers' owners need one from their second day on.
//!
//! Secrets are sealed, recovery codes are kept as hashes. A code is accepted once, and wrong ones are
//! counted under the lock of the account's factor.

use poem::http::StatusCode;
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    accounts::{self, Account},
    actor::Actor,
    audit,
    authenticator::{self, AppSetUp},
    factor_codes::{self, grouped, typed, wrong_code},
    factor_store::{self as store, StoredFactor},
    method_changes::require_own_address,
    sessions::Session,
};
use crate::{
    events,
    kernel::{AccountId, Error, ExceededLimit, FieldError, Result, TenantId},
    platform::Platform,
};

/// How long a sign-in waits for its second factor.
pub const PENDING_LIFETIME: Duration = Duration::minutes(10);
/// How long after its last code a session may do what asks for one.
pub const FRESH: Duration = Duration::minutes(10);
/// How long a factor can be confirmed after its secret was shown.
const OFFER_LIFETIME: Duration = Duration::hours(1);
/// Wrong codes of a sign-in, and of an account from one network within [`WRONG_WINDOW`].
pub const WRONG_MAX: i64 = 5;
const WRONG_WINDOW: Duration = Duration::minutes(10);
/// Wrong codes of an account from anywhere, so that many networks guess no faster. Only who has the
/// password comes so far, and a new password ends their tries.
const WRONG_OF_ACCOUNT_MAX: i64 = 30;
const WRONG_OF_ACCOUNT_WINDOW: Duration = Duration::hours(1);
const SEAL_PURPOSE: &str = "second factor";
const NETWORK_PURPOSE: &str = "second factor network";

/// How somebody proved the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorProof {
    App,
    RecoveryCode,
}

/// What became of an account's second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum FactorChange {
    SetUp,
    Replaced,
    Removed,
    /// By SMP, because it was lost.
    Reset,
    CodesRenewed,
    CodeUsed,
}

/// How it stands with the second factor of an account.
#[derive(Debug, Clone)]
pub struct FactorStatus {
    /// Since when there is one.
    pub confirmed_at: Option<OffsetDateTime>,
    pub recovery_codes_left: i64,
    /// Whether a role of the account needs one.
    pub is_required: bool,
    /// When the grace without one ends, if a role needs it.
    pub due_at: Option<OffsetDateTime>,
    /// Until when this session may do what asks for a code.
    pub fresh_until: Option<OffsetDateTime>,
}

/// A sign-in whose first factor was right: the token of the wait for the second one, if the account
/// has one.
pub async fn challenge(
    _platform: &Platform,
    conn: &mut PgConnection,
    account: &Account,
    now: OffsetDateTime,
) -> Result<Option<String>> {
    let factor = store::find(conn, account.id).await?;
    if factor.is_none_or(|factor| factor.confirmed_at.is_none()) {
        return Ok(None);
    }
    Ok(Some(store::add_pending(conn, account.id, now, now + PENDING_LIFETIME).await?))
}

/// Refuses what is asked for again, unless the session proved its second factor a moment ago. An
/// account without a factor passes: whether its role needs one is [`require_set_up`]'s to say.
pub fn require_step_up(session: &Session, now: OffsetDateTime) -> Result<()> {
    let is_fresh = session.factor_at.is_some_and(|at| at + FRESH > now);
    if !session.has_factor || is_fresh {
        return Ok(());
    }
    Err(Error::coded(
        StatusCode::FORBIDDEN,
        "second_factor_needed",
        format!(
            "This asks for a code of your authenticator app that is at most {} minutes old. Send one \
             to `second_factor_check`, and repeat the request.",
            FRESH.whole_minutes()
        ),
    ))
}

/// Refuses everything of a role that needs a second factor, once the first day without one is over.
pub fn require_set_up(platform: &Platform, session: &Session) -> Result<()> {
    let is_late = session.factor_due_at.is_some_and(|due| due <= platform.clock.now());
    if session.has_factor || !is_late || !is_required(platform, session) {
        return Ok(());
    }
    Err(Error::coded(
        StatusCode::FORBIDDEN,
        "second_factor_required",
        "Your role needs a second factor since your first day with it. Set up an authenticator app \
         on the page Security of your account, and go on.",
    ))
}

fn is_required(platform: &Platform, session: &Session) -> bool {
    platform.config.second_factor_required && session.needs_factor()
}

pub async fn status(platform: &Platform, session: &Session) -> Result<FactorStatus> {
    let account = session.account.id;
    let mut tx = platform.db.platform("second factor").await?;
    let confirmed_at = store::find(&mut tx, account).await?.and_then(|found| found.confirmed_at);
    let recovery_codes_left = store::recovery_codes_left(&mut tx, account).await?;
    let is_required = is_required(platform, session);
    Ok(FactorStatus {
        confirmed_at,
        recovery_codes_left,
        is_required,
        due_at: session.factor_due_at.filter(|_| is_required && confirmed_at.is_none()),
        fresh_until: session
            .factor_at
            .map(|at| at + FRESH)
            .filter(|until| *until > platform.clock.now()),
    })
}

/// Begins to set up a factor, the first one or another: a new secret for the app. It counts once a
/// code of it is confirmed.
pub async fn offer(platform: &Platform, session: &Session) -> Result<AppSetUp> {
    let now = platform.clock.now();
    require_own_address(session)?;
    require_step_up(session, now)?;
    let account = session.account.id;
    let secret = authenticator::new_secret();
    let sealed = platform.config.keyring.seal(SEAL_PURPOSE, account.0.as_bytes(), &secret)?;
    let mut tx = platform.db.platform("second factor offer").await?;
    store::offer(&mut tx, account, &sealed, now).await?;
    tx.commit().await?;
    AppSetUp::new(&secret, &session.account.email)
}

/// The factor that is being set up, to be shown again.
pub async fn offered(platform: &Platform, session: &Session) -> Result<Option<AppSetUp>> {
    let account = session.account.id;
    let mut tx = platform.db.platform("second factor offered").await?;
    let found = store::find(&mut tx, account).await?;
    let Some(sealed) = found.and_then(|found| open_offer(found, platform.clock.now())) else {
        return Ok(None);
    };
    let secret = open_secret(platform, account, &sealed)?;
    Ok(Some(AppSetUp::new(&secret, &session.account.email)?))
}

/// Makes the factor that is being set up the one in use, by a code of it. Returns the recovery codes,
/// which nothing shows again. The session has proved its factor by this.
pub async fn confirm(
    platform: &Platform,
    session: &Session,
    network: &str,
    code: &str,
) -> Result<Vec<String>> {
    let (now, account) = (platform.clock.now(), session.account.id);
    require_own_address(session)?;
    require_step_up(session, now)?;
    let code = typed(code)?;
    let mut tx = platform.db.platform("second factor confirm").await?;
    let found = store::lock(&mut tx, account).await?;
    let had_one = found.as_ref().is_some_and(|found| found.confirmed_at.is_some());
    let sealed = found.and_then(|found| open_offer(found, now)).ok_or_else(|| {
        Error::conflict(
            "set_up_expired",
            "No authenticator app is being set up, or it was begun more than an hour ago. Begin \
             again, and scan the new code.",
        )
    })?;
    let network = network_hash(platform, network);
    check_tries(&mut tx, account, &network, now).await?;
    let secret = open_secret(platform, account, &sealed)?;
    let Some(step) = authenticator::step_of(&secret, &code, now)? else {
        store::note_wrong(&mut tx, account, &network, now).await?;
        tx.commit().await?;
        return Err(FieldError::new(
            "code",
            "Is not the code that the app shows now. Check that the clock of your phone is right, \
             and type the six digits that it shows",
        )
        .into());
    };
    store::confirm(&mut tx, account, step, now).await?;
    let codes = factor_codes::new_recovery_codes();
    store::set_recovery_codes(&mut tx, account, &codes).await?;
    store::note_proved(&mut tx, session.id, now).await?;
    let change = if had_one { FactorChange::Replaced } else { FactorChange::SetUp };
    note(&mut tx, session, "second_factor_confirm", change).await?;
    tx.commit().await?;
    Ok(codes.iter().map(|code| grouped(code)).collect())
}

/// Replaces the recovery codes. Returns the new ones, which nothing shows again.
pub async fn renew_recovery_codes(platform: &Platform, session: &Session) -> Result<Vec<String>> {
    let account = session.account.id;
    require_step_up(session, platform.clock.now())?;
    let mut tx = platform.db.platform("recovery codes").await?;
    require_in_use(store::lock(&mut tx, account).await?)?;
    let codes = factor_codes::new_recovery_codes();
    store::set_recovery_codes(&mut tx, account, &codes).await?;
    note(&mut tx, session, "recovery_codes_renew", FactorChange::CodesRenewed).await?;
    tx.commit().await?;
    Ok(codes.iter().map(|code| grouped(code)).collect())
}

/// Removes the factor of somebody whose roles need none.
pub async fn remove(platform: &Platform, session: &Session) -> Result<()> {
    let account = session.account.id;
    require_step_up(session, platform.clock.now())?;
    if is_required(platform, session) {
        return Err(Error::conflict(
            "second_factor_required",
            "Your role needs a second factor. To use another app, set that one up: it replaces \
             this one.",
        ));
    }
    let mut tx = platform.db.platform("second factor remove").await?;
    require_in_use(store::lock(&mut tx, account).await?)?;
    store::remove(&mut tx, account).await?;
    note(&mut tx, session, "second_factor_remove", FactorChange::Removed).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the factor of somebody who lost it. They sign in with the first factor alone, and a role
/// that needs a second one gives them a day to set it up. The caller has sessions read again.
pub async fn reset(
    conn: &mut PgConnection,
    account: AccountId,
    by: Actor,
    reason: &str,
) -> Result<Account> {
    let found = accounts::by_id(conn, account).await?;
    if by == Actor::Account(account) {
        return Err(Error::conflict(
            "own_factor",
            "This is your own second factor. Set up another app on the page Security instead, or ask \
             another admin.",
        ));
    }
    require_in_use(store::lock(conn, account).await?)?;
    store::remove(conn, account).await?;
    let subject = format!("account {account}");
    let details = json!({"reason": reason});
    audit::record(conn, by, TenantId::PLATFORM, "second_factor_reset", &subject, &details).await?;
    publish(conn, account, FactorChange::Reset, None).await?;
    Ok(found)
}

/// Lets a session do what asks for a code, for a while.
pub async fn step_up(
    platform: &Platform,
    session: &Session,
    network: &str,
    code: &str,
) -> Result<()> {
    let (now, account) = (platform.clock.now(), session.account.id);
    let mut tx = platform.db.platform("second factor check").await?;
    let proof = check_code(platform, &mut tx, account, network, code, now).await?;
    if proof.is_some() {
        store::note_proved(&mut tx, session.id, now).await?;
    }
    tx.commit().await?;
    proof.map(|_| ()).ok_or_else(wrong_code)
}

/// Checks a code of the account's factor. None if it is wrong, which is counted: the caller commits
/// whatever the answer. Too many wrong ones are [`Error::TooMany`], whether this one is right or not.
pub async fn check_code(
    platform: &Platform,
    conn: &mut PgConnection,
    account: AccountId,
    network: &str,
    code: &str,
    now: OffsetDateTime,
) -> Result<Option<FactorProof>> {
    let code = typed(code)?;
    let factor = require_in_use(store::lock(conn, account).await?)?;
    let network = network_hash(platform, network);
    check_tries(conn, account, &network, now).await?;
    if code.len() == authenticator::CODE_DIGITS {
        let secret = open_secret(platform, account, &factor.sealed_secret.unwrap_or_default())?;
        let step = authenticator::step_of(&secret, &code, now)?;
        if let Some(step) = step.filter(|step| *step > factor.last_step) {
            store::note_step(conn, account, step).await?;
            return Ok(Some(FactorProof::App));
        }
    } else if store::use_recovery_code(conn, account, &code, now).await? {
        let left = store::recovery_codes_left(conn, account).await?;
        publish(conn, account, FactorChange::CodeUsed, Some(left)).await?;
        return Ok(Some(FactorProof::RecoveryCode));
    }
    store::note_wrong(conn, account, &network, now).await?;
    Ok(None)
}

fn require_in_use(found: Option<StoredFactor>) -> Result<StoredFactor> {
    found.filter(|found| found.sealed_secret.is_some()).ok_or_else(|| {
        Error::conflict(
            "no_second_factor",
            "The account has no second factor. Set up an authenticator app first, on the page \
             Security of the account.",
        )
    })
}

fn open_offer(found: StoredFactor, now: OffsetDateTime) -> Option<Vec<u8>> {
    let is_open = found.offered_at.is_some_and(|at| at + OFFER_LIFETIME > now);
    found.offered_secret.filter(|_| is_open)
}

fn open_secret(platform: &Platform, account: AccountId, sealed: &[u8]) -> Result<Vec<u8>> {
    let opened = platform.config.keyring.open(SEAL_PURPOSE, account.0.as_bytes(), sealed);
    Ok(opened.map_err(|error| anyhow::anyhow!("second factor of account {account}: {error}"))?)
}

fn network_hash(platform: &Platform, network: &str) -> String {
    platform.config.keyring.fingerprint(NETWORK_PURPOSE, network)
}

async fn check_tries(
    conn: &mut PgConnection,
    account: AccountId,
    network: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let since = (now - WRONG_OF_ACCOUNT_WINDOW, now - WRONG_WINDOW);
    let tries = store::wrong_tries(conn, account, since.0, network, since.1).await?;
    if tries.here >= WRONG_MAX {
        return Err(too_many(
            "second-factor-network",
            WRONG_MAX,
            WRONG_WINDOW,
            tries.first_here,
            now,
        ));
    }
    if tries.all >= WRONG_OF_ACCOUNT_MAX {
        let (max, window) = (WRONG_OF_ACCOUNT_MAX, WRONG_OF_ACCOUNT_WINDOW);
        return Err(too_many("second-factor-account", max, window, tries.first, now));
    }
    Ok(())
}

fn too_many(
    name: &'static str,
    max: i64,
    window: Duration,
    first: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Error {
    let wait = first.map_or(window, |first| first + window - now).whole_seconds().max(1);
    Error::TooMany {
        limit: ExceededLimit {
            name,
            quota: u32::try_from(max).unwrap_or(u32::MAX),
            window_seconds: window.whole_seconds().unsigned_abs(),
        },
        retry_after_seconds: u32::try_from(wait).unwrap_or(u32::MAX),
    }
}

/// Writes to the audit log what somebody did with their own factor, and tells them.
async fn note(
    conn: &mut PgConnection,
    session: &Session,
    action: &str,
    change: FactorChange,
) -> Result<()> {
    let account = session.account.id;
    let (actor, subject) = (Actor::Account(account), format!("account {account}"));
    let details = json!({"change": change.into_str()});
    audit::record(conn, actor, TenantId::PLATFORM, action, &subject, &details).await?;
    publish(conn, account, change, None).await
}

async fn publish(
    conn: &mut PgConnection,
    account: AccountId,
    change: FactorChange,
    codes_left: Option<i64>,
) -> Result<()> {
    let payload =
        json!({"account_id": account, "change": change.into_str(), "codes_left": codes_left});
    events::publish(conn, TenantId::PLATFORM, "account.second_factor_changed", &payload).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_ends_when_the_first_wrong_code_is_old_enough() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::hours(1);
        let wait = |ago: Duration| {
            too_many("x", 5, WRONG_WINDOW, Some(now - ago), now).retry_after_seconds()
        };
        assert_eq!(wait(Duration::minutes(4)), Some(360));
        assert_eq!(wait(Duration::minutes(10)), Some(1));
    }
}
