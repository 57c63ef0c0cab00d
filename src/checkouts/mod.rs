//! Checkouts: holds that a shopper chose to order together, with what was typed on the way. It is kept
//! as it was typed, in parts, so that another tab, browser or day goes on where the last one
//! stopped. `orders` checks it when the order is placed.
//!
//! Owns the table `checkouts`. Reads `holds`, to find the checkouts that have none left.

mod api;
mod clock;
mod fields;
mod open;
mod place;
mod state;
mod store;
mod view;

pub use api::CheckoutsApi;
pub use clock::{abandon_ended, delete_unchanged};
pub use fields::TypedFields;
pub use open::{open_for, save};
pub use place::{note_placed, payment_method_of};
pub use state::CheckoutState;
pub use store::{CheckoutRow, list_open};
