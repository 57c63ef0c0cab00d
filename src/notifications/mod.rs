//! What people are told: emails and SMS from templates in the provider's brand, each kept and sent once.

pub mod api;
pub mod messages;
