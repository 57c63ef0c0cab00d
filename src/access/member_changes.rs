//! Changes of a provider's team: roles, suspension, removal. They take turns, so that an owner stays
//! whatever happens at the same time, and keys end with the owner who made them.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    api_keys,
    members::{self, MemberRole},
};
use crate::kernel::{AccountId, Error, Result, TenantId};

/// Removes a role from a member. The last owner stays; the keys that an owner made are revoked. Returns
/// how many keys.
pub async fn remove(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    role: MemberRole,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<u64> {
    let owners = lock_owners(conn, tenant, by).await?;
    let held = roles_of(conn, tenant, account).await?;
    if !held.iter().any(|(held, _)| *held == role) {
        return Err(Error::NotFound("member"));
    }
    if role == MemberRole::Owner {
        require_another_owner(&owners, account)?;
    }
    drop_roles(conn, tenant, account, &[role], now).await
}

/// Sets the roles of a member who is not suspended. The last owner stays one; the keys of somebody who
/// is no owner any more are revoked. Returns the roles they had.
pub async fn set_roles(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    roles: &[MemberRole],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<MemberRole>> {
    let owners = lock_owners(conn, tenant, by).await?;
    let held = standing(conn, tenant, account).await?;
    if held.is_suspended {
        return Err(suspended());
    }
    if !roles.contains(&MemberRole::Owner) {
        require_another_owner(&owners, account)?;
    }
    let lost: Vec<MemberRole> =
        held.roles.iter().copied().filter(|role| !roles.contains(role)).collect();
    drop_roles(conn, tenant, account, &lost, now).await?;
    for role in roles.iter().filter(|role| !held.roles.contains(role)) {
        members::activate(conn, tenant, account, *role, now).await?;
    }
    Ok(held.roles)
}

/// Suspends a member: their roles at the provider count no longer until they are resumed, and the API
/// keys they made are refused. The last owner stays. Returns their roles.
pub async fn suspend(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    by: AccountId,
) -> Result<Vec<MemberRole>> {
    let owners = lock_owners(conn, tenant, by).await?;
    let held = standing(conn, tenant, account).await?;
    if held.is_suspended {
        return Err(suspended());
    }
    require_another_owner(&owners, account)?;
    sqlx::query!(
        "UPDATE members SET state = 'suspended'
         WHERE tenant_id = $1 AND account_id = $2 AND state = 'active'",
        tenant.0,
        account.0,
    )
    .execute(conn)
    .await?;
    Ok(held.roles)
}

/// Lets a suspended member work again, in the roles they had. Returns these.
pub async fn resume(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    by: AccountId,
) -> Result<Vec<MemberRole>> {
    lock_owners(conn, tenant, by).await?;
    let held = standing(conn, tenant, account).await?;
    if !held.is_suspended {
        return Err(Error::conflict(
            "not_suspended",
            "This member is not suspended, so there is nothing to resume.",
        ));
    }
    sqlx::query!(
        "UPDATE members SET state = 'active'
         WHERE tenant_id = $1 AND account_id = $2 AND state = 'suspended'",
        tenant.0,
        account.0,
    )
    .execute(conn)
    .await?;
    Ok(held.roles)
}

/// The roles of a member, and whether they are suspended.
struct Held {
    roles: Vec<MemberRole>,
    is_suspended: bool,
}

async fn standing(conn: &mut PgConnection, tenant: TenantId, account: AccountId) -> Result<Held> {
    let held = roles_of(conn, tenant, account).await?;
    if held.is_empty() {
        return Err(Error::NotFound("member"));
    }
    Ok(Held {
        is_suspended: held.iter().any(|(_, state)| state == "suspended"),
        roles: held.into_iter().map(|(role, _)| role).collect(),
    })
}

async fn roles_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<(MemberRole, String)>> {
    let rows = sqlx::query!(
        r#"SELECT role AS "role: MemberRole", state FROM members
           WHERE tenant_id = $1 AND account_id = $2 AND state <> 'removed' ORDER BY role"#,
        tenant.0,
        account.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.role, row.state)).collect())
}

/// Locks the owners who work, so that two of them cannot remove each other. Somebody who is no longer one
/// of them, because another owner was faster, is refused.
async fn lock_owners(
    conn: &mut PgConnection,
    tenant: TenantId,
    by: AccountId,
) -> Result<Vec<Uuid>> {
    let owners = sqlx::query_scalar!(
        "SELECT account_id FROM members
         WHERE tenant_id = $1 AND role = 'owner' AND state = 'active'
         ORDER BY account_id FOR UPDATE",
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    if !owners.contains(&by.0) {
        return Err(Error::Forbidden(
            "You are no longer an owner of this shop. Ask one of its owners.".to_owned(),
        ));
    }
    Ok(owners)
}

fn require_another_owner(owners: &[Uuid], account: AccountId) -> Result<()> {
    if owners == [account.0] {
        return Err(Error::conflict(
            "last_owner",
            "A provider needs an owner. Invite another owner before you remove the last one.",
        ));
    }
    Ok(())
}

async fn drop_roles(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    roles: &[MemberRole],
    now: OffsetDateTime,
) -> Result<u64> {
    let names: Vec<String> = roles.iter().map(|role| role.into_str().to_owned()).collect();
    sqlx::query!(
        "UPDATE members SET state = 'removed'
         WHERE tenant_id = $1 AND account_id = $2 AND role = ANY($3)",
        tenant.0,
        account.0,
        &names,
    )
    .execute(&mut *conn)
    .await?;
    if !roles.contains(&MemberRole::Owner) {
        return Ok(0);
    }
    api_keys::revoke_made_by(conn, tenant, account, now).await
}

fn suspended() -> Error {
    Error::conflict("suspended", "This member is suspended. Resume them first.")
}
