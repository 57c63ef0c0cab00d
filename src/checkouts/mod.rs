//! Checkouts: holds that a shopper chose to order together, with what was typed on the way. It is kept
//! as it was typed, in parts, so that another tab, browser or day goes on where the last one
//! stopped. `orders` checks it when the order is placed.
//!
//! The addresses that shoppers keep are here too, as checkout begins with one of them.
//!
//! Owns the tables `checkouts` and `account_addresses`. Reads `holds`, to find the checkouts that have none left.

mod address_book;
mod address_book_api;
mod api;
mod clock;
mod fields;
mod open;
mod personal_data;
mod place;
mod state;
mod store;
mod view;

pub use address_book::{
    NewSavedAddress, SAVED_ADDRESSES_MAX, SavedAddress, change_address, default_address,
    keep_address, remove_address, saved_address, saved_addresses,
};
pub use address_book_api::AddressBookApi;
pub use api::CheckoutsApi;
pub use clock::{abandon_ended, delete_unchanged};
pub use fields::TypedFields;
pub use open::{open_for, save};
pub use personal_data::{erase as erase_personal_data, export_of};
pub use place::{note_placed, payment_method_of};
pub use state::CheckoutState;
pub use store::{CheckoutRow, list_open};
