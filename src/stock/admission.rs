//! Who may buy in a sale for the registered: remembered by this node, asked of the database when it is not.

use std::{collections::HashSet, time::Duration};

use moka::sync::Cache;
use sqlx::PgConnection;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::{
    kernel::{AccountId, Result, SaleId},
    platform::{Platform, broker::Notice},
    sales::{self, PublishedSale},
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
        let known = Cache::builder().max_capacity(REGISTRATIONS_MAX).time_to_live(LIFETIME).build();
        let registered = Self { known };
        tokio::spawn(registered.clone().listen(platform.clone()));
        registered
    }

    /// Which of these accounts are registered for the sale: one query for all that are not remembered.
    pub async fn among(&self, conn: &mut PgConnection, sale: &PublishedSale, accounts: &[Uuid]) -> Result<HashSet<AccountId>> {
        let (mut registered, unknown): (HashSet<AccountId>, Vec<Uuid>) = accounts.iter().fold((HashSet::new(), vec![]), |(mut known, mut unknown), account| {
            if self.known.contains_key(&(sale.id, AccountId(*account))) {
                known.insert(AccountId(*account));
            } else {
                unknown.push(*account);
            }
            (known, unknown)
        });
        if !unknown.is_empty() {
            for account in sales::registered_among(conn, sale.tenant, sale.id, &unknown).await? {
                self.known.insert((sale.id, account), ());
                registered.insert(account);
            }
        }
        Ok(registered)
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
