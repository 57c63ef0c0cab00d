//! How long things are kept that are not kept for ever, and when what is past its time is deleted.
//! docs/retention.md says the same for people. Each slice deletes its own rows; `worker` calls them.

use time::{Duration, OffsetDateTime};

/// Rows that one transaction deletes, at most.
pub const BATCH_ROWS: i64 = 1000;
/// Files of the store that are deleted at a time.
pub const BATCH_FILES: i64 = 100;
/// Nothing is deleted while a sale starts within this time, or started within it.
pub const AWAY_FROM_STARTS: Duration = Duration::minutes(15);

/// What is deleted some time after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Kept {
    AbandonedUploads,
    LateUploads,
    MessageBodies,
    Messages,
    Sessions,
    PasskeyChallenges,
    AccountTokens,
    KnownDevices,
    Invitations,
    RehearsalReports,
    ClickOuts,
    UnmatchedReports,
    Visits,
    Holds,
    WaitlistEntries,
    Events,
    GatewayNotices,
    MailNotices,
    CashCodes,
    PhoneCodes,
    Checkouts,
    DataExports,
    PendingSignIns,
    SecondFactorTries,
}

impl Kept {
    /// How long it is kept after its end.
    #[expect(clippy::match_same_arms, reason = "periods that are equal today have reasons apart")]
    pub const fn period(self) -> Duration {
        match self {
            // After the upload address expired.
            Self::AbandonedUploads | Self::LateUploads => Duration::days(1),
            // After it was written.
            Self::MessageBodies => Duration::days(90),
            Self::Messages => Duration::days(400),
            // After it expired.
            Self::Sessions => Duration::days(30),
            Self::PasskeyChallenges => Duration::days(1),
            // After they expired. What was changed with one is in the audit log.
            Self::AccountTokens => Duration::days(30),
            // After it signed in last. A browser keeps its cookie as long.
            Self::KnownDevices => Duration::days(400),
            Self::Invitations => Duration::days(90),
            // After the rehearsal, the click or the sale. Reports look back 366 days at most.
            Self::RehearsalReports | Self::ClickOuts | Self::Visits => Duration::days(400),
            // After the units were given back. The figures of the sale's visits need the holds, and
            // a sale takes 60 days at most.
            Self::Holds | Self::WaitlistEntries => Duration::days(500),
            // After it was received.
            Self::UnmatchedReports => Duration::days(90),
            // After it was written, and only once all its subscribers have it.
            Self::Events => Duration::days(90),
            // After it was received. A gateway, or a mail service, repeats one for days, not for months.
            Self::GatewayNotices | Self::MailNotices => Duration::days(90),
            // After it was sent. They have phone numbers, and count only within a day.
            Self::CashCodes => Duration::days(30),
            // After it was sent. They have phone numbers, and count only within an hour.
            Self::PhoneCodes => Duration::days(30),
            // After it was changed. They have addresses; what became an order is kept with it.
            Self::Checkouts => Duration::days(30),
            // After it was written. It has everything that concerns a person.
            Self::DataExports => Duration::days(7),
            // After it expired, and after it was typed. Tries count for an hour.
            Self::PendingSignIns | Self::SecondFactorTries => Duration::days(1),
        }
    }
}

/// Hours of the day, in UTC, in which data past its time is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionHours {
    from: u8,
    /// Excluded.
    to: u8,
}

impl Default for RetentionHours {
    fn default() -> Self {
        Self { from: 1, to: 5 }
    }
}

impl RetentionHours {
    /// From `1-5`, or `22-4` over midnight.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        (from < 24 && to <= 24 && from != to).then_some(Self { from, to })
    }

    pub fn contain(self, now: OffsetDateTime) -> bool {
        let hour = now.to_offset(time::UtcOffset::UTC).hour();
        if self.from < self.to {
            (self.from..self.to).contains(&hour)
        } else {
            hour >= self.from || hour < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn hours_may_pass_midnight_and_are_of_utc() {
        let contained = |text: &str| {
            let hours = RetentionHours::parse(text).unwrap();
            (0..24)
                .filter(|hour| {
                    hours.contain(datetime!(2026-11-28 0:30 UTC) + Duration::hours(*hour))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(contained("1-5"), [1, 2, 3, 4]);
        assert_eq!(contained("22-2"), [0, 1, 22, 23]);
        assert_eq!(contained("0-24").len(), 24);
        assert!(RetentionHours::default().contain(datetime!(2026-11-28 6:30 +2)));
        for bad in ["", "5", "1-25", "24-3", "3-3", "a-b", "-1-4"] {
            assert_eq!(RetentionHours::parse(bad), None, "{bad}");
        }
    }
}
