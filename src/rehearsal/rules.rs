//! What can be rehearsed.

use crate::kernel::{Error, FieldErrors, Result};

const SHOPPERS_MAX: i32 = 100_000;
const UNITS_MAX: i32 = 1_000_000;

/// Checks the numbers of shoppers and units of a rehearsal.
pub fn check(shoppers: i32, units: i32) -> Result<()> {
    let mut fields = FieldErrors::default();
    fields.check(
        (1..=SHOPPERS_MAX).contains(&shoppers),
        "shoppers",
        &format!("Must be from 1 to {SHOPPERS_MAX}"),
    );
    fields.check(
        (1..=UNITS_MAX).contains(&units),
        "units",
        &format!("Must be from 1 to {UNITS_MAX}"),
    );
    fields.finish()
}

pub fn redirect_sale() -> Error {
    Error::conflict(
        "redirect_sale",
        "Shoppers buy this in the provider's own cart, so there is no rush to rehearse here.",
    )
}
