//! The arithmetic of the ledger. Pure, and exact to the minor unit.

use super::transfer::LedgerAccount;

/// A whole, in the millionths that rates are given in.
const WHOLE_PPM: i128 = 1_000_000;

/// What SMP takes of a line: a share of it, rounded half up, and a fixed amount for each unit. Never more
/// than the line costs. Minor units.
pub fn commission_minor(line_minor: i64, quantity: i32, ppm: i32, fixed_minor: i64) -> i64 {
    let line = i128::from(line_minor.max(0));
    let share = (line * i128::from(ppm) * 2 + WHOLE_PPM) / (2 * WHOLE_PPM);
    let fixed = i128::from(fixed_minor) * i128::from(quantity);
    i64::try_from((share + fixed).clamp(0, line)).unwrap_or(line_minor)
}

/// `amount * part / whole`, rounded half away from zero. `whole` is more than zero.
pub fn scaled(amount: i64, part: i64, whole: i64) -> i64 {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let size = (i128::from(amount.unsigned_abs()) * part * 2 + whole) / (2 * whole);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if amount < 0 { -size } else { size }
}

/// What stands in an account for a part of an order, in minor units.
pub type AccountStanding = (LedgerAccount, i64);

/// What a part of an order brought, by account, from which a share is to be taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostedPart {
    pub standing: Vec<AccountStanding>,
}

impl PostedPart {
    /// What the shopper has paid for it and not got back, in minor units.
    pub fn level_minor(&self) -> i64 {
        -self.standing.iter().map(|(_, amount)| amount).sum::<i64>()
    }

    /// The entries that take `share` of its level back, in proportion; they sum to the share. A share of
    /// all that is left leaves every account at zero.
    pub fn taken_back(&self, share: i64) -> Vec<AccountStanding> {
        let level = self.level_minor();
        if level <= 0 || share <= 0 {
            return vec![];
        }
        let left = level - share.min(level);
        let main = self.main();
        let mut moved: Vec<AccountStanding> = vec![];
        for (account, amount) in &self.standing {
            if Some(*account) != main {
                moved.push((*account, scaled(*amount, left, level) - amount));
            }
        }
        let others: i64 = moved.iter().map(|(_, amount)| amount).sum();
        moved.extend(main.map(|account| (account, level - left - others)));
        moved
    }

    /// Adds what was posted.
    pub fn add(&mut self, moved: &[AccountStanding]) {
        for (account, amount) in moved {
            match self.standing.iter_mut().find(|(known, _)| known == account) {
                Some((_, sum)) => *sum += amount,
                None => self.standing.push((*account, *amount)),
            }
        }
    }

    /// The account that takes what rounding leaves over.
    fn main(&self) -> Option<LedgerAccount> {
        let payable = |(account, _): &&AccountStanding| *account == LedgerAccount::ProviderPayable;
        let found = self.standing.iter().find(payable).or(self.standing.first());
        found.map(|(account, _)| *account)
    }
}

/// What stands in the accounts for a part of an order, once `paid` of its price is paid. `others` are
/// what stands beside the main account when all of it is; they and the main account sum to minus the price.
pub fn standing_at(
    main: LedgerAccount,
    others: &[AccountStanding],
    price_minor: i64,
    paid: i64,
) -> Vec<AccountStanding> {
    let at =
        |amount: i64| if price_minor == 0 { amount } else { scaled(amount, paid, price_minor) };
    let mut standing: Vec<AccountStanding> =
        others.iter().map(|(account, amount)| (*account, at(*amount))).collect();
    let sum: i64 = standing.iter().map(|(_, amount)| amount).sum();
    standing.push((main, -paid - sum));
    standing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        kernel::limits::{AMOUNT_MINOR_MAX, PRICE_MINOR_MAX, UNITS_PER_SHOPPER_MAX},
        pricing::apportion,
    };

    #[test]
    fn commission_is_rounded_half_up_and_no_more_than_the_line() {
        assert_eq!(commission_minor(1_000, 1, 125_000, 0), 125);
        assert_eq!(commission_minor(50, 1, 10_000, 0), 1, "half a cent is a cent");
        assert_eq!(commission_minor(49, 1, 10_000, 0), 0);
        assert_eq!(commission_minor(1_000, 3, 100_000, 20), 160);
        assert_eq!(commission_minor(100, 3, 0, 50), 100);
        assert_eq!(commission_minor(0, 1, 1_000_000, 50), 0);
        let dearest =
            commission_minor(AMOUNT_MINOR_MAX, UNITS_PER_SHOPPER_MAX, 1_000_000, PRICE_MINOR_MAX);
        assert_eq!(dearest, AMOUNT_MINOR_MAX);
    }

    #[test]
    fn a_share_is_taken_of_every_account() {
        let part = PostedPart {
            standing: vec![
                (LedgerAccount::Commission, -105),
                (LedgerAccount::ProviderPayable, -895),
            ],
        };
        assert_eq!(part.level_minor(), 1_000);
        let third = part.taken_back(333);
        assert_eq!(third, [(LedgerAccount::Commission, 35), (LedgerAccount::ProviderPayable, 298)]);
        assert_eq!(
            part.taken_back(1_000),
            [(LedgerAccount::Commission, 105), (LedgerAccount::ProviderPayable, 895)]
        );
        assert!(part.taken_back(0).is_empty());
    }

    /// One line of an order, as the ledger has it.
    #[derive(Debug, Clone)]
    struct Line {
        price: i64,
        others: Vec<AccountStanding>,
        posted: PostedPart,
    }

    impl Line {
        /// Pays from one level to another; what was posted sums to the difference.
        fn pay(&mut self, from: i64, to: i64) -> i64 {
            let main = LedgerAccount::ProviderPayable;
            let before = standing_at(main, &self.others, self.price, from);
            let after = standing_at(main, &self.others, self.price, to);
            let moved: Vec<AccountStanding> =
                before.iter().zip(&after).map(|(a, b)| (a.0, b.1 - a.1)).collect();
            self.posted.add(&moved);
            moved.iter().map(|(_, amount)| amount).sum()
        }
    }

    proptest! {
        /// A deposit, refunds in parts, the rest, more refunds: every transfer is balanced, no account
        /// changes its side, and a refund of all that is left leaves nothing anywhere.
        #[test]
        fn any_history_is_exact(
            lines in prop::collection::vec(
                (1_i64..=AMOUNT_MINOR_MAX, 0_i32..=1_000_000, 0_i64..500, 0_i32..=100), 1..8),
            refunds in prop::collection::vec((1_i64..2_000_000, any::<bool>()), 0..8),
        ) {
            let mut order: Vec<Line> = lines
                .iter()
                .map(|(price, ppm, fixed, _)| Line {
                    price: *price,
                    others: vec![(
                        LedgerAccount::Commission,
                        -commission_minor(*price, 1, *ppm, *fixed),
                    )],
                    posted: PostedPart::default(),
                })
                .collect();
            for (line, (price, .., percent)) in order.iter_mut().zip(&lines) {
                let deposit = scaled(*price, i64::from(*percent), 100);
                prop_assert_eq!(line.pay(0, deposit), -deposit);
            }
            let mut is_whole = false;
            for (amount, then_rest) in refunds {
                let levels: Vec<i64> = order.iter().map(|one| one.posted.level_minor()).collect();
                let amount = amount.min(levels.iter().sum());
                let shares = apportion(&levels, amount);
                for (line, share) in order.iter_mut().zip(shares) {
                    let moved = line.posted.taken_back(share);
                    prop_assert_eq!(moved.iter().map(|(_, sum)| sum).sum::<i64>(), share);
                    line.posted.add(&moved);
                }
                if then_rest && !is_whole {
                    is_whole = true;
                    for (line, (price, .., percent)) in order.iter_mut().zip(&lines) {
                        let deposit = scaled(*price, i64::from(*percent), 100);
                        prop_assert_eq!(line.pay(deposit, *price), deposit - price);
                    }
                }
                for line in &order {
                    prop_assert!(line.posted.level_minor() >= 0);
                }
            }
            for line in &mut order {
                let moved = line.posted.taken_back(line.posted.level_minor());
                line.posted.add(&moved);
                prop_assert!(line.posted.standing.iter().all(|(_, amount)| *amount == 0));
            }
        }
    }
}
