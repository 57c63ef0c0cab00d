//! Until when unpaid orders can be paid, by the clocks of their holds. These stand still while a
//! sale is halted, so the time that was noted with the order may be too early.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{lines::OrderLine, state::OrderState, store::Order};
use crate::{
    kernel::{HoldId, OrderId, Result},
    stock::{self, HoldClock},
};

/// Until when an order can be paid.
#[derive(Debug, Clone, Copy)]
pub struct OrderClock {
    pub pay_by: OffsetDateTime,
    /// It stands still.
    pub stopped: bool,
}

/// The clocks of the unpaid ones among some orders.
pub struct OrderClocks(HashMap<OrderId, OrderClock>);

impl OrderClocks {
    /// Reads the clocks of the holds of `lines`, which are the lines of these orders.
    pub async fn read(
        conn: &mut PgConnection,
        orders: &[Order],
        lines: &[OrderLine],
    ) -> Result<Self> {
        let mut holds: HashMap<OrderId, Vec<HoldId>> = orders
            .iter()
            .filter(|order| order.state == OrderState::AwaitingPayment)
            .map(|order| (order.id, vec![]))
            .collect();
        if holds.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        for line in lines {
            holds.entry(line.order).and_modify(|holds| holds.push(line.hold));
        }
        let ids: Vec<HoldId> = holds.values().flatten().copied().collect();
        let clocks = stock::clocks(conn, &ids).await?;
        let clock = |(order, holds): (OrderId, Vec<HoldId>)| {
            let of_order: Option<Vec<&HoldClock>> =
                holds.iter().map(|hold| clocks.get(hold)).collect();
            Some((order, clock_of(&of_order?)?))
        };
        Ok(Self(holds.into_iter().filter_map(clock).collect()))
    }

    /// The clock of an order; as it was noted with the order when one of its holds is over.
    pub fn of(&self, order: &Order) -> OrderClock {
        let noted = OrderClock { pay_by: order.pay_by, stopped: false };
        self.0.get(&order.id).copied().unwrap_or(noted)
    }
}

/// An order waits for the first of its clocks that runs.
fn clock_of(holds: &[&HoldClock]) -> Option<OrderClock> {
    let first =
        |holds: &mut dyn Iterator<Item = &&HoldClock>| holds.map(|hold| hold.expires_at).min();
    let running = first(&mut holds.iter().filter(|hold| hold.stopped_at.is_none()));
    match running {
        Some(pay_by) => Some(OrderClock { pay_by, stopped: false }),
        None => first(&mut holds.iter()).map(|pay_by| OrderClock { pay_by, stopped: true }),
    }
}
