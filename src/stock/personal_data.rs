//! What this slice has of a person: for the export of their data.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Holds and places on waitlists. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let holds = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, tenant_id AS provider_id, sale_id, sale_item_id, quantity, returned, state,
                   created_at, expires_at, resolved_at
            FROM holds WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let waitlist = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, tenant_id AS provider_id, sale_id, sale_item_id, quantity, accept_fewer, state,
                   created_at, resolved_at
            FROM waitlist WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![PersonalFile::new("holds", holds), PersonalFile::new("waitlist", waitlist)])
}
