//! Signing in and out, the caller's account and sessions.

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi, Tags,
    param::{Header, Path},
    payload::Json,
};
use time::OffsetDateTime;

use super::{
    accounts::{self, NewAccount},
    caller::{Anyone, SignedIn},
    context::Access,
    limits::{check_sign_in, limit_sign_in, limit_sign_up},
    sessions::{self, Role},
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
    /// Where the welcome email goes; in any case of letters.
    email: String,
    /// At least 10 characters.
    password: String,
    /// As others read it; no web address.
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

/// A response that also signs in.
#[derive(ApiResponse)]
pub enum SignedInResponse {
    /// Signed in.
    #[oai(status = 200)]
    Ok(Json<Me>, #[oai(header = "Set-Cookie")] String),
    /// Signed up and in.
    #[oai(status = 201)]
    Created(Json<Me>, #[oai(header = "Set-Cookie")] String),
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
    /// cookie `smp_session`, which every other operation recognizes the caller by.
    ///
    /// A wrong password and an unknown address are the same 401 `urn:smp:unauthenticated`. An
    /// account can be tried 20 times a minute, an address of the network 600 times; beyond that the
    /// answer is 429.
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
        #[oai(name = "User-Agent")] user_agent: Header<Option<String>>,
    ) -> Result<SignedInResponse> {
        check_sign_in(&self.platform, &body.0.email).await?;
        let account = accounts::verify(&self.platform.db, &body.0.email, body.0.password).await?;
        let mut tx = self.platform.db.platform("sign in").await?;
        let (me, cookie) = self.open(&mut tx, account, user_agent.0).await?;
        tx.commit().await?;
        Ok(SignedInResponse::Ok(Json(me), cookie))
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
        let rows = sqlx::query!(
            "SELECT id, user_agent, created_at FROM sessions
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2
             ORDER BY created_at DESC LIMIT 100",
            caller.account().0,
            self.platform.clock.now(),
        )
        .fetch_all(&mut *tx)
        .await?;
        let current = caller.0.id;
        let items = rows.into_iter().map(|row| SessionEntry {
            id: SessionId(row.id),
            user_agent: row.user_agent,
            created_at: row.created_at,
            current: row.id == current.0,
        });
        Ok(Json(SessionList { items: items.collect() }))
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
    /// Creates an account without roles and signs it in: the answer sets the cookie `smp_session`.
    /// A welcome email is sent to the address.
    ///
    /// An address that has an account already is a 422 on `email`. A name that contains a web
    /// address or line break is a 422 on `name`. An address of the network can sign in or up 600
    /// times a minute; beyond that the answer is 429.
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
        #[oai(name = "User-Agent")] user_agent: Header<Option<String>>,
    ) -> Result<SignedInResponse> {
        let new = NewAccount::parse(&body.0.email, &body.0.name, &body.0.password).await?;
        let mut tx = self.platform.db.platform("sign up").await?;
        let account = accounts::sign_up(&mut tx, new, self.platform.clock.now()).await?;
        let (me, cookie) = self.open(&mut tx, account, user_agent.0).await?;
        tx.commit().await?;
        Ok(SignedInResponse::Created(Json(me), cookie))
    }
}

impl AccessApi {
    async fn open(
        &self,
        conn: &mut sqlx::PgConnection,
        account: accounts::Account,
        user_agent: Option<String>,
    ) -> Result<(Me, String)> {
        open_session(&self.platform, conn, account, user_agent).await
    }
}

/// Opens a session; returns the account with its roles, and the cookie. For slices that sign people
/// in as part of something else.
pub async fn open_session(
    platform: &Platform,
    conn: &mut sqlx::PgConnection,
    account: accounts::Account,
    user_agent: Option<String>,
) -> Result<(Me, String)> {
    let token =
        sessions::open(conn, account.id, &user_agent.unwrap_or_default(), platform.clock.now())
            .await?;
    let roles = sessions::roles(conn, account.id).await?;
    Ok((
        me(&account, &roles),
        sessions::cookie(&token, platform.config.secure_cookies()).to_string(),
    ))
}

fn me(account: &accounts::Account, roles: &[Role]) -> Me {
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
        },
        roles: roles.iter().map(role).collect(),
    }
}
