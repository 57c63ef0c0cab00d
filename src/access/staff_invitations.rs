//! Invitations to SMP's team: roles offered to an email address, open until they are accepted, revoked
//! or expired.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::staff::{self, STAFF_MAX, StaffRole};
use crate::kernel::{AccountId, Error, InvitationId, Result, token};

/// How long an invitation can be accepted.
const LIFETIME: time::Duration = time::Duration::days(7);
/// Most invitations of one address within a day, because each sends an email.
const A_DAY_MAX: i64 = 5;

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
        STAFF_MAX,
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
    if sent >= A_DAY_MAX {
        return Err(Error::conflict(
            "invited_too_often",
            format!(
                "{email} was sent {A_DAY_MAX} invitations within a day. Check the address and its \
                 spam folder, and try again tomorrow."
            ),
        ));
    }
    sqlx::query!(
        "UPDATE staff_invitations SET revoked_at = $2
         WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
        email,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let open = list_open(conn, now).await?.len() + team.len();
    if i64::try_from(open).unwrap_or(i64::MAX) >= STAFF_MAX {
        return Err(Error::conflict(
            "team_full",
            format!(
                "A team has at most {STAFF_MAX} members and open invitations. Remove someone first."
            ),
        ));
    }
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
    let hash = token::hash_of_sent(token).ok_or(Error::NotFound("invitation"))?;
    let row = sqlx::query!(
        "SELECT id, email, roles, created_at, expires_at, accepted_at, revoked_at
         FROM staff_invitations WHERE token_hash = $1 FOR UPDATE",
        hash,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("invitation"))?;
    if row.accepted_at.is_some() {
        return Err(Error::conflict(
            "invitation_used",
            "This invitation was already accepted. Sign in instead.",
        ));
    }
    if row.revoked_at.is_some() {
        return Err(Error::conflict(
            "invitation_replaced",
            "This invitation was withdrawn, or a newer one replaced it. Use the link in the newest \
             email, or ask the person who invited you for a new one.",
        ));
    }
    if row.expires_at <= now {
        return Err(Error::conflict(
            "invitation_expired",
            "This invitation has expired. Ask the person who invited you for a new one.",
        ));
    }
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
