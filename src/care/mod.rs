//! Customer service: conversations with shoppers, and what they say of a sale afterwards.

pub mod api;
mod conversation;
mod feedback;
mod store;

pub use conversation::{
    CareMessage, ConversationView, NewConversation, conversation_list, conversation_view,
    open_conversation, reply, staff_conversation_list, staff_conversation_view, staff_reply,
    staff_resolve,
};
pub use feedback::{Feedback, NewFeedback, feedback_list, give_feedback, given};

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ConversationState {
    /// Waits for customer service.
    Open,
    /// Waits for the shopper.
    Waiting,
    Resolved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CareAuthor {
    Shopper,
    Support,
}
