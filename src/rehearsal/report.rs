//! What a rehearsal found, in numbers.

use std::time::Duration;

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use super::{Prepared, rush::Heard};
use crate::stock::{ItemCheck, receipt::Summary};

/// Points of the chart at most.
const MOMENTS_MAX: u128 = 60;

/// What came of a rehearsal's rush.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
#[oai(rename = "RehearsalReport")]
pub struct Report {
    /// The copy that was rushed.
    pub slug: String,
    pub shoppers: i64,
    pub units: i64,
    /// Shoppers who were given units.
    pub held: i64,
    /// Shoppers who were put in line.
    pub waiting: i64,
    /// Shoppers who were told no.
    pub refused: i64,
    /// Shoppers who heard of an error, or nothing.
    pub errors: i64,
    /// Units given above those there were. 0, or the rehearsal has found a defect.
    pub oversold: i64,
    /// Whether the counters are the sum of the holds.
    pub agrees: bool,
    /// Whether the receipt holds: nothing oversold, nobody overtaken. What is wrong with it, else.
    pub receipt: String,
    /// Until the last answer.
    pub took_ms: i64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Answers over time.
    pub moments: Vec<Moment>,
}

/// The answers of a stretch of time.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Object)]
#[oai(rename = "RehearsalMoment")]
pub struct Moment {
    /// Its end, since the rush began.
    pub at_ms: i64,
    pub held: i64,
    pub waiting: i64,
    pub other: i64,
}

impl Report {
    pub fn new(
        prepared: &Prepared,
        heard: &[Heard],
        checked: &[ItemCheck],
        receipt: Result<Summary, String>,
    ) -> Self {
        let count = |status: u16| {
            counted(
                heard
                    .iter()
                    .filter(|heard| heard.status.is_some_and(|s| s.as_u16() == status))
                    .count(),
            )
        };
        let mut latencies: Vec<Duration> = heard.iter().map(|heard| heard.after).collect();
        latencies.sort_unstable();
        let took = heard.iter().map(|heard| heard.at).max().unwrap_or_default();
        let taken: i64 = checked.iter().map(|item| item.held_recounted + item.sold_recounted).sum();
        let (held, waiting, refused) = (count(201), count(202), count(409));
        Self {
            slug: prepared.slug.clone(),
            shoppers: counted(heard.len()),
            units: prepared.units.into(),
            held,
            waiting,
            refused,
            errors: counted(heard.len()) - held - waiting - refused,
            oversold: (taken - i64::from(prepared.units)).max(0),
            agrees: checked.iter().all(ItemCheck::agrees),
            receipt: receipt.map_or_else(|wrong| wrong, |_| "holds".to_owned()),
            took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            p50_ms: at_percent(&latencies, 50),
            p90_ms: at_percent(&latencies, 90),
            p99_ms: at_percent(&latencies, 99),
            max_ms: at_percent(&latencies, 100),
            moments: moments(heard, took),
        }
    }
}

fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The latency in milliseconds that `percent` of the sorted ones do not exceed.
fn at_percent(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}

fn moments(heard: &[Heard], took: Duration) -> Vec<Moment> {
    // Round stretches, as many as the chart has room for.
    let stretch_ms = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]
        .into_iter()
        .find(|ms| took.as_millis() / ms < MOMENTS_MAX)
        .unwrap_or(30_000);
    let count = usize::try_from(took.as_millis() / stretch_ms).unwrap_or(0) + 1;
    let mut moments: Vec<Moment> = (1..=count)
        .map(|nth| Moment {
            at_ms: counted(nth) * i64::try_from(stretch_ms).unwrap_or(0),
            ..Moment::default()
        })
        .collect();
    for heard in heard {
        let nth = usize::try_from(heard.at.as_millis() / stretch_ms).unwrap_or(0);
        let Some(moment) = moments.get_mut(nth) else { continue };
        match heard.status.map(|status| status.as_u16()) {
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
    fn percentiles_are_of_what_was_measured() {
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
    fn every_answer_is_in_one_moment() {
        let heard: Vec<Heard> = (0..3000)
            .map(|ms| Heard { at: Duration::from_millis(ms), after: Duration::ZERO, status: None })
            .collect();
        let moments = moments(&heard, Duration::from_millis(2999));
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
