//! Whether a provider's contract is in force.

use sqlx::PgConnection;
use time::{OffsetDateTime, macros::datetime};

use crate::{
    kernel::{Error, Result, TenantId},
    providers,
};

/// The end of a contract that has none yet.
pub const NO_END: OffsetDateTime = datetime!(9999-12-31 0:00 UTC);

/// Whether a contract that is in force until `until` (None: there is none) is so at `now`.
pub fn is_in_force(until: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    until.is_some_and(|until| now < until)
}

/// When a contract that is in force until `until` ends; None when no end is set.
pub fn end(until: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    until.filter(|until| *until < NO_END)
}

/// Fails unless the provider's contract is in force.
pub async fn require_in_force(
    conn: &mut PgConnection,
    tenant: TenantId,
    now: OffsetDateTime,
) -> Result<()> {
    if is_in_force(providers::get(conn, tenant).await?.contract_until, now) {
        return Ok(());
    }
    Err(Error::conflict(
        "no_contract",
        "This provider has no contract in force, so none of its sales can go live. Its owner signs \
         the contract in the portal and a manager counter-signs it; then approve this again.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_ends_at_its_end() {
        let end_at = datetime!(2027-01-01 0:00 UTC);
        assert!(!is_in_force(None, end_at));
        assert!(is_in_force(Some(end_at), end_at - time::Duration::SECOND));
        assert!(!is_in_force(Some(end_at), end_at));
        assert!(is_in_force(Some(NO_END), end_at));
        assert_eq!((end(Some(NO_END)), end(Some(end_at)), end(None)), (None, Some(end_at), None));
    }
}
