//! The API of one's own account: proving the address, the password, another address.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    accounts::Account,
    address_change,
    api::{Empty, Tag},
    caller::{Anyone, SignedIn},
    context::Access,
    limits::{limit_sign_in, limit_writing},
    recovery,
    sign_in::SigningDevice,
    verification,
};
use crate::{
    kernel::{Input, Result},
    platform::Platform,
};

pub struct AccountApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct EmailCodeInput {
    /// The six digits of the email.
    code: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AccountLinkInput {
    /// The last part of the link in the email.
    token: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ForgottenPasswordInput {
    email: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PasswordResetInput {
    /// The last part of the link in the email.
    token: String,
    /// At least 10 characters, and not easy to guess.
    password: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PasswordChangeInput {
    current_password: String,
    /// At least 10 characters, and not easy to guess.
    new_password: String,
    /// Whether the account stays signed in on other devices.
    #[oai(default)]
    keep_other_sessions: bool,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct EmailChangeInput {
    /// The new address.
    email: String,
    current_password: String,
}

/// What became of an account's address.
#[derive(Object)]
struct AccountAddress {
    email: String,
}

impl From<Account> for AccountAddress {
    fn from(account: Account) -> Self {
        Self { email: account.email }
    }
}

/// A link that sets a password.
#[derive(Object)]
struct PasswordLink {
    /// For `password_reset`; 30 minutes.
    token: String,
}

#[OpenApi(tag = "Tag::Access")]
impl AccountApi {
    /// Confirm my address with the code
    ///
    /// The six digits that were sent to the address on signing up, or by `verification_send`. A repeat
    /// after it was right changes nothing. Sessions on every node know it at once.
    ///
    /// A wrong code is a 422 on `code`, which says how many tries are left; after five the code is
    /// dead. 410 `urn:smp:token_expired`: it is dead, or older than a day.
    #[oai(path = "/me/verification", method = "post", operation_id = "verification_confirm")]
    async fn verification_confirm(
        &self,
        caller: SignedIn,
        body: Input<EmailCodeInput>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        verification::confirm_code(access.0, &caller.0.account, &body.code).await?;
        Ok(Empty::Done)
    }

    /// Send me another code
    ///
    /// Sends a new link and code to the address; the ones before no longer work.
    ///
    /// Refused with 409: `urn:smp:email_verified`, `urn:smp:code_sent_too_often` past ten a day.
    #[oai(
        path = "/me/verification/send",
        method = "post",
        operation_id = "verification_send",
        transform = "limit_writing"
    )]
    async fn verification_send(&self, caller: SignedIn) -> Result<Empty> {
        let mut tx = self.platform.db.platform("verification send").await?;
        verification::send(&mut tx, &caller.0.account, self.platform.clock.now()).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Confirm an address by its link
    ///
    /// What the link in the email does, for who is signed in to its account; 401 for anybody else,
    /// because everybody can claim an address. A link works once, for a day: 400
    /// `urn:smp:token_unknown` for one that was cut off or is none, 409 `urn:smp:token_used`, 410
    /// `urn:smp:token_expired`.
    #[oai(
        path = "/session/verification",
        method = "post",
        operation_id = "verification_confirm_link",
        transform = "limit_sign_in"
    )]
    async fn verification_confirm_link(
        &self,
        anyone: Anyone,
        body: Input<AccountLinkInput>,
        access: Data<&Access>,
    ) -> Result<Json<AccountAddress>> {
        let session = anyone.0.as_deref();
        let account = verification::confirm_link(access.0, session, &body.token).await?;
        Ok(Json(account.into()))
    }

    /// Ask for a link that sets my password
    ///
    /// Sends a link to the address if it has an account. The answer is the same, and takes as long, if
    /// it has none.
    #[oai(
        path = "/session/forgotten",
        method = "post",
        operation_id = "password_forget",
        transform = "limit_sign_in"
    )]
    async fn password_forget(
        &self,
        _anyone: Anyone,
        body: Input<ForgottenPasswordInput>,
    ) -> Result<Empty> {
        recovery::forget(&self.platform, &body.email).await?;
        Ok(Empty::Done)
    }

    /// Set my password by the link
    ///
    /// Sets the password, confirms the address and ends every session of the account. The owner is
    /// told by email. Written to the audit log.
    ///
    /// A link works once, for 30 minutes: 400 `urn:smp:token_unknown`, 409 `urn:smp:token_used`, 410
    /// `urn:smp:token_expired`. A password that is easy to guess is a 422 on `password`, and the link
    /// still works.
    #[oai(
        path = "/session/reset",
        method = "post",
        operation_id = "password_reset",
        transform = "limit_sign_in"
    )]
    async fn password_reset(
        &self,
        _anyone: Anyone,
        body: Input<PasswordResetInput>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        recovery::reset(access.0, &body.token, &body.password).await?;
        Ok(Empty::Done)
    }

    /// Change my password
    ///
    /// Asks for the current one. The other sessions end unless they are kept; the owner is told by
    /// email. Written to the audit log.
    ///
    /// A wrong current password is a 422 on `current_password` and counts as on signing in. 409
    /// `urn:smp:no_password`: the account signs in another way; set one by `password_forget`.
    #[oai(
        path = "/me/password",
        method = "put",
        operation_id = "password_change",
        transform = "limit_sign_in"
    )]
    async fn password_change(
        &self,
        caller: SignedIn,
        body: Input<PasswordChangeInput>,
        device: SigningDevice,
        access: Data<&Access>,
    ) -> Result<Empty> {
        let PasswordChangeInput { current_password, new_password, keep_other_sessions } = body.0;
        let (session, keep) = (&caller.0, keep_other_sessions);
        let device = device.device();
        recovery::change(access.0, session, &current_password, &new_password, keep, &device)
            .await?;
        Ok(Empty::Done)
    }

    /// Ask for another address
    ///
    /// Sends a link to the new address, which works for a day; until then the old one stays. The
    /// answer is the same if the address belongs to another account, whose owner is told.
    ///
    /// A wrong password is a 422 on `current_password`. Refused with 409: `urn:smp:no_password`,
    /// `urn:smp:code_sent_too_often` past five a day.
    #[oai(
        path = "/me/email",
        method = "post",
        operation_id = "email_change",
        transform = "limit_sign_in"
    )]
    async fn email_change(
        &self,
        caller: SignedIn,
        body: Input<EmailChangeInput>,
        device: SigningDevice,
    ) -> Result<Empty> {
        let EmailChangeInput { email, current_password } = body.0;
        let device = device.device();
        address_change::ask(&self.platform, &caller.0, &email, &current_password, &device).await?;
        Ok(Empty::Done)
    }

    /// Confirm another address by its link
    ///
    /// Gives the account the address that the link was sent to. Both addresses are told, and the old
    /// one gets a link that takes this back for seven days. Written to the audit log. Errors as of
    /// `verification_confirm_link`, and 422 on `email` if the address belongs to another account by
    /// now.
    #[oai(
        path = "/session/email",
        method = "post",
        operation_id = "email_change_confirm",
        transform = "limit_sign_in"
    )]
    async fn email_change_confirm(
        &self,
        anyone: Anyone,
        body: Input<AccountLinkInput>,
        access: Data<&Access>,
    ) -> Result<Json<AccountAddress>> {
        let session = anyone.0.as_deref();
        let account = address_change::confirm(access.0, session, &body.token).await?;
        Ok(Json(account.into()))
    }

    /// Take a change of address back
    ///
    /// Gives the account its old address back, ends every session and removes the password and all
    /// other ways to sign in, because somebody else may know or have them; so is a second factor that was
    /// set up since the change. The answer has the token that sets another password. Written to the
    /// audit log. Errors as of `email_change_confirm`, but no session is needed.
    #[oai(
        path = "/session/email/undo",
        method = "post",
        operation_id = "email_change_undo",
        transform = "limit_sign_in"
    )]
    async fn email_change_undo(
        &self,
        _anyone: Anyone,
        body: Input<AccountLinkInput>,
        access: Data<&Access>,
    ) -> Result<Json<PasswordLink>> {
        let link = address_change::undo(access.0, &body.token).await?;
        Ok(Json(PasswordLink { token: link.token }))
    }
}
