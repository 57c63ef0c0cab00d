//! What people are told: emails and SMS from templates in the provider's brand, each kept and sent
//! once.

pub mod api;
mod letters;
pub mod messages;
pub mod rounds;
mod stock_letters;

pub use letters::{Invitation, invite, on_event};
