//! Signing up. Whether the address has an account already is told to its owner alone, by email: a
//! sign-up claims the address, and the claim becomes an account with orders only once it is proved.

use super::{
    accounts::{self, Account, TypedAccount},
    credentials,
    devices::Device,
    language, verification,
};
use crate::{kernel::Result, platform::Platform};

/// What a sign-up led to.
#[derive(Debug)]
pub enum SignedUp {
    /// An account that claims the address, proved or not by somebody else: open a session.
    New(Account),
    /// The account had this address and this password before: sign it in as ever.
    Known(Account),
}

/// Signs somebody up. The wrong password of an account that exists counts as a try to sign in, so
/// that nobody guesses passwords here. `locale`: the language in which it was done, like `de`, in which
/// the account's emails are written.
pub async fn sign_up(
    platform: &Platform,
    email: &str,
    name: &str,
    password: &str,
    device: &Device<'_>,
    locale: Option<&str>,
) -> Result<SignedUp> {
    let typed = TypedAccount::check(email, name, password).await?;
    if let Some(account) = credentials::find(platform, &typed.email, password, device).await? {
        return Ok(SignedUp::Known(account));
    }
    let new = typed.hash().await?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("sign up").await?;
    let account = accounts::claim(&mut tx, new, now).await?;
    if let Some(locale) = locale {
        language::choose(&mut tx, account.id, locale).await?;
    }
    verification::send(&mut tx, &account, now).await?;
    tx.commit().await?;
    Ok(SignedUp::New(account))
}
