//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{EXPORT_ROWS_MAX, PersonalFile},
};

/// Ways to providers' own shops, and the purchases that they reported. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let click_outs = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, tenant_id AS provider_id, sale_id, sale_item_id, quantity, target_url, created_at
            FROM click_outs WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let conversions = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, tenant_id AS provider_id, sale_id, reference, quantity, amount_minor, currency, state,
                   tracking_url, reported_at AS created_at
            FROM conversions WHERE account_id = $1 ORDER BY reported_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![
        PersonalFile::new("click_outs", click_outs),
        PersonalFile::new("conversions", conversions),
    ])
}

/// Takes what leads to the person's parcels out of the reported purchases. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("UPDATE conversions SET tracking_url = NULL WHERE account_id = $1", account.0)
        .execute(conn)
        .await?;
    Ok(())
}
