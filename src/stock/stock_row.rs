//! The stock row of an item with its receipt, locked until the transaction ends.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    new_rows::{NewEntries, NewHolds},
    receipt::{Move, ReceiptEntry, ReceiptHead},
};
use crate::{
    events::{NewEvent, with_append_sql},
    kernel::{AccountId, Error, HoldId, Result, SaleId, SaleItemId, TenantId},
    providers::ProviderState,
    sales::{PublishedSale, SaleState},
};

/// The distance of two waitlist positions, so that a manager can move an entry between them.
pub const POSITION_STEP: i64 = 1 << 20;
/// Receipt entries that are read to tell whose holds and entries moved, at most.
const MOVES_READ_MAX: i64 = 1_000;

/// The one statement that writes a group. It costs by the tables it names, so `waitlist` is named
/// only when someone joins it. `$append` is the SQL of [`with_append_sql`], with the binds 1 to 4.
macro_rules! write_group {
    (
        $append:literal, $join:literal, $row:ident, $now:ident, $entry:ident, $holds:ident,
        $events:ident $(, $bind:expr)*
    ) => {
        sqlx::query!(
            "WITH " + $append + ", noted AS (
                INSERT INTO receipt_entries
                    (tenant_id, sale_id, sale_item_id, sequence, at, moves, hash, accounts)
                VALUES ($1, $5, $6, $13, $7, $15, $14, $22)
            ), held AS (
                INSERT INTO holds (tenant_id, sale_id, sale_item_id, created_at, expires_at,
                                   revision_id, id, account_id, idempotency_key, visit_id, quantity)
                SELECT $1, $5, $6, $7, $16, $25, *
                FROM UNNEST($17::uuid[], $18::uuid[], $19::text[], $20::uuid[], $21::int[])
            )" + $join + "
            UPDATE stock SET held = $8, sold = $9, waiting = $10, last_position = $11,
                receipt_capacity = $12, receipt_length = $13, receipt_hash = $14,
                freed = greatest(freed + $23, 0), holds_made = holds_made + $24
            WHERE tenant_id = $1 AND sale_item_id = $6
            ",
            $row.tenant.0,
            &$events.ids,
            &$events.kinds as &[&str],
            &$events.payloads as &[&str],
            $row.sale.0,
            $row.item.0,
            $now,
            $row.held,
            $row.sold,
            $row.waiting,
            $row.last_position,
            $row.capacity,
            $entry.sequence,
            $entry.hash,
            $entry.moves,
            $holds.expires_at.unwrap_or($now),
            &$holds.rows.ids,
            &$holds.rows.accounts,
            &$holds.rows.keys as &[&str],
            &$holds.rows.visits as &[Option<Uuid>],
            &$holds.rows.quantities,
            &$row.moved_accounts,
            $row.freed,
            $row.holds_made,
            $holds.revision.map(|revision| revision.0)
            $(, $bind)*
        )
    };
}

/// The events of a group as the columns of a statement.
struct EventColumns<'a> {
    ids: Vec<Uuid>,
    kinds: Vec<&'a str>,
    payloads: Vec<&'a str>,
}

/// The stock of an item. Change it with [`StockRow::record`], and write it with
/// [`StockRow::save`].
#[derive(Debug)]
pub struct StockRow {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub item: SaleItemId,
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
    /// Entries on the waitlist.
    pub waiting: i32,
    /// Units released or expired in this transaction.
    freed: i32,
    /// Holds made in this transaction.
    holds_made: i64,
    last_position: i64,
    sale_state: SaleState,
    provider_state: ProviderState,
    revision: Option<Uuid>,
    receipt: ReceiptHead,
    moves: Vec<Move>,
    /// The accounts whose holds and entries these moves are of.
    moved_accounts: Vec<Uuid>,
    moved_since: Option<Vec<Uuid>>,
}

impl StockRow {
    /// Whether the sale is as `sale` says: the same approved content, not halted since.
    pub fn is_sold_as(&self, sale: &PublishedSale) -> bool {
        self.revision == Some(sale.revision.0)
            && self.sale_state == sale.state
            && self.provider_state == sale.provider_state
    }

    /// Locks the stock row of the item that a hold is of.
    pub async fn lock_of(conn: &mut PgConnection, tenant: TenantId, hold: HoldId) -> Result<Self> {
        let item = sqlx::query_scalar!(
            "SELECT sale_item_id FROM holds WHERE tenant_id = $1 AND id = $2",
            tenant.0,
            hold.0
        )
        .fetch_optional(&mut *conn)
        .await?;
        Self::lock(conn, tenant, SaleItemId(item.ok_or(Error::NotFound("hold"))?)).await
    }

    /// Locks an item's stock row and reads it.
    pub async fn lock(conn: &mut PgConnection, tenant: TenantId, item: SaleItemId) -> Result<Self> {
        Self::lock_since(conn, tenant, item, i64::MAX).await
    }

    /// The same, and reads whose holds and entries moved since the receipt had `since` entries.
    pub async fn lock_since(
        conn: &mut PgConnection,
        tenant: TenantId,
        item: SaleItemId,
        since: i64,
    ) -> Result<Self> {
        let row = sqlx::query!(
            r#"
            SELECT sale_id AS "sale_id!", capacity AS "capacity!", held AS "held!", sold AS "sold!",
                   waiting AS "waiting!", last_position AS "last_position!",
                   receipt_capacity AS "receipt_capacity!", receipt_length AS "receipt_length!",
                   receipt_hash AS "receipt_hash!",
                   sale_state AS "sale_state!: SaleState", approved_revision_id,
                   provider_state AS "provider_state!: ProviderState",
                   moved_since AS "moved_since: Vec<Option<Uuid>>"
            FROM lock_stock($1, $2, $3, $4)
            "#,
            tenant.0,
            item.0,
            since.min(i64::MAX - MOVES_READ_MAX),
            MOVES_READ_MAX,
        )
        .fetch_optional(conn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("item {item} of tenant {tenant} has no stock row"))?;
        let mut stock = Self {
            tenant,
            sale: SaleId(row.sale_id),
            item,
            capacity: row.capacity,
            held: row.held,
            sold: row.sold,
            waiting: row.waiting,
            freed: 0,
            holds_made: 0,
            last_position: row.last_position,
            sale_state: row.sale_state,
            provider_state: row.provider_state,
            revision: row.approved_revision_id,
            receipt: ReceiptHead { length: row.receipt_length, hash: row.receipt_hash },
            moves: vec![],
            moved_accounts: vec![],
            moved_since: row.moved_since.and_then(|accounts| accounts.into_iter().collect()),
        };
        if row.capacity != row.receipt_capacity {
            stock.moves.push(Move::Published { capacity: row.capacity });
        }
        Ok(stock)
    }

    /// The number of entries of an item's receipt now, without a lock.
    pub async fn current_receipt_length(
        conn: &mut PgConnection,
        tenant: TenantId,
        item: SaleItemId,
    ) -> Result<i64> {
        let length = sqlx::query_scalar!(
            "SELECT receipt_length FROM stock WHERE tenant_id = $1 AND sale_item_id = $2",
            tenant.0,
            item.0
        );
        Ok(length.fetch_optional(conn).await?.unwrap_or_default())
    }

    /// Entries of the receipt.
    pub fn receipt_length(&self) -> i64 {
        self.receipt.length
    }

    /// Whose holds and entries moved since the receipt length that [`StockRow::lock_since`] was
    /// given; None when the receipt cannot tell.
    pub fn moved_since(&self) -> Option<&[Uuid]> {
        self.moved_since.as_deref()
    }

    /// Units neither held nor sold.
    pub fn available(&self) -> i32 {
        self.capacity - self.held - self.sold
    }

    /// A new position at the end of the waitlist.
    pub fn next_position(&mut self) -> i64 {
        self.last_position += POSITION_STEP;
        self.last_position
    }

    /// Counts a move of an account's hold or waitlist entry, and notes it for the receipt.
    pub fn record(&mut self, account: AccountId, of: Move) {
        match of {
            Move::Published { .. } | Move::AcceptFewerSet { .. } | Move::Moved { .. } => {}
            Move::Held { quantity, .. } => {
                self.held += quantity;
                self.holds_made += 1;
            }
            Move::Joined { .. } => self.waiting += 1,
            Move::Offered { quantity, .. } => {
                self.waiting -= 1;
                self.held += quantity;
                self.holds_made += 1;
            }
            Move::Left { .. } | Move::Closed { .. } => self.waiting -= 1,
            Move::Sold { quantity, .. } => {
                self.held -= quantity;
                self.sold += quantity;
            }
            Move::Released { quantity, .. } | Move::Expired { quantity, .. } => {
                self.held -= quantity;
                self.freed += quantity;
            }
            Move::Revived { quantity, .. } => {
                self.sold += quantity;
                self.freed -= quantity;
            }
            Move::Returned { quantity, .. } => self.sold -= quantity,
        }
        self.moves.push(of);
        self.moved_accounts.push(account.0);
    }

    /// Whether any move was recorded.
    pub fn has_moves(&self) -> bool {
        self.moves.iter().any(|of| !matches!(of, Move::Published { .. }))
    }

    /// Writes what was recorded: the stock row, and one entry of the receipt. Returns the receipt's
    /// new length.
    pub async fn save(self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<i64> {
        self.save_with(conn, now, &NewHolds::default(), &NewEntries::default(), &[]).await
    }

    /// The same, with new holds, waitlist entries and events of the item, in one statement. No job
    /// delivers these events, because statistics read holds and entries from their own tables.
    pub async fn save_with(
        self,
        conn: &mut PgConnection,
        now: OffsetDateTime,
        holds: &NewHolds<'_>,
        entries: &NewEntries<'_>,
        events: &[NewEvent<'_>],
    ) -> Result<i64> {
        if self.moves.is_empty() {
            return Ok(self.receipt.length);
        }
        let events = EventColumns {
            ids: events.iter().map(|event| event.id).collect(),
            kinds: events.iter().map(|event| event.kind).collect(),
            payloads: events.iter().map(|event| event.payload.as_str()).collect(),
        };
        let entry = ReceiptEntry::after(&self.receipt, self.item, now, &self.moves);
        let query = if entries.rows.ids.is_empty() {
            with_append_sql!(write_group!("", self, now, entry, holds, events))
        } else {
            with_append_sql!(write_group!(
                ", joined AS (
                    INSERT INTO waitlist
                        (tenant_id, sale_id, sale_item_id, created_at, id, account_id,
                         idempotency_key, visit_id, quantity, accept_fewer, position)
                    SELECT $1, $5, $6, $7, *
                    FROM UNNEST($26::uuid[], $27::uuid[], $28::text[], $29::uuid[], $30::int[],
                                $31::boolean[], $32::bigint[])
                )",
                self,
                now,
                entry,
                holds,
                events,
                &entries.rows.ids,
                &entries.rows.accounts,
                &entries.rows.keys as &[&str],
                &entries.rows.visits as &[Option<Uuid>],
                &entries.rows.quantities,
                &entries.accept_fewer,
                &entries.positions
            ))
        };
        query.execute(conn).await?;
        Ok(entry.sequence)
    }
}
