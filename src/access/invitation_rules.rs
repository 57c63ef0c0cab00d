//! What holds for every invitation to a team, a provider's or SMP's own: how long it is open, how often
//! an address is sent one, how many a team can have.

use time::OffsetDateTime;

use crate::kernel::{Error, Result, token};

/// How long an invitation can be accepted.
pub const LIFETIME: time::Duration = time::Duration::days(7);
/// Maximum of a team's members and open invitations together.
pub const TEAM_MAX: i64 = 200;
/// Most invitations of one address to one team within a day, because each sends an email.
const A_DAY_MAX: i64 = 5;

/// Refuses another invitation of an address that was sent so many to this team within a day.
pub fn require_few(email: &str, sent: i64) -> Result<()> {
    if sent < A_DAY_MAX {
        return Ok(());
    }
    Err(Error::conflict(
        "invited_too_often",
        format!(
            "{email} was sent {A_DAY_MAX} invitations within a day. Check the address and its spam \
             folder, and try again tomorrow."
        ),
    ))
}

/// Refuses another invitation to a team that has so many members and open invitations.
pub fn require_room(taken: usize) -> Result<()> {
    if i64::try_from(taken).is_ok_and(|taken| taken < TEAM_MAX) {
        return Ok(());
    }
    Err(Error::conflict(
        "team_full",
        format!(
            "A team has at most {TEAM_MAX} members and open invitations. Remove someone first."
        ),
    ))
}

/// The hash by which the invitation of a sent token is found.
pub fn token_hash(token: &str) -> Result<Vec<u8>> {
    token::hash_of_sent(token).ok_or_else(unknown)
}

pub fn unknown() -> Error {
    Error::NotFound("invitation")
}

/// Refuses an invitation that can no longer be accepted.
pub fn require_open(
    accepted_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<()> {
    if accepted_at.is_some() {
        return Err(Error::conflict(
            "invitation_used",
            "This invitation was already accepted. Sign in instead.",
        ));
    }
    if revoked_at.is_some() {
        return Err(Error::conflict(
            "invitation_replaced",
            "This invitation was withdrawn, or a newer one replaced it. Use the link in the newest \
             email, or ask the person who invited you for a new one.",
        ));
    }
    if expires_at <= now {
        return Err(Error::conflict(
            "invitation_expired",
            "This invitation has expired. Ask the person who invited you for a new one.",
        ));
    }
    Ok(())
}
