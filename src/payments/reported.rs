//! What a gateway's own report says, compared with the books. Pure.

use std::collections::{HashMap, HashSet};

use crate::{
    kernel::Money,
    ledger::{DifferenceKind, FoundDifference},
};

/// Which way money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Movement {
    Payment,
    Refund,
}

impl Movement {
    fn kind(self) -> DifferenceKind {
        match self {
            Self::Payment => DifferenceKind::Payment,
            Self::Refund => DifferenceKind::Refund,
        }
    }
}

/// Money that moved, as a gateway reports it or as SMP has it on its books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedMoney {
    pub movement: Movement,
    /// The gateway's own id of the payment or refund.
    pub reference: String,
    pub amount: Money,
}

/// What differs between a report and the books. `known` are those of the books that the report names, and
/// `expected` those that it has to name.
pub fn differences(
    reported: &[MovedMoney],
    known: &[MovedMoney],
    expected: &[MovedMoney],
) -> Vec<FoundDifference> {
    let key = |moved: &MovedMoney| (moved.movement, moved.reference.clone());
    let books: HashMap<_, _> = known.iter().map(|moved| (key(moved), &moved.amount)).collect();
    let named: HashSet<_> = reported.iter().map(key).collect();
    let mut found = vec![];
    for moved in reported {
        let ours = books.get(&key(moved)).copied();
        if ours != Some(&moved.amount) {
            let same_currency = ours.filter(|ours| ours.currency == moved.amount.currency);
            found.push(FoundDifference {
                kind: moved.movement.kind(),
                subject: moved.reference.clone(),
                expected_minor: same_currency.map(|ours| ours.amount),
                found_minor: Some(moved.amount.amount),
                currency: moved.amount.currency.clone(),
            });
        }
    }
    let missing = expected.iter().filter(|moved| !named.contains(&key(moved)));
    found.extend(missing.map(|moved| FoundDifference {
        kind: moved.movement.kind(),
        subject: moved.reference.clone(),
        expected_minor: Some(moved.amount.amount),
        found_minor: None,
        currency: moved.amount.currency.clone(),
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(movement: Movement, reference: &str, amount: i64) -> MovedMoney {
        MovedMoney { movement, reference: reference.to_owned(), amount: Money::new(amount, "EUR") }
    }

    #[test]
    fn a_report_that_agrees_leaves_nothing() {
        let both = [moved(Movement::Payment, "pi_1", 900), moved(Movement::Refund, "re_1", 900)];
        assert!(differences(&both, &both, &both).is_empty());
    }

    #[test]
    fn another_amount_an_unknown_payment_and_a_missing_refund_differ() {
        let reported =
            [moved(Movement::Payment, "pi_1", 901), moved(Movement::Payment, "pi_2", 50)];
        let known = [moved(Movement::Payment, "pi_1", 900), moved(Movement::Refund, "pi_2", 50)];
        let expected = [known[0].clone(), moved(Movement::Refund, "re_1", 20)];
        let found: Vec<(String, Option<i64>, Option<i64>)> =
            differences(&reported, &known, &expected)
                .into_iter()
                .map(|one| (one.subject, one.expected_minor, one.found_minor))
                .collect();
        assert_eq!(
            found,
            [
                ("pi_1".to_owned(), Some(900), Some(901)),
                ("pi_2".to_owned(), None, Some(50)),
                ("re_1".to_owned(), Some(20), None)
            ]
        );
    }
}
