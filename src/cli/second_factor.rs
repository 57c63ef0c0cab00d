//! `smp account reset-factor`: for who lost their authenticator app and their recovery codes.

use crate::{
    access::{Actor, accounts, second_factor},
    kernel::limits::REASON_CHARS_MAX,
    platform::{Platform, broker::Notice},
};

/// Removes the second factor of the account with this address. Returns what was done.
pub async fn reset(platform: &Platform, email: &str, reason: &str) -> anyhow::Result<String> {
    let reason = reason.trim();
    anyhow::ensure!(
        (1..=REASON_CHARS_MAX).contains(&reason.chars().count()),
        "--reason has to say how the person proved who they are, in at most {REASON_CHARS_MAX} \
         characters"
    );
    let mut tx = platform.db.platform("second factor reset").await?;
    let found = accounts::by_email(&mut tx, email).await?;
    let Some(account) = found.filter(|account| account.is_verified) else {
        anyhow::bail!("nobody has confirmed the address {email:?}; check --email");
    };
    second_factor::reset(&mut tx, account.id, Actor::System, reason)
        .await
        .map_err(|error| anyhow::anyhow!("{}", error.problem().detail))?;
    tx.commit().await?;
    platform.broker.publish(Notice::SessionsChanged { account: account.id }).await;
    Ok(format!("The second factor of {} is removed.", account.email))
}
