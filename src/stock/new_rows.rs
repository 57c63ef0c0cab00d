//! Holds and waitlist entries about to be written, as the columns of one statement.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Hold, WaitlistEntry};
use crate::kernel::{AccountId, RevisionId};

/// The columns that both tables have.
#[derive(Default)]
pub struct NewRows<'a> {
    pub ids: Vec<Uuid>,
    pub accounts: Vec<Uuid>,
    pub keys: Vec<&'a str>,
    pub visits: Vec<Option<Uuid>>,
    pub quantities: Vec<i32>,
}

impl<'a> NewRows<'a> {
    fn push(
        &mut self,
        id: Uuid,
        account: AccountId,
        key: &'a str,
        visit: Option<Uuid>,
        quantity: i32,
    ) {
        self.ids.push(id);
        self.accounts.push(account.0);
        self.keys.push(key);
        self.visits.push(visit);
        self.quantities.push(quantity);
    }

    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.iter().copied().map(AccountId)
    }
}

/// New holds of one item, made under one revision, that expire at the same time.
#[derive(Default)]
pub struct NewHolds<'a> {
    pub rows: NewRows<'a>,
    pub expires_at: Option<OffsetDateTime>,
    pub revision: Option<RevisionId>,
}

impl<'a> NewHolds<'a> {
    pub fn push(&mut self, hold: &Hold, key: &'a str) {
        self.expires_at = Some(hold.expires_at);
        self.revision = hold.revision;
        self.rows.push(hold.id.0, hold.account, key, hold.visit_id, hold.quantity);
    }
}

/// New waitlist entries for one item.
#[derive(Default)]
pub struct NewEntries<'a> {
    pub rows: NewRows<'a>,
    pub accept_fewer: Vec<bool>,
    pub positions: Vec<i64>,
}

impl<'a> NewEntries<'a> {
    pub fn push(&mut self, entry: &WaitlistEntry, key: &'a str) {
        self.rows.push(entry.id.0, entry.account, key, entry.visit_id, entry.quantity);
        self.accept_fewer.push(entry.accept_fewer);
        self.positions.push(entry.position);
    }
}
