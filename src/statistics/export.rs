//! The statistics of a sale as CSV.

use time::format_description::well_known::Rfc3339;

use super::{
    figures::{PurchaseFigures, conversion_rate_percent},
    hours::HourFigure,
    sale_report::{AccessPointTotals, SaleTotals},
};
use crate::kernel::{Csv, Money, Result};

const HEADER: [&str; 6] = ["measure", "access_point", "placement", "hour", "value", "currency"];

/// One line: what was measured, of what, and its value.
#[derive(Default)]
struct Line<'a> {
    measure: &'a str,
    access_point: &'a str,
    placement: &'a str,
    hour: &'a str,
    value: String,
    currency: &'a str,
}

/// Every measure of the sale, one a line, then those of each access point, then those of each hour.
/// Measures of money end in `_minor` (minor units of the currency).
pub fn csv(
    totals: &SaleTotals,
    access_points: &[AccessPointTotals],
    hours: &[HourFigure],
) -> Result<String> {
    let mut table = Csv::new(&HEADER)?;
    let mut write = |line: Line<'_>| {
        let Line { measure, access_point, placement, hour, value, currency } = line;
        table.row([measure, access_point, placement, hour, &value, currency])
    };
    for (measure, value) in counts(totals) {
        write(Line { measure, value: value.to_string(), ..Line::default() })?;
    }
    for (channel, shares) in &totals.shares_by_channel {
        let measure = format!("shares_{}", <&str>::from(channel));
        write(Line { measure: &measure, value: shares.to_string(), ..Line::default() })?;
    }
    let figures = &totals.figures;
    let given_back = totals.given_back.iter().map(|amount| ("given_back_minor", amount));
    for line in bought(&figures.bought, figures.visitors).into_iter().chain(given_back.map(money)) {
        write(line)?;
    }
    for point in access_points {
        let counts = [("visits", point.visits), ("visitors", point.visitors)];
        let counts = counts.map(|(measure, value)| Line {
            measure,
            value: value.to_string(),
            ..Line::default()
        });
        for line in counts.into_iter().chain(bought(&point.bought, point.visitors)) {
            let placement = point.placement.as_deref().unwrap_or("");
            write(Line { access_point: &point.name, placement, ..line })?;
        }
    }
    for figure in hours {
        let hour = figure.hour.format(&Rfc3339).map_err(anyhow::Error::from)?;
        let currency = figure.currency.as_deref().unwrap_or("");
        let value = figure.value.to_string();
        write(Line { measure: &figure.measure, hour: &hour, value, currency, ..Line::default() })?;
    }
    table.finish()
}

fn counts(totals: &SaleTotals) -> [(&'static str, i64); 15] {
    let figures = &totals.figures;
    [
        ("visits", figures.visits),
        ("visitors", figures.visitors),
        ("favourites", figures.favourites),
        ("shares", figures.shares),
        ("average_seconds_on_page", totals.average_seconds_on_page),
        ("click_outs", totals.click_outs),
        ("holds", totals.holds),
        ("checkouts", totals.checkouts),
        ("addresses", totals.addresses),
        ("payments", totals.payments),
        ("orders_paid", totals.orders_paid),
        ("refunds", totals.refunds),
        ("conversions", totals.conversions),
        ("reversals", totals.reversals),
        ("registered", totals.registered),
    ]
}

/// The lines of purchases: their number, and one for each amount.
fn bought(bought: &PurchaseFigures, visitors: i64) -> Vec<Line<'_>> {
    let counts =
        [("purchases", bought.purchases), ("units", bought.units), ("buyers", bought.buyers)];
    let percent = conversion_rate_percent(bought.buyers, visitors)
        .map(|percent| ("conversion_rate_percent", percent.to_string()));
    let numbers = counts.map(|(measure, value)| (measure, value.to_string()));
    let hosted = bought.revenue.hosted.iter().map(|amount| ("hosted_revenue_minor", amount));
    let reported = bought.revenue.reported.iter().map(|amount| ("reported_revenue_minor", amount));
    numbers
        .into_iter()
        .chain(percent)
        .map(|(measure, value)| Line { measure, value, ..Line::default() })
        .chain(hosted.chain(reported).map(money))
        .collect()
}

fn money<'a>((measure, amount): (&'a str, &'a Money)) -> Line<'a> {
    let value = amount.amount.to_string();
    Line { measure, value, currency: &amount.currency, ..Line::default() }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::statistics::figures::Revenue;

    #[test]
    fn names_are_quoted_and_never_formulas() {
        let point = |name: &str| AccessPointTotals {
            access_point_id: None,
            name: name.to_owned(),
            placement: None,
            visits: 1,
            visitors: 1,
            bought: PurchaseFigures::default(),
        };
        let points = [point("Spring, \"big\"\r\nfair"), point("=1+1")];
        let mut totals = SaleTotals::default();
        totals.figures.bought.revenue =
            Revenue { hosted: vec![Money::new(12, "EUR")], reported: vec![Money::new(5, "JPY")] };
        let hour = HourFigure {
            hour: datetime!(2026-11-28 09:00 UTC),
            measure: "visits".to_owned(),
            currency: None,
            value: 3,
        };
        let text = csv(&totals, &points, &[hour]).unwrap();
        let start =
            "\u{feff}measure,access_point,placement,hour,value,currency\r\nvisits,,,,0,\r\n";
        assert!(text.starts_with(start), "{text}");
        for line in [
            "hosted_revenue_minor,,,,12,EUR",
            "reported_revenue_minor,,,,5,JPY",
            "visits,\"Spring, \"\"big\"\"\r\nfair\",,,1,",
            "visits,'=1+1,,,1,",
            "visits,,,2026-11-28T09:00:00Z,3,",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
        }
    }
}
