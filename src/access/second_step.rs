//! The second step of signing in: the code that a pending sign-in waits for.

use std::time::Duration;

use poem::web::cookie::Cookie;
use time::OffsetDateTime;

use super::{
    accounts::{self, Account},
    factor_codes::wrong_code,
    factor_store as store,
    second_factor::{self, PENDING_LIFETIME, WRONG_MAX},
    sign_in::{self, Device, OpenedSession},
};
use crate::{
    kernel::{Error, Result},
    platform::{Platform, site_cookie},
};

/// Holds the token of a pending sign-in while its page asks for the code.
pub const PENDING_COOKIE: &str = "smp_pending";

/// Ends a pending sign-in with a code, and opens the session that it waited for. A wrong code is an
/// error on `code`; after five of them the sign-in is over.
pub async fn finish(
    platform: &Platform,
    pending_token: &str,
    code: &str,
    device: &Device<'_>,
    now: OffsetDateTime,
) -> Result<(Account, OpenedSession)> {
    let mut tx = platform.db.platform("second step of sign-in").await?;
    let pending = store::pending(&mut tx, pending_token, now).await?.ok_or_else(over)?;
    let account = accounts::by_ids(&mut tx, &[pending.account]).await?.pop().ok_or_else(over)?;
    if i64::from(pending.wrong_tries) >= WRONG_MAX {
        return Err(over());
    }
    let proof =
        second_factor::check_code(platform, &mut tx, account.id, device.address, code, now).await?;
    if proof.is_none() {
        store::note_wrong_pending(&mut tx, pending.id).await?;
        tx.commit().await?;
        let was_last = i64::from(pending.wrong_tries) + 1 >= WRONG_MAX;
        return Err(if was_last { over() } else { wrong_code() });
    }
    store::end_pending(&mut tx, pending.id).await?;
    let opened = sign_in::open(&mut tx, &account, device, now).await?;
    store::note_proved_at_sign_in(&mut tx, &opened.session_token, now).await?;
    tx.commit().await?;
    Ok((account, opened))
}

fn over() -> Error {
    Error::conflict(
        "sign_in_over",
        format!(
            "This sign-in is over: it waited more than {} minutes, {WRONG_MAX} codes were wrong, or \
             it was finished. Sign in again from the start.",
            PENDING_LIFETIME.whole_minutes()
        ),
    )
}

/// The cookie with the token of a pending sign-in. An empty token removes it.
pub fn pending_cookie(token: &str, secure: bool) -> Cookie {
    let lifetime = if token.is_empty() {
        Duration::ZERO
    } else {
        Duration::from_secs(PENDING_LIFETIME.whole_seconds().unsigned_abs())
    };
    site_cookie(PENDING_COOKIE, token, Some(lifetime), secure)
}
