//! The API of the second factor: setting one up, proving it, and helping somebody who lost theirs.

use poem::{
    Request,
    web::{Data, cookie::CookieJar},
};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{
    api::{Empty, SignedInResponse, Tag, opened_session},
    authenticator::AppSetUp,
    caller::{Anyone, SignedIn, Staff},
    context::Access,
    limits::limit_sign_in,
    second_factor::{self, FactorStatus},
    second_step,
    sign_in::SigningDevice,
};
use crate::{
    kernel::{AccountId, FieldErrors, Input, Result, limits::REASON_CHARS_MAX, validate},
    platform::{Platform, client_of},
};

pub struct SecondFactorApi {
    pub platform: Platform,
}

/// How it stands with my second factor.
#[derive(Object)]
#[oai(rename = "SecondFactor")]
struct SecondFactorView {
    /// Since when there is one; null: there is none.
    confirmed_at: Option<OffsetDateTime>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i64,
    /// Whether a role of the account needs one.
    required: bool,
    /// Until when the role works without one; null unless one is missing.
    due_at: Option<OffsetDateTime>,
    /// Until when this session may do what asks for a code again.
    fresh_until: Option<OffsetDateTime>,
}

impl From<FactorStatus> for SecondFactorView {
    fn from(status: FactorStatus) -> Self {
        Self {
            confirmed_at: status.confirmed_at,
            recovery_codes_left: status.recovery_codes_left,
            required: status.is_required,
            due_at: status.due_at,
            fresh_until: status.fresh_until,
        }
    }
}

/// What an authenticator app needs to know. Show it to its owner, and keep it nowhere.
#[derive(Object)]
struct SecondFactorOffer {
    /// In base 32, to be typed into the app.
    secret: String,
    /// `otpauth://totp/…`, which opens an app on the same device.
    url: String,
    /// The address as a QR code: an SVG.
    qr_svg: String,
}

impl From<AppSetUp> for SecondFactorOffer {
    fn from(app: AppSetUp) -> Self {
        Self { secret: app.secret, url: app.url, qr_svg: app.picture }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SecondFactorCode {
    /// The six digits that the app shows; where one is in use already, also a recovery code.
    code: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PendingSignInCode {
    /// From the answer of `session_create`.
    pending_token: String,
    /// The six digits that the app shows, or a recovery code.
    code: String,
}

#[derive(Object)]
struct RecoveryCodes {
    /// Each signs in once without the app. Shown only here.
    codes: Vec<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SecondFactorReset {
    /// How the person proved who they are; for the audit log.
    reason: String,
}

#[derive(ApiResponse)]
enum SecondFactorOffered {
    /// Not in use before a code of it is confirmed.
    #[oai(status = 201)]
    Created(Json<SecondFactorOffer>),
}

#[OpenApi(tag = "Tag::Access")]
impl SecondFactorApi {
    /// Sign in, second step
    ///
    /// Ends a sign-in that waits for the second factor, with a code of the app or a recovery code. The
    /// answer sets the cookies that `session_create` sets otherwise.
    ///
    /// A wrong or used code is a 422 on `code`. A sign-in waits for ten minutes and takes four wrong
    /// codes; then, and once it was finished, it is a 409 `urn:smp:sign_in_over`. Five wrong codes of
    /// an account from one network within ten minutes, or thirty from anywhere within an hour, are a
    /// 429.
    #[oai(
        path = "/session/factor",
        method = "post",
        operation_id = "session_factor",
        transform = "limit_sign_in"
    )]
    async fn session_factor(
        &self,
        _anyone: Anyone,
        body: Input<PendingSignInCode>,
        device: SigningDevice,
        jar: &CookieJar,
    ) -> Result<SignedInResponse> {
        let (platform, now) = (&self.platform, self.platform.clock.now());
        let (account, opened) =
            second_step::finish(platform, &body.pending_token, &body.code, &device.device(), now)
                .await?;
        let mut tx = platform.db.platform("second step of sign-in").await?;
        let (me, cookie) = opened_session(platform, &mut tx, &account, &opened, jar).await?;
        Ok(SignedInResponse::Ok(Json(me), cookie))
    }

    /// My second factor
    ///
    /// Whether there is one, whether a role of the account needs one and from when on, and until when
    /// this session may do what asks for a code again.
    #[oai(path = "/me/second-factor", method = "get", operation_id = "second_factor_get")]
    async fn second_factor_get(&self, caller: SignedIn) -> Result<Json<SecondFactorView>> {
        Ok(Json(second_factor::status(&self.platform, &caller.0).await?.into()))
    }

    /// Begin to set up a second factor
    ///
    /// Makes a secret for an authenticator app, shown only here. The factor is in use once
    /// `second_factor_confirm` gets a code of it, within an hour; until then an earlier one stays in
    /// use. Each request makes another secret.
    ///
    /// With a factor in use, this asks for a code again: 403 `urn:smp:second_factor_needed`. 403
    /// `urn:smp:email_unverified` until the address of the account is confirmed.
    #[oai(path = "/me/second-factor", method = "post", operation_id = "second_factor_offer")]
    async fn second_factor_offer(&self, caller: SignedIn) -> Result<SecondFactorOffered> {
        let app = second_factor::offer(&self.platform, &caller.0).await?;
        Ok(SecondFactorOffered::Created(Json(app.into())))
    }

    /// Confirm a second factor by its first code
    ///
    /// From then on, signing in asks for a code. The answer has ten recovery codes for the day the app
    /// is lost; they are not shown again. Written to the audit log, and told by email.
    ///
    /// A code that is not the app's is a 422 on `code`; 409 `urn:smp:set_up_expired` an hour after it
    /// was begun; 429 after five wrong codes. With a factor in use, this asks for a code of that one
    /// before: 403 `urn:smp:second_factor_needed`.
    #[oai(
        path = "/me/second-factor/confirmation",
        method = "post",
        operation_id = "second_factor_confirm"
    )]
    async fn second_factor_confirm(
        &self,
        caller: SignedIn,
        request: &Request,
        access: Data<&Access>,
        body: Input<SecondFactorCode>,
    ) -> Result<Json<RecoveryCodes>> {
        let (platform, network) = (&self.platform, self.network(request));
        let codes = second_factor::confirm(platform, &caller.0, &network, &body.code).await?;
        access.sessions.changed(platform, caller.account()).await;
        Ok(Json(RecoveryCodes { codes }))
    }

    /// Prove my second factor again
    ///
    /// For ten minutes this session may then do what asks for a code again: payouts and bank accounts,
    /// API keys, members and their roles, the second factor itself.
    ///
    /// A wrong or used code is a 422 on `code`; 409 `urn:smp:no_second_factor` without one; 429 after
    /// five wrong codes within ten minutes.
    #[oai(path = "/me/second-factor/check", method = "post", operation_id = "second_factor_check")]
    async fn second_factor_check(
        &self,
        caller: SignedIn,
        request: &Request,
        access: Data<&Access>,
        body: Input<SecondFactorCode>,
    ) -> Result<Empty> {
        let (platform, network) = (&self.platform, self.network(request));
        second_factor::step_up(platform, &caller.0, &network, &body.code).await?;
        access.sessions.changed(platform, caller.account()).await;
        Ok(Empty::Done)
    }

    /// Make new recovery codes
    ///
    /// The earlier ones are of no use from then on. Shown only here. Written to the audit log, and
    /// told by email.
    ///
    /// Asks for a code again: 403 `urn:smp:second_factor_needed`. 409 `urn:smp:no_second_factor`
    /// without a factor.
    #[oai(
        path = "/me/second-factor/recovery-codes",
        method = "post",
        operation_id = "recovery_codes_renew"
    )]
    async fn recovery_codes_renew(&self, caller: SignedIn) -> Result<Json<RecoveryCodes>> {
        let codes = second_factor::renew_recovery_codes(&self.platform, &caller.0).await?;
        Ok(Json(RecoveryCodes { codes }))
    }

    /// Remove my second factor
    ///
    /// Signing in asks for no code from then on. Written to the audit log, and told by email.
    ///
    /// Asks for a code again: 403 `urn:smp:second_factor_needed`. Refused with 409:
    /// `urn:smp:second_factor_required` while a role needs one, `urn:smp:no_second_factor`.
    #[oai(path = "/me/second-factor", method = "delete", operation_id = "second_factor_remove")]
    async fn second_factor_remove(&self, caller: SignedIn, access: Data<&Access>) -> Result<Empty> {
        second_factor::remove(&self.platform, &caller.0).await?;
        access.sessions.changed(&self.platform, caller.account()).await;
        Ok(Empty::Done)
    }

    /// Reset the second factor of somebody who lost it
    ///
    /// Removes the factor with its recovery codes. The person signs in without a code, and has a day
    /// to set up another if a role needs one. Written to the audit log with the reason, and told to
    /// the person by email.
    ///
    /// Asks for the admin’s own code again: 403 `urn:smp:second_factor_needed`. Refused with 409:
    /// `urn:smp:no_second_factor`, `urn:smp:own_factor`.
    #[oai(
        path = "/accounts/:account/second-factor/reset",
        method = "post",
        operation_id = "second_factor_reset"
    )]
    async fn second_factor_reset(
        &self,
        staff: Staff,
        account: Path<AccountId>,
        access: Data<&Access>,
        body: Input<SecondFactorReset>,
    ) -> Result<Empty> {
        staff.require_step_up(self.platform.clock.now())?;
        let mut fields = FieldErrors::default();
        let reason = validate::text(&mut fields, "reason", &body.reason, 1, REASON_CHARS_MAX);
        fields.finish()?;
        let mut tx = self.platform.db.platform("second factor reset").await?;
        second_factor::reset(&mut tx, account.0, staff.actor(), &reason).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account.0).await;
        Ok(Empty::Done)
    }
}

impl SecondFactorApi {
    fn network(&self, request: &Request) -> String {
        client_of(request, self.platform.config.trust_forwarded)
    }
}
