//! Emails and SMS to shoppers, providers and SMP's team, from templates in the provider's branding.
//! Each message is kept, and sent once.
//!
//! This slice owns the tables `messages`, `switched_off_messages`, `suppressed_addresses` and
//! `mail_notices`.

mod account_emails;
mod account_life_emails;
mod account_security_emails;
mod api;
mod calendars;
mod cancelled_sale_emails;
mod cash_codes;
mod catalogue;
mod catalogue_api;
mod clearing;
mod contract_emails;
mod dispute_emails;
mod email_contexts;
mod emails;
mod hold_emails;
mod invoice_emails;
mod ledger_emails;
mod mail_notices;
mod mail_notices_api;
mod mailings;
mod messages;
mod moved_sale_emails;
mod offer_texts;
mod order_emails;
mod payload;
mod payment_emails;
mod personal_data;
mod phone_codes;
mod proof_emails;
mod provider_emails;
mod purchase_emails;
mod refund_emails;
mod rest_emails;
mod sale_emails;
mod samples;
mod sending;
mod sms_recipients;
mod sms_sending;
mod sms_texts;
mod sms_webhooks;
mod staff_emails;
mod start_texts;
mod statement_emails;
mod subscriber;
mod voucher_emails;
mod waitlist_emails;

pub use account_emails::{InvitationMessage, invite};
pub use account_life_emails::{account_erased, erasure_link, export_ready};
pub use account_security_emails::write_account_mail;
pub use api::NotificationsApi;
pub use catalogue::{MESSAGES, MessageAudience, MessageEntry, MessagePurpose};
pub use catalogue_api::MessageCatalogueApi;
pub use clearing::{delete_mail_notices, delete_messages, remove_bodies};
pub use mail_notices_api::MailNoticesApi;
pub use mailings::{BATCH, Written, write_batch, write_due};
pub use messages::{MessageJob, SEND, SEND_BULK};
pub use personal_data::{erase as erase_personal_data, export_of};
pub use phone_codes::{PhoneCodeMessage, send_phone_code};
pub use refund_emails::remind_of_failed_refunds;
pub use sending::{note_failure, send};
pub use sms_webhooks::sms_routes;
pub use staff_emails::{StaffInvitationMessage, invite as invite_staff};
pub use subscriber::on_event;
