//! The members of a provider, their roles, and the invitations by which they join.

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::invitation_rules::{self, LIFETIME, TEAM_MAX};
use crate::kernel::{AccountId, Error, InvitationId, Result, TenantId, token};

/// A role in a provider's team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, strum::IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MemberRole {
    Owner,
    /// Assets, offers, sales.
    Editor,
    /// Parcels and shipments.
    Fulfilment,
    /// Statistics.
    Analyst,
    /// In-store vouchers.
    Cashier,
}

/// A member, active or suspended.
#[derive(Debug, Clone)]
pub struct TeamMember {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub role: MemberRole,
    /// `active` or `suspended`
    pub state: String,
    pub created_at: OffsetDateTime,
}

impl TeamMember {
    pub fn is_suspended(&self) -> bool {
        self.state == "suspended"
    }
}

/// An invitation of an email address to a role.
#[derive(Debug, Clone)]
pub struct MemberInvitation {
    pub tenant: TenantId,
    pub id: InvitationId,
    pub email: String,
    pub role: MemberRole,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Active and suspended members, oldest first.
pub async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<TeamMember>> {
    let members = sqlx::query_as!(
        TeamMember,
        r#"
        SELECT m.account_id AS "account: AccountId", a.name, a.email, m.role AS "role: MemberRole",
               m.state, m.created_at
        FROM members m JOIN accounts a ON a.id = m.account_id
        WHERE m.tenant_id = $1 AND m.state <> 'removed'
        ORDER BY m.created_at, a.email, m.role LIMIT $2
        "#,
        tenant.0,
        TEAM_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(members)
}

/// Invitations that can still be accepted, newest first.
pub async fn open_invitations(
    conn: &mut PgConnection,
    tenant: TenantId,
    now: OffsetDateTime,
) -> Result<Vec<MemberInvitation>> {
    let invitations = sqlx::query_as!(
        MemberInvitation,
        r#"
        SELECT tenant_id AS "tenant: TenantId", id AS "id: InvitationId", email,
               role AS "role: MemberRole", created_at, expires_at
        FROM invitations
        WHERE tenant_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
        ORDER BY created_at DESC, id DESC LIMIT $3
        "#,
        tenant.0,
        now,
        TEAM_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(invitations)
}

/// Revokes all open invitations to a role.
pub async fn withdraw(
    conn: &mut PgConnection,
    tenant: TenantId,
    role: MemberRole,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitations SET revoked_at = $3
         WHERE tenant_id = $1 AND role = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        role.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An invitation that can still be accepted; locked until the transaction ends.
pub async fn open_invitation(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: InvitationId,
    now: OffsetDateTime,
) -> Result<MemberInvitation> {
    let invitation = sqlx::query_as!(
        MemberInvitation,
        r#"
        SELECT tenant_id AS "tenant: TenantId", id AS "id: InvitationId", email,
               role AS "role: MemberRole", created_at, expires_at
        FROM invitations
        WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL
          AND expires_at > $3
        FOR UPDATE
        "#,
        tenant.0,
        id.0,
        now,
    );
    invitation.fetch_optional(conn).await?.ok_or(Error::NotFound("open invitation"))
}

/// Revokes an invitation: its link no longer works.
pub async fn revoke_invitation(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: InvitationId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitations SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Invites an address to a role, replacing an earlier invitation to the same role. The token is
/// returned only here; the database has its hash.
pub async fn invite(
    conn: &mut PgConnection,
    tenant: TenantId,
    email: &str,
    role: MemberRole,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(MemberInvitation, String)> {
    let is_member = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM members m JOIN accounts a ON a.id = m.account_id
                       WHERE m.tenant_id = $1 AND a.email = $2 AND m.role = $3
                         AND m.state <> 'removed') AS "is_member!"
        "#,
        tenant.0,
        email,
        role.into_str(),
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_member {
        return Err(Error::conflict(
            "already_member",
            format!("{email} already has the role {}.", role.into_str()),
        ));
    }
    let sent = sqlx::query_scalar!(
        r#"SELECT count(*) AS "sent!" FROM invitations
           WHERE tenant_id = $1 AND email = $2 AND created_at > $3"#,
        tenant.0,
        email,
        now - time::Duration::days(1),
    )
    .fetch_one(&mut *conn)
    .await?;
    invitation_rules::require_few(email, sent)?;
    let open = open_invitations(conn, tenant, now).await?.len() + list(conn, tenant).await?.len();
    invitation_rules::require_room(open)?;
    sqlx::query!(
        "UPDATE invitations SET revoked_at = $4
         WHERE tenant_id = $1 AND email = $2 AND role = $3
           AND accepted_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        email,
        role.into_str(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    let token = token::random();
    let invitation = MemberInvitation {
        tenant,
        id: InvitationId::new(),
        email: email.to_owned(),
        role,
        created_at: now,
        expires_at: now + LIFETIME,
    };
    sqlx::query!(
        "INSERT INTO invitations
             (tenant_id, id, email, role, token_hash, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.0,
        invitation.id.0,
        invitation.email,
        role.into_str(),
        token::hash(&token),
        by.0,
        now,
        invitation.expires_at,
    )
    .execute(conn)
    .await?;
    Ok((invitation, token))
}

/// The invitation with this token, if it can be accepted; locked until the transaction ends. Needs
/// the platform scope, because only the token is known.
pub async fn invitation(
    conn: &mut PgConnection,
    token: &str,
    now: OffsetDateTime,
) -> Result<MemberInvitation> {
    let hash = invitation_rules::token_hash(token)?;
    let row = sqlx::query!(
        r#"
        SELECT tenant_id, id, email, role AS "role: MemberRole", created_at, expires_at,
               accepted_at, revoked_at
        FROM invitations WHERE token_hash = $1 FOR UPDATE
        "#,
        hash,
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(invitation_rules::unknown)?;
    invitation_rules::require_open(row.accepted_at, row.revoked_at, row.expires_at, now)?;
    Ok(MemberInvitation {
        tenant: TenantId(row.tenant_id),
        id: InvitationId(row.id),
        email: row.email,
        role: row.role,
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// Makes an account a member: invited → active. A suspended member stays one.
pub async fn accept(
    conn: &mut PgConnection,
    invitation: &MemberInvitation,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE invitations SET accepted_at = $3 WHERE tenant_id = $1 AND id = $2",
        invitation.tenant.0,
        invitation.id.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let is_suspended = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM members WHERE tenant_id = $1 AND account_id = $2
                            AND state = 'suspended') AS "is_suspended!""#,
        invitation.tenant.0,
        account.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_suspended {
        return Err(Error::conflict(
            "suspended",
            "You are suspended from this team. Ask one of its owners to resume you first.",
        ));
    }
    activate(conn, invitation.tenant, account, invitation.role, now).await
}

/// Deletes invitations that expired before this time, accepted and revoked ones included. Returns how
/// many, `max` at most. Platform scope.
pub async fn delete_expired_invitations(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM invitations WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM invitations WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Makes an account a member in a role: none or removed → active.
pub(super) async fn activate(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    role: MemberRole,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO members (tenant_id, account_id, role, state, created_at)
        VALUES ($1, $2, $3, 'active', $4)
        ON CONFLICT (tenant_id, account_id, role)
        DO UPDATE SET state = 'active', created_at = excluded.created_at
        "#,
        tenant.0,
        account.0,
        role.into_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
