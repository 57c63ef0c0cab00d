//! Emails and SMS to shoppers, providers and SMP's team, from templates in the provider's branding.
//! Each message is kept, and sent once.
//!
//! This slice owns the table `messages`.

mod account_emails;
mod api;
mod calendars;
mod cancelled_sale_emails;
mod cash_codes;
mod clearing;
mod contract_emails;
mod dispute_emails;
mod email_contexts;
mod emails;
mod hold_emails;
mod invoice_emails;
mod ledger_emails;
mod mailings;
mod messages;
mod offer_texts;
mod order_emails;
mod payload;
mod phone_codes;
mod proof_emails;
mod provider_emails;
mod purchase_emails;
mod refund_emails;
mod rest_emails;
mod sale_emails;
mod sms_recipients;
mod sms_sending;
mod sms_texts;
mod sms_webhooks;
mod start_texts;
mod statement_emails;
mod subscriber;
mod waitlist_emails;

pub use account_emails::{InvitationMessage, invite};
pub use api::NotificationsApi;
pub use clearing::{delete_messages, remove_bodies};
pub use mailings::{BATCH, Written, write_batch, write_due};
pub use messages::{MessageJob, SEND, SEND_BULK, note_failure, send};
pub use phone_codes::{PhoneCodeMessage, send_phone_code};
pub use refund_emails::remind_of_failed_refunds;
pub use sms_webhooks::sms_routes;
pub use subscriber::on_event;
