//! Payments: gateways behind one trait, charges and refunds. The orders slice decides when to
//! charge or refund and what an outcome means; this slice records every attempt.
//!
//! Owns the tables `payments`, `refunds`, `gateway_notices`, `sandbox_payments`,
//! `sandbox_refunds`, `cash_codes` and `cash_collections`.

mod cash;
mod cash_codes;
mod cash_collections;
mod cash_policy;
mod fees;
pub mod gateway;
mod gateways;
mod notices;
mod payu;
mod personal_data;
mod reconcile;
mod refund_failures;
mod refund_store;
mod reported;
mod sandbox;
mod sandbox_bank;
mod search;
mod state;
mod store;
mod stripe;

pub use cash::{CASH, Cash};
pub use cash_codes::{CODE_VALID as CASH_CODE_VALID, delete_cash_codes, take_cash_sms};
pub use cash_collections::{
    CashCollection, CashOrders, CashOutcome, cancel_due, cash_orders, cash_payment_of,
    note_collection, settle_cash,
};
pub use cash_policy::{cash_limit, cash_limit_of};
pub use fees::{expect_fee, note_fees};
pub use gateways::{Offered, gateway, offered};
pub use notices::{delete_notices, note_handled, record_notice};
pub use personal_data::{erase as erase_personal_data, export_of, has_open_refunds};
pub use reconcile::reconcile;
pub use refund_failures::{
    note_provider, refund_fail, refund_retried, refund_settle_late, refund_undo,
    refunded_by_provider,
};
pub use refund_store::{
    NewRefund, Refund, claim_pending_refunds, look_at_refund_now, refund_create, refund_find,
    refund_pending, refund_settle, refunds_of_orders, returned_among,
};
pub use sandbox::{SANDBOX, sandbox_notice};
pub use sandbox_bank::{BankAnswer, BankPayment, answer_at_bank, answer_beforehand, find_at_bank};
pub use search::{FoundPayment, PaymentFilter, search};
pub use state::{PaymentPart, PaymentState, RefundState};
pub use store::{
    NewPayment, PaidPart, Payment, PaymentMove, by_reference, claim_due, create_all, find,
    find_all, look_at_now, move_payment, of_orders, open_of_orders, paid_orders, paid_parts,
    record_reference, settle_payments,
};
pub use stripe::{STRIPE, StripeApi, StripeRefusal, send_once};
