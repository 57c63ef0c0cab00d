//! What people are told: emails and SMS from templates in the provider's brand, each kept and sent once.

pub mod api;
mod letters;
pub mod messages;
mod stock_letters;
pub mod rounds;

pub use letters::{Invitation, invite, on_event};
