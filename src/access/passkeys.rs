//! Passkeys: keys of a person's devices, which prove possession and, by fingerprint, face or PIN,
//! the person. So they are both factors at once.
//!
//! A challenge is kept here while the browser answers it, and answered once. A key whose counter went
//! backwards may have been copied, and opens nothing.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::{
    accounts::{self, Account},
    method_changes::{self, MethodChange},
};
use crate::{
    kernel::{
        AccountId, Error, FieldErrors, PasskeyId, Result,
        limits::{PASSKEY_NAME_CHARS_MAX, PASSKEYS_MAX},
        token, validate,
    },
    platform::{Config, Platform},
};

/// How long a challenge may be answered.
const CHALLENGE_LIFETIME: Duration = Duration::minutes(5);
/// What the browser's dialog calls this site.
const SITE_NAME: &str = "SMP";

/// What a browser has a passkey sign.
#[derive(Debug)]
pub struct PasskeyChallenge {
    /// Comes back with the answer.
    pub token: String,
    /// For `navigator.credentials`, with bytes in base64url.
    pub options: Value,
}

#[derive(Debug)]
pub struct PasskeyInfo {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
}

/// Whether passkeys work at this address. A key belongs to a domain, so none works at an IP address.
pub fn are_offered(config: &Config) -> bool {
    site(config).is_ok()
}

fn site(config: &Config) -> Result<Webauthn> {
    let origin = Url::parse(&config.base_url).map_err(anyhow::Error::from)?;
    let domain = origin.domain().ok_or_else(|| {
        Error::conflict(
            "no_passkeys",
            "Passkeys need an address with a domain name, and this installation has none.",
        )
    })?;
    let site =
        WebauthnBuilder::new(domain, &origin).and_then(|site| site.rp_name(SITE_NAME).build());
    Ok(site.map_err(anyhow::Error::from)?)
}

/// What passkeys are called in emails and in the audit log.
pub fn in_words(name: &str) -> String {
    format!("the passkey “{name}”")
}

/// Begins to add a passkey to an account.
pub async fn begin_adding(platform: &Platform, account: &Account) -> Result<PasskeyChallenge> {
    let site = site(&platform.config)?;
    let mut tx = platform.db.platform("passkey challenge").await?;
    let known = sqlx::query_scalar!(
        "SELECT credential_id FROM passkeys WHERE account_id = $1",
        account.id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    check_room(known.len())?;
    let (options, state) = site
        .start_passkey_registration(account.id.0, &account.email, &account.name, Some(known))
        .map_err(anyhow::Error::from)?;
    let mut options = serde_json::to_value(options).map_err(anyhow::Error::from)?;
    // Kept on the device with the account's id, so that signing in needs no email address.
    let wanted = &mut options["publicKey"]["authenticatorSelection"];
    wanted["residentKey"] = "required".into();
    wanted["requireResidentKey"] = true.into();
    let token = keep(&mut tx, Some(account.id), &state, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(PasskeyChallenge { token, options })
}

fn check_room(passkeys: usize) -> Result<()> {
    if passkeys < PASSKEYS_MAX {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_passkeys",
        format!("An account has at most {PASSKEYS_MAX} passkeys. Remove one that you do not use."),
    ))
}

/// Adds the passkey that answered a challenge, and has the account's owner told.
pub async fn add(
    platform: &Platform,
    account: AccountId,
    token: &str,
    credential: Value,
    name: &str,
) -> Result<PasskeyInfo> {
    let site = site(&platform.config)?;
    let now = platform.clock.now();
    let mut fields = FieldErrors::default();
    let name = validate::line(&mut fields, "name", name, 1, PASSKEY_NAME_CHARS_MAX);
    let credential = read_credential::<RegisterPublicKeyCredential>(&mut fields, credential);
    fields.finish()?;
    let credential = credential.ok_or_else(unknown_challenge)?;
    let state: PasskeyRegistration = take(platform, Some(account), token, now).await?;
    let passkey = site
        .finish_passkey_registration(&credential, &state)
        .map_err(|error| not_accepted(&error))?;
    let stored = serde_json::to_value(&passkey).map_err(anyhow::Error::from)?;

    let mut tx = platform.db.platform("passkey add").await?;
    method_changes::lock(&mut tx, account).await?;
    check_room(of(&mut tx, account).await?.len())?;
    let id = PasskeyId::new();
    sqlx::query!(
        "INSERT INTO passkeys (id, account_id, credential_id, name, credential, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        account.0,
        passkey.cred_id().as_slice(),
        name,
        stored,
        now,
    )
    .execute(&mut *tx)
    .await?;
    method_changes::announce(&mut tx, account, MethodChange::Added, &in_words(&name)).await?;
    tx.commit().await?;
    Ok(PasskeyInfo { id, name, created_at: now, used_at: None })
}

/// Begins to sign somebody in by a passkey, whose owner it tells.
pub async fn begin_sign_in(platform: &Platform) -> Result<PasskeyChallenge> {
    let (options, state) =
        site(&platform.config)?.start_discoverable_authentication().map_err(anyhow::Error::from)?;
    let options = serde_json::to_value(options).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("passkey challenge").await?;
    let token = keep(&mut tx, None, &state, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(PasskeyChallenge { token, options })
}

/// The account of the passkey that answered a challenge.
pub async fn sign_in(platform: &Platform, token: &str, credential: Value) -> Result<Account> {
    let site = site(&platform.config)?;
    let now = platform.clock.now();
    let mut fields = FieldErrors::default();
    let credential = read_credential::<PublicKeyCredential>(&mut fields, credential);
    fields.finish()?;
    let credential = credential.ok_or_else(unknown_challenge)?;
    let state: DiscoverableAuthentication = take(platform, None, token, now).await?;
    let (owner, credential_id) = site
        .identify_discoverable_authentication(&credential)
        .map_err(|error| not_accepted(&error))?;

    let mut tx = platform.db.platform("passkey sign in").await?;
    let row = sqlx::query!(
        "SELECT id, credential FROM passkeys WHERE credential_id = $1 AND account_id = $2 FOR UPDATE",
        credential_id,
        owner,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::Unauthenticated(
        "This passkey is not known here. It may have been removed; sign in another way.",
    ))?;
    let mut passkey: Passkey =
        serde_json::from_value(row.credential).map_err(anyhow::Error::from)?;
    let key = DiscoverableKey::from(&passkey);
    let result = site
        .finish_discoverable_authentication_v2(&credential, state, &key)
        .map_err(|error| not_accepted(&error))?;
    if !result.user_verified() {
        return Err(not_accepted(&WebauthnError::UserNotVerified));
    }
    passkey.update_credential(&result);
    let stored = serde_json::to_value(&passkey).map_err(anyhow::Error::from)?;
    sqlx::query!(
        "UPDATE passkeys SET credential = $2, used_at = $3 WHERE id = $1",
        row.id,
        stored,
        now
    )
    .execute(&mut *tx)
    .await?;
    let account = accounts::by_ids(&mut tx, &[AccountId(owner)]).await?.pop();
    tx.commit().await?;
    account.ok_or(Error::Unauthenticated(
        "This account is closed. Write to us if you think it should not be.",
    ))
}

/// The passkeys of an account, oldest first.
pub async fn of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PasskeyInfo>> {
    let rows = sqlx::query!(
        "SELECT id, name, created_at, used_at FROM passkeys
         WHERE account_id = $1 ORDER BY created_at, id",
        account.0
    )
    .fetch_all(conn)
    .await?;
    let passkeys = rows.into_iter().map(|row| PasskeyInfo {
        id: PasskeyId(row.id),
        name: row.name,
        created_at: row.created_at,
        used_at: row.used_at,
    });
    Ok(passkeys.collect())
}

/// Deletes a passkey; `sign_in_methods::remove_passkey` keeps the last way to sign in.
pub(super) async fn delete(
    conn: &mut PgConnection,
    account: AccountId,
    passkey: PasskeyId,
) -> Result<()> {
    sqlx::query!("DELETE FROM passkeys WHERE account_id = $1 AND id = $2", account.0, passkey.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps the state of a challenge. Returns the token that finds it.
async fn keep(
    conn: &mut PgConnection,
    account: Option<AccountId>,
    state: &impl Serialize,
    now: OffsetDateTime,
) -> Result<String> {
    let token = token::random();
    let state = serde_json::to_value(state).map_err(anyhow::Error::from)?;
    sqlx::query!(
        "INSERT INTO passkey_challenges (token_hash, account_id, state, expires_at)
         VALUES ($1, $2, $3, $4)",
        token::hash(&token),
        account.map(|account| account.0),
        state,
        now + CHALLENGE_LIFETIME,
    )
    .execute(conn)
    .await?;
    Ok(token)
}

/// The state of a challenge, which is over now, whatever becomes of its answer.
async fn take<T: DeserializeOwned>(
    platform: &Platform,
    account: Option<AccountId>,
    token: &str,
    now: OffsetDateTime,
) -> Result<T> {
    let hash = token::hash_of_sent(token).ok_or_else(unknown_challenge)?;
    let mut tx = platform.db.platform("passkey answer").await?;
    let state = sqlx::query_scalar!(
        "DELETE FROM passkey_challenges
         WHERE token_hash = $1 AND account_id IS NOT DISTINCT FROM $2 AND expires_at > $3
         RETURNING state",
        hash,
        account.map(|account| account.0),
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    let state = state.ok_or_else(unknown_challenge)?;
    Ok(serde_json::from_value(state).map_err(anyhow::Error::from)?)
}

fn read_credential<T: DeserializeOwned>(fields: &mut FieldErrors, credential: Value) -> Option<T> {
    let read = serde_json::from_value(credential);
    if let Err(error) = &read {
        fields.add("credential", format!("Is not what a browser makes of a passkey: {error}"));
    }
    read.ok()
}

fn unknown_challenge() -> Error {
    Error::BadRequest(
        "This passkey answers no request of the last five minutes, or one that was answered \
         already. Start again."
            .to_owned(),
    )
}

fn not_accepted(error: &WebauthnError) -> Error {
    tracing::info!(%error, "a passkey was not accepted");
    match error {
        WebauthnError::CredentialPossibleCompromise => Error::Unauthenticated(
            "This passkey may have been copied, so it was not accepted. Sign in another way and \
             remove it.",
        ),
        _ => Error::Unauthenticated("This passkey was not accepted. Sign in another way."),
    }
}

/// Deletes challenges that expired before this time. Returns how many, `max` at most.
pub async fn delete_expired_challenges(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM passkey_challenges WHERE token_hash IN (
             SELECT token_hash FROM passkey_challenges WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
