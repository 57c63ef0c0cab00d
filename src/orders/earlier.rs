//! Unpaid orders that a checkout finds of its shopper: it keeps one for the same holds at the same price,
//! and replaces others for any of them.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    components, lines,
    store::{self, Order},
};
use crate::{
    kernel::{AccountId, HoldId, OrderId, Result},
    pricing::Quote,
};

/// An unpaid order with its holds and price.
struct EarlierOrder {
    order: Order,
    holds: BTreeSet<HoldId>,
    quote: Quote,
}

/// The unpaid orders of some accounts, newest first, locked until the transaction ends.
pub(super) struct EarlierOrders(HashMap<AccountId, Vec<EarlierOrder>>);

impl EarlierOrders {
    pub async fn lock(conn: &mut PgConnection, accounts: &[AccountId]) -> Result<Self> {
        let mut unpaid = store::lock_unpaid(conn, accounts).await?;
        if unpaid.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        unpaid.sort_by_key(|order| Reverse(order.created_at));
        let ids: Vec<Uuid> = unpaid.iter().map(|order| order.id.0).collect();
        let lines = lines::of_orders(conn, &ids).await?;
        let mut quotes = components::of_orders(conn, &ids, &lines).await?;
        let mut holds: HashMap<OrderId, BTreeSet<HoldId>> = HashMap::new();
        for line in lines {
            holds.entry(line.order).or_default().insert(line.hold);
        }
        let mut earlier: HashMap<AccountId, Vec<EarlierOrder>> = HashMap::new();
        for order in unpaid {
            let holds = holds.remove(&order.id).unwrap_or_default();
            let quote = quotes.remove(&order.id).unwrap_or_default();
            earlier.entry(order.account).or_default().push(EarlierOrder { order, holds, quote });
        }
        Ok(Self(earlier))
    }

    /// Of an account's orders the one for exactly these holds at this price, if there is one, and the
    /// others for any of these holds. They are taken out.
    pub fn in_the_way(
        &mut self,
        account: AccountId,
        wanted: &BTreeSet<HoldId>,
        price: &Quote,
        currency: &str,
    ) -> (Option<Order>, Vec<Order>) {
        let (mut same, mut stale) = (None, vec![]);
        for EarlierOrder { order, holds, quote } in self.0.remove(&account).unwrap_or_default() {
            if same.is_none() && holds == *wanted && quote == *price && order.currency == currency {
                same = Some(order);
            } else if !holds.is_disjoint(wanted) {
                stale.push(order);
            }
        }
        (same, stale)
    }
}
