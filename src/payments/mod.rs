//! Payments: gateways behind one trait, charges and refunds. The orders slice decides when to
//! charge or refund; this slice records every attempt.
//!
//! Owns the tables `payments` and `refunds`.

mod card;
mod card_gateway;
pub mod gateway;
mod gateways;
mod sandbox;
mod search;
mod state;
mod store;

pub use card::Card;
pub use card_gateway::{Charge, Gateway, Outcome, RefundOutcome};
pub use gateways::gateway;
pub use search::{FoundPayment, PaymentFilter, search};
pub use state::{PaymentState, RefundState};
pub use store::{
    NewPayment, NewRefund, Payment, Refund, create, find, move_payment, of_orders, open_of_orders,
    record_reference, refund_create, refund_find, refund_settle, refunds_of_orders,
    succeeded_of_order,
};
