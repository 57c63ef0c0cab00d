//! What the pages of messages are given: unsubscribing, and the developers' outbox.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::Instant;

contexts! {
    UnsubscribePage {
        /// As in `access::preferences::MessageKind`: `reminders`, `waitlist`.
        kind: String,
        /// It was switched off; otherwise the page asks.
        done: bool,
        /// Where the form is sent.
        action: String,
    }
    OutboxPage {
        messages: Vec<OutboxRow>,
        q: String,
    }
    OutboxRow {
        id: String,
        url: String,
        channel: String,
        recipient: String,
        template: String,
        subject: String,
        state: String,
        created_at: Instant,
    }
    OutboxMessagePage {
        message: OutboxMessage,
    }
    OutboxMessage {
        id: String,
        channel: String,
        recipient: String,
        template: String,
        subject: String,
        state: String,
        created_at: Instant,
        body_text: String,
        html_url: Option<String>,
        links: Vec<String>,
    }
}
