//! Payments: gateways behind one trait, charges and refunds. The orders slice decides when to
//! charge or refund; this slice records every attempt.
//!
//! Owns the tables `payments`, `refunds`, `cash_codes` and `cash_collections`.

mod card;
mod card_gateway;
mod cash;
mod cash_codes;
mod cash_collections;
mod cash_policy;
pub mod gateway;
mod gateways;
mod payu;
mod sandbox;
mod state;
mod store;

pub use card::Card;
pub use card_gateway::{Charge, Gateway, Outcome, RefundOutcome};
pub use cash::Cash;
pub use cash_codes::{CashSms, delete_cash_codes, take_cash_sms};
pub use cash_collections::{
    CashCollection, CashOrders, CashOutcome, cash_orders, cash_payment_of, note_collection,
    settle_cash,
};
pub use cash_policy::{cash_limit, cash_limit_of};
pub use gateways::gateway;
pub use payu::Payu;
pub use state::{PaymentState, RefundState};
pub use store::{
    NewPayment, NewRefund, Payment, Refund, create, find, move_payment, of_orders, open_of_orders,
    record_reference, refund_create, refund_find, refund_settle, refunds_of_orders,
    succeeded_of_order,
};

/// Cash on delivery in `payments.gateway`.
pub const CASH: &str = "cash_on_delivery";
