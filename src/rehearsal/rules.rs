//! What can be rehearsed.

use crate::kernel::{
    Error, FieldErrors, Result,
    limits::{REHEARSAL_SHOPPERS_MAX, REHEARSAL_UNITS_MAX},
};

/// Checks the numbers of shoppers and units of a rehearsal.
pub fn check(shoppers: i32, units: i32) -> Result<()> {
    let mut fields = FieldErrors::default();
    fields.check(
        (1..=REHEARSAL_SHOPPERS_MAX).contains(&shoppers),
        "shoppers",
        &format!("Must be from 1 to {REHEARSAL_SHOPPERS_MAX}"),
    );
    fields.check(
        (1..=REHEARSAL_UNITS_MAX).contains(&units),
        "units",
        &format!("Must be from 1 to {REHEARSAL_UNITS_MAX}"),
    );
    fields.finish()
}

pub fn redirect_sale() -> Error {
    Error::conflict(
        "redirect_sale",
        "Shoppers buy this in the provider's own cart, so there is no rush to rehearse here.",
    )
}
