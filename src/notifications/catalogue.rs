//! The catalogue: every message that SMP sends, with what triggers it, whom it reaches, by which
//! channels, and whether it may be switched off. A message that is not in it cannot be queued.

use poem_openapi::Enum;

use crate::{
    access::preferences::{MessageChannel, MessageKind},
    kernel::Result,
};

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MessageAudience {
    /// People who buy.
    Shoppers,
    /// The team of a provider.
    ProviderTeam,
    /// SMP's own team.
    SmpTeam,
    /// SMP's team, and the team of the provider concerned.
    BothTeams,
    /// Anyone with an account, or who is invited to have one.
    Everyone,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePurpose {
    /// Its recipient needs it: it is always sent.
    Transactional,
    /// Its recipient, and SMP for everyone, may switch it off.
    Optional(MessageKind),
}

/// A message of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct MessageEntry {
    /// Also the name of its templates, `emails/NAME` and `sms/NAME`.
    pub name: &'static str,
    /// Kinds of events, or what else it follows from.
    pub triggers: &'static [&'static str],
    pub audience: MessageAudience,
    pub channels: &'static [MessageChannel],
    pub purpose: MessagePurpose,
    /// It goes to thousands at once, and waits with the bulk.
    pub is_bulk: bool,
    /// It contains a secret (an invitation's link, a code), which only its recipient may read.
    pub is_secret: bool,
    /// Strangers can cause it: an address is sent this many within a day, and further ones are kept
    /// as failed.
    pub per_recipient_a_day: Option<i64>,
}

/// What SMP's team sends to itself to see how another message looks. It has no template of its own.
pub const TEST: &str = "message_test";

const EMAIL: &[MessageChannel] = &[MessageChannel::Email];
const SMS: &[MessageChannel] = &[MessageChannel::Sms];
const EMAIL_AND_SMS: &[MessageChannel] = &[MessageChannel::Email, MessageChannel::Sms];

const fn message(
    name: &'static str,
    audience: MessageAudience,
    triggers: &'static [&'static str],
) -> MessageEntry {
    MessageEntry {
        name,
        triggers,
        audience,
        channels: EMAIL,
        purpose: MessagePurpose::Transactional,
        is_bulk: false,
        is_secret: false,
        per_recipient_a_day: None,
    }
}

impl MessageEntry {
    const fn optional(mut self, kind: MessageKind) -> Self {
        self.purpose = MessagePurpose::Optional(kind);
        self
    }

    const fn by(mut self, channels: &'static [MessageChannel]) -> Self {
        self.channels = channels;
        self
    }

    const fn bulk(mut self) -> Self {
        self.is_bulk = true;
        self
    }

    const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    const fn at_most(mut self, a_day: i64) -> Self {
        self.per_recipient_a_day = Some(a_day);
        self
    }

    /// What its recipient may switch off; None for what is always sent.
    pub fn optional_kind(&self) -> Option<MessageKind> {
        match self.purpose {
            MessagePurpose::Transactional => None,
            MessagePurpose::Optional(kind) => Some(kind),
        }
    }
}

/// The message of this name. Queueing one that the catalogue does not have is a mistake of ours.
pub fn entry(name: &str) -> Result<&'static MessageEntry> {
    let found = MESSAGES.iter().find(|entry| entry.name == name);
    Ok(found.ok_or_else(|| anyhow::anyhow!("the message {name} is not in the catalogue"))?)
}

/// The names of the messages that contain a secret.
pub fn secrets() -> Vec<String> {
    let secret = MESSAGES.iter().filter(|entry| entry.is_secret);
    secret.map(|entry| entry.name.to_owned()).collect()
}

use MessageAudience::{BothTeams, Everyone, ProviderTeam, Shoppers, SmpTeam};

/// Every message. A trigger with a dot is the kind of an event; another says what it follows from.
pub static MESSAGES: &[MessageEntry] = &[
    // Accounts.
    message("welcome", Everyone, &["account.verified"]).bulk().at_most(3),
    message("email_verification", Everyone, &["account to verify"]).secret().at_most(10),
    message("sign_up_known", Everyone, &["sign-up with a known address"]).at_most(3),
    message("password_reset", Everyone, &["password forgotten"]).secret().at_most(60),
    message("password_changed", Everyone, &["account.password_changed"]).at_most(20),
    message("email_change_confirm", Everyone, &["new address to confirm"]).secret().at_most(5),
    message("email_changed", Everyone, &["address changed"]).secret(),
    message("new_device", Everyone, &["account.new_device"]).at_most(20),
    message("second_factor_changed", Everyone, &["account.second_factor_changed"]).at_most(20),
    message("sign_in_method_changed", Everyone, &["account.sign_in_method_changed"]).at_most(20),
    message("phone_code", Everyone, &["phone number to verify"]).by(SMS).secret(),
    message("export_ready", Everyone, &["export of an account"]),
    message("erasure_confirm", Everyone, &["erasure of an account"]).secret().at_most(5),
    message("account_erased", Everyone, &["account erased"]),
    message("invitation", ProviderTeam, &["invitation to a provider's team"]).secret().at_most(10),
    message("staff_invitation", SmpTeam, &["invitation to SMP's team"]).secret().at_most(10),
    message("staff_changed", SmpTeam, &["staff.changed", "staff.removed"]),
    // Sales, as shoppers see them.
    message("registered", Shoppers, &["registration.created"]).bulk().at_most(50),
    message("sale_reminder", Shoppers, &["a day before the start, to the registered"])
        .optional(MessageKind::Reminders)
        .bulk(),
    message("sale_started", Shoppers, &["start of a sale, to the registered"])
        .by(EMAIL_AND_SMS)
        .optional(MessageKind::Reminders)
        .bulk(),
    message("start_reminder", Shoppers, &["start of a sale, to those who asked to be reminded"])
        .by(EMAIL_AND_SMS)
        .optional(MessageKind::Reminders)
        .bulk(),
    message("product_launch", Shoppers, &["sale.approved"]).optional(MessageKind::Launches).bulk(),
    message("sale_moved", Shoppers, &["sale.approved"]).bulk(),
    message("sale_cancelled", Shoppers, &["sale.cancelled", "waitlist.closed"]).bulk(),
    message("hold_resumed", Shoppers, &["hold.resumed"]).bulk(),
    message("waitlist_offer", Shoppers, &["waitlist.offered"])
        .by(EMAIL_AND_SMS)
        .optional(MessageKind::Waitlist)
        .bulk()
        .at_most(50),
    message("waitlist_offer_lapsed", Shoppers, &["hold.expired"])
        .optional(MessageKind::Waitlist)
        .bulk()
        .at_most(50),
    message("waitlist_closed", Shoppers, &["waitlist.closed"])
        .optional(MessageKind::Waitlist)
        .bulk()
        .at_most(50),
    // Orders, as shoppers see them.
    message("order_confirmed", Shoppers, &["order.confirmed"]),
    message("payment_failed", Shoppers, &["payment.failed"]).at_most(20),
    message("cash_code", Shoppers, &["payment.code_wanted"]).by(SMS).secret(),
    message("order_lapsed", Shoppers, &["order.cancelled"]).at_most(20),
    message("order_cancelled", Shoppers, &["order.withdrawn"]),
    message("order_called_off", Shoppers, &["order.called_off"]),
    message("rest_reminder", Shoppers, &["order.rest_reminder_due"]).bulk(),
    message("rest_paid", Shoppers, &["order.rest_paid"]),
    message("rest_lapsed", Shoppers, &["order.lapsed"]),
    message("voucher_issued", Shoppers, &["voucher.issued"]).secret(),
    message("voucher_redeemed", Shoppers, &["voucher.redeemed"]),
    message("voucher_redemption_reversed", Shoppers, &["voucher.redemption_reversed"]),
    message("invoice_issued", Shoppers, &["invoice.issued"]),
    message("shipped", Shoppers, &["shipment.handed_over"])
        .by(EMAIL_AND_SMS)
        .optional(MessageKind::Orders),
    message("delivered", Shoppers, &["shipment.delivered"]).optional(MessageKind::Orders),
    message("parcel_returned", Shoppers, &["shipment.returned_to_sender"]),
    message("promise_missed", Shoppers, &["parcel.promise_missed"]),
    message("refunded", Shoppers, &["refund.succeeded"]),
    message("refund_failed", Shoppers, &["refund.failed"]),
    message(
        "purchase_news",
        Shoppers,
        &[
            "conversion.reported",
            "conversion.confirmed",
            "conversion.updated",
            "conversion.reversed",
        ],
    )
    .optional(MessageKind::Orders),
    message("purchase_code", Shoppers, &["conversion.code_issued"]).secret(),
    message("conversation_reply", Shoppers, &["conversation.message"]),
    // Providers.
    message("provider_decided", ProviderTeam, PROVIDER_DECIDED),
    message("application_more_wanted", ProviderTeam, &["application.more_wanted"]),
    message("requirement_refused", ProviderTeam, &["requirement.refused"]),
    message("requirement_expiry", ProviderTeam, &["requirement.expiring", "requirement.expired"]),
    message("vetting_commented", BothTeams, &["vetting.commented"]).optional(MessageKind::Team),
    message("contract_offered", ProviderTeam, &["contract.offered"]),
    message("contract_reminder", ProviderTeam, &["contract.reminder_due"]),
    message("contract_countersigned", ProviderTeam, &["contract.countersigned"]),
    message("contract_ended", ProviderTeam, &["contract.ended"]),
    message("api_key_made", ProviderTeam, &["api_key.created", "api_key.rotated"]),
    message("bank_account_changed", ProviderTeam, &["bank_account.changed"]),
    message("review_decided", ProviderTeam, REVIEW_DECIDED),
    message("proof_not_accepted", BothTeams, &["proof.refused", "proof.reopened"]),
    message("guarantee_nearly_used", BothTeams, &["guarantee.nearly_used"])
        .optional(MessageKind::Team),
    message("provider_new_order", ProviderTeam, &["order.confirmed"]),
    message("provider_rest_paid", ProviderTeam, &["order.rest_paid"]),
    message("provider_order_lapsed", ProviderTeam, &["order.lapsed"]),
    message(
        "provider_parcel_cancelled",
        ProviderTeam,
        &["order.withdrawn", "order.called_off", "refund.succeeded"],
    ),
    message("provider_parcel_returned", ProviderTeam, &["shipment.returned_to_sender"]),
    message("provider_promise_missed", ProviderTeam, &["parcel.promise_missed"]),
    message("provider_units_refunded", ProviderTeam, &["refund.succeeded"]),
    message("statement_sent", ProviderTeam, &["statement.sent"]).optional(MessageKind::Team),
    message("statement_failed", BothTeams, &["statement.failed"]),
    message("sale_halted", BothTeams, &["sale.halted", "sale.cancelled"]),
    // SMP's team.
    message("provider_applied", SmpTeam, &["provider.applied"]).optional(MessageKind::Team),
    message("application_answered", SmpTeam, &["application.answered", "requirement.answered"])
        .optional(MessageKind::Team),
    message("contract_signed", SmpTeam, &["contract.signed"]),
    message("sale_submitted", SmpTeam, &["sale.submitted"]).optional(MessageKind::Team),
    message("conversation_message", SmpTeam, &["conversation.message"])
        .optional(MessageKind::Team)
        .at_most(200),
    message("staff_refund_failed", SmpTeam, &["refund.failed"]),
    message("staff_refunds_failed", SmpTeam, &["once a day while refunds that failed are open"]),
    message(TEST, SmpTeam, &["test-send from this catalogue"]).by(EMAIL_AND_SMS).at_most(100),
    message("dispute_opened", SmpTeam, &["dispute.opened"]),
    message("ledger_differences", SmpTeam, &["ledger.differences_found"]),
];

const PROVIDER_DECIDED: &[&str] = &[
    "provider.approved",
    "provider.rejected",
    "provider.suspended",
    "provider.reinstated",
    "provider.reopened",
];
const REVIEW_DECIDED: &[&str] = &["sale.approved", "sale.changes_requested", "sale.rejected"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_stands_once_and_a_secret_cannot_be_switched_off() {
        let names: BTreeSet<_> = MESSAGES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), MESSAGES.len());
        for message in MESSAGES {
            assert!(!message.triggers.is_empty(), "{}", message.name);
            assert!(!message.channels.is_empty(), "{}", message.name);
            assert!(!message.is_secret || message.optional_kind().is_none(), "{}", message.name);
        }
    }
}
