//! Who may buy, and when: whether a sale sells an item now, and which registered shoppers this node
//! knows of.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use time::OffsetDateTime;

use crate::{
    kernel::{AccountId, Error, FieldError, Result, SaleId, SaleItemId},
    platform::{Platform, broker::Notice},
    sales::{ContentItem, PublishedSale, SaleMode},
};

/// A registration is trusted this long, in case the notice of a withdrawal is lost.
const LIFETIME: Duration = Duration::from_mins(1);
const REGISTRATIONS_MAX: usize = 500_000;

/// Until when each registration is trusted. A plain map under a lock: in a rush it is read once a
/// request, and written in batches.
type KnownRegistrations = HashMap<(SaleId, AccountId), Instant, RandomState>;

/// The registrations that this node knows of. Cheap to clone.
#[derive(Clone)]
pub struct Registered {
    known: Arc<RwLock<KnownRegistrations>>,
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
            None => followed.change(KnownRegistrations::clear),
        });
        registered
    }

    /// Whether an account is known to be registered for the sale. If not, ask the database.
    pub fn knows(&self, sale: SaleId, account: AccountId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(sale, account)).is_some_and(|until| *until > Instant::now())
    }

    /// Remembers registered accounts.
    pub fn learn(&self, sale: SaleId, accounts: &[AccountId]) {
        let until = Instant::now() + LIFETIME;
        self.change(|known| {
            if known.len() + accounts.len() > REGISTRATIONS_MAX {
                let now = Instant::now();
                known.retain(|_, until| *until > now);
            }
            if known.len() + accounts.len() > REGISTRATIONS_MAX {
                known.clear(); // read again when asked for
            }
            known.extend(accounts.iter().map(|account| ((sale, *account), until)));
        });
    }

    fn change(&self, change: impl FnOnce(&mut KnownRegistrations)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The item, if the sale sells it here and is open now; otherwise why not.
pub fn sellable(
    sale: &PublishedSale,
    item: SaleItemId,
    now: OffsetDateTime,
) -> Result<&ContentItem> {
    let item = sale
        .item(item)
        .ok_or_else(|| FieldError::new("sale_item_id", "Is not an item of this sale"))?;
    if sale.content.mode == SaleMode::Redirect {
        return Err(Error::conflict(
            "redirect_sale",
            "This item is bought in the provider's own cart: use click_out_create.",
        ));
    }
    sale.check_open(now)?;
    Ok(item)
}
