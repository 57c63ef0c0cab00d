//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::{
    kernel::{
        AccountId, Result,
        personal::{ERASED, EXPORT_ROWS_MAX, PersonalFile},
    },
    privacy::ErasedAccount,
};

/// Messages to the account. What a message with a secret said is left out. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let messages = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT channel, recipient, template, subject, state, created_at, sent_at FROM messages
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![PersonalFile::new("messages", messages)])
}

/// Erases what messages to the account said, and to whom they went: those to its address as well that
/// were sent before it had an account, which are invitations to teams. What still waits is not sent.
/// Platform scope.
pub async fn erase(conn: &mut PgConnection, erased: &ErasedAccount) -> Result<()> {
    sqlx::query!(
        "
        UPDATE messages SET recipient = $2, subject = $2, body_text = $2, body_html = NULL,
            body_removed_at = coalesce(body_removed_at, now()),
            state = CASE state WHEN 'queued' THEN 'failed' ELSE state END,
            error = CASE state WHEN 'queued' THEN 'the account was erased' END
        WHERE account_id = $1 OR (recipient = $3 AND is_counted AND account_id IS NULL)
        ",
        erased.id.0,
        ERASED,
        erased.email,
    )
    .execute(conn)
    .await?;
    Ok(())
}
