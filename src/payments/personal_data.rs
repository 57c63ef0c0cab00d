//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Payments, refunds, and cash at the door. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let payments = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, order_id, gateway, state, amount_minor, currency, method_brand, method_last4,
                   created_at
            FROM payments WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
            ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let refunds = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, order_id, payment_id, amount_minor, currency, state, reason, created_at, settled_at
            FROM refunds WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
            ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let cash_codes = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT payment_id, phone, state, created_at FROM cash_codes
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let cash_collections = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.noted_at), '[]') AS "rows!" FROM (
            SELECT order_id, parcel_id, outcome, amount_minor, currency, noted_at FROM cash_collections
            WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1) ORDER BY noted_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![
        PersonalFile::new("payments", payments),
        PersonalFile::new("refunds", refunds),
        PersonalFile::new("cash_codes", cash_codes),
        PersonalFile::new("cash_collections", cash_collections),
    ])
}

/// Erases the codes that were sent to a phone. Payments and refunds stay in the books. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("DELETE FROM cash_codes WHERE account_id = $1", account.0).execute(conn).await?;
    Ok(())
}

/// Whether money is on its way back to an account. Platform scope.
pub async fn has_open_refunds(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let has = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM refunds WHERE state IN ('requested', 'pending')
                AND order_id IN (SELECT id FROM orders WHERE account_id = $1)
        ) AS "has!"
        "#,
        account.0
    );
    Ok(has.fetch_one(conn).await?)
}
