//! Payouts: the accounts that providers have at Stripe, whether they can be paid, transfers to them and
//! their reversals, and disputes of payments. `orders` refuses refunds of what is disputed.
//!
//! Owns the tables `payout_accounts`, `disputes` and `dispute_evidence`, and keeps `providers.payouts_blocked` through the
//! providers slice. Accounts and disputes are Stripe's: what stands here is what Stripe said last.

mod account;
mod account_view;
mod api;
mod dispute;
mod dispute_answer;
mod dispute_api;
mod dispute_look_up;
mod evidence;
mod evidence_rules;
mod gate;
mod look_up;
mod onboarding;
mod pay_out;
mod requirements;
mod rules;
mod stripe;

pub use account::PayoutState;
pub use api::PayoutsApi;
pub use dispute::{Dispute, DisputeState, get as get_dispute, lost_of_order, require_undisputed};
pub use dispute_api::DisputesApi;
pub use dispute_look_up::{find_disputes, look_up_dispute};
pub use evidence::{find as find_evidence, save as save_evidence};
pub use evidence_rules::{EVIDENCE_CHARS_MAX, Evidence, require_answerable};
pub use gate::{apply_gate, cash_gateway, on_event};
pub use look_up::{look_up_account, look_up_due};
pub use pay_out::{
    PayableAccount, PayoutOrder, ReversalOrder, paid_out, pay_out, payable_account, take_back,
};
