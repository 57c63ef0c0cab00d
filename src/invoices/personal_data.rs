//! What this slice has of a person: for the export of their data.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Invoices and credit notes. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let invoices = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, kind, number, order_number, issuer, buyer, lines, currency, gross_minor, tax_minor,
                   issued_at AS created_at
            FROM invoices WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
            ORDER BY issued_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![PersonalFile::new("invoices", invoices)])
}
