//! The caller's ways to sign in: accounts at providers, and passkeys.

use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Any};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    api::{Empty, Tag},
    caller::{Anyone, SignedIn},
    limits::limit_sign_in,
    passkeys::{self, PasskeyChallenge, PasskeyInfo},
    sign_in_methods::{self, ConnectedIdentity},
};
use crate::{
    kernel::{Input, PasskeyId, Result},
    platform::Platform,
};

pub struct SignInMethodsApi {
    pub platform: Platform,
}

/// How the account can be signed in to.
#[derive(Object)]
struct SignInMethodList {
    has_password: bool,
    connected: Vec<ConnectedAccount>,
    passkeys: Vec<PasskeyEntry>,
}

/// An account at a sign-in provider.
#[derive(Object)]
struct ConnectedAccount {
    /// Its provider's name in addresses: `google`.
    provider: String,
    /// Its provider's name for people.
    label: String,
    /// The address that the provider had when they were connected.
    email: Option<String>,
    connected_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
}

#[derive(Object)]
struct PasskeyEntry {
    id: PasskeyId,
    name: String,
    created_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
}

/// What a browser has a passkey sign.
#[derive(Object)]
struct PasskeyOptions {
    /// Send it back with the answer, within five minutes.
    challenge: String,
    /// For `navigator.credentials`; bytes are in base64url.
    options: Any<Value>,
}

#[derive(Object)]
#[oai(rename = "NewPasskey", deny_unknown_fields)]
struct NewPasskeyInput {
    /// The `challenge` that came with the options.
    challenge: String,
    /// What the device is called in lists: at most 60 characters.
    name: String,
    /// What `navigator.credentials.create` answered; bytes in base64url.
    credential: Any<Value>,
}

impl From<ConnectedIdentity> for ConnectedAccount {
    fn from(identity: ConnectedIdentity) -> Self {
        Self {
            provider: identity.provider,
            label: identity.label,
            email: identity.email,
            connected_at: identity.created_at,
            used_at: identity.used_at,
        }
    }
}

impl From<PasskeyInfo> for PasskeyEntry {
    fn from(passkey: PasskeyInfo) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            used_at: passkey.used_at,
        }
    }
}

impl From<PasskeyChallenge> for PasskeyOptions {
    fn from(challenge: PasskeyChallenge) -> Self {
        Self { challenge: challenge.token, options: Any(challenge.options) }
    }
}

#[OpenApi(tag = "Tag::Access")]
impl SignInMethodsApi {
    /// My ways to sign in
    ///
    /// Whether the account has a password, its connected accounts at sign-in providers, and its
    /// passkeys, oldest first.
    #[oai(path = "/me/sign-in-methods", method = "get", operation_id = "sign_in_method_list")]
    async fn sign_in_method_list(&self, caller: SignedIn) -> Result<Json<SignInMethodList>> {
        let mut tx = self.platform.db.platform("sign-in methods").await?;
        let methods = sign_in_methods::of(&mut tx, &self.platform.config, caller.account()).await?;
        Ok(Json(SignInMethodList {
            has_password: methods.has_password,
            connected: methods.identities.into_iter().map(Into::into).collect(),
            passkeys: methods.passkeys.into_iter().map(Into::into).collect(),
        }))
    }

    /// Disconnect an account at a provider
    ///
    /// From now on it opens the account no more; sessions stay open. The account's owner is told by
    /// email. It is done on the page `/account/security`, too, where accounts are connected.
    ///
    /// The last way to sign in stays: 409 `urn:smp:last_sign_in_method`. Within 15 minutes of signing
    /// in only: otherwise 409 `urn:smp:sign_in_again`.
    #[oai(
        path = "/me/connected-accounts/:provider",
        method = "delete",
        operation_id = "connected_account_delete"
    )]
    async fn connected_account_delete(
        &self,
        caller: SignedIn,
        provider: Path<String>,
    ) -> Result<Empty> {
        sign_in_methods::require_recent(&caller.0, self.platform.clock.now())?;
        let mut tx = self.platform.db.platform("account disconnect").await?;
        sign_in_methods::disconnect(&mut tx, &self.platform.config, caller.account(), &provider.0)
            .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Begin to add a passkey
    ///
    /// What the browser needs to make a passkey for the account. Answer with `passkey_create`.
    ///
    /// An account has at most ten: 409 `urn:smp:too_many_passkeys`. Where the installation has no
    /// domain name, there are none: 409 `urn:smp:no_passkeys`. Within 15 minutes of signing in only:
    /// otherwise 409 `urn:smp:sign_in_again`. 403 `urn:smp:email_unverified` until the address of the
    /// account is confirmed.
    #[oai(
        path = "/me/passkeys/challenge",
        method = "post",
        operation_id = "passkey_begin",
        transform = "limit_sign_in"
    )]
    async fn passkey_begin(&self, caller: SignedIn) -> Result<Json<PasskeyOptions>> {
        sign_in_methods::require_may_add(&caller.0, self.platform.clock.now())?;
        let challenge = passkeys::begin_adding(&self.platform, &caller.0.account).await?;
        Ok(Json(challenge.into()))
    }

    /// Add a passkey
    ///
    /// Keeps the passkey that the browser made for the options of `passkey_begin`. It signs in without
    /// password and second factor. The account's owner is told by email.
    ///
    /// A challenge is answered once, within five minutes; otherwise 400. What is not a passkey's
    /// answer is a 422 on `credential`. Otherwise refused as `passkey_begin` is.
    #[oai(
        path = "/me/passkeys",
        method = "post",
        operation_id = "passkey_create",
        transform = "limit_sign_in"
    )]
    async fn passkey_create(
        &self,
        caller: SignedIn,
        body: Input<NewPasskeyInput>,
    ) -> Result<Json<PasskeyEntry>> {
        sign_in_methods::require_may_add(&caller.0, self.platform.clock.now())?;
        let NewPasskeyInput { challenge, name, credential: Any(credential) } = body.0;
        let added =
            passkeys::add(&self.platform, caller.account(), &challenge, credential, &name).await?;
        Ok(Json(added.into()))
    }

    /// Remove a passkey
    ///
    /// It opens the account no more; sessions stay open. The account's owner is told by email.
    ///
    /// The last way to sign in stays: 409 `urn:smp:last_sign_in_method`. Within 15 minutes of signing
    /// in only: otherwise 409 `urn:smp:sign_in_again`.
    #[oai(path = "/me/passkeys/:passkey", method = "delete", operation_id = "passkey_delete")]
    async fn passkey_delete(&self, caller: SignedIn, passkey: Path<PasskeyId>) -> Result<Empty> {
        sign_in_methods::require_recent(&caller.0, self.platform.clock.now())?;
        let mut tx = self.platform.db.platform("passkey remove").await?;
        sign_in_methods::remove_passkey(
            &mut tx,
            &self.platform.config,
            caller.account(),
            passkey.0,
        )
        .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Begin to sign in with a passkey
    ///
    /// What the browser needs to have a passkey answer. The answer goes to the page
    /// `/sign-in/passkey`, which opens the session.
    ///
    /// Where the installation has no domain name, there are no passkeys: 409 `urn:smp:no_passkeys`.
    #[oai(
        path = "/session/passkey-challenge",
        method = "post",
        operation_id = "passkey_sign_in_begin",
        transform = "limit_sign_in"
    )]
    async fn passkey_sign_in_begin(&self, _anyone: Anyone) -> Result<Json<PasskeyOptions>> {
        Ok(Json(passkeys::begin_sign_in(&self.platform).await?.into()))
    }
}
