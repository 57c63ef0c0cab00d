//! The statistics of a sale as CSV, safe to open in a spreadsheet.

use super::sale_report::{AccessPointTotals, SaleTotals};
use crate::kernel::Result;

const HEADER: [&str; 5] = ["measure", "access_point", "placement", "value", "currency"];

/// Every measure of the sale, one a line, then the measures of each access point. Measures of money
/// end in `_minor` (minor units of the currency).
pub fn csv(
    totals: &SaleTotals,
    access_points: &[AccessPointTotals],
    currency: &str,
) -> Result<String> {
    let mut csv =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    csv.write_record(HEADER).map_err(anyhow::Error::from)?;
    let mut write = |measure: &str, access_point: &str, placement: &str, value: i64| {
        let currency = if measure.ends_with("_minor") { currency } else { "" };
        let (name, value) = (without_formula(access_point), value.to_string());
        csv.write_record([measure, &name, placement, &value, currency]).map_err(anyhow::Error::from)
    };
    for (measure, value) in measures(totals) {
        write(measure, "", "", value)?;
    }
    for point in access_points {
        let placement = point.placement.as_deref().unwrap_or("");
        for (measure, value) in [
            ("visits", point.visits),
            ("purchases", point.purchases),
            ("units", point.units),
            ("revenue_minor", point.revenue_minor),
        ] {
            write(measure, &point.name, placement, value)?;
        }
    }
    let bytes = csv.into_inner().map_err(|error| anyhow::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).map_err(anyhow::Error::from)?)
}

fn measures(totals: &SaleTotals) -> [(&'static str, i64); 18] {
    [
        ("visits", totals.visits),
        ("visitors", totals.visitors),
        ("favourites", totals.favourites),
        ("shares", totals.shares),
        ("average_seconds_on_page", totals.average_seconds_on_page),
        ("click_outs", totals.click_outs),
        ("holds", totals.holds),
        ("checkouts", totals.checkouts),
        ("addresses", totals.addresses),
        ("payments", totals.payments),
        ("purchases", totals.purchases),
        ("units", totals.units),
        ("revenue_minor", totals.revenue_minor),
        ("refunds", totals.refunds),
        ("refunded_minor", totals.refunded_minor),
        ("conversions", totals.conversions),
        ("reversals", totals.reversals),
        ("registered", totals.registered),
    ]
}

/// A text that no spreadsheet takes for a formula: one that could be begins with an apostrophe.
fn without_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_never_formulas() {
        let point = |name: &str| AccessPointTotals {
            access_point_id: None,
            name: name.to_owned(),
            placement: None,
            visits: 1,
            purchases: 0,
            units: 0,
            revenue_minor: 0,
        };
        let points = [point("Spring, \"big\""), point("=1+1")];
        let text = csv(&SaleTotals::default(), &points, "EUR").unwrap();
        assert!(
            text.starts_with("measure,access_point,placement,value,currency\r\nvisits,,,0,\r\n")
        );
        assert!(text.contains("\r\nrevenue_minor,,,0,EUR\r\n"), "{text}");
        assert!(text.contains("\r\nvisits,\"Spring, \"\"big\"\"\",,1,\r\n"), "{text}");
        assert!(text.contains("\r\nvisits,'=1+1,,1,\r\n"), "{text}");
    }
}
