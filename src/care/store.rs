//! Conversations and their messages, in SQL.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::state::{CareAuthor, ConversationState};
use crate::kernel::{AccountId, ConversationId, Error, PageQuery, Result, TenantId};

/// Messages shown of one conversation, at most: the newest.
const MESSAGES_MAX: i64 = 500;
/// Accounts that a search by customer name looks through, at most.
pub const NAMED_ACCOUNTS_MAX: i64 = 200;

#[derive(Debug, Clone)]
pub struct Conversation {
    pub tenant: TenantId,
    pub id: ConversationId,
    pub account: AccountId,
    pub order_number: Option<String>,
    pub subject: String,
    pub state: ConversationState,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

#[derive(Debug, Clone)]
pub struct CareMessage {
    pub id: Uuid,
    pub conversation: ConversationId,
    pub author: CareAuthor,
    pub author_id: AccountId,
    pub body: String,
    pub created_at: OffsetDateTime,
}

macro_rules! conversation_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Conversation,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: ConversationId",
               account_id AS "account: AccountId", order_number, subject,
               state AS "state: ConversationState", created_at, updated_at FROM conversations "#
                + $rest
            $(, $arg)*
        )
    };
}

/// Serialises what an account writes, so that two clicks send one message.
pub async fn lock_writing(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("write to customer service {account}")
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The conversation that an account opened with these words since a time.
pub async fn opened_with(
    conn: &mut PgConnection,
    account: AccountId,
    order_number: Option<&str>,
    subject: &str,
    body: &str,
    since: OffsetDateTime,
) -> Result<Option<Conversation>> {
    Ok(conversation_rows!(
        "WHERE account_id = $1 AND order_number IS NOT DISTINCT FROM $2 AND subject = $3
           AND created_at > $5 AND EXISTS (
             SELECT FROM conversation_messages m
             WHERE m.tenant_id = conversations.tenant_id AND m.conversation_id = conversations.id
               AND m.created_at = conversations.created_at AND m.body = $4)
         ORDER BY created_at DESC LIMIT 1",
        account.0,
        order_number,
        subject,
        body,
        since,
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn insert(
    conn: &mut PgConnection,
    row: &Conversation,
    order: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO conversations (tenant_id, id, account_id, order_id, order_number, subject,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        row.tenant.0,
        row.id.0,
        row.account.0,
        order,
        row.order_number,
        row.subject,
        row.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a message and moves the conversation to `to`.
pub async fn insert_message(
    conn: &mut PgConnection,
    conversation: &Conversation,
    author: CareAuthor,
    author_id: AccountId,
    body: &str,
    to: ConversationState,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO conversation_messages (tenant_id, id, conversation_id, account_id, author,
             author_id, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        conversation.tenant.0,
        Uuid::now_v7(),
        conversation.id.0,
        conversation.account.0,
        author as CareAuthor,
        author_id.0,
        body,
        now,
    )
    .execute(&mut *conn)
    .await?;
    move_conversation(conn, conversation, to, now).await
}

/// Moves a conversation to another state.
pub async fn move_conversation(
    conn: &mut PgConnection,
    conversation: &Conversation,
    to: ConversationState,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE conversations SET state = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        conversation.tenant.0,
        conversation.id.0,
        to as ConversationState,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A conversation of this account (None: of any account).
pub async fn find(
    conn: &mut PgConnection,
    account: Option<AccountId>,
    id: ConversationId,
) -> Result<Conversation> {
    conversation_rows!(
        "WHERE id = $1 AND ($2::uuid IS NULL OR account_id = $2)",
        id.0,
        account.map(|account| account.0)
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("conversation"))
}

/// An account's conversations, the last updated first.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    page: &PageQuery,
) -> Result<Vec<Conversation>> {
    Ok(conversation_rows!(
        "WHERE account_id = $1 AND (updated_at, id) < ($2, $3)
         ORDER BY updated_at DESC, id DESC LIMIT $4",
        account.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// Conversations whose subject or order number contains `q`, or whose customer is one of
/// `accounts`; the last updated first.
pub async fn search(
    conn: &mut PgConnection,
    q: Option<&str>,
    accounts: &[AccountId],
    state: Option<ConversationState>,
    page: &PageQuery,
) -> Result<Vec<Conversation>> {
    let accounts: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    Ok(conversation_rows!(
        "WHERE ($1::text IS NULL OR strpos(lower(subject), $1) > 0
                OR strpos(lower(order_number), $1) > 0 OR account_id = ANY($2))
           AND ($3::text IS NULL OR state = $3) AND (updated_at, id) < ($4, $5)
         ORDER BY updated_at DESC, id DESC LIMIT $6",
        q.map(str::to_lowercase),
        &accounts,
        state as Option<ConversationState>,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// The messages of a conversation, oldest first.
pub async fn messages(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ConversationId,
) -> Result<Vec<CareMessage>> {
    let mut rows = sqlx::query_as!(
        CareMessage,
        r#"SELECT id, conversation_id AS "conversation: ConversationId",
                  author AS "author: CareAuthor", author_id AS "author_id: AccountId", body,
                  created_at
           FROM conversation_messages WHERE tenant_id = $1 AND conversation_id = $2
           ORDER BY created_at DESC, id DESC LIMIT $3"#,
        tenant.0,
        id.0,
        MESSAGES_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.reverse();
    Ok(rows)
}

/// The last message of each of some conversations.
pub async fn last_messages(
    conn: &mut PgConnection,
    conversations: &[Conversation],
) -> Result<Vec<CareMessage>> {
    let tenants: Vec<Uuid> = conversations.iter().map(|row| row.tenant.0).collect();
    let ids: Vec<Uuid> = conversations.iter().map(|row| row.id.0).collect();
    let rows = sqlx::query_as!(
        CareMessage,
        r#"SELECT m.id, m.conversation_id AS "conversation: ConversationId",
                  m.author AS "author: CareAuthor", m.author_id AS "author_id: AccountId", m.body,
                  m.created_at
           FROM UNNEST($1::uuid[], $2::uuid[]) AS c (tenant_id, id)
           CROSS JOIN LATERAL (
               SELECT * FROM conversation_messages m
               WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id
               ORDER BY m.created_at DESC, m.id DESC LIMIT 1) m"#,
        &tenants,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
