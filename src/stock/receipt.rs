//! The receipt of a sale: what happened to the stock of each item, in order, each entry bound to
//! the one before by a hash. It names holds and waitlist positions by their ids and no person.
//! [`verify`] checks it from nothing else: that never more was held and sold than was published,
//! that everything was resolved once, and that nobody was overtaken.
//!
//! The file is one JSON object a line. The first is the head; every other is an entry: `{"item",
//! "sequence", "at", "moves", "hash"}`, where `hash` is SHA-256, in hexadecimal, of the hash before
//! it (empty for the first), a line break, and `item sequence at moves` with single spaces, `moves`
//! as it stands in the file.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    kernel::{HoldId, Result, SaleId, SaleItemId, TenantId, WaitlistId, token},
    platform::Platform,
    sales::PublishedSale,
};

pub const FORMAT: &str = "smp-receipt-1";
/// Before the first entry.
pub const START: (SaleItemId, i64) = (SaleItemId(uuid::Uuid::nil()), 0);
/// Entries read at a time; an entry can tell of 256 moves.
pub const LINES_AT_ONCE: i64 = 50;

/// One move of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// So many units are for sale in all.
    Published {
        capacity: i32,
    },
    /// Held by who pressed Buy.
    Held {
        hold: HoldId,
        quantity: i32,
    },
    /// Went to the end of the line.
    Waited {
        entry: WaitlistId,
        quantity: i32,
        accept_fewer: bool,
        position: i64,
    },
    /// At the entry's turn, units are held for it.
    Offered {
        entry: WaitlistId,
        hold: HoldId,
        quantity: i32,
    },
    /// Left the line.
    Left {
        entry: WaitlistId,
    },
    /// Takes fewer than it wants rather than wait for all, or no longer.
    Wished {
        entry: WaitlistId,
        accept_fewer: bool,
    },
    /// A manager moved an entry, with a reason that is in the audit log.
    Placed {
        entry: WaitlistId,
        position: i64,
    },
    Sold {
        hold: HoldId,
        quantity: i32,
    },
    Released {
        hold: HoldId,
        quantity: i32,
    },
    Expired {
        hold: HoldId,
        quantity: i32,
    },
    /// A payment came in after the hold had ended, and the units were still free.
    Revived {
        hold: HoldId,
        quantity: i32,
    },
    /// Sold units came back by a refund.
    Returned {
        hold: HoldId,
        quantity: i32,
    },
}

/// Where an item's receipt stands.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub length: i64,
    pub hash: String,
}

/// An entry about to be written.
pub struct Entry {
    pub sequence: i64,
    pub moves: String,
    pub hash: String,
}

impl Entry {
    pub fn after(head: &Head, item: SaleItemId, at: OffsetDateTime, moves: &[Move]) -> Self {
        let sequence = head.length + 1;
        let moves = serde_json::to_string(moves).unwrap_or_default();
        let hash = hash(&head.hash, item, sequence, at, &moves);
        Self { sequence, moves, hash }
    }
}

/// A line of the file for an entry at `at`.
pub fn line(entry: Entry, item: SaleItemId, at: OffsetDateTime) -> Result<Line, serde_json::Error> {
    Ok(Line {
        item,
        sequence: entry.sequence,
        at,
        moves: RawValue::from_string(entry.moves)?,
        hash: entry.hash,
    })
}

fn hash(before: &str, item: SaleItemId, sequence: i64, at: OffsetDateTime, moves: &str) -> String {
    let at = at.format(&Rfc3339).unwrap_or_default();
    token::content_hash(format!("{before}\n{item} {sequence} {at} {moves}").as_bytes())
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
pub struct Line {
    pub item: SaleItemId,
    pub sequence: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub moves: Box<RawValue>,
    pub hash: String,
}

/// The first line of the file.
#[derive(Serialize, Deserialize)]
pub struct FileHead {
    pub format: String,
    pub sale: String,
    /// Name by item.
    pub items: BTreeMap<SaleItemId, String>,
}

/// WaitlistPositions after `(item, sequence)`, in the order of the file, at most `limit`.
pub async fn lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    after: (SaleItemId, i64),
    limit: i64,
) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"
        SELECT sale_item_id, sequence, at, moves, hash FROM receipt_entries
        WHERE tenant_id = $1 AND sale_id = $2 AND (sale_item_id, sequence) > ($3, $4) ORDER BY sale_item_id, sequence LIMIT $5
        "#,
        tenant.0,
        sale.0,
        after.0.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let entry = Entry { sequence: row.sequence, moves: row.moves, hash: row.hash };
        line(entry, SaleItemId(row.sale_item_id), row.at)
    });
    Ok(lines.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// The whole file, for a command that writes it or a check of it.
pub async fn whole(platform: &Platform, sale: &PublishedSale) -> Result<String> {
    let mut text = serde_json::to_string(&head(sale)).map_err(anyhow::Error::from)? + "\n";
    let mut after = START;
    loop {
        let mut tx = platform.db.platform("receipt").await?;
        let lines = lines(&mut tx, sale.tenant, sale.id, after, LINES_AT_ONCE).await?;
        let Some(last) = lines.last() else { return Ok(text) };
        after = (last.item, last.sequence);
        for line in &lines {
            text += &serde_json::to_string(line).map_err(anyhow::Error::from)?;
            text.push('\n');
        }
    }
}

/// The first line of a sale's receipt.
pub fn head(sale: &PublishedSale) -> FileHead {
    let items =
        sale.content.items.iter().map(|item| (item.sale_item_id, item.name.clone())).collect();
    FileHead { format: FORMAT.to_owned(), sale: sale.slug.clone(), items }
}

/// What a receipt that holds says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub sale: String,
    pub entries: u64,
    pub items: BTreeMap<SaleItemId, ItemSummary>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ItemSummary {
    pub name: String,
    pub published: i32,
    pub held: i32,
    pub sold: i32,
    pub waiting: usize,
    /// The last entry's hash: who keeps it can tell later that nothing before was changed.
    pub hash: String,
}

/// Checks a receipt from its first line to its last. The error names the line and what is wrong
/// with it.
pub fn verify(text: &str) -> Result<Summary, String> {
    let mut lines = text.lines().enumerate();
    let (_, first) = lines.next().ok_or("the file is empty")?;
    let head: FileHead = serde_json::from_str(first)
        .map_err(|error| format!("line 1 is not the head of a receipt: {error}"))?;
    if head.format != FORMAT {
        return Err(format!("line 1: the format is {:?}, not {FORMAT:?}", head.format));
    }
    let mut summary = Summary { sale: head.sale, ..Summary::default() };
    let mut items: BTreeMap<SaleItemId, Replay> = BTreeMap::new();
    for (number, text) in lines {
        let wrong = |what: String| format!("line {}: {what}", number + 1);
        let line: Line = serde_json::from_str(text)
            .map_err(|error| wrong(format!("is not an entry: {error}")))?;
        items.entry(line.item).or_default().entry(&line).map_err(wrong)?;
        summary.entries += 1;
    }
    for (item, replay) in items {
        let name = head.items.get(&item).cloned().unwrap_or_default();
        let Replay { capacity, held, sold, .. } = replay;
        summary.items.insert(
            item,
            ItemSummary {
                name,
                published: capacity,
                held,
                sold,
                waiting: replay.line.len(),
                hash: replay.head.hash,
            },
        );
    }
    Ok(summary)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Held,
    Sold,
    /// Released or expired.
    Gone,
}

/// An item's stock as its receipt tells it.
#[derive(Default)]
struct Replay {
    head: Head,
    capacity: i32,
    held: i32,
    sold: i32,
    holds: HashMap<HoldId, (Fate, i32)>,
    positions: HashMap<WaitlistId, i64>,
    line: BTreeMap<(i64, WaitlistId), (i32, bool)>,
}

impl Replay {
    fn entry(&mut self, line: &Line) -> Result<(), String> {
        if line.sequence != self.head.length + 1 {
            return Err(format!("entry {} follows entry {}", line.sequence, self.head.length));
        }
        let expected = hash(&self.head.hash, line.item, line.sequence, line.at, line.moves.get());
        if expected != line.hash {
            return Err(format!(
                "the hash should be {expected}: this entry, or one before it, was changed"
            ));
        }
        self.head = Head { length: line.sequence, hash: expected };
        let moves: Vec<Move> = serde_json::from_str(line.moves.get())
            .map_err(|error| format!("the moves cannot be read: {error}"))?;
        moves.into_iter().try_for_each(|happened| {
            self.happen(happened).map_err(|what| format!("{what} ({happened:?})"))
        })?;
        if self.held + self.sold > self.capacity {
            return Err(format!(
                "{} held and {} sold of {} published: oversold",
                self.held, self.sold, self.capacity
            ));
        }
        if self.held < 0 || self.sold < 0 {
            return Err("fewer than no units".to_owned());
        }
        Ok(())
    }

    fn happen(&mut self, happened: Move) -> Result<(), String> {
        match happened {
            Move::Published { capacity } => self.capacity = capacity,
            Move::Held { hold, quantity } => {
                if let Some(((_, entry), _)) = self.overtaken(None) {
                    return Err(format!("{entry} was in line and was overtaken"));
                }
                self.hold(hold, quantity)?;
            }
            Move::Waited { entry, quantity, accept_fewer, position } => {
                if self.positions.insert(entry, position).is_some() {
                    return Err("is in line twice".to_owned());
                }
                if self.line.last_key_value().is_some_and(|((last, _), _)| *last >= position) {
                    return Err("did not go to the end of the line".to_owned());
                }
                self.line.insert((position, entry), (quantity, accept_fewer));
            }
            Move::Offered { entry, hold, quantity } => {
                let position = self.position_of(entry)?;
                if let Some(((_, earlier), _)) = self.overtaken(Some(position)) {
                    return Err(format!("{earlier} was before it in line and was overtaken"));
                }
                let (wanted, accept_fewer) =
                    self.line.remove(&(position, entry)).unwrap_or_default();
                if quantity > wanted || (quantity < wanted && !accept_fewer) {
                    return Err(format!("{quantity} offered where {wanted} were wanted"));
                }
                self.hold(hold, quantity)?;
            }
            Move::Left { entry } => {
                let position = self.position_of(entry)?;
                self.line.remove(&(position, entry));
            }
            Move::Wished { entry, accept_fewer } => {
                let position = self.position_of(entry)?;
                if let Some(wish) = self.line.get_mut(&(position, entry)) {
                    wish.1 = accept_fewer;
                }
            }
            Move::Placed { entry, position } => {
                let before = self.position_of(entry)?;
                if let Some(wish) = self.line.remove(&(before, entry)) {
                    self.line.insert((position, entry), wish);
                    self.positions.insert(entry, position);
                }
            }
            Move::Sold { hold, quantity } => {
                self.turn(hold, quantity, Fate::Held, Fate::Sold)?;
                self.held -= quantity;
                self.sold += quantity;
            }
            Move::Released { hold, quantity } | Move::Expired { hold, quantity } => {
                self.turn(hold, quantity, Fate::Held, Fate::Gone)?;
                self.held -= quantity;
            }
            Move::Revived { hold, quantity } => {
                if let Some(((_, entry), _)) = self.overtaken(None) {
                    return Err(format!("{entry} was in line and was overtaken"));
                }
                self.turn(hold, quantity, Fate::Gone, Fate::Sold)?;
                self.sold += quantity;
            }
            Move::Returned { hold, quantity } => {
                let (fate, kept) = self.holds.get_mut(&hold).ok_or("was never held")?;
                if *fate != Fate::Sold || *kept < quantity {
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

    /// The first in line, before `position`, whom the free units would serve.
    fn overtaken(&self, position: Option<i64>) -> Option<((i64, WaitlistId), i32)> {
        let free = self.capacity - self.held - self.sold;
        let before = |at: i64| position.is_none_or(|position| at < position);
        let served =
            |(quantity, accept_fewer): (i32, bool)| quantity <= free || (accept_fewer && free > 0);
        self.line
            .iter()
            .take_while(|((at, _), _)| before(*at))
            .find(|(_, wish)| served(**wish))
            .map(|(key, wish)| (*key, wish.0))
    }

    fn position_of(&self, entry: WaitlistId) -> Result<i64, String> {
        let position = self
            .positions
            .get(&entry)
            .copied()
            .filter(|position| self.line.contains_key(&(*position, entry)));
        position.ok_or_else(|| "is not in line".to_owned())
    }

    fn hold(&mut self, hold: HoldId, quantity: i32) -> Result<(), String> {
        if quantity < 1 {
            return Err("holds nothing".to_owned());
        }
        if self.holds.insert(hold, (Fate::Held, quantity)).is_some() {
            return Err("is held twice".to_owned());
        }
        self.held += quantity;
        Ok(())
    }

    fn turn(&mut self, hold: HoldId, quantity: i32, from: Fate, to: Fate) -> Result<(), String> {
        let (fate, held) = self.holds.get_mut(&hold).ok_or("was never held")?;
        if *fate != from {
            return Err("was resolved already".to_owned());
        }
        if *held != quantity {
            return Err(format!("{held} were held"));
        }
        *fate = to;
        Ok(())
    }
}
