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

#[cfg(test)]
mod tests {
    use sqlx::types::Json;
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::orders::{address::Address, state::OrderState};

    fn earlier(account: AccountId, holds: &[HoldId], currency: &str, age: i64) -> EarlierOrder {
        let at = OffsetDateTime::UNIX_EPOCH - Duration::minutes(age);
        let address = Address {
            name: "Mara Lind".to_owned(),
            company: None,
            line1: "Lindenallee 14".to_owned(),
            line2: None,
            district: None,
            city: "Berlin".to_owned(),
            postal_code: "10435".to_owned(),
            region: None,
            country: "DE".to_owned(),
            phone: None,
        };
        let order = Order {
            id: OrderId::new(),
            account,
            number: String::new(),
            state: OrderState::AwaitingPayment,
            email: String::new(),
            shipping_address: Json(address),
            phone: String::new(),
            billing_address: None,
            vat_id: String::new(),
            currency: currency.to_owned(),
            total_minor: 0,
            rest_minor: 0,
            rest_due_on: None,
            rest_paid_at: None,
            kept_minor: 0,
            refunded_minor: 0,
            pay_by: at,
            created_at: at,
            confirmed_at: None,
            cancel_reason: None,
        };
        EarlierOrder { order, holds: holds.iter().copied().collect(), quote: Quote::default() }
    }

    #[test]
    fn one_order_is_kept_and_others_for_its_holds_are_replaced() {
        let (account, holds) = (AccountId::new(), [HoldId::new(), HoldId::new(), HoldId::new()]);
        let found = vec![
            earlier(account, &holds[..2], "EUR", 0),
            earlier(account, &holds[..2], "EUR", 1),
            earlier(account, &holds[1..], "EUR", 2),
            earlier(account, &holds[2..], "EUR", 3),
        ];
        let ids: Vec<OrderId> = found.iter().map(|earlier| earlier.order.id).collect();
        let mut all = EarlierOrders(HashMap::from([(account, found)]));
        let wanted: BTreeSet<HoldId> = holds[..2].iter().copied().collect();
        let stranger = all.in_the_way(AccountId::new(), &wanted, &Quote::default(), "EUR");
        assert!(stranger.0.is_none() && stranger.1.is_empty());
        let (same, stale) = all.in_the_way(account, &wanted, &Quote::default(), "EUR");
        assert_eq!(same.map(|order| order.id), Some(ids[0]));
        let stale: Vec<OrderId> = stale.iter().map(|order| order.id).collect();
        assert_eq!(stale, ids[1..3], "the last is for another hold");
    }

    #[test]
    fn an_order_at_another_price_is_replaced() {
        let (account, hold) = (AccountId::new(), HoldId::new());
        let found = vec![earlier(account, &[hold], "USD", 0)];
        let mut all = EarlierOrders(HashMap::from([(account, found)]));
        let wanted = BTreeSet::from([hold]);
        let (same, stale) = all.in_the_way(account, &wanted, &Quote::default(), "EUR");
        assert!(same.is_none());
        assert_eq!(stale.len(), 1);
    }
}
