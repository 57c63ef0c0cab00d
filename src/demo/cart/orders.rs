//! The shop's order book, kept in memory: what was bought, whether it came back, and what SMP was
//! told of it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Orders kept; the oldest go first.
const ORDERS_MAX: usize = 2_000;

/// What became of a report to SMP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The shopper did not come from SMP: there is nothing to report.
    NotDue,
    /// Being tried, so many times so far.
    UnderWay { attempts: u32 },
    /// SMP has it.
    Done,
    /// SMP said no, and why; asking again would not help.
    Refused(String),
    /// SMP did not answer in any of the attempts.
    Unanswered,
}

/// A purchase.
#[derive(Debug, Clone)]
pub struct Order {
    pub reference: String,
    /// From SMP, when the shopper came from there.
    pub click_token: Option<String>,
    pub title: String,
    pub item_name: String,
    pub quantity: u32,
    pub amount_minor: i64,
    pub currency: &'static str,
    pub name: String,
    pub address: String,
    pub card_last4: String,
    pub purchase: Report,
    /// Why it was sent back, once it was.
    pub returned: Option<String>,
    pub reversal: Report,
}

/// All orders of this run.
#[derive(Debug, Default)]
pub struct Book(Mutex<VecDeque<Order>>);

impl Book {
    fn orders(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters an order; false when its reference is there already, which is then left as it is.
    pub fn enter(&self, order: Order) -> bool {
        let mut orders = self.orders();
        if orders.iter().any(|known| known.reference == order.reference) {
            return false;
        }
        if orders.len() == ORDERS_MAX {
            orders.pop_front();
        }
        orders.push_back(order);
        true
    }

    /// A copy of an order.
    pub fn find(&self, reference: &str) -> Option<Order> {
        self.orders().iter().find(|order| order.reference == reference).cloned()
    }

    /// Changes an order, if it is still there.
    pub fn change(&self, reference: &str, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.orders().iter_mut().find(|order| order.reference == reference) {
            change(order);
        }
    }

    /// Marks an order as sent back; false when it is unknown or was sent back before.
    pub fn send_back(&self, reference: &str, reason: &str) -> bool {
        let mut orders = self.orders();
        let Some(order) = orders
            .iter_mut()
            .find(|order| order.reference == reference && order.returned.is_none())
        else {
            return false;
        };
        order.returned = Some(reason.to_owned());
        true
    }
}
