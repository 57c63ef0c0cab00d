//! Who gets which units. Pure functions, so that tests can try every interleaving. Requests are
//! decided in the order they arrive, and while anyone is on the waitlist, new requests join its
//! end. The waitlist is served from its front; an entry that wants all of its units or none is
//! skipped, and keeps its position, only while fewer units are free than it wants.

use std::collections::{HashMap, HashSet};

use super::{EntryState, Hold, HoldRequest, WaitlistEntry};

/// What one shopper has of one item.
#[derive(Debug, Clone, Default)]
pub struct ShopperStock {
    /// Idempotency keys used for other items of the provider.
    pub keys_of_other_items: HashSet<String>,
    /// Every hold of the item, in any state, by idempotency key.
    pub holds: HashMap<String, Hold>,
    /// Units held, or bought and not returned.
    pub units: i64,
    /// The open waitlist entry and its idempotency key.
    pub entry: Option<(String, WaitlistEntry)>,
}

/// What is decided about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldDecision {
    /// A retry: the hold that the first request made.
    RetryOfHold(Hold),
    /// A retry: the entry that the first request made.
    RetryOfEntry(WaitlistEntry),
    /// The key was used for this other quantity.
    KeyOfOtherQuantity(i32),
    KeyOfOtherItem,
    Hold,
    JoinWaitlist,
    /// The shopper waits for this many units already.
    AlreadyWaiting(i32),
    /// The shopper has this many units already.
    OverLimit(i64),
    /// This many units are left, and the request does not wait.
    TooFew(i32),
    NotRegistered,
}

/// An item's units while a group of requests is decided.
#[derive(Debug, Clone, Copy)]
pub struct Availability {
    /// Units neither held nor sold.
    pub units: i32,
    /// Entries on the waitlist.
    pub waiting: i32,
    pub limit_per_shopper: i32,
}

/// Decides about a request, and takes what it gets from `available`. `admitted`: whether the sale
/// is open to this shopper.
pub fn decide(
    available: &mut Availability,
    shopper: &ShopperStock,
    request: &HoldRequest,
    admitted: bool,
) -> HoldDecision {
    let key = &request.idempotency_key;
    if let Some(earlier) = shopper.holds.get(key) {
        // An offer from the waitlist may hold fewer units than its entry asked for.
        let asked =
            shopper.entry.as_ref().filter(|(of, _)| of == key).map(|(_, entry)| entry.quantity);
        let same = earlier.quantity == request.quantity || asked == Some(request.quantity);
        return if same {
            HoldDecision::RetryOfHold(earlier.clone())
        } else {
            HoldDecision::KeyOfOtherQuantity(earlier.quantity)
        };
    }
    if shopper.keys_of_other_items.contains(key) {
        return HoldDecision::KeyOfOtherItem;
    }
    let mut waits_for = 0;
    if let Some((of, entry)) = &shopper.entry {
        if of == key && entry.quantity != request.quantity {
            return HoldDecision::KeyOfOtherQuantity(entry.quantity);
        }
        if entry.quantity == request.quantity && (of == key || entry.state == EntryState::Waiting) {
            return HoldDecision::RetryOfEntry(entry.clone());
        }
        if entry.state == EntryState::Waiting {
            waits_for = entry.quantity;
        }
    }
    if !admitted {
        return HoldDecision::NotRegistered;
    }
    if waits_for > 0 {
        return HoldDecision::AlreadyWaiting(waits_for);
    }
    if shopper.units + i64::from(request.quantity) > i64::from(available.limit_per_shopper) {
        return HoldDecision::OverLimit(shopper.units);
    }
    if available.waiting == 0 && request.quantity <= available.units {
        available.units -= request.quantity;
        return HoldDecision::Hold;
    }
    if !request.wait || shopper.entry.is_some() {
        return HoldDecision::TooFew(if available.waiting == 0 { available.units } else { 0 });
    }
    available.waiting += 1;
    HoldDecision::JoinWaitlist
}

/// What a waitlist entry asks for.
#[derive(Debug, Clone, Copy)]
pub struct WantedUnits {
    pub quantity: i32,
    pub accept_fewer: bool,
}

/// How many of the `free` units each entry is offered, the front of the waitlist first; 0 skips it.
pub fn offers(mut free: i32, waitlist: impl IntoIterator<Item = WantedUnits>) -> Vec<i32> {
    let offer = |wanted: WantedUnits| {
        let offered = if wanted.quantity <= free {
            wanted.quantity
        } else if wanted.accept_fewer {
            free
        } else {
            0
        };
        free -= offered;
        offered
    };
    waitlist.into_iter().map(offer).collect()
}

/// The probability, 0 to 1, that enough of the `held` units come free for an entry that waits
/// behind `ahead` units and wants `quantity`, when a share `lapse` of all holds is given up: the
/// upper tail of the binomial distribution, by its normal approximation.
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
        kernel::{
            AccountId, HoldId, SaleId, SaleItemId, TenantId, WaitlistId,
            limits::{UNITS_MAX, UNITS_PER_SHOPPER_MAX},
        },
        stock::HoldState,
    };

    fn request(quantity: i32) -> HoldRequest {
        HoldRequest {
            account: AccountId::new(),
            sale_slug: "sale".to_owned(),
            sale_item_id: SaleItemId::new(),
            quantity,
            idempotency_key: "k".to_owned(),
            visit_id: None,
            wait: true,
            accept_fewer: false,
        }
    }

    #[test]
    fn requests_after_the_last_unit_join_the_waitlist_and_none_overtakes_them() {
        let mut available = Availability { units: 3, waiting: 0, limit_per_shopper: 2 };
        let decisions: Vec<_> = [2, 2, 1]
            .map(|quantity| {
                decide(&mut available, &ShopperStock::default(), &request(quantity), true)
            })
            .into();
        assert_eq!(
            decisions,
            [HoldDecision::Hold, HoldDecision::JoinWaitlist, HoldDecision::JoinWaitlist],
            "the third request took the unit that the second could not use"
        );
        assert_eq!((available.units, available.waiting), (1, 2));
        let no_wait = HoldRequest { wait: false, ..request(1) };
        assert_eq!(
            decide(&mut available, &ShopperStock::default(), &no_wait, true),
            HoldDecision::TooFew(0)
        );
        assert_eq!(
            decide(
                &mut available,
                &ShopperStock { units: 1, ..ShopperStock::default() },
                &request(2),
                true
            ),
            HoldDecision::OverLimit(1)
        );
    }

    #[test]
    fn a_retry_after_an_offer_of_fewer_units_gets_the_offer() {
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
            stopped_at: None,
            revision: None,
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
        let shopper = ShopperStock {
            holds,
            units: 1,
            entry: Some(("k".to_owned(), entry)),
            ..ShopperStock::default()
        };
        let mut available = Availability { units: 0, waiting: 0, limit_per_shopper: 5 };
        assert_eq!(
            decide(&mut available, &shopper, &request(3), true),
            HoldDecision::RetryOfHold(hold.clone()),
            "the request that joined the waitlist"
        );
        assert_eq!(
            decide(&mut available, &shopper, &request(1), true),
            HoldDecision::RetryOfHold(hold)
        );
        assert_eq!(
            decide(&mut available, &shopper, &request(2), true),
            HoldDecision::KeyOfOtherQuantity(1)
        );
    }

    #[test]
    fn the_chance_falls_with_the_waitlist_and_rises_with_the_lapses() {
        assert!(chance(100, 0.2, 0, 1) > 0.99);
        assert!((chance(100, 0.2, 19, 1) - 0.5).abs() < 0.1);
        assert!(chance(100, 0.2, 60, 1) < 0.01);
        assert!(chance(100, 0.5, 40, 1) > chance(100, 0.3, 40, 1));
        assert!(chance(0, 0.5, 0, 1) == 0.0 && chance(10, 0.0, 0, 1) == 0.0);
    }

    fn waitlists() -> impl Strategy<Value = Vec<WantedUnits>> {
        let wanted = (1..6_i32, any::<bool>())
            .prop_map(|(quantity, accept_fewer)| WantedUnits { quantity, accept_fewer });
        prop::collection::vec(wanted, 0..40)
    }

    proptest! {
        /// No more units are offered than are free, and no entry is skipped that the free units
        /// would have served.
        #[test]
        fn the_waitlist_is_served_in_order(free in 0..50_i32, waitlist in waitlists()) {
            let offered = offers(free, waitlist.iter().copied());
            prop_assert!(offered.iter().sum::<i32>() <= free);
            let mut left = free;
            for (entry, offered) in waitlist.iter().zip(&offered) {
                let fits = entry.quantity <= left || (entry.accept_fewer && left > 0);
                prop_assert_eq!(*offered > 0, fits);
                left -= offered;
            }
        }

        /// At the largest numbers that are accepted, and beyond them, no counter overflows or falls
        /// below zero.
        #[test]
        fn counters_hold_at_the_caps(
            units in UNITS_MAX - 5..=UNITS_MAX,
            limit_per_shopper in prop_oneof![Just(UNITS_PER_SHOPPER_MAX), Just(i32::MAX)],
            owned in prop_oneof![Just(0_i64), Just(i64::from(UNITS_MAX)), Just(i64::from(i32::MAX))],
            quantities in prop::collection::vec(
                prop_oneof![1..=UNITS_PER_SHOPPER_MAX, Just(UNITS_MAX), Just(i32::MAX)],
                0..60,
            ),
        ) {
            let mut available = Availability { units, waiting: 0, limit_per_shopper };
            let shopper = ShopperStock { units: owned, ..ShopperStock::default() };
            for quantity in &quantities {
                decide(&mut available, &shopper, &request(*quantity), true);
                prop_assert!((0..=units).contains(&available.units));
            }
            let wanted = |quantity: &i32| WantedUnits { quantity: *quantity, accept_fewer: true };
            let offered = offers(units, quantities.iter().map(wanted));
            let sum: i64 = offered.iter().map(|offered| i64::from(*offered)).sum();
            prop_assert!(sum <= i64::from(units) && offered.iter().all(|offered| *offered >= 0));
        }

        /// No more units are held than there are, and once a request waits, all later ones wait.
        #[test]
        fn requests_are_decided_in_order(
            units in 0..30_i32,
            quantities in prop::collection::vec(1..4_i32, 0..60),
        ) {
            let mut available = Availability { units, waiting: 0, limit_per_shopper: 3 };
            let new_shopper = ShopperStock::default();
            let decisions: Vec<HoldDecision> = quantities
                .iter()
                .map(|quantity| decide(&mut available, &new_shopper, &request(*quantity), true))
                .collect();
            let held: i32 = quantities
                .iter()
                .zip(&decisions)
                .filter(|(_, decision)| **decision == HoldDecision::Hold)
                .map(|(quantity, _)| quantity)
                .sum();
            prop_assert_eq!(held + available.units, units);
            let mut after_first_wait =
                decisions.iter().skip_while(|decision| **decision != HoldDecision::JoinWaitlist);
            prop_assert!(after_first_wait.all(|decision| *decision == HoldDecision::JoinWaitlist));
        }
    }
}
