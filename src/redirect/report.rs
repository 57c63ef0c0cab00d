//! What makes a provider's report of a purchase acceptable: it fits the click it names.

use super::click_out::ClickOut;
use crate::kernel::{
    FieldError, FieldErrors, Money, Result,
    limits::{AMOUNT_MINOR_MAX, UNITS_PER_SHOPPER_MAX},
    validate,
};

/// A shop may ask another price than the sale's page, but not a price of another magnitude: that is
/// an amount in the wrong unit.
const PRICE_FACTOR_MAX: i64 = 10;

/// A purchase, as a provider's server reports it.
#[derive(Debug)]
pub struct PurchaseReport {
    pub click_token: String,
    pub reference: String,
    pub quantity: i32,
    pub amount_minor: i64,
    pub currency: String,
    pub tracking_url: Option<String>,
}

/// The texts of a report, checked.
#[derive(Debug)]
pub(super) struct CheckedReport {
    pub reference: String,
    pub tracking_url: Option<String>,
}

/// Checks a report against the click its token names, and the currency of the click's sale. Without a
/// click, the token is among the errors.
pub(super) fn check(
    purchase: &PurchaseReport,
    click: Option<&ClickOut>,
    currency: Option<&str>,
) -> Result<CheckedReport> {
    let mut fields = FieldErrors::default();
    let reference = validate::text(&mut fields, "reference", &purchase.reference, 1, 120);
    check_quantity(&mut fields, purchase.quantity, click);
    check_amount(&mut fields, purchase, click);
    let tracking_url = purchase
        .tracking_url
        .as_deref()
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .and_then(|url| validate::web_url(&mut fields, "tracking_url", url))
        .map(String::from);
    if let Some(currency) = currency {
        let message = format!("This sale is in {currency}");
        fields.check(purchase.currency == currency, "currency", &message);
    }
    fields.check(
        click.is_some(),
        "click_token",
        "Is not a click token SMP issued to you; pass on the click_token parameter of the address \
         the shopper arrived at, unchanged",
    );
    fields.finish()?;
    Ok(CheckedReport { reference, tracking_url })
}

fn check_quantity(fields: &mut FieldErrors, quantity: i32, click: Option<&ClickOut>) {
    let most = click.map_or(UNITS_PER_SHOPPER_MAX, |click| click.quantity);
    let message = if click.is_some() {
        format!("Must be from 1 to {most}, the quantity of the click")
    } else {
        format!("Must be from 1 to {most}")
    };
    fields.check((1..=most).contains(&quantity), "quantity", &message);
}

fn check_amount(fields: &mut FieldErrors, purchase: &PurchaseReport, click: Option<&ClickOut>) {
    let amount = purchase.amount_minor;
    if amount < 0 {
        let message = "Must not be negative; report a reversal for money given back";
        return fields.add("amount_minor", message);
    }
    if amount > AMOUNT_MINOR_MAX {
        let message = format!("Must be at most {AMOUNT_MINOR_MAX} minor units");
        return fields.add("amount_minor", message);
    }
    let quantity = purchase.quantity.clamp(1, UNITS_PER_SHOPPER_MAX);
    let published =
        click.and_then(|click| Some((click.unit_price_minor?, click.currency.as_ref()?)));
    if let Some((price, currency)) = published {
        let most = price.saturating_mul(i64::from(quantity)).saturating_mul(PRICE_FACTOR_MAX);
        let message = format!(
            "Is more than {PRICE_FACTOR_MAX} times the sale's price for {quantity} ({}); report \
             what was paid for the sale's items, in minor units",
            Money::new(price.saturating_mul(i64::from(quantity)), currency.clone())
        );
        fields.check(amount <= most, "amount_minor", &message);
    }
}

/// Checks that a click has units left that were not reported as bought before.
pub(super) fn check_rest(quantity: i32, click: &ClickOut, reported: i64) -> Result<()> {
    let rest = i64::from(click.quantity) - reported;
    if i64::from(quantity) <= rest {
        return Ok(());
    }
    let message = format!(
        "The click was for {} and {reported} of them are reported already; a further purchase \
         needs a click of its own",
        click.quantity
    );
    Err(FieldError::new("quantity", message).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{ClickOutId, SaleId};

    fn click(quantity: i32) -> ClickOut {
        ClickOut {
            id: ClickOutId::new(),
            sale: SaleId::new(),
            account: None,
            visit: None,
            quantity,
            unit_price_minor: Some(4_900),
            currency: Some("EUR".to_owned()),
        }
    }

    fn report(quantity: i32, amount_minor: i64) -> PurchaseReport {
        PurchaseReport {
            click_token: String::new(),
            reference: "A-1".to_owned(),
            quantity,
            amount_minor,
            currency: "EUR".to_owned(),
            tracking_url: None,
        }
    }

    #[test]
    fn a_report_fits_its_click() {
        let fits = |quantity, amount| {
            check(&report(quantity, amount), Some(&click(2)), Some("EUR")).is_ok()
        };
        assert!(fits(1, 0) && fits(1, 4_900) && fits(2, 9_800) && fits(2, 98_000));
        assert!(!fits(0, 4_900) && !fits(3, 4_900) && !fits(1, 49_001) && !fits(1, -1));
        assert!(!fits(1, i64::MAX) && !fits(i32::MAX, 4_900));
        assert!(check_rest(1, &click(2), 1).is_ok() && check_rest(2, &click(2), 1).is_err());
    }
}
