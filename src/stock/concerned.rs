//! Whom it concerns when something about a sale changes: those who wait for its items, and those who hold
//! units of them.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::{AccountId, Result, SaleItemId, TenantId};

/// Accounts that wait for one of these items of a sale or hold units of it, in the order of their ids
/// after one of them, at most `limit`. Platform scope.
pub async fn waiting_or_holding_after(
    conn: &mut PgConnection,
    tenant: TenantId,
    items: &[SaleItemId],
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let items: Vec<Uuid> = items.iter().map(|item| item.0).collect();
    let accounts = sqlx::query_scalar!(
        r#"
        SELECT concerned.account_id AS "account!: AccountId" FROM (
            SELECT account_id FROM waitlist
            WHERE tenant_id = $1 AND sale_item_id = ANY($2) AND state = 'waiting'
            UNION
            SELECT account_id FROM holds
            WHERE tenant_id = $1 AND sale_item_id = ANY($2) AND state = 'held'
        ) concerned
        WHERE concerned.account_id > $3 ORDER BY concerned.account_id LIMIT $4
        "#,
        tenant.0,
        &items,
        after.0,
        limit,
    );
    Ok(accounts.fetch_all(conn).await?)
}
