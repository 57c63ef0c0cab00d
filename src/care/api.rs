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
    kernel::{ConversationId, Input, Page, PageQuery, Result},
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
    subject: String,
    body: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReplyInput {
    body: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct FeedbackInput {
    sale_slug: String,
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
    #[oai(path = "/me/conversations", method = "get", operation_id = "conversation_list")]
    async fn conversation_list(
        &self,
        caller: SignedIn,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ConversationView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(conversation::conversation_list(&self.platform, caller.account(), &page).await?))
    }

    /// One of my conversations
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
    #[oai(path = "/conversations", method = "get", operation_id = "staff_conversation_list")]
    async fn staff_conversation_list(
        &self,
        _staff: Staff,
        state: Query<Option<ConversationState>>,
        q: Query<Option<String>>,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ConversationView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(
            conversation::staff_conversation_list(&self.platform, state.0, q.0.as_deref(), &page)
                .await?,
        ))
    }

    /// A conversation, with the order it is about
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
    #[oai(path = "/feedback", method = "get", operation_id = "feedback_list")]
    async fn feedback_list(
        &self,
        _staff: Staff,
        cursor: Query<Option<String>>,
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<FeedbackView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(feedback::feedback_list(&self.platform, &page).await?))
    }
}
