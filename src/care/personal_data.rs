//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{ERASED, EXPORT_ROWS_MAX, PersonalFile},
};

/// Conversations with customer service, and feedback. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let conversations = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, order_number, subject, state, created_at, updated_at FROM conversations
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let conversation_messages = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, conversation_id, author, body, created_at FROM conversation_messages
            WHERE (tenant_id, conversation_id) IN (
                SELECT tenant_id, id FROM conversations WHERE account_id = $1)
            ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let feedback = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, sale_id, order_number, rating, comments, state, created_at FROM feedback
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![
        PersonalFile::new("conversations", conversations),
        PersonalFile::new("conversation_messages", conversation_messages),
        PersonalFile::new("feedback", feedback),
    ])
}

/// Erases what the person wrote, and what was written to them. Ratings stay, without their words.
/// Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "
        UPDATE conversation_messages SET body = $2 WHERE (tenant_id, conversation_id) IN (
            SELECT tenant_id, id FROM conversations WHERE account_id = $1)
        ",
        account.0,
        ERASED
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE conversations SET subject = $2, state = 'resolved' WHERE account_id = $1",
        account.0,
        ERASED
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE feedback SET comments = '' WHERE account_id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(())
}
