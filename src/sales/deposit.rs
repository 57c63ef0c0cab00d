//! Rules for deposits: a part of an item's price that is due at once, with the rest due by a date.

use time::{Date, Duration, UtcOffset};

use super::{
    input::{SaleInput, SaleItemInput},
    states::{SaleKind, SaleMode},
    terms::Deposit,
};
use crate::kernel::FieldErrors;

/// How long after its date the rest of a price is waited for; then the order is cancelled.
pub const REST_GRACE: Duration = Duration::days(3);

/// Checks an item's deposit against its price, the sale's window and the item's slot.
pub fn check(
    fields: &mut FieldErrors,
    input: &SaleInput,
    index: usize,
    item: &SaleItemInput,
) -> Option<Deposit> {
    let at = |name: &str| format!("items.{index}.{name}");
    match (item.deposit_minor, item.rest_due_on) {
        (Some(_), None) => fields.add(at("rest_due_on"), "Is required with a deposit"),
        (None, Some(_)) => fields.add(
            at("deposit_minor"),
            "Is required with a date for the rest; leave both out to ask for the whole price",
        ),
        _ => {}
    }
    let refundable = item.deposit_refundable.unwrap_or_default();
    let is_hosted = input.mode == SaleMode::Hosted;
    if refundable {
        fields.check(
            item.deposit_minor.is_some() && is_hosted,
            &at("deposit_refundable"),
            "Only a hosted sale’s deposit has this; leave it out. In your own cart, your terms say it",
        );
    }
    let deposit = Deposit::of(item.deposit_minor, item.rest_due_on, refundable && is_hosted)?;
    fields.check(
        !is_hosted || input.kind != SaleKind::Voucher,
        &at("deposit_minor"),
        "A voucher’s code is issued when its whole price is paid, so it has no deposit. Leave it \
         out, or sell in your own cart",
    );
    let message =
        format!("Must be at least 1 and below the price of {} minor units", item.price_minor);
    let is_part = (1..item.price_minor).contains(&deposit.amount_minor);
    fields.check(is_part, &at("deposit_minor"), &message);
    let end = input.ends_at.to_offset(UtcOffset::UTC).date();
    let message = format!("Must be after the sale's end on {end}");
    fields.check(deposit.rest_due_on > end, &at("rest_due_on"), &message);
    if let Some(last) = last_day(input, item, end).filter(|last| deposit.rest_due_on > *last) {
        fields.add(at("rest_due_on"), too_late(input, item, last));
    }
    Some(deposit)
}

/// The last day on which the rest may be due: what is promised is promised only once it is paid. None
/// where nothing is promised by a day.
fn last_day(input: &SaleInput, item: &SaleItemInput, end: Date) -> Option<Date> {
    let promised = match input.kind {
        SaleKind::Reservation => item.slot_starts_on,
        SaleKind::Aggregated => {
            // More days than a sale may promise are an error on their own field.
            input.ship_max_days.and_then(|days| end.checked_add(Duration::days(days.into())))
        }
        SaleKind::WhileSuppliesLast | SaleKind::Voucher => None,
    };
    match input.mode {
        SaleMode::Hosted => promised?.checked_sub(REST_GRACE),
        SaleMode::Redirect => item.slot_starts_on,
    }
}

fn too_late(input: &SaleInput, item: &SaleItemInput, last: Date) -> String {
    match (input.mode, item.slot_starts_on) {
        (SaleMode::Redirect, _) => {
            format!("Must not be after the first day of the package, {last}")
        }
        (SaleMode::Hosted, Some(first)) => format!(
            "Must be {last} at the latest: {} days before the first day of the package, {first}, as \
             the rest is waited for that long",
            REST_GRACE.whole_days()
        ),
        (SaleMode::Hosted, None) => format!(
            "Must be {last} at the latest: {} days before the last day to ship, as the rest is \
             waited for that long",
            REST_GRACE.whole_days()
        ),
    }
}
