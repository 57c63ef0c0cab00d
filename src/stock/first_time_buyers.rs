//! Whom a counter knows to be new: expected shoppers who have nothing of its provider's yet, so
//! that the database need not be asked of them. It is exact: every move of a hold or a position in
//! line is in the receipt, and whoever's moved is forgotten before the next group is dealt with,
//! under the item's lock. A key that was used for another item meanwhile is refused by the table;
//! the group is then dealt with again, from the database.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use uuid::Uuid;

#[derive(Default)]
pub struct FirstTimeBuyers {
    /// The length of the item's receipt up to which all moves are known.
    length: i64,
    accounts: HashSet<Uuid, RandomState>,
}

impl FirstTimeBuyers {
    /// None yet, to be added while the receipt is so long or longer.
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

    /// Forgets those who moved while the receipt grew to `length`; everyone when nobody can say who
    /// they are.
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
    fn who_moved_is_new_no_longer() {
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
        assert!(!first_time_buyers.contains(all[0]), "nobody can say who moved");
    }
}
