//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Registrations, reminders and follows. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let registrations = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT tenant_id AS provider_id, sale_id, state, created_at FROM registrations
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let reminders = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT tenant_id AS provider_id, sale_id, created_at FROM sale_reminders
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let follows = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT tenant_id AS provider_id, created_at FROM follows
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![
        PersonalFile::new("registrations", registrations),
        PersonalFile::new("reminders", reminders),
        PersonalFile::new("follows", follows),
    ])
}

/// Erases what the account wants to hear of. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM registrations WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM sale_reminders WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM follows WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(())
}
