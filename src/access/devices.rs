//! Browsers that have signed in to an account before. Each has a token in a cookie of its own, which
//! outlives the session: it opens nothing, and tells a known browser from a new one.

use std::{borrow::Cow, time::Duration};

use poem::{FromRequest, Request, RequestBody, web::cookie::Cookie};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::context::Access;
use crate::{
    kernel::{AccountId, Error, Result, token},
    platform::{Cookies, client_of, site_cookie},
};

/// The cookie of a known browser.
pub const DEVICE_COOKIE: &str = "smp_device";
/// How long a browser keeps it, and how long it is known after it was last seen.
const LIFETIME: Duration = Duration::from_hours(400 * 24);
/// The length of `token::random`.
const TOKEN_CHARS: usize = 43;
const USER_AGENT_CHARS_MAX: usize = 200;

/// What a sign-in comes from.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    pub user_agent: &'a str,
    /// The client's, as limits count it.
    pub address: &'a str,
    /// Of its cookie `smp_device`.
    pub token: Option<&'a str>,
}

/// The device of a request; a handler takes it as an argument.
#[derive(Debug, Clone)]
pub struct SigningDevice {
    user_agent: String,
    address: String,
    token: Option<String>,
}

impl SigningDevice {
    pub fn of(request: &Request, access: &Access) -> Self {
        Self {
            user_agent: request.header("User-Agent").unwrap_or_default().to_owned(),
            address: client_of(request, access.platform.config.trust_forwarded),
            token: request
                .headers()
                .value(DEVICE_COOKIE)
                .filter(|token| !token.is_empty())
                .map(Cow::into_owned),
        }
    }

    pub fn device(&self) -> Device<'_> {
        Device {
            user_agent: &self.user_agent,
            address: &self.address,
            token: self.token.as_deref(),
        }
    }
}

impl<'a> FromRequest<'a> for SigningDevice {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let access = request.data::<Access>().ok_or_else(|| {
            Error::Internal(anyhow::anyhow!("Access is not among the request's data"))
        })?;
        Ok(Self::of(request, access))
    }
}

impl Device<'_> {
    /// The hash of its token, if it has one.
    pub fn hash(&self) -> Option<Vec<u8>> {
        self.token.and_then(token::hash_of_sent)
    }

    /// The browser and the system in words, for an email: “Firefox on Windows”.
    pub fn in_words(&self) -> String {
        let first = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(mark, _)| self.user_agent.contains(mark)).map(|(_, name)| *name)
        };
        let browser = first(&[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ]);
        let system = first(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "an unknown program".to_owned(),
        }
    }
}

/// What an account knows of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// The account has signed in nowhere yet.
    First,
    Known,
    /// The account is known on other devices.
    New,
}

/// Remembers that a device signed in to an account. Returns its token, and whether it was known.
pub async fn remember(
    conn: &mut PgConnection,
    account: AccountId,
    device: &Device<'_>,
    now: OffsetDateTime,
) -> Result<(String, Acquaintance)> {
    // A cookie that no browser got from us is replaced.
    let sent = device.token.filter(|token| token.len() == TOKEN_CHARS);
    let token = sent.map_or_else(token::random, str::to_owned);
    let hash = token::hash(&token);
    let known = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM known_devices WHERE account_id = $1) AS "any!",
                  EXISTS (SELECT FROM known_devices
                          WHERE account_id = $1 AND device_hash = $2) AS "this!""#,
        account.0,
        hash,
    )
    .fetch_one(&mut *conn)
    .await?;
    let user_agent: String = device.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
    sqlx::query!(
        "INSERT INTO known_devices (account_id, device_hash, user_agent, created_at, seen_at)
         VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (account_id, device_hash)
         DO UPDATE SET seen_at = excluded.seen_at, user_agent = excluded.user_agent",
        account.0,
        hash,
        user_agent,
        now,
    )
    .execute(conn)
    .await?;
    let acquaintance = match (known.any, known.this) {
        (_, true) => Acquaintance::Known,
        (true, false) => Acquaintance::New,
        (false, false) => Acquaintance::First,
    };
    Ok((token, acquaintance))
}

/// Forgets all devices of an account, as when somebody else had its password, or it is erased.
pub async fn forget_all(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM known_devices WHERE account_id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes devices that were last seen before this time. Returns how many, `max` at most.
pub async fn delete_unseen(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM known_devices WHERE (account_id, device_hash) IN (
             SELECT account_id, device_hash FROM known_devices WHERE seen_at < $1
             ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// The cookie with a device's token.
pub fn cookie(token: &str, secure: bool) -> Cookie {
    site_cookie(DEVICE_COOKIE, token, Some(LIFETIME), secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_people_know_it() {
        let words = |user_agent| Device { user_agent, address: "", token: None }.in_words();
        assert_eq!(
            words("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0"),
            "Edge on Windows"
        );
        assert_eq!(
            words("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1"),
            "Safari on iPhone"
        );
        assert_eq!(words("curl/8.9"), "an unknown program");
    }
}
