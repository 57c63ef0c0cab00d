//! Conversations: a shopper asks, customer service answers. A shopper's message opens a
//! conversation, an answer makes it wait for the shopper, and a resolved one opens again when the
//! shopper writes.

use std::collections::HashMap;

use poem_openapi::Object;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    state::{CareAuthor, ConversationState},
    store::{self, CareMessage, Conversation},
};
use crate::{
    access::{Actor, accounts, audit},
    events,
    kernel::{
        AccountId, ConversationId, Error, FieldErrors, Page, PageQuery, Result, TenantId,
        limits::{MESSAGE_CHARS_MAX, SUBJECT_CHARS_MAX},
        validate,
    },
    orders::{self, OrderView},
    platform::{Platform, Tx},
    providers, sales,
};

/// The same words again within this time are the same message, sent twice.
const SAME_MESSAGE: Duration = Duration::minutes(10);

/// A conversation with customer service.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Conversation")]
pub struct ConversationView {
    pub id: ConversationId,
    pub subject: String,
    pub state: ConversationState,
    pub order_number: Option<String>,
    pub customer_name: String,
    /// The provider it is about, if any.
    pub provider_name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Oldest first. A list shows the last message only.
    pub messages: Vec<CareMessageView>,
    /// The order it is about; shown to customer service, for a single conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderView>,
}

#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "CareMessage")]
pub struct CareMessageView {
    pub id: Uuid,
    pub author: CareAuthor,
    pub author_name: String,
    pub body: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A shopper's first message, and what it is about.
#[derive(Debug, Default)]
pub struct NewConversation<'a> {
    /// One of the shopper's own orders.
    pub order_number: Option<&'a str>,
    /// The sale whose page the shopper came from, when there is no order.
    pub sale_slug: Option<&'a str>,
    pub subject: &'a str,
    pub body: &'a str,
}

fn checked_body(fields: &mut FieldErrors, text: &str) -> String {
    validate::text(fields, "body", text, 1, MESSAGE_CHARS_MAX)
}

/// Starts a conversation. A repetition returns the one that was started.
pub async fn open_conversation(
    platform: &Platform,
    account: AccountId,
    new: NewConversation<'_>,
) -> Result<ConversationView> {
    let mut fields = FieldErrors::default();
    let subject = validate::text(&mut fields, "subject", new.subject, 1, SUBJECT_CHARS_MAX);
    let text = checked_body(&mut fields, new.body);
    let order_number = new.order_number.map(str::trim).filter(|number| !number.is_empty());
    let now = platform.clock.now();
    let mut tx = platform.db.platform("open conversation").await?;
    let (mut order, mut tenant) = (None, None);
    if let Some(number) = order_number {
        match orders::order_and_sole_provider(&mut tx, account, number).await {
            Ok((id, provider)) => (order, tenant) = (Some(id), provider),
            Err(Error::NotFound(_)) => fields.add(
                "order_number",
                format!("You have no order {number}; your account lists your orders"),
            ),
            Err(error) => return Err(error),
        }
    } else if let Some(slug) = new.sale_slug {
        tenant = sales::published(&mut tx, slug).await?.map(|sale| sale.tenant);
    }
    fields.finish()?;
    store::lock_writing(&mut tx, account).await?;
    let since = now - SAME_MESSAGE;
    let same = store::opened_with(&mut tx, account, order_number, &subject, &text, since).await?;
    if let Some(same) = same {
        return one(platform, tx, same).await;
    }
    let row = Conversation {
        tenant: tenant.unwrap_or(TenantId::PLATFORM),
        id: ConversationId::new(),
        account,
        order_number: order_number.map(str::to_owned),
        subject,
        state: ConversationState::Open,
        created_at: now,
        updated_at: now,
    };
    store::insert(&mut tx, &row, order.map(|order| order.0)).await?;
    add_message(&mut tx, &row, CareAuthor::Shopper, account, &text, now).await?;
    tx.commit().await?;
    conversation_view(platform, account, row.id).await
}

/// Adds a message to one of the shopper's own conversations, and opens it again. A repetition of the
/// last message adds nothing.
pub async fn reply(
    platform: &Platform,
    account: AccountId,
    id: ConversationId,
    text: &str,
) -> Result<ConversationView> {
    let mut fields = FieldErrors::default();
    let text = checked_body(&mut fields, text);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("reply").await?;
    store::lock_writing(&mut tx, account).await?;
    let row = store::find(&mut tx, Some(account), id).await?;
    let last = store::last_messages(&mut tx, std::slice::from_ref(&row)).await?.pop();
    let is_repeated = last.is_some_and(|last| {
        last.author == CareAuthor::Shopper
            && last.body == text
            && now - last.created_at < SAME_MESSAGE
    });
    if !is_repeated {
        add_message(&mut tx, &row, CareAuthor::Shopper, account, &text, now).await?;
        tx.commit().await?;
    }
    conversation_view(platform, account, id).await
}

/// Answers a shopper.
pub async fn staff_reply(
    platform: &Platform,
    by: AccountId,
    id: ConversationId,
    text: &str,
) -> Result<ConversationView> {
    let mut fields = FieldErrors::default();
    let text = checked_body(&mut fields, text);
    fields.finish()?;
    let mut tx = platform.db.platform("answer").await?;
    let row = store::find(&mut tx, None, id).await?;
    add_message(&mut tx, &row, CareAuthor::Support, by, &text, platform.clock.now()).await?;
    audit::record(
        &mut tx,
        Actor::Account(by),
        row.tenant,
        "staff_conversation_reply",
        &format!("conversation {id}"),
        &(),
    )
    .await?;
    tx.commit().await?;
    staff_conversation_view(platform, id).await
}

/// Resolves a conversation. One that is resolved already stays as it is.
pub async fn staff_resolve(
    platform: &Platform,
    by: AccountId,
    id: ConversationId,
) -> Result<ConversationView> {
    let mut tx = platform.db.platform("resolve conversation").await?;
    let row = store::find(&mut tx, None, id).await?;
    if row.state != ConversationState::Resolved {
        store::move_conversation(&mut tx, &row, ConversationState::Resolved, platform.clock.now())
            .await?;
        audit::record(
            &mut tx,
            Actor::Account(by),
            row.tenant,
            "staff_conversation_resolve",
            &format!("conversation {id}"),
            &(),
        )
        .await?;
        tx.commit().await?;
    }
    staff_conversation_view(platform, id).await
}

async fn add_message(
    conn: &mut PgConnection,
    row: &Conversation,
    author: CareAuthor,
    by: AccountId,
    text: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let to = if author == CareAuthor::Shopper {
        ConversationState::Open
    } else {
        ConversationState::Waiting
    };
    store::insert_message(conn, row, author, by, text, to, now).await?;
    let payload = json!({"conversation_id": row.id, "account_id": row.account, "author": author});
    events::publish(conn, row.tenant, "conversation.message", &payload).await
}

/// One of the shopper's own conversations.
pub async fn conversation_view(
    platform: &Platform,
    account: AccountId,
    id: ConversationId,
) -> Result<ConversationView> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::find(&mut tx, Some(account), id).await?;
    one(platform, tx, row).await
}

/// Any conversation, with the order it is about.
pub async fn staff_conversation_view(
    platform: &Platform,
    id: ConversationId,
) -> Result<ConversationView> {
    let mut tx = platform.db.platform("conversation").await?;
    let row = store::find(&mut tx, None, id).await?;
    let mut view = one(platform, tx, row).await?;
    if let Some(number) = &view.order_number {
        view.order = Some(orders::staff_order_view(platform, number).await?);
    }
    Ok(view)
}

/// A shopper's conversations, the last updated first.
pub async fn conversation_list(
    platform: &Platform,
    account: AccountId,
    page: &PageQuery,
) -> Result<Page<ConversationView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let rows = store::of_account(&mut tx, account, page).await?;
    list(platform, tx, rows, page).await
}

/// The queue of customer service. `q` is looked for in subjects, order numbers, customers' names
/// and email addresses.
pub async fn staff_conversation_list(
    platform: &Platform,
    state: Option<ConversationState>,
    q: Option<&str>,
    page: &PageQuery,
) -> Result<Page<ConversationView>> {
    let q = q.map(str::trim).filter(|q| !q.is_empty());
    let mut tx = platform.db.platform("conversations").await?;
    let customers = match q {
        Some(q) => accounts::search(&mut tx, q, store::NAMED_ACCOUNTS_MAX).await?,
        None => vec![],
    };
    let rows = store::search(&mut tx, q, &customers, state, page).await?;
    list(platform, tx, rows, page).await
}

async fn list(
    platform: &Platform,
    mut tx: Tx,
    rows: Vec<Conversation>,
    page: &PageQuery,
) -> Result<Page<ConversationView>> {
    let (rows, next_cursor) = page.cut(rows, |row| (row.updated_at, row.id.0));
    let messages = store::last_messages(&mut tx, &rows).await?;
    Ok(Page { items: views(platform, tx, rows, messages).await?, next_cursor })
}

async fn one(platform: &Platform, mut tx: Tx, row: Conversation) -> Result<ConversationView> {
    let messages = store::messages(&mut tx, row.tenant, row.id).await?;
    let view = views(platform, tx, vec![row], messages).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("a conversation has no view"))?)
}

async fn views(
    platform: &Platform,
    mut tx: Tx,
    rows: Vec<Conversation>,
    messages: Vec<CareMessage>,
) -> Result<Vec<ConversationView>> {
    let people: Vec<AccountId> = rows
        .iter()
        .map(|row| row.account)
        .chain(messages.iter().map(|message| message.author_id))
        .collect();
    let names = accounts::names(&mut tx, &people).await?;
    drop(tx);
    let tenants: Vec<TenantId> =
        rows.iter().map(|row| row.tenant).filter(|tenant| *tenant != TenantId::PLATFORM).collect();
    let providers = providers::sellers_behind(platform, &tenants).await?;
    let name = |id: AccountId| names.get(&id).cloned().unwrap_or_default();
    let mut by_conversation: HashMap<ConversationId, Vec<CareMessageView>> = HashMap::new();
    for row in messages {
        let message = CareMessageView {
            id: row.id,
            author: row.author,
            author_name: name(row.author_id),
            body: row.body,
            created_at: row.created_at,
        };
        by_conversation.entry(row.conversation).or_default().push(message);
    }
    let to_view = |row: Conversation| ConversationView {
        id: row.id,
        subject: row.subject,
        state: row.state,
        order_number: row.order_number,
        customer_name: name(row.account),
        provider_name: providers.get(&row.tenant).map(|seller| seller.name.clone()),
        created_at: row.created_at,
        updated_at: row.updated_at,
        messages: by_conversation.remove(&row.id).unwrap_or_default(),
        order: None,
    };
    Ok(rows.into_iter().map(to_view).collect())
}
