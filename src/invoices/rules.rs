//! What invoices and credit notes come to. Pure.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::{orders::SoldLine, pricing::apportion};

/// A whole, in the millionths that rates are given in.
const WHOLE_PPM: i64 = 1_000_000;

/// A line of an invoice or a credit note. Amounts are in minor units of its currency; net and tax add
/// up to gross.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// On the invoice, from 1. A credit note has that of the line that it takes back.
    pub position: i32,
    pub description: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price_minor: i64,
    /// Zero or below.
    pub discount_minor: i64,
    pub net_minor: i64,
    /// Millionths: 190000 is 19 %. Null where no tax is shown, or there are several rates.
    pub tax_rate_ppm: Option<i32>,
    pub tax_minor: i64,
    pub gross_minor: i64,
}

/// The lines of an invoice, and whether they show a tax. What the order was charged as a tax is shown;
/// else what is contained in its prices at the provider's rate; else none.
pub fn invoice_lines(sold: &[SoldLine], rate_ppm: Option<i32>) -> (Vec<InvoiceLine>, bool) {
    let has_components = sold.iter().any(|line| line.tax_minor.is_some());
    let grosses: Vec<i64> = sold.iter().map(|line| line.charged_minor).collect();
    let contained = match rate_ppm {
        Some(rate) if !has_components => shares_of_tax(&grosses, rate),
        _ => vec![0; sold.len()],
    };
    let line = |((position, line), contained): ((i32, &SoldLine), i64)| {
        let tax_minor = line.tax_minor.unwrap_or(contained);
        InvoiceLine {
            position,
            description: line.description.clone(),
            sku: line.sku.clone(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            discount_minor: line.discount_minor,
            net_minor: line.charged_minor - tax_minor,
            tax_rate_ppm: if has_components { line.tax_rate_ppm } else { rate_ppm },
            tax_minor,
            gross_minor: line.charged_minor,
        }
    };
    let lines = (1..).zip(sold).zip(contained).map(line).collect();
    (lines, has_components || rate_ppm.is_some())
}

/// The tax that amounts contain at a rate: rounded once for all of them, half up, and shared out by
/// largest remainders.
fn shares_of_tax(grosses: &[i64], rate_ppm: i32) -> Vec<i64> {
    let rate = i64::from(rate_ppm);
    let total = grosses.iter().sum();
    apportion(grosses, portion(total, rate, WHOLE_PPM + rate))
}

/// `numerator / denominator` of `base`, rounded half up.
fn portion(base: i64, numerator: i64, denominator: i64) -> i64 {
    let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
    let doubled = 2 * i128::from(base) * numerator + denominator;
    i64::try_from(doubled / (2 * denominator)).unwrap_or(i64::MAX)
}

/// The lines of a credit note of this amount (None: of all that is left), after those that were `credited` before.
/// Of each line what is `named` of it is taken back first, in the order of the invoice; the rest in proportion
/// to what is left of each. The tax of a line follows what was taken back of it
/// altogether, so that credit notes over everything add up to the invoice. Empty: nothing is left.
pub fn credit_lines(
    invoice: &[InvoiceLine],
    credited: &[InvoiceLine],
    amount_minor: Option<i64>,
    named: &[i64],
) -> Vec<InvoiceLine> {
    let before: Vec<i64> = invoice
        .iter()
        .map(|line| {
            let same = credited.iter().filter(|part| part.position == line.position);
            same.map(|part| part.gross_minor).sum()
        })
        .collect();
    let left: Vec<i64> =
        invoice.iter().zip(&before).map(|(line, before)| line.gross_minor - before).collect();
    let total: i64 = left.iter().sum();
    let amount = amount_minor.map_or(total, |amount| amount.min(total));
    let shares = credited_shares(&left, named, amount);
    let part = |((line, before), share): ((&InvoiceLine, &i64), i64)| {
        let tax_of = |gross: i64| portion(line.tax_minor, gross, line.gross_minor);
        let tax_minor = tax_of(before + share) - tax_of(*before);
        let whole = share == line.gross_minor;
        InvoiceLine {
            description: if whole {
                line.description.clone()
            } else {
                format!("Part of: {}", line.description)
            },
            quantity: if whole { line.quantity } else { 1 },
            unit_price_minor: if whole { line.unit_price_minor } else { share },
            discount_minor: if whole { line.discount_minor } else { 0 },
            net_minor: share - tax_minor,
            tax_minor,
            gross_minor: share,
            ..line.clone()
        }
    };
    invoice.iter().zip(&before).zip(shares).filter(|(_, share)| *share > 0).map(part).collect()
}

/// What of an amount is taken of each line: what is named of it, as far as that is left, and what remains in
/// proportion. The amount is at most what is left.
fn credited_shares(left: &[i64], named: &[i64], amount: i64) -> Vec<i64> {
    let mut open = amount;
    let mut taken: Vec<i64> = vec![];
    for (left, named) in left.iter().zip(named.iter().copied().chain(std::iter::repeat(0))) {
        let share = named.min(*left).min(open);
        open -= share;
        taken.push(share);
    }
    let rest: Vec<i64> = left.iter().zip(&taken).map(|(left, taken)| left - taken).collect();
    taken.iter().zip(apportion(&rest, open)).map(|(taken, share)| taken + share).collect()
}

/// The tax of some lines by rate, the highest first: rate, net and tax. Lines of several rates stand
/// under None.
pub fn taxes_by_rate(lines: &[InvoiceLine]) -> Vec<(Option<i32>, i64, i64)> {
    let mut rates: Vec<Option<i32>> = lines.iter().map(|line| line.tax_rate_ppm).collect();
    rates.sort_unstable_by(|a, b| b.cmp(a));
    rates.dedup();
    let of_rate = |rate: Option<i32>| {
        let of = lines.iter().filter(|line| line.tax_rate_ppm == rate);
        of.fold((rate, 0, 0), |(rate, net, tax), line| {
            (rate, net + line.net_minor, tax + line.tax_minor)
        })
    };
    rates.into_iter().map(of_rate).collect()
}

/// A rate for people: `19 %`, `7.5 %`.
pub fn rate_in_words(rate_ppm: i32) -> String {
    let text = format!("{}.{:04}", rate_ppm / 10_000, rate_ppm % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// An invoice's number: `KILN-2026-000123`.
pub fn number(prefix: &str, year: i32, nth: i32) -> String {
    format!("{prefix}-{year}-{nth:06}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::limits::AMOUNT_MINOR_MAX;

    fn sold(charged_minor: i64, tax_minor: Option<i64>) -> SoldLine {
        SoldLine {
            description: "Vase".to_owned(),
            sku: "V".to_owned(),
            quantity: 1,
            unit_price_minor: charged_minor,
            discount_minor: 0,
            charged_minor,
            tax_minor,
            tax_rate_ppm: tax_minor.map(|_| 70_000),
        }
    }

    fn sum(lines: &[InvoiceLine], of: impl Fn(&InvoiceLine) -> i64) -> i64 {
        lines.iter().map(of).sum()
    }

    #[test]
    fn the_tax_in_a_price_is_rounded_once() {
        let (lines, shows_tax) =
            invoice_lines(&[sold(100, None), sold(100, None), sold(100, None)], Some(190_000));
        assert!(shows_tax);
        // 300 × 19/119 = 47.9; line by line it would be 3 × 15.97, each rounded to 16.
        assert_eq!(lines.iter().map(|line| line.tax_minor).collect::<Vec<_>>(), [16, 16, 16]);
        let (lines, _) = invoice_lines(&[sold(10, None), sold(10, None)], Some(190_000));
        // 20 × 19/119 = 3.19.
        assert_eq!(lines.iter().map(|line| line.tax_minor).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn a_tax_of_the_order_is_shown_and_no_rate_added() {
        let (lines, shows_tax) = invoice_lines(&[sold(107, Some(7))], Some(190_000));
        assert!(shows_tax);
        assert_eq!((lines[0].net_minor, lines[0].tax_minor), (100, 7));
        assert_eq!(lines[0].tax_rate_ppm, Some(70_000));
        let (lines, shows_tax) = invoice_lines(&[sold(107, None)], None);
        assert!(!shows_tax);
        assert_eq!((lines[0].net_minor, lines[0].tax_minor), (107, 0));
    }

    #[test]
    fn numbers_and_rates_read_well() {
        assert_eq!(number("KILN", 2026, 123), "KILN-2026-000123");
        assert_eq!(number("KILN", 2026, 1_234_567), "KILN-2026-1234567");
        assert_eq!(rate_in_words(190_000), "19 %");
        assert_eq!(rate_in_words(75_000), "7.5 %");
        assert_eq!(rate_in_words(0), "0 %");
        assert_eq!(rate_in_words(1_000_000), "100 %");
    }

    #[test]
    fn a_credit_note_is_of_the_lines_that_were_refunded() {
        let (invoice, _) = invoice_lines(&[sold(100, None), sold(300, None)], None);
        let grosses = |amount: i64, named: &[i64]| -> Vec<(i32, i64)> {
            let note = credit_lines(&invoice, &[], Some(amount), named);
            note.iter().map(|line| (line.position, line.gross_minor)).collect()
        };
        assert_eq!(grosses(100, &[]), [(1, 25), (2, 75)]);
        assert_eq!(grosses(100, &[0, 100]), [(2, 100)]);
        assert_eq!(grosses(100, &[100]), [(1, 100)]);
        // A line does not have what is named of it.
        assert_eq!(grosses(150, &[150]), [(1, 100), (2, 50)]);
    }

    proptest! {
        #[test]
        fn net_and_tax_are_gross_to_the_minor_unit(
            prices in prop::collection::vec(0..=AMOUNT_MINOR_MAX, 1..12),
            rate_ppm in prop::option::of(0_i32..=1_000_000),
        ) {
            let sold: Vec<SoldLine> = prices.iter().map(|price| sold(*price, None)).collect();
            let (lines, _) = invoice_lines(&sold, rate_ppm);
            for (line, price) in lines.iter().zip(&prices) {
                prop_assert_eq!(line.net_minor + line.tax_minor, *price);
                prop_assert!(line.net_minor >= 0 && line.tax_minor >= 0);
            }
            let (gross, tax) = (prices.iter().sum::<i64>(), sum(&lines, |line| line.tax_minor));
            let rate = i128::from(rate_ppm.unwrap_or(0));
            // Off by half a minor unit at most.
            let off = i128::from(tax) * (1_000_000 + rate) - i128::from(gross) * rate;
            prop_assert!(2 * off.abs() <= 1_000_000 + rate);
        }

        #[test]
        fn credit_notes_over_everything_add_up_to_the_invoice(
            prices in prop::collection::vec(0_i64..1_000_000, 1..8),
            rate_ppm in 0_i32..=1_000_000,
            amounts in prop::collection::vec(1_i64..400_000, 0..8),
        ) {
            let sold: Vec<SoldLine> = prices.iter().map(|price| sold(*price, None)).collect();
            let (invoice, _) = invoice_lines(&sold, Some(rate_ppm));
            let mut credited: Vec<InvoiceLine> = vec![];
            for amount in amounts.into_iter().map(Some).chain([None]) {
                let left = sum(&invoice, |l| l.gross_minor) - sum(&credited, |l| l.gross_minor);
                let note = credit_lines(&invoice, &credited, amount, &[amount.unwrap_or(0) / 2]);
                prop_assert_eq!(
                    sum(&note, |line| line.gross_minor),
                    amount.map_or(left, |amount| amount.min(left))
                );
                for line in &note {
                    prop_assert_eq!(line.net_minor + line.tax_minor, line.gross_minor);
                    prop_assert!(line.net_minor >= 0 && line.tax_minor >= 0);
                }
                credited.extend(note);
            }
            for line in &invoice {
                let of = |part: &&InvoiceLine| part.position == line.position;
                let back: i64 = credited.iter().filter(of).map(|part| part.gross_minor).sum();
                let tax: i64 = credited.iter().filter(of).map(|part| part.tax_minor).sum();
                prop_assert_eq!((back, tax), (line.gross_minor, line.tax_minor));
            }
        }
    }
}
