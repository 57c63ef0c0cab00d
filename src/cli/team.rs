//! `smp account grant`, `revoke`, `suspend`, `resume` and `list`: SMP's own team, for its operator. What
//! is changed counts on every running node within a moment.

use anyhow::Context;
use clap::Subcommand;
use strum::IntoEnumIterator;
use time::format_description::well_known::Rfc3339;

use crate::{
    access::{
        Actor, StaffRole, accounts, change_staff_roles, grant_staff_role, remove_staff,
        resume_staff, staff_member, staff_members, suspend_staff,
    },
    kernel::{AccountId, Error},
    platform::{Platform, Tx},
};

#[derive(Subcommand)]
pub(super) enum TeamCommand {
    /// Give an account a role in SMP's team
    Grant {
        #[arg(long)]
        email: String,
        /// admin, manager, marketing, support or finance
        #[arg(long, value_parser = role)]
        role: StaffRole,
    },
    /// Take a role of SMP's team from an account, or all of them; the last admin stays
    Revoke {
        #[arg(long)]
        email: String,
        /// Without it, the account is removed from the team and signed out
        #[arg(long, value_parser = role)]
        role: Option<StaffRole>,
    },
    /// Suspend a member of SMP's team: signed out, and without roles until resumed
    Suspend {
        #[arg(long)]
        email: String,
    },
    /// Let a suspended member of SMP's team work again
    Resume {
        #[arg(long)]
        email: String,
    },
    /// List SMP's team
    List,
}

fn role(name: &str) -> Result<StaffRole, String> {
    StaffRole::of(name).ok_or_else(|| {
        let known: Vec<&str> = StaffRole::iter().map(|role| role.into_str()).collect();
        format!("SMP's team has no such role; use {}", known.join(", "))
    })
}

/// Does it; returns what to print.
pub(super) async fn run(platform: &Platform, command: &TeamCommand) -> anyhow::Result<String> {
    let mut tx = platform.db.platform("account").await.map_err(|error| explained(&error))?;
    let done = apply(platform, &mut tx, command).await?;
    tx.commit().await.context("the change was not stored")?;
    Ok(done)
}

async fn apply(platform: &Platform, tx: &mut Tx, command: &TeamCommand) -> anyhow::Result<String> {
    let (now, by) = (platform.clock.now(), Actor::System);
    match command {
        TeamCommand::Grant { email, role } => {
            let account = account(tx, email).await?;
            grant_staff_role(tx, account, *role, by, now)
                .await
                .map_err(|error| explained(&error))?;
        }
        TeamCommand::Revoke { email, role: Some(role) } => {
            let account = account(tx, email).await?;
            let member = staff_member(tx, account).await.map_err(|error| explained(&error))?;
            anyhow::ensure!(
                member.roles.contains(role),
                "{email} does not have the role {}",
                role.into_str()
            );
            let left: Vec<StaffRole> =
                member.roles.into_iter().filter(|held| held != role).collect();
            if left.is_empty() {
                remove_staff(tx, account, by, now).await.map_err(|error| explained(&error))?;
            } else {
                change_staff_roles(tx, account, &left, by, now)
                    .await
                    .map_err(|error| explained(&error))?;
            }
        }
        TeamCommand::Revoke { email, role: None } => {
            let account = account(tx, email).await?;
            remove_staff(tx, account, by, now).await.map_err(|error| explained(&error))?;
        }
        TeamCommand::Suspend { email } => {
            let account = account(tx, email).await?;
            suspend_staff(tx, account, by, now).await.map_err(|error| explained(&error))?;
        }
        TeamCommand::Resume { email } => {
            let account = account(tx, email).await?;
            resume_staff(tx, account, by).await.map_err(|error| explained(&error))?;
        }
        TeamCommand::List => {}
    }
    team(tx).await
}

/// The account that proved this address: anybody can make one that merely claims it.
async fn account(tx: &mut Tx, email: &str) -> anyhow::Result<AccountId> {
    let found = accounts::by_email(tx, email).await.map_err(|error| explained(&error))?;
    let account = found.filter(|account| account.is_verified).with_context(|| {
        format!(
            "no account has the address {email} and has confirmed it; make one with `smp account \
             create`"
        )
    })?;
    Ok(account.id)
}

/// The team as a table.
async fn team(tx: &mut Tx) -> anyhow::Result<String> {
    let mut lines =
        vec![format!("{:<32} {:<10} {:<36} {:<20}  name", "email", "state", "roles", "last seen")];
    for member in staff_members(tx).await.map_err(|error| explained(&error))? {
        let roles: Vec<&str> = member.roles.iter().map(StaffRole::into_str).collect();
        let state = if member.suspended_at.is_some() { "suspended" } else { "active" };
        let seen = member.last_seen_at.and_then(|seen| seen.format(&Rfc3339).ok());
        lines.push(format!(
            "{:<32} {state:<10} {:<36} {:<20}  {}",
            member.email,
            roles.join(","),
            seen.as_deref().unwrap_or("never"),
            member.name
        ));
    }
    Ok(lines.join("\n"))
}

/// What went wrong and what to do, as the API says it.
fn explained(error: &Error) -> anyhow::Error {
    anyhow::anyhow!("{}", error.problem().detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_does_not_exist_is_answered_with_those_that_do() {
        assert_eq!(role("finance"), Ok(StaffRole::Finance));
        let refused = role("boss").unwrap_err();
        assert!(refused.ends_with("use admin, manager, marketing, support, finance"), "{refused}");
    }
}
