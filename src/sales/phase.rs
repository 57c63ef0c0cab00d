//! What the clock says of a sale: its phase, and the stage of its registration. Derived, never
//! stored.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

/// Without a registration, the countdown begins this long before the start.
const COUNTDOWN: Duration = Duration::days(1);

/// The phase of an approved sale, by the clock and the stock.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type, IntoStaticStr,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// More than a day before the start, or before registration opens.
    Announced,
    /// Registration is open, and the sale has not started.
    Registration,
    /// Less than a day before the start, or registration is closed.
    Countdown,
    Live,
    SoldOut,
    Ended,
}

/// When registration is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationWindow {
    pub opens_at: OffsetDateTime,
    pub closes_at: OffsetDateTime,
}

/// The stage of a registration window, by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RegistrationStage {
    Before,
    Open,
    Closed,
}

impl RegistrationWindow {
    /// None unless both ends are given.
    pub fn of(opens_at: Option<OffsetDateTime>, closes_at: Option<OffsetDateTime>) -> Option<Self> {
        opens_at.zip(closes_at).map(|(opens_at, closes_at)| Self { opens_at, closes_at })
    }

    pub fn stage(self, now: OffsetDateTime) -> RegistrationStage {
        if now < self.opens_at {
            RegistrationStage::Before
        } else if now < self.closes_at {
            RegistrationStage::Open
        } else {
            RegistrationStage::Closed
        }
    }
}

/// The phase at `now`. `left` is the number of units neither held nor sold; None means unknown, and
/// such a sale is never sold out.
pub fn phase(
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    registration: Option<RegistrationWindow>,
    now: OffsetDateTime,
    left: Option<i64>,
) -> Phase {
    if now >= ends_at {
        return Phase::Ended;
    }
    if now >= starts_at {
        return if left == Some(0) { Phase::SoldOut } else { Phase::Live };
    }
    match registration.map(|window| window.stage(now)) {
        Some(RegistrationStage::Open) => Phase::Registration,
        Some(RegistrationStage::Closed) => Phase::Countdown,
        None if starts_at - now <= COUNTDOWN => Phase::Countdown,
        Some(RegistrationStage::Before) | None => Phase::Announced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phase_follows_the_clock() {
        let now = time::macros::datetime!(2026-05-01 12:00 UTC);
        let hours = |hours| now + Duration::hours(hours);
        let plain = |starts, ends| phase(hours(starts), hours(ends), None, now, None);
        assert_eq!(
            (plain(25, 30), plain(24, 30), plain(0, 1), plain(-2, 0)),
            (Phase::Announced, Phase::Countdown, Phase::Live, Phase::Ended)
        );
        let with_registration = |starts, opens, closes| {
            let window = RegistrationWindow { opens_at: hours(opens), closes_at: hours(closes) };
            phase(hours(starts), hours(48), Some(window), now, Some(1))
        };
        assert_eq!(
            (
                with_registration(10, 1, 5),
                with_registration(40, 0, 5),
                with_registration(40, -5, 0)
            ),
            (Phase::Announced, Phase::Registration, Phase::Countdown)
        );
        assert_eq!(
            (
                with_registration(1, -5, 40),
                with_registration(0, -5, 40),
                with_registration(-1, 1, 5)
            ),
            (Phase::Registration, Phase::Live, Phase::Live)
        );
    }
}
