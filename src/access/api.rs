//! Signing in and out, the caller's account and sessions.

use poem::web::{Data, cookie::CookieJar};
use poem_openapi::{ApiResponse, Object, OpenApi, Tags, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{
    accounts::Account,
    caller::{Anyone, SignedIn},
    context::Access,
    devices,
    limits::{limit_sign_in, limit_sign_up},
    sessions::{self, Role},
    sign_in::{self, FirstFactor, OpenedSession, SignInStep, SigningDevice},
    sign_up::{self, SignedUp},
};
use crate::{
    kernel::{AccountId, Input, Result, SessionId, TenantId},
    platform::Platform,
};

/// The sections of the API's description.
#[derive(Tags)]
pub enum Tag {
    /// Lists to choose from: countries, currencies.
    Reference,
    /// Accounts, sessions, keys, audit.
    Access,
    /// Inviting and running providers.
    Providers,
    /// SMP's contract with each provider.
    Contracts,
    /// Leads, applications, requirements and the decision on a provider.
    Vetting,
    /// Pictures, videos and documents.
    Assets,
    /// The products and their items.
    Offers,
    /// Sales, their review and their access points.
    Sales,
    /// Holding units of a running sale.
    Stock,
    /// Where every minor unit went, and what SMP takes of a sale.
    Ledger,
    /// How providers are paid, and disputes of payments.
    Payouts,
    /// Checkout, orders, payments, refunds.
    Orders,
    /// Invoices and credit notes, and how they are made.
    Invoices,
    /// Parcels and shipments.
    Fulfilment,
    /// Vouchers that customers bring.
    Vouchers,
    /// Click-outs and postbacks of redirect sales.
    Redirect,
    /// Customer service and feedback.
    Care,
    /// Reports on sales.
    Statistics,
    /// Emails and SMS.
    Notifications,
    /// The queue's failing jobs.
    Jobs,
}

pub struct AccessApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(rename = "SignIn", deny_unknown_fields)]
struct SignInInput {
    /// In any case of letters.
    email: String,
    password: String,
}

#[derive(Object)]
#[oai(rename = "SignUp", deny_unknown_fields)]
struct SignUpInput {
    /// Where the code that confirms it goes; in any case of letters.
    email: String,
    /// At least 10 characters, and not easy to guess.
    password: String,
    /// As others read it; no web address, no line break, no invisible characters.
    name: String,
}

/// The caller's account and roles.
#[derive(Object)]
pub struct Me {
    pub account: MeAccount,
    pub roles: Vec<MeRole>,
}

#[derive(Object)]
pub struct MeAccount {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// Whether the address is confirmed; before that nothing can be paid.
    pub is_verified: bool,
}

#[derive(Object)]
pub struct MeRole {
    /// `owner`, `editor`, `fulfilment`, `analyst` or `cashier` of a provider; `admin`, `manager`,
    /// `marketing`, `support` or `finance` of SMP.
    pub role: String,
    /// The provider; null for SMP's team.
    pub tenant: Option<MeTenant>,
}

#[derive(Object)]
pub struct MeTenant {
    pub id: TenantId,
    /// The provider's name in URLs.
    pub slug: String,
    pub name: String,
    /// Where the provider stands in its vetting: `approved` may sell.
    pub state: String,
}

/// A sign-in that waits for its second factor.
#[derive(Object)]
pub struct PendingSignIn {
    /// For the operation that takes the second factor; 10 minutes.
    pub pending_token: String,
}

/// A response that also signs in.
#[derive(ApiResponse)]
pub enum SignedInResponse {
    /// Signed in.
    #[oai(status = 200)]
    Ok(Json<Me>, #[oai(header = "Set-Cookie")] String),
    /// Signed up and in.
    #[oai(status = 201)]
    Created(Json<Me>, #[oai(header = "Set-Cookie")] String),
    /// The password was right, and the account has a second factor: not signed in yet.
    #[oai(status = 202)]
    SecondFactor(Json<PendingSignIn>),
}

#[derive(ApiResponse)]
enum SignedOut {
    /// Signed out.
    #[oai(status = 204)]
    Done(#[oai(header = "Set-Cookie")] String),
}

#[derive(ApiResponse)]
pub enum Empty {
    /// Done.
    #[oai(status = 204)]
    Done,
}

#[derive(Object)]
struct SessionList {
    items: Vec<SessionEntry>,
}

#[derive(Object)]
struct SessionEntry {
    id: SessionId,
    /// What the browser called itself when it signed in.
    user_agent: String,
    created_at: OffsetDateTime,
    /// Whether this is the session of the request.
    current: bool,
}

#[OpenApi(tag = "Tag::Access")]
impl AccessApi {
    /// Sign in
    ///
    /// Checks an email address and password and opens a session of 14 days. The answer sets the
    /// cookie `smp_session`, which every other operation recognizes the caller by, and `smp_device`,
    /// by which the account knows this browser again. An account with a second factor is answered
    /// with 202 instead, and is not signed in yet.
    ///
    /// A wrong password and an unknown address are the same 401 `urn:smp:unauthenticated`, and take
    /// as long. Only wrong passwords count: 10 in ten minutes for an address from one network, and
    /// as many from a browser that has signed in to the account before. An address of the network
    /// can try 600 times a minute. Beyond that the answer is 429.
    #[oai(
        path = "/session",
        method = "post",
        operation_id = "session_create",
        transform = "limit_sign_in"
    )]
    async fn session_create(
        &self,
        _anyone: Anyone,
        body: Input<SignInInput>,
        device: SigningDevice,
        jar: &CookieJar,
    ) -> Result<SignedInResponse> {
        let platform = &self.platform;
        let SignInInput { email, password } = body.0;
        let account = sign_in::by_password(platform, &email, &password, &device.device()).await?;
        let mut tx = platform.db.platform("sign in").await?;
        let answer = begin_session(platform, &mut tx, &account, &device, jar).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Sign out
    ///
    /// Ends the session that the request was made with, on every node, and removes its cookie.
    /// Other sessions of the account stay open.
    #[oai(path = "/session", method = "delete", operation_id = "session_delete")]
    async fn session_delete(&self, caller: SignedIn, access: Data<&Access>) -> Result<SignedOut> {
        let mut tx = self.platform.db.platform("sign out").await?;
        sessions::revoke(&mut tx, caller.account(), caller.0.id, self.platform.clock.now()).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, caller.account()).await;
        Ok(SignedOut::Done(sessions::cookie("", self.platform.config.secure_cookies()).to_string()))
    }

    /// My account and roles
    ///
    /// The account behind the session, and its roles: those in SMP's team, and those at providers,
    /// each with the provider. A shopper has none.
    #[oai(path = "/me", method = "get", operation_id = "me_get")]
    async fn me_get(&self, caller: SignedIn) -> Result<Json<Me>> {
        Ok(Json(me(&caller.0.account, &caller.0.roles)))
    }

    /// My active sessions
    ///
    /// The sessions of the account that are neither ended nor expired, newest first, at most 100;
    /// `current` marks the one that asks.
    #[oai(path = "/me/sessions", method = "get", operation_id = "session_list")]
    async fn session_list(&self, caller: SignedIn) -> Result<Json<SessionList>> {
        let mut tx = self.platform.db.platform("sessions").await?;
        let sessions =
            sessions::open_of(&mut tx, caller.account(), self.platform.clock.now()).await?;
        let current = caller.0.id;
        let items = sessions.into_iter().map(|session| SessionEntry {
            id: session.id,
            user_agent: session.user_agent,
            created_at: session.created_at,
            current: session.id == current,
        });
        Ok(Json(SessionList { items: items.collect() }))
    }

    /// End my other sessions
    ///
    /// Ends every session of the account but the one that asks, on every node.
    #[oai(path = "/me/sessions", method = "delete", operation_id = "session_end_others")]
    async fn session_end_others(&self, caller: SignedIn, access: Data<&Access>) -> Result<Empty> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("session end others").await?;
        sessions::end_all(&mut tx, caller.account(), Some(caller.0.id), now).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, caller.account()).await;
        Ok(Empty::Done)
    }

    /// End one of my sessions
    ///
    /// Ends one session, as when a device was lost: its cookie is refused from now on, on every
    /// node. A session that is over already, or another account's, is a 404.
    #[oai(path = "/me/sessions/:session", method = "delete", operation_id = "session_revoke")]
    async fn session_revoke(
        &self,
        caller: SignedIn,
        session: Path<SessionId>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        let mut tx = self.platform.db.platform("session revoke").await?;
        sessions::revoke(&mut tx, caller.account(), session.0, self.platform.clock.now()).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, caller.account()).await;
        Ok(Empty::Done)
    }

    /// Sign up as a shopper
    ///
    /// Creates an account without roles and signs it in: the answer sets the cookies `smp_session` and
    /// `smp_device`. A link and a code of six digits are sent to the address; until one of them is
    /// used, `is_verified` is false, and a payment is refused with 403 `urn:smp:email_unverified`.
    ///
    /// The answer is the same for an address that has an account: its owner is told by email, and the
    /// new account can never confirm the address. With that account's own password it is signed in
    /// instead, with 200 or 202. A wrong one counts as a try to sign in.
    ///
    /// A name that contains a web address, a line break or invisible characters is a 422 on `name`, a
    /// password that is easy to guess one on `password`. An address of the network can sign in or up
    /// 600 times a minute; beyond that the answer is 429.
    #[oai(
        path = "/accounts",
        method = "post",
        operation_id = "account_create",
        transform = "limit_sign_up"
    )]
    async fn account_create(
        &self,
        _anyone: Anyone,
        body: Input<SignUpInput>,
        device: SigningDevice,
        jar: &CookieJar,
    ) -> Result<SignedInResponse> {
        let platform = &self.platform;
        let SignUpInput { email, password, name } = body.0;
        let signed_up =
            sign_up::sign_up(platform, &email, &name, &password, &device.device(), None).await?;
        let mut tx = platform.db.platform("sign up").await?;
        let answer = match signed_up {
            SignedUp::Known(account) => {
                begin_session(platform, &mut tx, &account, &device, jar).await?
            }
            SignedUp::New(account) => {
                let now = platform.clock.now();
                let opened = sign_in::open(&mut tx, &account, &device.device(), now).await?;
                let (me, cookie) =
                    opened_session(platform, &mut tx, &account, &opened, jar).await?;
                SignedInResponse::Created(Json(me), cookie)
            }
        };
        tx.commit().await?;
        Ok(answer)
    }
}

/// Opens a session, or asks for the second factor: for slices that sign people in by a password as
/// part of something else.
pub async fn begin_session(
    platform: &Platform,
    conn: &mut sqlx::PgConnection,
    account: &Account,
    device: &SigningDevice,
    jar: &CookieJar,
) -> Result<SignedInResponse> {
    let (first, now) = (FirstFactor::Password, platform.clock.now());
    match sign_in::begin(platform, conn, account, first, &device.device(), now).await? {
        SignInStep::Opened(opened) => {
            let (me, cookie) = opened_session(platform, conn, account, &opened, jar).await?;
            Ok(SignedInResponse::Ok(Json(me), cookie))
        }
        SignInStep::SecondFactor { pending_token } => {
            Ok(SignedInResponse::SecondFactor(Json(PendingSignIn { pending_token })))
        }
    }
}

/// The account of a session that was opened now with its roles, and the session's cookie; the
/// device's is in the jar.
pub async fn opened_session(
    platform: &Platform,
    conn: &mut sqlx::PgConnection,
    account: &Account,
    opened: &OpenedSession,
    jar: &CookieJar,
) -> Result<(Me, String)> {
    let secure = platform.config.secure_cookies();
    jar.add(devices::cookie(&opened.device_token, secure));
    let roles = sessions::roles(conn, account.id).await?;
    Ok((me(account, &roles), sessions::cookie(&opened.session_token, secure).to_string()))
}

fn me(account: &Account, roles: &[Role]) -> Me {
    let role = |role: &Role| MeRole {
        role: role.name.clone(),
        tenant: role.tenant.as_ref().map(|t| MeTenant {
            id: t.id,
            slug: t.slug.clone(),
            name: t.name.clone(),
            state: t.state.clone(),
        }),
    };
    Me {
        account: MeAccount {
            id: account.id,
            email: account.email.clone(),
            name: account.name.clone(),
            is_verified: account.is_verified,
        },
        roles: roles.iter().map(role).collect(),
    }
}
