//! The report of a rehearsal: what was found, in numbers.

use std::time::Duration;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use super::{prepare::Prepared, rush::BuyResponse};
use crate::stock::{ItemCheck, ReceiptSummary};

/// Points of the chart at most.
const MOMENTS_MAX: u128 = 60;

/// What came of a rehearsal.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
pub struct RehearsalReport {
    /// The slug of the copied sale.
    pub slug: String,
    pub shoppers: i64,
    pub units: i64,
    /// Shoppers who got units.
    pub held: i64,
    /// Shoppers who joined the waitlist.
    pub waiting: i64,
    /// Shoppers who were refused.
    pub refused: i64,
    /// Shoppers who got an error, or no response.
    pub errors: i64,
    /// Units given out beyond those there were. Anything but 0 is a defect.
    pub oversold: i64,
    /// Whether the stock is the sum of the holds.
    pub agrees: bool,
    /// "holds" when the receipt is valid: nothing oversold, nobody overtaken. Otherwise what is
    /// wrong with it.
    pub receipt: String,
    /// Until the last response.
    pub took_ms: i64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Responses over time.
    pub moments: Vec<RehearsalMoment>,
}

/// The responses in an interval.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Object)]
pub struct RehearsalMoment {
    /// The end of the interval, since the rush began.
    pub at_ms: i64,
    pub held: i64,
    pub waiting: i64,
    pub other: i64,
}

impl RehearsalReport {
    pub fn new(
        prepared: &Prepared,
        responses: &[BuyResponse],
        checked: &[ItemCheck],
        receipt: Result<ReceiptSummary, String>,
    ) -> Self {
        let count = |status: u16| {
            let with_status = responses
                .iter()
                .filter(|response| response.status.is_some_and(|s| s.as_u16() == status));
            to_i64(with_status.count())
        };
        let mut latencies: Vec<Duration> =
            responses.iter().map(|response| response.latency).collect();
        latencies.sort_unstable();
        let took = responses.iter().map(|response| response.at).max().unwrap_or_default();
        let taken: i64 = checked.iter().map(|item| item.held_recounted + item.sold_recounted).sum();
        let (held, waiting, refused) = (count(201), count(202), count(409));
        Self {
            slug: prepared.slug.clone(),
            shoppers: to_i64(responses.len()),
            units: prepared.units.into(),
            held,
            waiting,
            refused,
            errors: to_i64(responses.len()) - held - waiting - refused,
            oversold: (taken - i64::from(prepared.units)).max(0),
            agrees: checked.iter().all(ItemCheck::agrees),
            receipt: receipt.map_or_else(|wrong| wrong, |_| "holds".to_owned()),
            took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            p50_ms: at_percent(&latencies, 50),
            p90_ms: at_percent(&latencies, 90),
            p99_ms: at_percent(&latencies, 99),
            max_ms: at_percent(&latencies, 100),
            moments: moments(responses, took),
        }
    }
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The latency in milliseconds that `percent` of the sorted ones do not exceed.
fn at_percent(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}

fn moments(responses: &[BuyResponse], took: Duration) -> Vec<RehearsalMoment> {
    // The shortest round interval by which the chart has no more than its points.
    let interval_ms = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]
        .into_iter()
        .find(|ms| took.as_millis() / ms < MOMENTS_MAX)
        .unwrap_or(30_000);
    let count = usize::try_from(took.as_millis() / interval_ms).unwrap_or(0) + 1;
    let mut moments: Vec<RehearsalMoment> = (1..=count)
        .map(|nth| RehearsalMoment {
            at_ms: to_i64(nth) * i64::try_from(interval_ms).unwrap_or(0),
            ..RehearsalMoment::default()
        })
        .collect();
    for response in responses {
        let nth = usize::try_from(response.at.as_millis() / interval_ms).unwrap_or(0);
        let Some(moment) = moments.get_mut(nth) else { continue };
        match response.status.map(|status| status.as_u16()) {
            Some(201) => moment.held += 1,
            Some(202) => moment.waiting += 1,
            _ => moment.other += 1,
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(
            (
                at_percent(&sorted, 50),
                at_percent(&sorted, 99),
                at_percent(&sorted, 100),
                at_percent(&[], 50)
            ),
            (100.0, 198.0, 200.0, 0.0)
        );
    }

    #[test]
    fn every_response_is_in_one_interval() {
        let responses: Vec<BuyResponse> = (0..3000)
            .map(|ms| BuyResponse {
                at: Duration::from_millis(ms),
                latency: Duration::ZERO,
                status: None,
            })
            .collect();
        let moments = moments(&responses, Duration::from_millis(2999));
        assert_eq!(
            (
                moments.len(),
                moments.iter().map(|moment| moment.other).sum::<i64>(),
                moments[0].other
            ),
            (60, 3000, 50)
        );
    }
}
