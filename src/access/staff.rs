//! SMP's own team: its members, their roles, and who is suspended. Changes of the team take turns, so
//! that an admin stays whatever happens at the same time.

use poem_openapi::Enum;
use sqlx::PgConnection;
use strum::IntoEnumIterator;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{actor::Actor, invitation_rules::TEAM_MAX};
use crate::kernel::{AccountId, Error, FieldError, Result};

/// A role in SMP's team.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum, strum::EnumIter, strum::IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum StaffRole {
    /// All that the others may do, and the team itself.
    Admin,
    /// Providers, reviews, sales.
    Manager,
    /// What is featured, access points.
    Marketing,
    /// Shoppers and their orders.
    Support,
    /// Payments, statements, the books.
    Finance,
}

impl StaffRole {
    /// The role of this name; none if the team has no such role.
    pub fn of(name: &str) -> Option<Self> {
        Self::iter().find(|role| role.into_str() == name)
    }
}

/// These roles, each once and in one order; none at all is an error of the field `roles`.
pub fn checked_roles(roles: &[StaffRole]) -> Result<Vec<StaffRole>> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(FieldError::new("roles", "Choose at least one role").into());
    }
    Ok(roles)
}

/// The names of roles, as they are stored.
pub fn names(roles: &[StaffRole]) -> Vec<String> {
    roles.iter().map(|role| role.into_str().to_owned()).collect()
}

/// The roles of these names; what is none is left out.
pub fn of_names(names: &[String]) -> Vec<StaffRole> {
    let mut roles: Vec<StaffRole> = names.iter().filter_map(|name| StaffRole::of(name)).collect();
    roles.sort_unstable();
    roles
}

/// A member of SMP's team.
#[derive(Debug, Clone)]
pub struct StaffMember {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub roles: Vec<StaffRole>,
    pub since: OffsetDateTime,
    pub suspended_at: Option<OffsetDateTime>,
    /// To the minute; None: never since they joined.
    pub last_seen_at: Option<OffsetDateTime>,
}

/// The team, those who joined first in front.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<StaffMember>> {
    read(conn, None).await
}

/// A member of the team.
pub async fn member(conn: &mut PgConnection, account: AccountId) -> Result<StaffMember> {
    read(conn, Some(account)).await?.pop().ok_or(Error::NotFound("member of SMP's team"))
}

async fn read(conn: &mut PgConnection, account: Option<AccountId>) -> Result<Vec<StaffMember>> {
    let rows = sqlx::query!(
        r#"
        SELECT s.account_id AS "account_id!", a.name AS "name!", a.email AS "email!",
               array_agg(s.role) AS "roles!",
               min(s.created_at) AS "since!", max(s.suspended_at) AS suspended_at,
               max(v.seen_at) AS last_seen_at
        FROM staff s JOIN accounts a ON a.id = s.account_id
        LEFT JOIN staff_seen v ON v.account_id = s.account_id
        WHERE $1::uuid IS NULL OR s.account_id = $1
        GROUP BY s.account_id, a.name, a.email
        ORDER BY min(s.created_at), a.email LIMIT $2
        "#,
        account.map(|account| account.0),
        TEAM_MAX,
    )
    .fetch_all(conn)
    .await?;
    let member = rows.into_iter().map(|row| StaffMember {
        account: AccountId(row.account_id),
        name: row.name,
        email: row.email,
        roles: of_names(&row.roles),
        since: row.since,
        suspended_at: row.suspended_at,
        last_seen_at: row.last_seen_at,
    });
    Ok(member.collect())
}

/// The admins who may change the team, locked until the transaction ends. Others who change the team
/// wait here, and then see what was changed.
#[derive(Debug)]
pub struct Admins(Vec<Uuid>);

impl Admins {
    /// Locks them. An actor who is no longer one of them, because another admin was faster, is
    /// refused; the operator of the installation is not asked.
    pub async fn lock(conn: &mut PgConnection, by: Actor) -> Result<Self> {
        let admins = sqlx::query_scalar!(
            "SELECT s.account_id FROM staff s JOIN accounts a ON a.id = s.account_id
             WHERE s.role = 'admin' AND s.suspended_at IS NULL AND a.disabled_at IS NULL
             ORDER BY s.account_id FOR UPDATE OF s",
        )
        .fetch_all(conn)
        .await?;
        match by {
            Actor::Account(account) if !admins.contains(&account.0) => Err(Error::Forbidden(
                "You are no longer an admin of SMP's team. Ask one of its admins.".to_owned(),
            )),
            _ => Ok(Self(admins)),
        }
    }

    /// Refuses what would leave the team without an admin.
    fn require_another_than(&self, account: AccountId) -> Result<()> {
        if self.0 == [account.0] {
            return Err(Error::conflict(
                "last_admin",
                "SMP's team needs an admin who is not suspended. Make someone else an admin first.",
            ));
        }
        Ok(())
    }
}

/// Sets the roles of a member who is not suspended. Returns those they had.
pub async fn set_roles(
    conn: &mut PgConnection,
    admins: &Admins,
    account: AccountId,
    roles: &[StaffRole],
    now: OffsetDateTime,
) -> Result<Vec<StaffRole>> {
    let before = member(conn, account).await?;
    if before.suspended_at.is_some() {
        return Err(suspended(&before));
    }
    if !roles.contains(&StaffRole::Admin) {
        admins.require_another_than(account)?;
    }
    let names = names(roles);
    sqlx::query!("DELETE FROM staff WHERE account_id = $1 AND role <> ALL($2)", account.0, &names)
        .execute(&mut *conn)
        .await?;
    give(conn, account, &names, now).await?;
    Ok(before.roles)
}

/// Gives roles to an account that joins the team, or joined before.
pub async fn grant(
    conn: &mut PgConnection,
    account: AccountId,
    roles: &[StaffRole],
    now: OffsetDateTime,
) -> Result<()> {
    if let Some(known) = read(conn, Some(account)).await?.pop()
        && known.suspended_at.is_some()
    {
        return Err(suspended(&known));
    }
    give(conn, account, &names(roles), now).await
}

async fn give(
    conn: &mut PgConnection,
    account: AccountId,
    roles: &[String],
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO staff (account_id, role, created_at)
         SELECT $1, role, $3 FROM unnest($2::text[]) AS given (role)
         ON CONFLICT DO NOTHING",
        account.0,
        roles,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Suspends a member: their roles count no longer until they are resumed.
pub async fn suspend(
    conn: &mut PgConnection,
    admins: &Admins,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let before = member(conn, account).await?;
    if before.suspended_at.is_some() {
        return Err(suspended(&before));
    }
    admins.require_another_than(account)?;
    sqlx::query!("UPDATE staff SET suspended_at = $2 WHERE account_id = $1", account.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets a suspended member work again, in the roles they had.
pub async fn resume(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    let before = member(conn, account).await?;
    if before.suspended_at.is_none() {
        return Err(Error::conflict(
            "not_suspended",
            format!("{} is not suspended, so there is nothing to resume.", before.name),
        ));
    }
    sqlx::query!("UPDATE staff SET suspended_at = NULL WHERE account_id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a member with all their roles. Returns what they were.
pub async fn remove(
    conn: &mut PgConnection,
    admins: &Admins,
    account: AccountId,
) -> Result<StaffMember> {
    let before = member(conn, account).await?;
    admins.require_another_than(account)?;
    sqlx::query!("DELETE FROM staff WHERE account_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("DELETE FROM staff_seen WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(before)
}

fn suspended(member: &StaffMember) -> Error {
    Error::conflict("suspended", format!("{} is suspended. Resume them first.", member.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::policy::Policy;

    #[test]
    fn every_role_of_the_team_is_in_the_policy() {
        let allowed = Policy::roles_of("provider_list");
        for role in StaffRole::iter() {
            assert!(allowed.contains(role.into_str()), "{role:?}");
            assert_eq!(StaffRole::of(role.into_str()), Some(role));
        }
        assert_eq!(StaffRole::of("owner"), None);
    }

    #[test]
    fn roles_are_named_once_and_never_none() {
        let roles = checked_roles(&[StaffRole::Support, StaffRole::Admin, StaffRole::Support]);
        assert_eq!(roles.unwrap(), [StaffRole::Admin, StaffRole::Support]);
        assert!(checked_roles(&[]).is_err());
    }
}
