//! The receipt of a sale: every move of the stock of each item, in order, each entry bound to the
//! one before by a hash. It names holds and waitlist entries by their ids, and no person.
//! [`verify_receipt`](super::verify_receipt) checks it from the file alone.
//!
//! The file is one JSON object a line. The first is the header; every other is an entry: `{"item",
//! "sequence", "at", "moves", "hash"}`, where `hash` is SHA-256, in hexadecimal, of the hash before
//! it (empty for the first), a line break, and `item sequence at moves` with single spaces, `moves`
//! exactly as in the file.

use std::collections::BTreeMap;

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
/// Reading after this begins with the first entry.
pub const START: (SaleItemId, i64) = (SaleItemId(uuid::Uuid::nil()), 0);
/// Entries per read; an entry can have 256 moves.
pub const ENTRIES_PER_READ: i64 = 50;

/// One move of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// The units for sale, held and sold ones included.
    Published {
        capacity: i32,
    },
    /// Held by a shopper who pressed Buy.
    Held {
        hold: HoldId,
        quantity: i32,
    },
    /// Joined the end of the waitlist.
    Joined {
        entry: WaitlistId,
        quantity: i32,
        accept_fewer: bool,
        position: i64,
    },
    /// Units are held for a waitlist entry, because it is its turn.
    Offered {
        entry: WaitlistId,
        hold: HoldId,
        quantity: i32,
    },
    /// Left the waitlist.
    Left {
        entry: WaitlistId,
    },
    /// The sale ended or was cancelled while it waited.
    Closed {
        entry: WaitlistId,
    },
    /// Takes fewer units than it asked for, or all of them only.
    AcceptFewerSet {
        entry: WaitlistId,
        accept_fewer: bool,
    },
    /// A manager moved an entry; the reason is in the audit log.
    Moved {
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

/// The last entry of an item's receipt.
#[derive(Debug, Clone, Default)]
pub struct ReceiptHead {
    pub length: i64,
    pub hash: String,
}

/// An entry about to be written.
pub struct ReceiptEntry {
    pub sequence: i64,
    pub moves: String,
    pub hash: String,
}

impl ReceiptEntry {
    pub fn after(head: &ReceiptHead, item: SaleItemId, at: OffsetDateTime, moves: &[Move]) -> Self {
        let sequence = head.length + 1;
        let moves = serde_json::to_string(moves).unwrap_or_default();
        let hash = hash(&head.hash, item, sequence, at, &moves);
        Self { sequence, moves, hash }
    }
}

pub(super) fn hash(
    before: &str,
    item: SaleItemId,
    sequence: i64,
    at: OffsetDateTime,
    moves: &str,
) -> String {
    let at = at.format(&Rfc3339).unwrap_or_default();
    token::content_hash(format!("{before}\n{item} {sequence} {at} {moves}").as_bytes())
}

/// An entry as a line of the file.
#[derive(Serialize, Deserialize)]
pub struct ReceiptLine {
    pub item: SaleItemId,
    pub sequence: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub moves: Box<RawValue>,
    pub hash: String,
}

impl ReceiptLine {
    /// The line of an entry written at `at`.
    pub fn new(
        entry: ReceiptEntry,
        item: SaleItemId,
        at: OffsetDateTime,
    ) -> Result<Self, serde_json::Error> {
        let moves = RawValue::from_string(entry.moves)?;
        Ok(Self { item, sequence: entry.sequence, at, moves, hash: entry.hash })
    }
}

/// The first line of the file.
#[derive(Serialize, Deserialize)]
pub struct ReceiptHeader {
    pub format: String,
    pub sale: String,
    /// Name by item.
    pub items: BTreeMap<SaleItemId, String>,
}

impl ReceiptHeader {
    pub fn of(sale: &PublishedSale) -> Self {
        let items =
            sale.content.items.iter().map(|item| (item.sale_item_id, item.name.clone())).collect();
        Self { format: FORMAT.to_owned(), sale: sale.slug.clone(), items }
    }
}

/// The lines after `(item, sequence)`, in the order of the file, at most `limit`.
pub async fn lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    after: (SaleItemId, i64),
    limit: i64,
) -> Result<Vec<ReceiptLine>> {
    let rows = sqlx::query!(
        r#"
        SELECT sale_item_id, sequence, at, moves, hash FROM receipt_entries
        WHERE tenant_id = $1 AND sale_id = $2 AND (sale_item_id, sequence) > ($3, $4)
        ORDER BY sale_item_id, sequence LIMIT $5
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
        let entry = ReceiptEntry { sequence: row.sequence, moves: row.moves, hash: row.hash };
        ReceiptLine::new(entry, SaleItemId(row.sale_item_id), row.at)
    });
    Ok(lines.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// The whole file as it is now.
pub async fn receipt(platform: &Platform, sale: &PublishedSale) -> Result<String> {
    let header = ReceiptHeader::of(sale);
    let mut text = serde_json::to_string(&header).map_err(anyhow::Error::from)? + "\n";
    let mut after = START;
    loop {
        let mut tx = platform.db.platform("receipt").await?;
        let lines = lines(&mut tx, sale.tenant, sale.id, after, ENTRIES_PER_READ).await?;
        let Some(last) = lines.last() else { return Ok(text) };
        after = (last.item, last.sequence);
        for line in &lines {
            text += &serde_json::to_string(line).map_err(anyhow::Error::from)?;
            text.push('\n');
        }
    }
}
