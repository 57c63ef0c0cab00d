//! How much a shopper may pay in cash on delivery: the one place that says so. A parcel that was refused
//! at the door cost its provider two journeys, so each one lowers the limit of its shopper.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::kernel::{AccountId, Currency, Result};

/// Whole units of a currency, of an order's total at most.
const LIMITS: [(&str, i64); 12] = [
    ("AED", 1_200),
    ("CHF", 300),
    ("CZK", 7_500),
    ("EUR", 300),
    ("GBP", 250),
    ("HUF", 120_000),
    ("INR", 20_000),
    ("JPY", 50_000),
    ("PLN", 1_300),
    ("RON", 1_500),
    ("SEK", 3_500),
    ("USD", 300),
];
/// The same for every other currency.
const LIMIT_OTHERWISE: i64 = 300;
/// As many refused parcels end cash on delivery for a while.
const REFUSALS_MAX: u32 = 3;
/// How long a refused parcel counts.
const REMEMBERED: Duration = Duration::days(365);

/// Minor units that an order may cost at most to be paid in cash, by how many parcels its shopper
/// refused lately: half for each refused one, and nothing from the third on.
pub fn cash_limit(currency: &str, refused: u32) -> i64 {
    if refused >= REFUSALS_MAX {
        return 0;
    }
    let listed = LIMITS.iter().find(|(code, _)| *code == currency);
    let units = listed.map_or(LIMIT_OTHERWISE, |(_, units)| *units);
    let digits = Currency::find(currency).map_or(2, Currency::minor_digits);
    (units * 10_i64.pow(digits)) >> refused
}

/// The highest limit there is in any currency, in minor units.
pub fn cash_limit_of_all() -> i64 {
    LIMITS.iter().map(|(currency, _)| cash_limit(currency, 0)).max().unwrap_or_default()
}

/// What an account may pay in cash at most, in minor units. Platform scope, or the shopper's own.
pub async fn cash_limit_of(
    conn: &mut PgConnection,
    account: AccountId,
    currency: &str,
    now: OffsetDateTime,
) -> Result<i64> {
    let refused = sqlx::query_scalar!(
        r#"SELECT count(*) AS "refused!" FROM cash_collections
           WHERE account_id = $1 AND outcome = 'refused' AND noted_at > $2"#,
        account.0,
        now - REMEMBERED,
    )
    .fetch_one(conn)
    .await?;
    Ok(cash_limit(currency, u32::try_from(refused).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_parcel_halves_the_limit_until_there_is_none() {
        let limits = [0, 1, 2, 3, u32::MAX].map(|refused| cash_limit("EUR", refused));
        assert_eq!(limits, [30_000, 15_000, 7_500, 0, 0]);
        assert_eq!(cash_limit("JPY", 0), 50_000);
        assert_eq!(cash_limit("KWD", 1), 150_000);
        assert_eq!(cash_limit("XYZ", 0), 30_000);
        assert_eq!(cash_limit_of_all(), 12_000_000);
    }
}
