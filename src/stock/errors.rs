//! Why a request to hold units is refused, as the shopper reads it.

use crate::{kernel::Error, sales::ContentItem};

pub fn key_of_other_quantity(quantity: i32) -> Error {
    Error::conflict(
        "idempotency_conflict",
        format!(
            "This Idempotency-Key was used for a quantity of {quantity}. Use a new key for another \
             quantity."
        ),
    )
}

pub fn key_of_other_item() -> Error {
    Error::conflict(
        "idempotency_conflict",
        "This Idempotency-Key was used for another item. Use a new key for this one.",
    )
}

pub fn already_waiting(item: &ContentItem, quantity: i32) -> Error {
    let detail = format!(
        "You are already on the waitlist for {quantity} of {}. Leave the waitlist first to ask for \
         another quantity.",
        item.name
    );
    Error::conflict("already_waiting", detail)
}

/// `has`: units the shopper holds or has bought.
pub fn over_limit(item: &ContentItem, has: i64) -> Error {
    let limit = i64::from(item.limit_per_shopper);
    let name = &item.name;
    let detail = match ((limit - has).max(0), has) {
        (0, has) => format!(
            "You already have {has} of {name}. The limit is {limit} per shopper, so you cannot add \
             more."
        ),
        (_, 0) => format!("The limit for {name} is {limit} per shopper. Choose {limit} or fewer."),
        (more, has) => format!(
            "You already have {has} of {name}. The limit is {limit} per shopper, so you can add up \
             to {more} more."
        ),
    };
    Error::conflict("limit_reached", detail)
}

pub fn too_few(item: &ContentItem, left: i32) -> Error {
    let detail = match left {
        0 => format!(
            "{} is sold out. Join the waitlist: you are offered units that others do not buy.",
            item.name
        ),
        left => format!("Only {left} of {} left. Choose {left} or fewer.", item.name),
    };
    Error::conflict("sold_out", detail)
}

pub fn not_registered() -> Error {
    Error::conflict(
        "not_registered",
        "Only shoppers who registered before the start can buy in this sale.",
    )
}

pub fn not_waiting() -> Error {
    Error::conflict(
        "not_waiting",
        "This entry is no longer on the waitlist: it was offered units, or it was left.",
    )
}

pub fn not_held() -> Error {
    Error::conflict("not_held", "This hold is over: it was bought or released, or it expired.")
}
