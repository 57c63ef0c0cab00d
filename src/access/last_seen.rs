//! When the members of SMP's team were last at work, noted beside their requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

use crate::{
    kernel::{AccountId, Result},
    platform::Platform,
};

/// How exact the time is.
const GRAIN: Duration = Duration::MINUTE;

/// Cheap to clone. It grows with SMP's team, which is limited.
#[derive(Clone, Default)]
pub struct LastSeen {
    /// When this node noted an account last.
    noted: Arc<Mutex<HashMap<AccountId, OffsetDateTime>>>,
}

impl LastSeen {
    /// Notes that a member of the team is at work now, at most once a minute. Returns at once.
    pub fn note(&self, platform: &Platform, account: AccountId) {
        let now = platform.clock.now();
        if !self.is_due(account, now) {
            return;
        }
        let platform = platform.clone();
        tokio::spawn(async move {
            if let Err(error) = write(&platform, account, now).await {
                tracing::warn!(error = error.causes(), "when a colleague was seen was not noted");
            }
        });
    }

    fn is_due(&self, account: AccountId, now: OffsetDateTime) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&account).is_some_and(|last| now - *last < GRAIN) {
            return false;
        }
        noted.insert(account, now);
        true
    }
}

async fn write(platform: &Platform, account: AccountId, now: OffsetDateTime) -> Result<()> {
    let mut tx = platform.db.platform("last seen").await?;
    sqlx::query!(
        "INSERT INTO staff_seen (account_id, seen_at)
         SELECT account_id, date_trunc('minute', $2::timestamptz) FROM staff
         WHERE account_id = $1 LIMIT 1
         ON CONFLICT (account_id)
         DO UPDATE SET seen_at = greatest(staff_seen.seen_at, excluded.seen_at)",
        account.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colleague_is_noted_once_a_minute() {
        let (seen, account) = (LastSeen::default(), AccountId::new());
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(seen.is_due(account, now));
        assert!(!seen.is_due(account, now + Duration::seconds(59)));
        assert!(seen.is_due(AccountId::new(), now));
        assert!(seen.is_due(account, now + Duration::MINUTE));
    }
}
