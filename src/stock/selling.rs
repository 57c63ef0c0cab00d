//! Selling what was paid: for all orders that are paid together, one lock, one entry of the receipt and
//! one write for each item.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Hold, HoldState, hold::HoldKey, holds, receipt::Move, stock_row::StockRow};
use crate::kernel::{Result, SaleItemId, TenantId};

/// An item with its provider.
type ItemKey = (TenantId, SaleItemId);

/// What decides of an item's stock whether a hold that is over can still be sold.
#[derive(Debug, Clone, Copy)]
struct FreeUnits {
    available: i32,
    waiting: i32,
}

/// Sells the units of some baskets of holds, and says of each whether it was sold: all of it, or
/// nothing. An open hold is sold even past its expiry time. One that expired or was released before its
/// payment succeeded is sold if its units are still free and nobody waits for them. Locks the stock
/// rows of the items in the order of their ids, until the transaction ends.
pub async fn sell_all(
    conn: &mut PgConnection,
    baskets: &[Vec<HoldKey>],
    now: OffsetDateTime,
) -> Result<Vec<bool>> {
    let keys: Vec<HoldKey> = baskets.iter().flatten().copied().collect();
    let mut stock: BTreeMap<ItemKey, StockRow> = BTreeMap::new();
    let items = holds::by_keys(conn, &keys).await?;
    let mut items: Vec<ItemKey> = items.iter().map(item_of).collect();
    items.sort_unstable();
    items.dedup();
    for (tenant, item) in items {
        stock.insert((tenant, item), StockRow::lock(conn, tenant, item).await?);
    }
    // Read again, as they may have moved before the lock.
    let holds = holds::by_keys(conn, &keys).await?;
    let mut holds: HashMap<HoldKey, Hold> =
        holds.into_iter().map(|hold| ((hold.tenant, hold.id), hold)).collect();
    let mut free: HashMap<ItemKey, FreeUnits> = stock
        .iter()
        .map(|(item, row)| (*item, FreeUnits { available: row.available(), waiting: row.waiting }))
        .collect();
    let (mut sold, mut moved) = (vec![], vec![]);
    for basket in baskets {
        let sellable = take(basket, &mut holds, &mut free);
        sold.push(sellable.is_some());
        moved.extend(sellable.into_iter().flatten());
    }
    if moved.is_empty() {
        return Ok(sold);
    }
    holds::mark_sold(
        conn,
        &moved.iter().map(|hold| (hold.tenant, hold.id)).collect::<Vec<_>>(),
        now,
    )
    .await?;
    for hold in &moved {
        let Some(row) = stock.get_mut(&item_of(hold)) else { continue };
        let (id, quantity) = (hold.id, hold.quantity);
        let of = match hold.state {
            HoldState::Held => Move::Sold { hold: id, quantity },
            _ => Move::Revived { hold: id, quantity },
        };
        row.record(hold.account, of);
    }
    for row in stock.into_values().filter(StockRow::has_moves) {
        row.save(conn, now).await?;
    }
    Ok(sold)
}

fn item_of(hold: &Hold) -> ItemKey {
    (hold.tenant, hold.sale_item_id)
}

/// The holds of a basket as they were before they are sold, if all of them can be; counts them as
/// sold.
fn take(
    basket: &[HoldKey],
    holds: &mut HashMap<HoldKey, Hold>,
    free: &mut HashMap<ItemKey, FreeUnits>,
) -> Option<Vec<Hold>> {
    let mut revived: HashMap<ItemKey, i32> = HashMap::new();
    let mut named = HashSet::new();
    for key in basket {
        let hold = holds.get(key)?;
        let is_new = named.insert(key);
        match hold.state {
            HoldState::Held if is_new => {}
            HoldState::Released | HoldState::Expired if is_new => {
                let units = free.get(&item_of(hold))?;
                let wanted = revived.entry(item_of(hold)).or_default();
                *wanted += hold.quantity;
                if units.waiting > 0 || units.available < *wanted {
                    return None;
                }
            }
            _ => return None,
        }
    }
    for (item, quantity) in revived {
        if let Some(units) = free.get_mut(&item) {
            units.available -= quantity;
        }
    }
    let mut taken = vec![];
    for key in basket {
        let hold = holds.get_mut(key)?;
        taken.push(hold.clone());
        hold.state = HoldState::Sold;
    }
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::{AccountId, HoldId, SaleId};

    fn hold(item: ItemKey, state: HoldState, quantity: i32) -> Hold {
        let at = OffsetDateTime::UNIX_EPOCH;
        Hold {
            tenant: item.0,
            id: HoldId::new(),
            sale_id: SaleId::new(),
            sale_item_id: item.1,
            account: AccountId::new(),
            visit_id: None,
            quantity,
            state,
            created_at: at,
            expires_at: at,
            stopped_at: None,
            revision: None,
        }
    }

    fn by_key(holds: &[Hold]) -> HashMap<HoldKey, Hold> {
        holds.iter().map(|hold| ((hold.tenant, hold.id), hold.clone())).collect()
    }

    #[test]
    fn a_basket_is_sold_wholly_or_not_at_all() {
        let item = (TenantId::new(), SaleItemId::new());
        let [held, expired] =
            [HoldState::Held, HoldState::Expired].map(|state| hold(item, state, 2));
        let mut holds = by_key(&[held.clone(), expired.clone()]);
        let mut free = HashMap::from([(item, FreeUnits { available: 1, waiting: 0 })]);
        let both = [(item.0, held.id), (item.0, expired.id)];
        assert!(take(&both, &mut holds, &mut free).is_none(), "the expired units are gone");
        assert_eq!(holds[&both[0]].state, HoldState::Held);
        free.insert(item, FreeUnits { available: 2, waiting: 1 });
        assert!(take(&both, &mut holds, &mut free).is_none(), "someone waits for them");
        free.insert(item, FreeUnits { available: 2, waiting: 0 });
        let taken = take(&both, &mut holds, &mut free).unwrap();
        assert_eq!(taken, [held, expired], "as they were");
        assert_eq!(free[&item].available, 0);
        assert!(take(&both[..1], &mut holds, &mut free).is_none(), "sold twice");
        let unknown = [(item.0, HoldId::new())];
        assert!(take(&unknown, &mut holds, &mut free).is_none());
    }

    proptest! {
        #[test]
        fn late_money_never_buys_more_than_is_free(
            all in prop::collection::vec((0_usize..4, 1_i32..4), 1..30),
            available in 0_i32..20,
            per_basket in 1_usize..4,
        ) {
            let item = (TenantId::new(), SaleItemId::new());
            let states =
                [HoldState::Held, HoldState::Sold, HoldState::Released, HoldState::Expired];
            let all: Vec<Hold> = all
                .into_iter()
                .map(|(state, quantity)| hold(item, states[state], quantity))
                .collect();
            let mut holds = by_key(&all);
            let mut free = HashMap::from([(item, FreeUnits { available, waiting: 0 })]);
            let mut revived = 0;
            for basket in all.chunks(per_basket) {
                let keys: Vec<HoldKey> =
                    basket.iter().map(|hold| (hold.tenant, hold.id)).collect();
                let taken = take(&keys, &mut holds, &mut free);
                let sellable = basket.iter().all(|hold| hold.state != HoldState::Sold);
                prop_assert!(sellable || taken.is_none());
                let late: i32 = taken
                    .into_iter()
                    .flatten()
                    .filter(|hold| hold.state != HoldState::Held)
                    .map(|hold| hold.quantity)
                    .sum();
                revived += late;
            }
            prop_assert!(revived <= available);
            prop_assert_eq!(free[&item].available, available - revived);
        }
    }
}
