//! The shop's orders, kept in memory: what was bought, whether it was returned, and what became of
//! the reports to SMP.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::pages::Goods;

/// Orders kept; the oldest are dropped first.
const ORDERS_MAX: usize = 2_000;

/// What became of a report to SMP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The shopper did not come from SMP: there is nothing to report.
    NotDue,
    /// Still being tried.
    UnderWay { attempts: u32 },
    /// SMP has it.
    Done,
    /// SMP's reason for refusing it; another attempt would not help.
    Refused(String),
    /// SMP did not answer any attempt.
    Unanswered,
}

/// A purchase.
#[derive(Debug, Clone)]
pub struct Order {
    pub reference: String,
    /// SMP's, if the shopper came from there.
    pub click_token: Option<String>,
    pub goods: Goods,
    pub name: String,
    pub address: String,
    pub card_last4: String,
    pub purchase: Report,
    /// The number of the shop's own confirmation of a reservation, once it is confirmed.
    pub confirmed: Option<String>,
    pub confirmation: Report,
    /// The reason for its return, once it was returned.
    pub returned: Option<String>,
    /// Units that were returned or cancelled.
    pub returned_units: u32,
    pub reversal: Report,
}

/// All orders of this run.
#[derive(Debug, Default)]
pub struct Orders(Mutex<VecDeque<Order>>);

impl Orders {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an order; false if there is one with its reference already, which stays as it is.
    pub fn add(&self, order: Order) -> bool {
        let mut orders = self.lock();
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
        self.lock().iter().find(|order| order.reference == reference).cloned()
    }

    /// Changes an order, if it is still there.
    pub fn change(&self, reference: &str, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.lock().iter_mut().find(|order| order.reference == reference) {
            change(order);
        }
    }

    /// False if the order is unknown or was returned before.
    pub fn mark_returned(&self, reference: &str, reason: &str, units: u32) -> bool {
        let mut orders = self.lock();
        let Some(order) = orders
            .iter_mut()
            .find(|order| order.reference == reference && order.returned.is_none())
        else {
            return false;
        };
        order.returned = Some(reason.to_owned());
        order.returned_units = units;
        true
    }
}
