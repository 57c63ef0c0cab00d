//! What shoppers are shown of the orders they have just placed and of the payments they have just begun:
//! read together for all who wait for it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    lookup, store,
    view::{OrderView, PaymentView},
};
use crate::{
    kernel::{Error, OrderId, PaymentId, Result},
    payments,
    platform::{
        Platform,
        hot_path::{GroupAnswers, Grouped, submit},
    },
};

/// An order, which is known to be of the account that asks.
pub(super) async fn order(platform: &Platform, order: OrderId) -> Result<OrderView> {
    submit(&platform.groups, platform, ShownOrder(order)).await
}

/// A payment of the order with this number, which is known to be of the account that asks; with what to
/// do next.
pub(super) async fn payment(
    platform: &Platform,
    number: &str,
    payment: PaymentId,
) -> Result<PaymentView> {
    let shown = ShownPayment { number: number.to_owned(), payment };
    submit(&platform.groups, platform, shown).await
}

struct ShownOrder(OrderId);

impl Grouped for ShownOrder {
    type Answer = OrderView;
    type Context = Platform;
    const NAME: &'static str = "orders to show";

    async fn commit(platform: &Platform, group: &[Self]) -> Result<GroupAnswers<OrderView>> {
        let ids: Vec<Uuid> = group.iter().map(|shown| shown.0.0).collect();
        let mut tx = platform.groups.db().platform("orders to show").await?;
        let rows = store::by_ids(&mut tx, &ids).await?;
        let ids: HashMap<String, OrderId> =
            rows.iter().map(|row| (row.number.clone(), row.id)).collect();
        let views = lookup::views(platform, tx, rows).await?;
        let mut views: HashMap<OrderId, OrderView> =
            views.into_iter().filter_map(|view| Some((*ids.get(&view.number)?, view))).collect();
        Ok(group.iter().map(|shown| views.remove(&shown.0).map(Ok)).collect())
    }

    async fn alone(platform: &Platform, member: &Self) -> Result<OrderView> {
        lookup::order_view_by_id(platform, member.0).await
    }
}

struct ShownPayment {
    number: String,
    payment: PaymentId,
}

impl Grouped for ShownPayment {
    type Answer = PaymentView;
    type Context = Platform;
    const NAME: &'static str = "payments to show";

    async fn commit(platform: &Platform, group: &[Self]) -> Result<GroupAnswers<PaymentView>> {
        let ids: Vec<PaymentId> = group.iter().map(|shown| shown.payment).collect();
        let mut tx = platform.groups.db().platform("payments to show").await?;
        let rows = payments::find_all(&mut tx, &ids).await?;
        drop(tx);
        let rows: HashMap<PaymentId, payments::Payment> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let view = |shown: &Self| {
            let row = rows.get(&shown.payment).cloned().ok_or(Error::NotFound("payment"));
            Some(row.map(|row| PaymentView::with_action(platform, &shown.number, row)))
        };
        Ok(group.iter().map(view).collect())
    }

    async fn alone(platform: &Platform, member: &Self) -> Result<PaymentView> {
        let answer = Self::commit(platform, std::slice::from_ref(member)).await?.pop().flatten();
        answer.unwrap_or(Err(Error::NotFound("payment")))
    }
}
