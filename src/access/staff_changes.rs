//! Changes of SMP's team, each with its event and its entry in the audit log: what the portal and
//! `smp account` do.

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    accounts::{self, Account},
    actor::Actor,
    audit, sessions,
    staff::{self, Admins, StaffRole, names},
    staff_invitations::{self, StaffInvitation},
};
use crate::{
    events,
    kernel::{AccountId, Error, InvitationId, Result, TenantId},
};

/// The job that sends an invitation to SMP's team. It is a job and not an event, because it contains a
/// secret and events are kept.
pub const STAFF_INVITATION_EMAIL: &str = "staff_invitation_email";

#[derive(Serialize)]
struct StaffInvitationEmail<'a> {
    email: &'a str,
    roles: &'a [String],
    token: &'a str,
    inviter_name: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// What happened to a member, as `staff.changed` and `staff.removed` carry it.
struct Happened<'a> {
    kind: &'a str,
    /// The operation, for the audit log.
    action: &'a str,
    /// In one word: `roles`, `suspended`, `resumed`, `removed`.
    change: &'a str,
    account: AccountId,
    /// Those they have now.
    roles: &'a [StaffRole],
    roles_before: &'a [StaffRole],
}

/// Invites an address to roles and sends the link.
pub async fn invite(
    conn: &mut PgConnection,
    email: &str,
    roles: &[StaffRole],
    by: &Account,
    action: &str,
    now: OffsetDateTime,
) -> Result<StaffInvitation> {
    Admins::lock(conn, Actor::Account(by.id)).await?;
    let (invitation, token) = staff_invitations::invite(conn, email, roles, by.id, now).await?;
    let roles = names(roles);
    let job = StaffInvitationEmail {
        email,
        roles: &roles,
        token: &token,
        inviter_name: &by.name,
        expires_at: invitation.expires_at,
    };
    events::enqueue(conn, STAFF_INVITATION_EMAIL, &job).await?;
    let details = json!({"invitation_id": invitation.id, "roles": roles});
    events::publish(conn, TenantId::PLATFORM, "staff.invited", &details).await?;
    note(
        conn,
        Actor::Account(by.id),
        action,
        &format!("invitation {}", invitation.id),
        &json!({"email": email, "roles": roles}),
    )
    .await?;
    Ok(invitation)
}

/// Revokes an open invitation.
pub async fn revoke_invitation(
    conn: &mut PgConnection,
    id: InvitationId,
    by: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    Admins::lock(conn, by).await?;
    let revoked = staff_invitations::revoke(conn, id, now).await?;
    let roles = names(&revoked.roles);
    let details = json!({"invitation_id": id, "roles": roles});
    events::publish(conn, TenantId::PLATFORM, "staff.invitation_revoked", &details).await?;
    let details = json!({"email": revoked.email, "roles": roles});
    note(conn, by, "staff_invitation_revoke", &format!("invitation {id}"), &details).await
}

/// Takes an account into the team, in the roles that its address was invited to.
pub async fn join(
    conn: &mut PgConnection,
    invitation: &StaffInvitation,
    account: &Account,
    now: OffsetDateTime,
) -> Result<()> {
    staff_invitations::accept(conn, invitation, account.id, now).await?;
    let details = json!({"account_id": account.id, "roles": names(&invitation.roles)});
    events::publish(conn, TenantId::PLATFORM, "staff.joined", &details).await?;
    let subject = format!("member {}", account.email);
    note(conn, Actor::Account(account.id), "staff_invitation_accept", &subject, &details).await
}

/// Sets the roles of a member.
pub async fn change_roles(
    conn: &mut PgConnection,
    account: AccountId,
    roles: &[StaffRole],
    by: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let admins = Admins::lock(conn, by).await?;
    let before = staff::set_roles(conn, &admins, account, roles, now).await?;
    if before == roles {
        return Ok(());
    }
    let happened = Happened {
        kind: "staff.changed",
        action: "staff_roles_set",
        change: "roles",
        account,
        roles,
        roles_before: &before,
    };
    record(conn, happened, by).await
}

/// Gives an account a role beside those it has, and makes it a member if it is none.
pub async fn grant(
    conn: &mut PgConnection,
    account: AccountId,
    role: StaffRole,
    by: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    Admins::lock(conn, by).await?;
    let before = match staff::member(conn, account).await {
        Ok(member) => member.roles,
        Err(Error::NotFound(_)) => vec![],
        Err(error) => return Err(error),
    };
    staff::grant(conn, account, &[role], now).await?;
    let roles = staff::member(conn, account).await?.roles;
    let happened = Happened {
        kind: "staff.changed",
        action: "staff_roles_set",
        change: "roles",
        account,
        roles: &roles,
        roles_before: &before,
    };
    record(conn, happened, by).await
}

/// Suspends a member, and ends all their sessions.
pub async fn suspend(
    conn: &mut PgConnection,
    account: AccountId,
    by: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let admins = Admins::lock(conn, by).await?;
    staff::suspend(conn, &admins, account, now).await?;
    sessions::end_all(conn, account, None, now).await?;
    record_standing(conn, account, "staff_suspend", "suspended", by).await
}

/// Lets a suspended member work again.
pub async fn resume(conn: &mut PgConnection, account: AccountId, by: Actor) -> Result<()> {
    Admins::lock(conn, by).await?;
    staff::resume(conn, account).await?;
    record_standing(conn, account, "staff_resume", "resumed", by).await
}

/// Removes a member from the team, and ends all their sessions. The account stays a shopper's.
pub async fn remove(
    conn: &mut PgConnection,
    account: AccountId,
    by: Actor,
    now: OffsetDateTime,
) -> Result<()> {
    let admins = Admins::lock(conn, by).await?;
    let before = staff::remove(conn, &admins, account).await?;
    sessions::end_all(conn, account, None, now).await?;
    let happened = Happened {
        kind: "staff.removed",
        action: "staff_remove",
        change: "removed",
        account,
        roles: &[],
        roles_before: &before.roles,
    };
    record(conn, happened, by).await
}

async fn record_standing(
    conn: &mut PgConnection,
    account: AccountId,
    action: &str,
    change: &str,
    by: Actor,
) -> Result<()> {
    let roles = staff::member(conn, account).await?.roles;
    let happened = Happened {
        kind: "staff.changed",
        action,
        change,
        account,
        roles: &roles,
        roles_before: &roles,
    };
    record(conn, happened, by).await
}

async fn record(conn: &mut PgConnection, happened: Happened<'_>, by: Actor) -> Result<()> {
    let Happened { kind, action, change, account, roles, roles_before } = happened;
    let by_account = match by {
        Actor::Account(account) => Some(account),
        Actor::ApiKey(_) | Actor::System => None,
    };
    let mut details = json!({
        "account_id": account,
        "change": change,
        "roles": names(roles),
        "roles_before": names(roles_before),
    });
    let mut payload = details.clone();
    payload["by"] = json!(by_account);
    events::publish(conn, TenantId::PLATFORM, kind, &payload).await?;
    details["name"] = accounts::by_id(conn, account).await?.name.into();
    note(conn, by, action, &format!("member {account}"), &details).await
}

async fn note(
    conn: &mut PgConnection,
    by: Actor,
    action: &str,
    subject: &str,
    details: &Value,
) -> Result<()> {
    audit::record(conn, by, TenantId::PLATFORM, action, subject, details).await
}
