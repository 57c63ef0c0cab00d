//! Who may buy in a sale for the registered: remembered by this node, asked of the database when it
//! is not.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;

use crate::{
    kernel::{AccountId, SaleId},
    platform::{Platform, broker::Notice},
};

/// A registration is trusted this long, should the notice of a withdrawal be lost.
const LIFETIME: Duration = Duration::from_mins(1);
const REGISTRATIONS_MAX: usize = 500_000;

/// Until when a registration is trusted. A plain map: in a rush it is asked once a press, and all
/// of it at once.
type Known = HashMap<(SaleId, AccountId), Instant, RandomState>;

#[derive(Clone)]
pub struct Registered {
    known: Arc<RwLock<Known>>,
}

impl Registered {
    pub fn new(platform: &Platform) -> Self {
        let registered = Self { known: Arc::default() };
        let followed = registered.clone();
        platform.broker.follow(move |notice| match notice {
            Some(Notice::RegistrationChanged { sale, account }) => followed.change(|known| {
                known.remove(&(sale, account));
            }),
            Some(_) => {}
            None => followed.change(Known::clear),
        });
        registered
    }

    /// Whether an account is known to be registered for the sale; if not, the database has to be
    /// asked.
    pub fn knows(&self, sale: SaleId, account: AccountId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(sale, account)).is_some_and(|until| *until > Instant::now())
    }

    /// Remembers who is registered.
    pub fn learn(&self, sale: SaleId, accounts: &[AccountId]) {
        let until = Instant::now() + LIFETIME;
        self.change(|known| {
            if known.len() + accounts.len() > REGISTRATIONS_MAX {
                let now = Instant::now();
                known.retain(|_, until| *until > now);
            }
            if known.len() + accounts.len() > REGISTRATIONS_MAX {
                known.clear(); // asked anew
            }
            known.extend(accounts.iter().map(|account| ((sale, *account), until)));
        });
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}
