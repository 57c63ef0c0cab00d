//! What the shoppers of a group have of an item, and which of them are registered for its sale.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{EntryState, Hold, HoldState, WaitlistEntry, rules::ShopperStock};
use crate::kernel::{
    AccountId, HoldId, Result, RevisionId, SaleId, SaleItemId, TenantId, WaitlistId,
};

/// Holds and entries of one shopper at one provider, far more than rate limits and the limits of
/// sales allow.
const ROWS_OF_SHOPPER_MAX: i64 = 100_000;

/// What each of `accounts` has of an item, and which of `unregistered` are registered for the sale
/// after all. One statement reads all of it, because each round trip delays the group. Every
/// account is looked up by a key of its own, with the state filtered outside: one condition over
/// all of them may be planned, while the tables are small, as a scan of everything the provider
/// has.
pub async fn shoppers(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    item: SaleItemId,
    accounts: &[Uuid],
    unregistered: &[Uuid],
) -> Result<(HashMap<AccountId, ShopperStock>, Vec<AccountId>)> {
    let rows = sqlx::query!(
        r#"
        SELECT h.id AS "id!", h.sale_id AS "sale_id!", h.sale_item_id AS "sale_item_id!",
               h.account_id AS "account_id!", h.idempotency_key AS "idempotency_key!", h.visit_id,
               h.quantity AS "quantity!", h.returned AS "returned!", h.created_at AS "created_at!",
               h.expires_at, h.stopped_at, h.revision_id AS "revision: RevisionId",
               h.state AS "hold_state: HoldState",
               NULL AS "entry_state: EntryState", false AS "accept_fewer!",
               0::bigint AS "position!", NULL::uuid AS hold_id
        FROM UNNEST($2::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM holds
            WHERE tenant_id = $1 AND account_id = asked.account_id LIMIT $3
        ) h
        UNION ALL
        SELECT w.id, w.sale_id, w.sale_item_id, w.account_id, w.idempotency_key, w.visit_id,
               w.quantity, 0, w.created_at, NULL, NULL, NULL, NULL, w.state, w.accept_fewer, w.position,
               w.hold_id
        FROM UNNEST($2::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM waitlist
            WHERE tenant_id = $1 AND account_id = asked.account_id
                AND state IN ('waiting', 'offered') LIMIT $3
        ) w
        UNION ALL
        SELECT r.sale_id, r.sale_id, r.sale_id, r.account_id, '', NULL, 0, 0, r.created_at, NULL,
               NULL, NULL, NULL, NULL, false, 0, NULL
        FROM UNNEST($5::uuid[]) AS asked (account_id), LATERAL (
            SELECT * FROM registrations
            WHERE tenant_id = $1 AND sale_id = $4 AND account_id = asked.account_id LIMIT 1
        ) r
        WHERE r.state = 'registered'
        "#,
        tenant.0,
        accounts,
        ROWS_OF_SHOPPER_MAX,
        sale.0,
        unregistered,
    );
    let mut shoppers: HashMap<AccountId, ShopperStock> = HashMap::with_capacity(accounts.len());
    let mut registered = vec![];
    for row in rows.fetch_all(conn).await? {
        let account = AccountId(row.account_id);
        if row.hold_state.is_none() && row.entry_state.is_none() {
            registered.push(account);
            continue;
        }
        let shopper = shoppers.entry(account).or_default();
        let (sale_id, sale_item_id) = (SaleId(row.sale_id), SaleItemId(row.sale_item_id));
        if sale_item_id != item {
            shopper.keys_of_other_items.insert(row.idempotency_key);
            continue;
        }
        let (visit_id, quantity, created_at) = (row.visit_id, row.quantity, row.created_at);
        if let (Some(state), Some(expires_at)) = (row.hold_state, row.expires_at) {
            if matches!(state, HoldState::Held | HoldState::Sold) {
                shopper.units += i64::from(quantity - row.returned);
            }
            let hold = Hold {
                tenant,
                id: HoldId(row.id),
                sale_id,
                sale_item_id,
                account,
                visit_id,
                quantity,
                state,
                created_at,
                expires_at,
                stopped_at: row.stopped_at,
                revision: row.revision,
            };
            shopper.holds.insert(row.idempotency_key, hold);
        } else if let Some(state) = row.entry_state {
            let entry = WaitlistEntry {
                tenant,
                id: WaitlistId(row.id),
                sale_id,
                sale_item_id,
                account,
                visit_id,
                quantity,
                accept_fewer: row.accept_fewer,
                position: row.position,
                state,
                hold_id: row.hold_id.map(HoldId),
                created_at,
            };
            shopper.entry = Some((row.idempotency_key, entry));
        }
    }
    Ok((shoppers, registered))
}
