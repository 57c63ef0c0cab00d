//! Who may buy in a sale for the registered: remembered by this node, asked of the database when it is not.

use std::{collections::HashSet, time::Duration};

use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::{
    kernel::{AccountId, SaleId},
    platform::{Platform, broker::Notice},
};

/// A registration is trusted this long, should the notice of a withdrawal be lost.
const LIFETIME: Duration = Duration::from_mins(1);
const REGISTRATIONS_MAX: u64 = 500_000;

#[derive(Clone)]
pub struct Registered {
    known: Cache<(SaleId, AccountId), ()>,
}

impl Registered {
    pub fn new(platform: &Platform) -> Self {
        let known = Cache::builder().max_capacity(REGISTRATIONS_MAX).eviction_policy(EvictionPolicy::lru()).time_to_live(LIFETIME).build();
        let registered = Self { known };
        tokio::spawn(registered.clone().listen(platform.clone()));
        registered
    }

    /// Which of these accounts are known to be registered for the sale, and which have to be asked for.
    pub fn among(&self, sale: SaleId, accounts: &[Uuid]) -> (HashSet<AccountId>, Vec<Uuid>) {
        let (known, unknown): (Vec<Uuid>, Vec<Uuid>) = accounts.iter().partition(|account| self.known.contains_key(&(sale, AccountId(**account))));
        (known.into_iter().map(AccountId).collect(), unknown)
    }

    /// Remembers who is registered.
    pub fn learn(&self, sale: SaleId, accounts: impl Iterator<Item = AccountId>) {
        for account in accounts {
            self.known.insert((sale, account), ());
        }
    }

    async fn listen(self, platform: Platform) {
        let mut notices = platform.broker.subscribe();
        loop {
            let notice = tokio::select! {
                notice = notices.recv() => notice,
                () = platform.shutdown.cancelled() => return,
            };
            match notice {
                Ok(Notice::RegistrationChanged { sale, account }) => self.known.invalidate(&(sale, account)),
                Err(RecvError::Lagged(_)) => self.known.invalidate_all(),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}
