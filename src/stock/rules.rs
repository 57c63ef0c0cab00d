//! Who gets what: pure, so that it can be tried over every interleaving. BatchReceiver are dealt with in
//! the order they came in, and while anyone waits in line, who comes goes to its end. The line is
//! served from its front; an entry that wants all or nothing is passed over, and keeps its position,
//! only while fewer units are free than it wants.

use std::collections::{HashMap, HashSet};

use super::{EntryState, Hold, WaitlistEntry};
use crate::kernel::AccountId;

/// What is known of one shopper and one item.
#[derive(Debug, Clone, Default)]
pub struct Shopper {
    /// Keys that stand for another item of the provider.
    pub keys_elsewhere: HashSet<String>,
    /// Every hold of the item, in any state, by idempotency key.
    pub holds: HashMap<String, Hold>,
    /// Units held, or bought and kept.
    pub units: i64,
    /// The waitlist position, if there is one.
    pub entry: Option<(String, WaitlistEntry)>,
}

/// A press of Buy.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub account: AccountId,
    pub quantity: i32,
    pub key: String,
    /// Goes to the line when there is not enough; else is told that there is not.
    pub wait: bool,
}

/// What an arrival is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The same press again: what came of it before.
    AgainHeld(Hold),
    AgainWaiting(WaitlistEntry),
    /// The key stands for another quantity, this one.
    OtherQuantity(i32),
    /// The key stands for another item.
    OtherItem,
    Hold,
    /// Goes to the end of the line.
    Wait,
    /// In line already, for this many.
    WaitsAlready(i32),
    /// Has this many units already.
    OverLimit(i64),
    /// This many are left, for those who do not wait.
    TooFew(i32),
    /// Only the registered may.
    NotRegistered,
}

/// An item's units while a group of arrivals is dealt with.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    pub available: i32,
    pub waiting: i32,
    pub limit: i32,
}

/// Deals with one arrival, and takes it from the shelf. `admitted`: whether the sale is open to
/// this shopper.
pub fn deal(shelf: &mut Shelf, shopper: &Shopper, arrival: &Arrival, admitted: bool) -> Verdict {
    if let Some(earlier) = shopper.holds.get(&arrival.key) {
        // Who waited and takes fewer is offered fewer than the key stands for.
        let wished = shopper
            .entry
            .as_ref()
            .filter(|(key, _)| *key == arrival.key)
            .map(|(_, entry)| entry.quantity);
        let same = earlier.quantity == arrival.quantity || wished == Some(arrival.quantity);
        return if same {
            Verdict::AgainHeld(earlier.clone())
        } else {
            Verdict::OtherQuantity(earlier.quantity)
        };
    }
    if shopper.keys_elsewhere.contains(&arrival.key) {
        return Verdict::OtherItem;
    }
    let mut waits_for = 0;
    if let Some((key, entry)) = &shopper.entry {
        if *key == arrival.key && entry.quantity != arrival.quantity {
            return Verdict::OtherQuantity(entry.quantity);
        }
        if entry.quantity == arrival.quantity
            && (*key == arrival.key || entry.state == EntryState::Waiting)
        {
            return Verdict::AgainWaiting(entry.clone());
        }
        if entry.state == EntryState::Waiting {
            waits_for = entry.quantity;
        }
    }
    if !admitted {
        return Verdict::NotRegistered;
    }
    if waits_for > 0 {
        return Verdict::WaitsAlready(waits_for);
    }
    if shopper.units + i64::from(arrival.quantity) > i64::from(shelf.limit) {
        return Verdict::OverLimit(shopper.units);
    }
    if shelf.waiting == 0 && arrival.quantity <= shelf.available {
        shelf.available -= arrival.quantity;
        return Verdict::Hold;
    }
    if !arrival.wait || shopper.entry.is_some() {
        return Verdict::TooFew(if shelf.waiting == 0 { shelf.available } else { 0 });
    }
    shelf.waiting += 1;
    Verdict::Wait
}

/// An entry at its turn.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub quantity: i32,
    pub accept_fewer: bool,
}

/// How many of the free units each entry is offered, the front of the line first; 0 passes it over.
pub fn serve(mut available: i32, line: impl IntoIterator<Item = Turn>) -> Vec<i32> {
    let turn = |turn: Turn| {
        let offered = if turn.quantity <= available {
            turn.quantity
        } else if turn.accept_fewer {
            available
        } else {
            0
        };
        available -= offered;
        offered
    };
    line.into_iter().map(turn).collect()
}

/// How likely it is, from 0 to 1, that enough of the `held` units are let go for who waits behind
/// `ahead` units and wants `quantity`, when a share `lapse` of all holds is let go: the upper tail
/// of the binomial distribution, by its normal approximation.
pub fn chance(held: i64, lapse: f64, ahead: i64, quantity: i64) -> f64 {
    let wanted = ahead + quantity;
    if held <= 0 || wanted > held {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of units, far below 2^52")]
    let (held, wanted) = (held as f64, wanted as f64);
    let deviation = (held * lapse * (1.0 - lapse)).sqrt();
    if deviation == 0.0 {
        return if lapse >= 1.0 { 1.0 } else { 0.0 };
    }
    1.0 - normal((wanted - 0.5 - held * lapse) / deviation)
}

/// The standard normal distribution function, by the logistic approximation (within 0.01).
fn normal(z: f64) -> f64 {
    1.0 / (1.0 + (-0.07056 * z.powi(3) - 1.5976 * z).exp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        kernel::{HoldId, SaleId, SaleItemId, TenantId, WaitlistId},
        stock::HoldState,
    };

    fn arrival(quantity: i32) -> Arrival {
        Arrival { account: AccountId::new(), quantity, key: "k".to_owned(), wait: true }
    }

    #[test]
    fn who_comes_after_the_last_unit_goes_to_the_line_and_nobody_passes_them() {
        let mut shelf = Shelf { available: 3, waiting: 0, limit: 2 };
        let verdicts: Vec<_> = [2, 2, 1]
            .map(|quantity| deal(&mut shelf, &Shopper::default(), &arrival(quantity), true))
            .into();
        assert_eq!(
            verdicts,
            [Verdict::Hold, Verdict::Wait, Verdict::Wait],
            "the third may not take the unit that the second could not"
        );
        assert_eq!((shelf.available, shelf.waiting), (1, 2));
        let impatient = Arrival { wait: false, ..arrival(1) };
        assert_eq!(deal(&mut shelf, &Shopper::default(), &impatient, true), Verdict::TooFew(0));
        assert_eq!(
            deal(&mut shelf, &Shopper { units: 1, ..Shopper::default() }, &arrival(2), true),
            Verdict::OverLimit(1)
        );
    }

    #[test]
    fn a_press_again_after_an_offer_of_fewer_hears_of_the_offer() {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let (tenant, sale_id, sale_item_id, account) =
            (TenantId::new(), SaleId::new(), SaleItemId::new(), AccountId::new());
        let hold = Hold {
            tenant,
            id: HoldId::new(),
            sale_id,
            sale_item_id,
            account,
            visit_id: None,
            quantity: 1,
            state: HoldState::Held,
            created_at: now,
            expires_at: now,
        };
        let entry = WaitlistEntry {
            tenant,
            id: WaitlistId::new(),
            sale_id,
            sale_item_id,
            account,
            visit_id: None,
            quantity: 3,
            accept_fewer: true,
            position: 1,
            state: EntryState::Offered,
            hold_id: Some(hold.id),
            created_at: now,
        };
        let holds = HashMap::from([("k".to_owned(), hold.clone())]);
        let shopper =
            Shopper { holds, units: 1, entry: Some(("k".to_owned(), entry)), ..Shopper::default() };
        let mut shelf = Shelf { available: 0, waiting: 0, limit: 5 };
        assert_eq!(
            deal(&mut shelf, &shopper, &arrival(3), true),
            Verdict::AgainHeld(hold.clone()),
            "the press that waited"
        );
        assert_eq!(deal(&mut shelf, &shopper, &arrival(1), true), Verdict::AgainHeld(hold));
        assert_eq!(deal(&mut shelf, &shopper, &arrival(2), true), Verdict::OtherQuantity(1));
    }

    #[test]
    fn the_chance_falls_with_the_line_and_rises_with_the_lapses() {
        assert!(chance(100, 0.2, 0, 1) > 0.99);
        assert!((chance(100, 0.2, 19, 1) - 0.5).abs() < 0.1);
        assert!(chance(100, 0.2, 60, 1) < 0.01);
        assert!(chance(100, 0.5, 40, 1) > chance(100, 0.3, 40, 1));
        assert!(chance(0, 0.5, 0, 1) == 0.0 && chance(10, 0.0, 0, 1) == 0.0);
    }

    proptest! {
        /// Whatever the line: no more is offered than there is, and nobody is passed over whom the
        /// units would have served.
        #[test]
        fn the_line_is_served_in_order(available in 0..50_i32, line in prop::collection::vec((1..6_i32, any::<bool>()), 0..40)) {
            let turns: Vec<Turn> = line.iter().map(|(quantity, accept_fewer)| Turn { quantity: *quantity, accept_fewer: *accept_fewer }).collect();
            let offered = serve(available, turns.iter().copied());
            prop_assert!(offered.iter().sum::<i32>() <= available);
            let mut left = available;
            for (turn, offered) in turns.iter().zip(&offered) {
                let fits = turn.quantity <= left || (turn.accept_fewer && left > 0);
                prop_assert_eq!(*offered > 0, fits);
                left -= offered;
            }
        }

        /// Whatever comes: never more than is there, and once one waits, all after wait.
        #[test]
        fn arrivals_are_dealt_with_in_order(available in 0..30_i32, wants in prop::collection::vec(1..4_i32, 0..60)) {
            let mut shelf = Shelf { available, waiting: 0, limit: 3 };
            let verdicts: Vec<Verdict> = wants.iter().map(|quantity| deal(&mut shelf, &Shopper::default(), &arrival(*quantity), true)).collect();
            let held: i32 = wants.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == Verdict::Hold).map(|(quantity, _)| quantity).sum();
            prop_assert_eq!(held + shelf.available, available);
            if let Some(first) = verdicts.iter().position(|verdict| *verdict == Verdict::Wait) {
                prop_assert!(verdicts[first..].iter().all(|verdict| *verdict == Verdict::Wait));
            }
        }
    }
}
