//! Rules for deposits: a part of an item's price that is due at once, with the rest due by a date.

use time::UtcOffset;

use super::{
    input::{SaleInput, SaleItemInput},
    states::SaleMode,
    terms::Deposit,
};
use crate::kernel::FieldErrors;

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
    let deposit = Deposit::of(item.deposit_minor, item.rest_due_on)?;
    fields.check(
        input.mode == SaleMode::Redirect,
        &at("deposit_minor"),
        "SMP’s checkout cannot charge deposits yet. Leave it out, or sell in your own cart",
    );
    let message =
        format!("Must be at least 1 and below the price of {} minor units", item.price_minor);
    let is_part = (1..item.price_minor).contains(&deposit.amount_minor);
    fields.check(is_part, &at("deposit_minor"), &message);
    let last_day = input.ends_at.to_offset(UtcOffset::UTC).date();
    let message = format!("Must be after the sale's end on {last_day}");
    fields.check(deposit.rest_due_on > last_day, &at("rest_due_on"), &message);
    if let Some(first_day) = item.slot_starts_on {
        let message = format!("Must not be after the first day of the package, {first_day}");
        fields.check(deposit.rest_due_on <= first_day, &at("rest_due_on"), &message);
    }
    Some(deposit)
}
