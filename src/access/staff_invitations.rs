//! Invitations to SMP's team: roles offered to an email address, open until they are accepted, revoked
//! or expired.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    invitation_rules::{self, LIFETIME, TEAM_MAX},
    staff::{self, StaffRole},
};
use crate::kernel::{AccountId, Error, InvitationId, Result, token};

#[derive(Debug, Clone)]
pub struct StaffInvitation {
    pub id: InvitationId,
    pub email: String,
    pub roles: Vec<StaffRole>,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Invitations that can still be accepted, newest first.
pub async fn list_open(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Vec<StaffInvitation>> {
    let rows = sqlx::query!(
        "SELECT id, email, roles, created_at, expires_at FROM staff_invitations
         WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $1
         ORDER BY created_at DESC, id DESC LIMIT $2",
        now,
        TEAM_MAX,
    )
    .fetch_all(conn)
    .await?;
    let invitation = rows.into_iter().map(|row| StaffInvitation {
        id: InvitationId(row.id),
        email: row.email,
        roles: staff::of_names(&row.roles),
        created_at: row.created_at,
        expires_at: row.expires_at,
    });
    Ok(invitation.collect())
}

/// Invites an address to roles, replacing an earlier invitation. The team must be locked. The token is
/// returned only here; the database has its hash.
pub async fn invite(
    conn: &mut PgConnection,
    email: &str,
    roles: &[StaffRole],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(StaffInvitation, String)> {
    let team = staff::list(conn).await?;
    if team.iter().any(|member| member.email == email) {
        return Err(already_there(email));
    }
    let sent = sqlx::query_scalar!(
        r#"SELECT count(*) AS "sent!" FROM staff_invitations
           WHERE email = $1 AND created_at > $2"#,
        email,
        now - time::Duration::days(1),
    )
    .fetch_one(&mut *conn)
    .await?;
    invitation_rules::require_few(email, sent)?;
    sqlx::query!(
        "UPDATE staff_invitations SET revoked_at = $2
         WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
        email,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let open = list_open(conn, now).await?;
    invitation_rules::require_room(open.len() + team.len())?;
    let (token, names) = (token::random(), staff::names(roles));
    let invitation = StaffInvitation {
        id: InvitationId::new(),
        email: email.to_owned(),
        roles: roles.to_vec(),
        created_at: now,
        expires_at: now + LIFETIME,
    };
    sqlx::query!(
        "INSERT INTO staff_invitations
             (id, email, roles, token_hash, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        invitation.id.0,
        email,
        &names,
        token::hash(&token),
        by.0,
        now,
        invitation.expires_at,
    )
    .execute(conn)
    .await?;
    Ok((invitation, token))
}

/// The invitation with this token, if it can be accepted; locked until the transaction ends.
pub async fn of_token(
    conn: &mut PgConnection,
    token: &str,
    now: OffsetDateTime,
) -> Result<StaffInvitation> {
    let hash = invitation_rules::token_hash(token)?;
    let row = sqlx::query!(
        "SELECT id, email, roles, created_at, expires_at, accepted_at, revoked_at
         FROM staff_invitations WHERE token_hash = $1 FOR UPDATE",
        hash,
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(invitation_rules::unknown)?;
    invitation_rules::require_open(row.accepted_at, row.revoked_at, row.expires_at, now)?;
    Ok(StaffInvitation {
        id: InvitationId(row.id),
        email: row.email,
        roles: staff::of_names(&row.roles),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// Gives the roles of an invitation to an account that is not on the team.
pub async fn accept(
    conn: &mut PgConnection,
    invitation: &StaffInvitation,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    if staff::list(conn).await?.iter().any(|member| member.account == account) {
        return Err(already_there(&invitation.email));
    }
    sqlx::query!(
        "UPDATE staff_invitations SET accepted_at = $2 WHERE id = $1",
        invitation.id.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    staff::grant(conn, account, &invitation.roles, now).await
}

/// Revokes an open invitation: its link no longer works. Returns what it was.
pub async fn revoke(
    conn: &mut PgConnection,
    id: InvitationId,
    now: OffsetDateTime,
) -> Result<StaffInvitation> {
    let row = sqlx::query!(
        "UPDATE staff_invitations SET revoked_at = $2
         WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
         RETURNING email, roles, created_at, expires_at",
        id.0,
        now,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("open invitation"))?;
    Ok(StaffInvitation {
        id,
        email: row.email,
        roles: staff::of_names(&row.roles),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// Deletes invitations that expired before this time, accepted and revoked ones included. Returns how
/// many, `max` at most.
pub async fn delete_expired(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM staff_invitations WHERE id IN (
             SELECT id FROM staff_invitations WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

fn already_there(email: &str) -> Error {
    Error::conflict(
        "already_member",
        format!("{email} is on SMP's team already. Change their roles instead."),
    )
}
