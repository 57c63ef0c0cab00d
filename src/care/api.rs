//! The API of customer service.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    conversation::{self, ConversationView, NewConversation},
    feedback::{self, FeedbackView, NewFeedback},
    state::ConversationState,
};
use crate::{
    access::{SignedIn, Staff, Tag, limits::limit_writing},
    kernel::{ConversationId, Input, Page, PageQuery, Result, validate},
    platform::Platform,
};

pub struct CareApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConversationInput {
    /// One of my orders.
    order_number: Option<String>,
    /// 1 to 140 characters.
    subject: String,
    /// 1 to 5000 characters.
    body: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReplyInput {
    /// 1 to 5000 characters.
    body: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct FeedbackInput {
    /// The sale it is about.
    sale_slug: String,
    /// Where it was bought; the newest order with the sale when absent.
    order_number: Option<String>,
    /// 1 to 5.
    rating: i32,
    /// May be empty.
    comments: String,
}

#[derive(ApiResponse)]
enum ConversationOpened {
    /// Opened.
    #[oai(status = 201)]
    Created(Json<ConversationView>),
}

#[derive(ApiResponse)]
enum FeedbackGiven {
    /// Recorded.
    #[oai(status = 201)]
    Created(Json<FeedbackView>),
}

#[OpenApi(tag = "Tag::Care")]
impl CareApi {
    /// Ask customer service
    ///
    /// Opens a conversation with SMP's customer service, about one of the caller's orders or
    /// without one. A message has 1 to 5000 characters, the subject up to 140. Customer service is
    /// told.
    ///
    /// An order number that is not the caller's is a 422 on `order_number`. The same words about the
    /// same order within ten minutes are a repetition, and answered with the conversation there is.
    #[oai(
        path = "/me/conversations",
        method = "post",
        operation_id = "conversation_create",
        transform = "limit_writing"
    )]
    async fn conversation_create(
        &self,
        caller: SignedIn,
        body: Input<ConversationInput>,
    ) -> Result<ConversationOpened> {
        let new = NewConversation {
            order_number: body.order_number.as_deref(),
            sale_slug: None,
            subject: &body.subject,
            body: &body.body,
        };
        Ok(ConversationOpened::Created(Json(
            conversation::open_conversation(&self.platform, caller.account(), new).await?,
        )))
    }

    /// My conversations, the last updated first
    ///
    /// The caller's conversations, each with its last message only.
    #[oai(path = "/me/conversations", method = "get", operation_id = "conversation_list")]
    async fn conversation_list(
        &self,
        caller: SignedIn,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ConversationView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(conversation::conversation_list(&self.platform, caller.account(), &page).await?))
    }

    /// One of my conversations
    ///
    /// One of the caller's conversations with its messages, oldest first; the latest 500.
    #[oai(
        path = "/me/conversations/:conversation",
        method = "get",
        operation_id = "conversation_get"
    )]
    async fn conversation_get(
        &self,
        caller: SignedIn,
        conversation: Path<ConversationId>,
    ) -> Result<Json<ConversationView>> {
        Ok(Json(
            conversation::conversation_view(&self.platform, caller.account(), conversation.0)
                .await?,
        ))
    }

    /// Reply in one of my conversations
    ///
    /// Adds a message of 1 to 5000 characters. A conversation that was resolved is open again. The
    /// last message again within ten minutes is a repetition and adds nothing.
    #[oai(
        path = "/me/conversations/:conversation/messages",
        method = "post",
        operation_id = "conversation_reply",
        transform = "limit_writing"
    )]
    async fn conversation_reply(
        &self,
        caller: SignedIn,
        conversation: Path<ConversationId>,
        body: Input<ReplyInput>,
    ) -> Result<Json<ConversationView>> {
        Ok(Json(
            conversation::reply(&self.platform, caller.account(), conversation.0, &body.body)
                .await?,
        ))
    }

    /// The queue of customer service, the last updated first
    ///
    /// Every shopper's conversations, each with its last message. `state=open` is what waits for an
    /// answer; `q` finds part of a subject, an order number or a name.
    #[oai(path = "/conversations", method = "get", operation_id = "staff_conversation_list")]
    async fn staff_conversation_list(
        &self,
        _staff: Staff,
        state: Query<Option<ConversationState>>,
        q: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ConversationView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let words = validate::search("q", q.0.as_deref())?;
        Ok(Json(
            conversation::staff_conversation_list(&self.platform, state.0, words, &page).await?,
        ))
    }

    /// A conversation, with the order it is about
    ///
    /// One conversation with its messages and, when it is about an order, that order, so that
    /// nothing has to be looked up.
    #[oai(
        path = "/conversations/:conversation",
        method = "get",
        operation_id = "staff_conversation_get"
    )]
    async fn staff_conversation_get(
        &self,
        _staff: Staff,
        conversation: Path<ConversationId>,
    ) -> Result<Json<ConversationView>> {
        Ok(Json(conversation::staff_conversation_view(&self.platform, conversation.0).await?))
    }

    /// Answer a shopper
    ///
    /// Sends an answer of 1 to 5000 characters, which the shopper also gets by email, and marks the
    /// conversation as answered. Written to the audit log. Not idempotent.
    #[oai(
        path = "/conversations/:conversation/messages",
        method = "post",
        operation_id = "staff_conversation_reply"
    )]
    async fn staff_conversation_reply(
        &self,
        staff: Staff,
        conversation: Path<ConversationId>,
        body: Input<ReplyInput>,
    ) -> Result<Json<ConversationView>> {
        Ok(Json(
            conversation::staff_reply(
                &self.platform,
                staff.0.account.id,
                conversation.0,
                &body.body,
            )
            .await?,
        ))
    }

    /// Resolve a conversation
    ///
    /// Marks a conversation as resolved; the shopper's next message opens it again. Written to the
    /// audit log. Resolving it again changes nothing.
    #[oai(
        path = "/conversations/:conversation/resolve",
        method = "post",
        operation_id = "staff_conversation_resolve"
    )]
    async fn staff_conversation_resolve(
        &self,
        staff: Staff,
        conversation: Path<ConversationId>,
    ) -> Result<Json<ConversationView>> {
        Ok(Json(
            conversation::staff_resolve(&self.platform, staff.0.account.id, conversation.0).await?,
        ))
    }

    /// Give feedback on a sale
    ///
    /// Rates a sale from 1 to 5, with a comment of at most 4000 characters that may be empty. SMP's
    /// team reads it; it is not published.
    ///
    /// Refused with 409: `urn:smp:not_bought` unless the caller bought in the sale or left it for
    /// the provider's cart, `urn:smp:already_given` the second time.
    #[oai(path = "/me/feedback", method = "post", operation_id = "feedback_create")]
    async fn feedback_create(
        &self,
        caller: SignedIn,
        body: Input<FeedbackInput>,
    ) -> Result<FeedbackGiven> {
        let new = NewFeedback {
            sale_slug: &body.sale_slug,
            order_number: body.order_number.as_deref(),
            rating: body.rating,
            comments: &body.comments,
        };
        Ok(FeedbackGiven::Created(Json(
            feedback::give_feedback(&self.platform, caller.account(), new).await?,
        )))
    }

    /// Shoppers' feedback on sales, newest first
    ///
    /// What shoppers say about sales, across providers.
    #[oai(path = "/feedback", method = "get", operation_id = "feedback_list")]
    async fn feedback_list(
        &self,
        _staff: Staff,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<FeedbackView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(feedback::feedback_list(&self.platform, &page).await?))
    }
}
