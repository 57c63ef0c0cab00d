//! Customer service: conversations with shoppers, and shoppers' feedback on sales.
//!
//! Owns the tables `conversations`, `conversation_messages` and `feedback`.

mod api;
mod conversation;
mod feedback;
mod personal_data;
mod state;
mod store;

pub use api::CareApi;
pub use conversation::{
    CareMessageView, ConversationView, NewConversation, conversation_list, conversation_view,
    open_conversation, reply, staff_conversation_list, staff_conversation_view, staff_reply,
    staff_resolve,
};
pub use feedback::{FeedbackView, NewFeedback, feedback_list, give_feedback, my_feedback};
pub use personal_data::{erase as erase_personal_data, export_of};
pub use state::{CareAuthor, ConversationState};
