//! The ledger: where every minor unit came from and where it went. Double entry, per currency: debits are
//! positive, credits negative, and the entries of a transfer sum to zero. It is only appended to. Also what
//! SMP takes of what is sold: the rules of commission, and the commission of each line that was confirmed.
//!
//! Owns the tables `ledger_transfers`, `ledger_entries`, `provider_payables`, `commission_rules`,
//! `line_commissions` and `ledger_differences`.
//!
//! A transfer is posted in the transaction that causes it, as its last statement: the balances of providers
//! are locked after everything else, so that nobody waits in a circle. Its key says what it follows from,
//! and the same key is posted once.

mod check;
mod commission;
mod commission_api;
mod difference;
mod difference_api;
mod dispute;
mod money_back;
mod monitor;
mod order_view;
mod rules;
mod sale;
mod transfer;

pub use check::check;
pub use commission::{CommissionedLine, commissions_of, freeze};
pub use commission_api::CommissionApi;
pub use difference::{DifferenceKind, FoundDifference, note as note_differences};
pub use difference_api::LedgerDifferencesApi;
pub use dispute::{DisputeStep, DisputedMoney, post_dispute};
pub use money_back::{
    CashNotDue, RefundedMoney, cash_collected, cash_withdrawn, post_refund, post_refund_failed,
    post_taken,
};
pub use monitor::watch;
pub use order_view::{LedgerTransferView, of_order};
pub use sale::{
    PaidSale, PostedLine, SaleMoney, SoldPart, commission_base_minor, sale_transfer, sold_parts,
};
pub use transfer::{LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind, post};
