//! Signing in: by a password, and what follows from any proof of who somebody is: a second factor
//! where the account has one, then a session, and news of it when the device is new.

use poem::web::cookie::CookieJar;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    accounts::Account,
    credentials,
    devices::{self, Acquaintance},
    factor_store, second_factor, sessions,
};
use crate::{
    events,
    kernel::{Result, TenantId},
    platform::Platform,
};

pub use super::devices::{DEVICE_COOKIE, Device, SigningDevice};

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstFactor {
    Password,
    /// An account with somebody else, by the provider's name.
    Provider(String),
    /// With the device's own check of its user, so that it is a second factor as well.
    Passkey,
}

/// A session that was opened now. Only here: the database has hashes of both tokens.
#[derive(Debug, Clone)]
pub struct OpenedSession {
    pub session_token: String,
    pub device_token: String,
}

impl OpenedSession {
    /// Gives the browser both cookies.
    pub fn add_cookies(&self, jar: &CookieJar, platform: &Platform) {
        let secure = platform.config.secure_cookies();
        jar.add(sessions::cookie(&self.session_token, secure));
        jar.add(devices::cookie(&self.device_token, secure));
    }
}

/// What comes after the first factor.
#[derive(Debug, Clone)]
pub enum SignInStep {
    Opened(OpenedSession),
    /// No session yet: the token waits for the second factor.
    SecondFactor {
        pending_token: String,
    },
}

/// The account with this address and password. An unknown address is refused like a wrong password,
/// and takes as long.
pub async fn by_password(
    platform: &Platform,
    email: &str,
    password: &str,
    device: &Device<'_>,
) -> Result<Account> {
    credentials::find(platform, email, password, device).await?.ok_or_else(credentials::wrong)
}

/// Goes on after the first factor. A passkey's session has proved the second one as well.
pub async fn begin(
    platform: &Platform,
    conn: &mut PgConnection,
    account: &Account,
    first: FirstFactor,
    device: &Device<'_>,
    now: OffsetDateTime,
) -> Result<SignInStep> {
    if first != FirstFactor::Passkey
        && let Some(pending_token) = second_factor::challenge(platform, conn, account, now).await?
    {
        return Ok(SignInStep::SecondFactor { pending_token });
    }
    let opened = open(conn, account, device, now).await?;
    if first == FirstFactor::Passkey {
        factor_store::note_proved_at_sign_in(conn, &opened.session_token, now).await?;
    }
    Ok(SignInStep::Opened(opened))
}

/// Opens a session, whatever the account's factors, and remembers the device. An account that is
/// known on other devices is told of a new one.
pub async fn open(
    conn: &mut PgConnection,
    account: &Account,
    device: &Device<'_>,
    now: OffsetDateTime,
) -> Result<OpenedSession> {
    let session_token = sessions::open(conn, account.id, device.user_agent, now).await?;
    let (device_token, acquaintance) = devices::remember(conn, account.id, device, now).await?;
    if acquaintance == Acquaintance::New {
        let payload = json!({"account_id": account.id, "device": device.in_words()});
        events::publish(conn, TenantId::PLATFORM, "account.new_device", &payload).await?;
    }
    Ok(OpenedSession { session_token, device_token })
}
