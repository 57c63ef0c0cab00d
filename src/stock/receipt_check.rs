//! Verifying a receipt by replaying it: that no more was held and sold than was published, that
//! every hold was resolved once, and that nobody on the waitlist was overtaken.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::receipt::{FORMAT, Move, ReceiptHead, ReceiptHeader, ReceiptLine, hash};
use crate::kernel::{HoldId, SaleItemId, WaitlistId};

/// What a valid receipt adds up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceiptSummary {
    pub sale: String,
    pub entries: u64,
    pub items: BTreeMap<SaleItemId, ReceiptItemSummary>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceiptItemSummary {
    pub name: String,
    pub published: i32,
    pub held: i32,
    pub sold: i32,
    pub waiting: usize,
    /// The last entry's hash. Keep it to be able to tell later that no earlier entry was changed.
    pub hash: String,
}

/// Checks a receipt from its first line to its last. The error names the line and what is wrong
/// with it.
pub fn verify_receipt(text: &str) -> Result<ReceiptSummary, String> {
    let mut lines = text.lines().enumerate();
    let (_, first) = lines.next().ok_or("the file is empty")?;
    let header: ReceiptHeader = serde_json::from_str(first)
        .map_err(|error| format!("line 1 is not the header of a receipt: {error}"))?;
    if header.format != FORMAT {
        return Err(format!("line 1: the format is {:?}, not {FORMAT:?}", header.format));
    }
    let mut summary = ReceiptSummary { sale: header.sale, ..ReceiptSummary::default() };
    let mut items: BTreeMap<SaleItemId, Replay> = BTreeMap::new();
    for (number, text) in lines {
        let wrong = |what: String| format!("line {}: {what}", number + 1);
        let line: ReceiptLine = serde_json::from_str(text)
            .map_err(|error| wrong(format!("is not an entry: {error}")))?;
        items.entry(line.item).or_default().entry(&line).map_err(wrong)?;
        summary.entries += 1;
    }
    for (item, replay) in items {
        let name = header.items.get(&item).cloned().unwrap_or_default();
        let Replay { capacity, held, sold, .. } = replay;
        summary.items.insert(
            item,
            ReceiptItemSummary {
                name,
                published: capacity,
                held,
                sold,
                waiting: replay.waitlist.len(),
                hash: replay.head.hash,
            },
        );
    }
    Ok(summary)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HoldStatus {
    Held,
    Sold,
    /// Released or expired.
    Ended,
}

/// An item's stock, rebuilt from its receipt.
#[derive(Default)]
struct Replay {
    head: ReceiptHead,
    capacity: i32,
    held: i32,
    sold: i32,
    holds: HashMap<HoldId, (HoldStatus, i32)>,
    positions: HashMap<WaitlistId, i64>,
    waitlist: BTreeMap<(i64, WaitlistId), (i32, bool)>,
}

impl Replay {
    fn entry(&mut self, line: &ReceiptLine) -> Result<(), String> {
        if line.sequence != self.head.length + 1 {
            return Err(format!("entry {} follows entry {}", line.sequence, self.head.length));
        }
        let expected = hash(&self.head.hash, line.item, line.sequence, line.at, line.moves.get());
        if expected != line.hash {
            return Err(format!(
                "the hash should be {expected}: this entry, or one before it, was changed"
            ));
        }
        self.head = ReceiptHead { length: line.sequence, hash: expected };
        let moves: Vec<Move> = serde_json::from_str(line.moves.get())
            .map_err(|error| format!("the moves cannot be read: {error}"))?;
        moves.into_iter().try_for_each(|one_move| {
            self.apply(one_move).map_err(|what| format!("{what} ({one_move:?})"))
        })?;
        if self.held + self.sold > self.capacity {
            return Err(format!(
                "{} held and {} sold of {} published: oversold",
                self.held, self.sold, self.capacity
            ));
        }
        if self.held < 0 || self.sold < 0 {
            return Err("the units held or sold are below zero".to_owned());
        }
        Ok(())
    }

    fn apply(&mut self, one_move: Move) -> Result<(), String> {
        match one_move {
            Move::Published { capacity } => self.capacity = capacity,
            Move::Held { hold, quantity } => {
                if let Some(((_, entry), _)) = self.overtaken(None) {
                    return Err(format!("{entry} was on the waitlist and was overtaken"));
                }
                self.hold(hold, quantity)?;
            }
            Move::Joined { entry, quantity, accept_fewer, position } => {
                if self.positions.insert(entry, position).is_some() {
                    return Err("joined the waitlist twice".to_owned());
                }
                if self.waitlist.last_key_value().is_some_and(|((last, _), _)| *last >= position) {
                    return Err("did not join at the end of the waitlist".to_owned());
                }
                self.waitlist.insert((position, entry), (quantity, accept_fewer));
            }
            Move::Offered { entry, hold, quantity } => {
                let position = self.position_of(entry)?;
                if let Some(((_, earlier), _)) = self.overtaken(Some(position)) {
                    return Err(format!(
                        "{earlier} was ahead of it on the waitlist and was overtaken"
                    ));
                }
                let (wanted, accept_fewer) =
                    self.waitlist.remove(&(position, entry)).unwrap_or_default();
                if quantity > wanted || (quantity < wanted && !accept_fewer) {
                    return Err(format!("{quantity} offered where {wanted} were wanted"));
                }
                self.hold(hold, quantity)?;
            }
            Move::Left { entry } | Move::Closed { entry } => {
                let position = self.position_of(entry)?;
                self.waitlist.remove(&(position, entry));
            }
            Move::AcceptFewerSet { entry, accept_fewer } => {
                let position = self.position_of(entry)?;
                if let Some(wanted) = self.waitlist.get_mut(&(position, entry)) {
                    wanted.1 = accept_fewer;
                }
            }
            Move::Moved { entry, position } => {
                let before = self.position_of(entry)?;
                if let Some(wanted) = self.waitlist.remove(&(before, entry)) {
                    self.waitlist.insert((position, entry), wanted);
                    self.positions.insert(entry, position);
                }
            }
            Move::Sold { hold, quantity } => {
                self.resolve(hold, quantity, HoldStatus::Held, HoldStatus::Sold)?;
                self.held -= quantity;
                self.sold += quantity;
            }
            Move::Released { hold, quantity } | Move::Expired { hold, quantity } => {
                self.resolve(hold, quantity, HoldStatus::Held, HoldStatus::Ended)?;
                self.held -= quantity;
            }
            Move::Revived { hold, quantity } => {
                if let Some(((_, entry), _)) = self.overtaken(None) {
                    return Err(format!("{entry} was on the waitlist and was overtaken"));
                }
                self.resolve(hold, quantity, HoldStatus::Ended, HoldStatus::Sold)?;
                self.sold += quantity;
            }
            Move::Returned { hold, quantity } => {
                let (status, kept) = self.holds.get_mut(&hold).ok_or("was never held")?;
                if *status != HoldStatus::Sold || *kept < quantity {
                    return Err(format!("only {kept} of it were sold and kept"));
                }
                *kept -= quantity;
                self.sold -= quantity;
            }
        }
        if self.held + self.sold > self.capacity {
            return Err(format!(
                "{} held and {} sold of {} published: oversold",
                self.held, self.sold, self.capacity
            ));
        }
        Ok(())
    }

    /// The first entry on the waitlist, ahead of `position`, that the free units would serve.
    fn overtaken(&self, position: Option<i64>) -> Option<((i64, WaitlistId), i32)> {
        let free = self.capacity - self.held - self.sold;
        let before = |at: i64| position.is_none_or(|position| at < position);
        let served =
            |(quantity, accept_fewer): (i32, bool)| quantity <= free || (accept_fewer && free > 0);
        self.waitlist
            .iter()
            .take_while(|((at, _), _)| before(*at))
            .find(|(_, wanted)| served(**wanted))
            .map(|(key, wanted)| (*key, wanted.0))
    }

    fn position_of(&self, entry: WaitlistId) -> Result<i64, String> {
        let position = self
            .positions
            .get(&entry)
            .copied()
            .filter(|position| self.waitlist.contains_key(&(*position, entry)));
        position.ok_or_else(|| "is not on the waitlist".to_owned())
    }

    fn hold(&mut self, hold: HoldId, quantity: i32) -> Result<(), String> {
        if quantity < 1 {
            return Err("holds nothing".to_owned());
        }
        if self.holds.insert(hold, (HoldStatus::Held, quantity)).is_some() {
            return Err("is held twice".to_owned());
        }
        self.held += quantity;
        Ok(())
    }

    fn resolve(
        &mut self,
        hold: HoldId,
        quantity: i32,
        from: HoldStatus,
        to: HoldStatus,
    ) -> Result<(), String> {
        let (status, held) = self.holds.get_mut(&hold).ok_or("was never held")?;
        if *status != from {
            return Err("was resolved already".to_owned());
        }
        if *held != quantity {
            return Err(format!("{held} were held"));
        }
        *status = to;
        Ok(())
    }
}
