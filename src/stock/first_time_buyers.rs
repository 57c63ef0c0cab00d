//! The first-time buyers that a writer knows of: expected shoppers who have nothing of the provider
//! yet, so that the database need not be asked about them. The set is exact: every move of a hold
//! or a waitlist entry is in the receipt, and under the item's lock the accounts that moved are
//! removed before the next group is decided. If such a shopper's key was used for another item
//! meanwhile, the unique index refuses it, and the group is decided again with what the database
//! has.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use uuid::Uuid;

#[derive(Default)]
pub struct FirstTimeBuyers {
    /// The length of the item's receipt up to which the moves are accounted for.
    length: i64,
    accounts: HashSet<Uuid, RandomState>,
}

impl FirstTimeBuyers {
    /// None yet. Those added later were read when the receipt had `length` entries or more.
    pub fn since(length: i64) -> Self {
        Self { length, ..Self::default() }
    }

    pub fn length(&self) -> i64 {
        self.length
    }

    pub fn extend(&mut self, accounts: impl Iterator<Item = Uuid>) {
        self.accounts.extend(accounts);
    }

    pub fn contains(&self, account: Uuid) -> bool {
        self.accounts.contains(&account)
    }

    /// Removes the accounts that moved while the receipt grew to `length`; all accounts when it is
    /// not known which moved.
    pub fn catch_up(&mut self, length: i64, moved: Option<&[Uuid]>) {
        match moved {
            Some(moved) => {
                for account in moved {
                    self.accounts.remove(account);
                }
            }
            None => self.accounts.clear(),
        }
        self.length = length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_moved_is_no_first_time_buyer() {
        let all: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let mut first_time_buyers = FirstTimeBuyers::since(5);
        first_time_buyers.extend(all[..2].iter().copied());
        first_time_buyers.catch_up(7, Some(&all[1..]));
        assert_eq!(
            all.iter().map(|account| first_time_buyers.contains(*account)).collect::<Vec<_>>(),
            [true, false, false]
        );
        assert_eq!(first_time_buyers.length(), 7);
        first_time_buyers.catch_up(90, None);
        assert!(!first_time_buyers.contains(all[0]), "it is not known who moved");
    }
}
