//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Saved addresses, and checkouts with what was typed in them. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let addresses = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, address, is_default, created_at FROM account_addresses
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let checkouts = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, state, currency, fields, order_number, created_at, updated_at FROM checkouts
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![PersonalFile::new("addresses", addresses), PersonalFile::new("checkouts", checkouts)])
}

/// Erases the saved addresses and the checkouts. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM account_addresses WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM checkouts WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(())
}
