//! Erasing an account: asked for with the password or a fresh sign-in, confirmed by a mailed link, done
//! by a job.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::exports;
use crate::{
    access::{
        self, Actor, Device, Session, Sessions,
        account_tokens::{self, NewAccountToken, TokenPurpose},
        accounts::{self, Account},
        audit, credentials, preferences, profile, sessions,
    },
    care, checkouts, events,
    kernel::{AccountId, Error, FieldError, Result, TenantId},
    orders, payments,
    platform::{Platform, rate_limiter::Rate},
    redirect, sales,
    stock::{self, EntryState},
};

/// The job that mails the link, whose secret exists in it only. Its payload is an [`ErasureLink`].
pub const ERASURE_EMAIL: &str = "erasure_email";
/// The job that erases. Its payload has the `account_id`.
pub const ERASE: &str = "account_erase";
/// How long the mailed link can be used.
pub const ERASURE_LINK_LIFETIME: time::Duration = time::Duration::hours(1);
/// Somebody who signed in within this time need not enter the password again.
const FRESH_SIGN_IN: time::Duration = time::Duration::minutes(10);
/// Requests of one account; each tries a password, and may send an email.
const ERASURE_PER_ACCOUNT: Rate =
    Rate { name: "erasure-account", count: 5, window: Duration::from_mins(10) };

/// The payload of the job [`ERASURE_EMAIL`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ErasureLink {
    pub account_id: AccountId,
    pub token: String,
}

/// Whom an erased account belonged to: for the last email.
#[derive(Debug)]
pub struct ErasedAccount {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// The language that its owner read in.
    pub locale: Option<String>,
}

/// Why an account cannot be erased yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureObstacle {
    /// Their numbers.
    OpenOrders(Vec<String>),
    HeldUnits,
    RefundUnderWay,
    /// The providers whose last owner it is.
    LastOwner(Vec<String>),
    LastAdmin,
}

impl ErasureObstacle {
    pub fn code(&self) -> &'static str {
        match self {
            Self::OpenOrders(_) => "open_orders",
            Self::HeldUnits => "held_units",
            Self::RefundUnderWay => "refund_under_way",
            Self::LastOwner(_) => "last_owner",
            Self::LastAdmin => "last_admin",
        }
    }

    /// What is in the way, and what to do.
    pub fn text(&self) -> String {
        match self {
            Self::OpenOrders(numbers) => format!(
                "Orders that are not paid or not delivered yet: {}. Cancel them, or wait until they \
                 have arrived.",
                numbers.join(", ")
            ),
            Self::HeldUnits => {
                "Your cart holds something. Order it, or remove it from the cart.".to_owned()
            }
            Self::RefundUnderWay => {
                "A refund to you is under way. Wait until it has arrived.".to_owned()
            }
            Self::LastOwner(names) => format!(
                "You are the last owner of {}. Make somebody else an owner there first.",
                names.join(", ")
            ),
            Self::LastAdmin => {
                "You are the last admin of the SMP team. Make somebody else an admin first."
                    .to_owned()
            }
        }
    }
}

/// What keeps an account from being erased; empty: nothing. Platform scope.
pub async fn obstacles(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<ErasureObstacle>> {
    let mut found = vec![];
    let numbers = orders::unsettled_of(conn, account).await?;
    if !numbers.is_empty() {
        found.push(ErasureObstacle::OpenOrders(numbers));
    }
    if !stock::held_by(conn, account, now).await?.is_empty() {
        found.push(ErasureObstacle::HeldUnits);
    }
    if payments::has_open_refunds(conn, account).await? {
        found.push(ErasureObstacle::RefundUnderWay);
    }
    let names = access::owned_alone(conn, account).await?;
    if !names.is_empty() {
        found.push(ErasureObstacle::LastOwner(names));
    }
    if access::is_last_admin(conn, account).await? {
        found.push(ErasureObstacle::LastAdmin);
    }
    Ok(found)
}

async fn require_no_obstacle(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let found = obstacles(conn, account, now).await?;
    if found.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = found.iter().map(ErasureObstacle::text).collect();
    let detail = format!("The account cannot be deleted yet. {}", texts.join(" "));
    Err(Error::conflict("erasure_blocked", detail))
}

/// Whether the session is too old to begin an erasure without the password.
pub fn needs_password(session: &Session, now: OffsetDateTime) -> bool {
    now - (session.expires_at - sessions::LIFETIME) > FRESH_SIGN_IN
}

/// Begins the erasure of the session's account: mails a link that confirms it. The password is asked
/// for unless the session is fresh.
pub async fn begin_erasure(
    platform: &Platform,
    session: &Session,
    password: Option<&str>,
    device: &Device<'_>,
) -> Result<()> {
    let now = platform.clock.now();
    let account = session.account.id;
    platform.limits.check(ERASURE_PER_ACCOUNT, &account.to_string()).await?;
    if needs_password(session, now) {
        let password = password.unwrap_or_default();
        check_password(platform, &session.account, password, device).await?;
    }
    let mut tx = platform.db.platform("begin erasure").await?;
    require_no_obstacle(&mut tx, account, now).await?;
    let new = NewAccountToken {
        account,
        purpose: TokenPurpose::ConfirmErasure,
        details: json!({}),
        lifetime: ERASURE_LINK_LIFETIME,
    };
    let issued = account_tokens::issue(&mut tx, new, now).await?;
    let link = ErasureLink { account_id: account, token: issued.token };
    events::enqueue(&mut tx, ERASURE_EMAIL, &link).await?;
    record(&mut tx, account, "account.erasure_begun").await?;
    tx.commit().await?;
    Ok(())
}

async fn check_password(
    platform: &Platform,
    account: &Account,
    password: &str,
    device: &Device<'_>,
) -> Result<()> {
    let mut tx = platform.db.platform("password of an account").await?;
    let has_password = profile::has_password(&mut tx, account.id).await?;
    drop(tx);
    let wrong = |message: &str| -> Result<()> { Err(FieldError::new("password", message).into()) };
    if !has_password {
        return wrong(
            "This account has no password. Sign out, sign in again and come back within 10 minutes",
        );
    }
    if password.is_empty() {
        return wrong("Enter your password");
    }
    credentials::require_right(platform, account, "password", password, device).await
}

/// Confirms an erasure with the token of its mailed link: the account is shut at once, and erased by a
/// job. A token is used once.
pub async fn confirm_erasure(platform: &Platform, sessions: &Sessions, token: &str) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("confirm erasure").await?;
    let taken = account_tokens::take(&mut tx, TokenPurpose::ConfirmErasure, token, now).await?;
    let account = taken.account;
    // A refusal leaves the token as it was.
    require_no_obstacle(&mut tx, account, now).await?;
    for entry in stock::entries_of(&mut tx, account).await? {
        if entry.state == EntryState::Waiting {
            match stock::leave(platform, account, entry.id).await {
                // It was offered something meanwhile, or is over.
                Ok(()) | Err(Error::Conflict { .. } | Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    access::shut_account(&mut tx, account, now).await?;
    events::enqueue(&mut tx, ERASE, &json!({"account_id": account})).await?;
    record(&mut tx, account, "account.erasure_confirmed").await?;
    tx.commit().await?;
    sessions.changed(platform, account).await;
    Ok(())
}

async fn record(conn: &mut PgConnection, account: AccountId, action: &str) -> Result<()> {
    let (actor, subject) = (Actor::Account(account), account.to_string());
    audit::record(conn, actor, TenantId::PLATFORM, action, &subject, &json!({})).await
}

/// Erases an account that was shut, in every slice below. What the law asks to keep (invoices, the
/// ledger, payments) stays with an order that names nobody. None if it was erased before. Fails, and is
/// tried again, while an order that began before the account was shut is open.
pub async fn erase(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Option<ErasedAccount>> {
    let Account { id, email, name, .. } = accounts::by_id(conn, account).await?;
    if profile::is_erased(conn, account).await? {
        return Ok(None);
    }
    let numbers = orders::unsettled_of(conn, account).await?;
    if !numbers.is_empty() {
        let numbers = numbers.join(", ");
        return Err(anyhow::anyhow!("orders of the account are open: {numbers}").into());
    }
    let chosen = preferences::of(conn, &[account]).await?.remove(&account);
    sales::erase_personal_data(conn, account).await?;
    payments::erase_personal_data(conn, account).await?;
    orders::erase_personal_data(conn, account).await?;
    checkouts::erase_personal_data(conn, account).await?;
    redirect::erase_personal_data(conn, account).await?;
    care::erase_personal_data(conn, account).await?;
    exports::erase(conn, account).await?;
    access::erase_account(conn, account, now).await?;
    record(conn, account, "account.erased").await?;
    let locale = chosen.and_then(|chosen| chosen.locale);
    Ok(Some(ErasedAccount { id, email, name, locale }))
}
