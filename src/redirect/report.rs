//! What makes a report acceptable: its texts and numbers, and that a purchase fits the click it
//! names.

use time::{Duration, OffsetDateTime};

use super::{
    click_out::{Click, ClickOut},
    rules::{Purchase, Reversal, Said, Update},
};
use crate::kernel::{
    FieldError, FieldErrors, Money, Result,
    limits::{
        AMOUNT_MINOR_MAX, CLICK_DAYS_MAX, PURCHASE_CODE_CHARS_MAX, REFERENCE_CHARS_MAX,
        REFUND_REASON_CHARS_MAX, REPORTS_PER_CLICK_MAX, UNITS_PER_SHOPPER_MAX,
    },
    validate,
};

/// A shop may ask another price than the sale's page, but not a price of another magnitude: that is
/// an amount in the wrong unit.
const PRICE_FACTOR_MAX: i64 = 10;
/// By so much may the clock of a provider's server differ.
const CLOCK_TOLERANCE: Duration = Duration::minutes(5);

/// A report as it was sent.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The provider's own order number.
    pub reference: String,
    /// The provider's own id of an update or a reversal; empty for the one purchase and the one
    /// whole reversal.
    pub own_key: String,
    pub said: Said,
}

/// Checks a report as far as that needs nothing but itself, and trims its texts.
pub(super) fn check(report: &mut NewReport, fields: &mut FieldErrors) {
    report.reference =
        validate::text(fields, "reference", &report.reference, 1, REFERENCE_CHARS_MAX);
    match &mut report.said {
        Said::Purchase(purchase) => {
            purchase.tracking_url = tracking_url(fields, purchase.tracking_url.take());
        }
        Said::Update(update) => {
            report.own_key =
                validate::text(fields, "update_reference", &report.own_key, 1, REFERENCE_CHARS_MAX);
            check_update(fields, update);
        }
        Said::Reversal(reversal) => {
            report.own_key = validate::text(
                fields,
                "reversal_reference",
                &report.own_key,
                0,
                REFERENCE_CHARS_MAX,
            );
            check_reversal(fields, reversal, &report.own_key);
        }
    }
}

fn tracking_url(fields: &mut FieldErrors, url: Option<String>) -> Option<String> {
    let url = url.filter(|url| !url.trim().is_empty())?;
    validate::web_url(fields, "tracking_url", url.trim()).map(String::from)
}

fn optional(
    fields: &mut FieldErrors,
    field: &str,
    text: Option<String>,
    max: usize,
) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    Some(validate::text(fields, field, &text, 1, max))
}

fn check_update(fields: &mut FieldErrors, update: &mut Update) {
    update.tracking_url = tracking_url(fields, update.tracking_url.take());
    update.code = optional(fields, "code", update.code.take(), PURCHASE_CODE_CHARS_MAX);
    update.confirmation_number = optional(
        fields,
        "confirmation_number",
        update.confirmation_number.take(),
        REFERENCE_CHARS_MAX,
    );
    update.confirmed |= update.confirmation_number.is_some();
    check_year(fields, "occurred_at", update.occurred_at);
    if let Some(day) = update.ships_on {
        fields.check(
            (2000..=2999).contains(&day.year()),
            "ships_on",
            "Must be a year from 2000 to 2999",
        );
    }
    let says_something = update.confirmed
        || update.tracking_url.is_some()
        || update.ships_on.is_some()
        || update.code.is_some();
    fields.check(
        says_something,
        "update",
        "Says nothing; send at least one of tracking_url, ships_on, code, confirmed and \
         confirmation_number",
    );
}

fn check_year(fields: &mut FieldErrors, field: &str, at: OffsetDateTime) {
    fields.check((2000..=2999).contains(&at.year()), field, "Must be a year from 2000 to 2999");
}

fn check_reversal(fields: &mut FieldErrors, reversal: &mut Reversal, own_key: &str) {
    reversal.reason =
        validate::text(fields, "reason", &reversal.reason, 1, REFUND_REASON_CHARS_MAX);
    if let Some(quantity) = reversal.quantity {
        fields.check(
            (1..=UNITS_PER_SHOPPER_MAX).contains(&quantity),
            "quantity",
            &format!(
                "Must be from 1 to {UNITS_PER_SHOPPER_MAX}; leave it out to reverse everything"
            ),
        );
    }
    if let Some(amount) = reversal.amount_minor {
        fields.check(
            (1..=AMOUNT_MINOR_MAX).contains(&amount),
            "amount_minor",
            &format!("Must be from 1 to {AMOUNT_MINOR_MAX} minor units"),
        );
    }
    let is_part = reversal.quantity.is_some() || reversal.amount_minor.is_some();
    fields.check(
        !is_part || !own_key.is_empty(),
        "reversal_reference",
        "Is required for a part of a purchase: your own id of this reversal, so that it counts \
         once",
    );
}

/// Checks a purchase against the click its token names, and the currency of the click's sale.
pub(super) fn check_click(
    fields: &mut FieldErrors,
    purchase: &Purchase,
    click: &Click,
    currency: Option<&str>,
) {
    let found = match click {
        Click::Found(found) => Some(found),
        Click::Unsigned => {
            fields.add(
                "click_token",
                "Is not a click token that SMP signed; pass on the click_token parameter of the \
                 address the shopper arrived at, unchanged",
            );
            None
        }
        Click::Foreign => {
            fields.add(
                "click_token",
                "Is a click token of another provider's sale; report it with that provider's key",
            );
            None
        }
        Click::Gone => {
            fields.add(
                "click_token",
                format!(
                    "Is a click that SMP no longer has; a purchase belongs to a click of the \
                     {CLICK_DAYS_MAX} days before it"
                ),
            );
            None
        }
    };
    check_quantity(fields, purchase.quantity, found);
    check_amount(fields, purchase, found);
    if let Some(currency) = currency {
        let message = format!("This sale is in {currency}");
        fields.check(purchase.currency == currency, "currency", &message);
    }
    if let (Some(item), Some(found)) = (&purchase.item, found) {
        let message =
            format!("The click was for the item {}; report that, or leave it out", found.item);
        fields.check(item.parse().is_ok_and(|item| found.item == item), "item", &message);
    }
    if let Some(at) = purchase.purchased_at {
        check_year(fields, "purchased_at", at);
    }
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

fn check_amount(fields: &mut FieldErrors, purchase: &Purchase, click: Option<&ClickOut>) {
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

/// Checks that a purchase was made after its click, not long after it, and not in the future. One
/// that does not say when was made just now.
pub(super) fn check_window(
    purchase: &Purchase,
    click: &ClickOut,
    now: OffsetDateTime,
) -> Result<()> {
    let at = purchase.purchased_at.unwrap_or(now);
    let mut fields = FieldErrors::default();
    fields.check(
        at >= click.created_at - CLOCK_TOLERANCE,
        "purchased_at",
        "Is before the click; a purchase follows its click",
    );
    fields.check(
        at <= now + CLOCK_TOLERANCE,
        "purchased_at",
        "Is in the future; check the clock of your server",
    );
    let field = if purchase.purchased_at.is_some() { "purchased_at" } else { "click_token" };
    fields.check(
        at - click.created_at <= Duration::days(CLICK_DAYS_MAX.into()),
        field,
        &format!(
            "The click is older than {CLICK_DAYS_MAX} days; if the purchase was made in time, say \
             so with purchased_at"
        ),
    );
    fields.finish()
}

/// What was reported of a click before.
#[derive(Debug)]
pub(super) struct Reported {
    /// Reports, reversed ones included.
    pub count: i64,
    /// Units that were bought and not reversed.
    pub units: i64,
}

/// Checks that a click has units left that were not reported as bought before, and that there are
/// not too many reports of it.
pub(super) fn check_rest(quantity: i32, click: &ClickOut, reported: &Reported) -> Result<()> {
    if reported.count >= REPORTS_PER_CLICK_MAX {
        let message = format!(
            "{REPORTS_PER_CLICK_MAX} purchases of this click were reported, the most there can be; \
             a further purchase needs a click of its own"
        );
        return Err(FieldError::new("click_token", message).into());
    }
    let rest = i64::from(click.quantity) - reported.units;
    if i64::from(quantity) <= rest {
        return Ok(());
    }
    let message = format!(
        "The click was for {} and {} of them are reported already; a further purchase needs a \
         click of its own",
        click.quantity, reported.units
    );
    Err(FieldError::new("quantity", message).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::{ClickOutId, SaleId, SaleItemId, limits::PRICE_MINOR_MAX};

    fn click(quantity: i32) -> ClickOut {
        ClickOut {
            id: ClickOutId::new(),
            sale: SaleId::new(),
            item: SaleItemId::new(),
            account: None,
            visit: None,
            quantity,
            unit_price_minor: Some(4_900),
            currency: Some("EUR".to_owned()),
            test: false,
            created_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn purchase(quantity: i32, amount_minor: i64) -> Purchase {
        Purchase { quantity, amount_minor, currency: "EUR".to_owned(), ..Purchase::default() }
    }

    fn fits(purchase: &Purchase, click: ClickOut) -> bool {
        let mut fields = FieldErrors::default();
        check_click(&mut fields, purchase, &Click::Found(click), Some("EUR"));
        fields.finish().is_ok()
    }

    proptest! {
        /// Whatever a report says, it is checked without an overflow, and what is accepted is below
        /// the caps.
        #[test]
        fn no_report_exceeds_the_caps(
            units in 1..=UNITS_PER_SHOPPER_MAX,
            price in prop_oneof![0..=PRICE_MINOR_MAX, Just(i64::MAX)],
            quantity in prop_oneof![1..=UNITS_PER_SHOPPER_MAX, any::<i32>()],
            amount in prop_oneof![0..=AMOUNT_MINOR_MAX, any::<i64>()],
            reported in 0..=i64::from(UNITS_PER_SHOPPER_MAX),
        ) {
            let click = || ClickOut { unit_price_minor: Some(price), ..click(units) };
            if fits(&purchase(quantity, amount), click()) {
                prop_assert!((1..=units).contains(&quantity));
                prop_assert!((0..=AMOUNT_MINOR_MAX).contains(&amount));
                let rest = Reported { count: 1, units: reported };
                let fits = check_rest(quantity, &click(), &rest).is_ok();
                prop_assert_eq!(fits, i64::from(quantity) + reported <= i64::from(units));
            }
        }
    }

    #[test]
    fn a_report_fits_its_click() {
        let fits = |quantity, amount| fits(&purchase(quantity, amount), click(2));
        assert!(fits(1, 0) && fits(1, 4_900) && fits(2, 9_800) && fits(2, 98_000));
        assert!(!fits(0, 4_900) && !fits(3, 4_900) && !fits(1, 49_001) && !fits(1, -1));
        assert!(!fits(1, i64::MAX) && !fits(i32::MAX, 4_900));
        let rest = |quantity, count, units| {
            check_rest(quantity, &click(2), &Reported { count, units }).is_ok()
        };
        assert!(rest(1, 1, 1) && !rest(2, 1, 1));
        assert!(rest(2, REPORTS_PER_CLICK_MAX - 1, 0) && !rest(1, REPORTS_PER_CLICK_MAX, 0));
    }

    #[test]
    fn a_purchase_follows_its_click_within_a_month() {
        let made = |at: Option<Duration>, now: Duration| {
            let purchased_at = at.map(|at| OffsetDateTime::UNIX_EPOCH + at);
            let purchase = Purchase { purchased_at, ..purchase(1, 4_900) };
            check_window(&purchase, &click(1), OffsetDateTime::UNIX_EPOCH + now).is_ok()
        };
        assert!(made(None, Duration::days(30)) && !made(None, Duration::days(31)));
        assert!(made(Some(Duration::days(2)), Duration::days(90)));
        assert!(!made(Some(Duration::hours(-1)), Duration::days(1)));
        assert!(!made(Some(Duration::days(2)), Duration::days(1)));
    }
}
