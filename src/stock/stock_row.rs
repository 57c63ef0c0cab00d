//! An item's counters and its receipt, locked until the transaction ends.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    receipt::{self, Move},
    store::{Columns, NewHold},
    waitlist::NewEntry,
};
use crate::{
    events::NewEvent,
    kernel::{AccountId, Error, HoldId, Result, SaleId, SaleItemId, TenantId},
    providers::ProviderState,
    sales::{PublishedSale, SaleState},
};

/// Between two waitlist positions, so that a manager can move an entry between them.
pub const POSITION_STEP: i64 = 1 << 20;
/// Entries of the receipt that are read for whose moves they are, at most.
const MOVES_READ_MAX: i64 = 1_000;

/// What a group writes, in one statement; it costs by the tables it names, so the line's is named
/// only when someone goes there. The events are `publish_event` of the migrations, for the log
/// alone.
macro_rules! group {
    ($lined_up:literal, $counters:ident, $now:ident, $entry:ident, $expires_at:ident, $holds:ident, $event_ids:ident, $event_kinds:ident, $event_payloads:ident
        $(, $bind:expr)*) => {
        sqlx::query!(
            "
            WITH noted AS (
                INSERT INTO receipt_entries (tenant_id, sale_id, sale_item_id, sequence, at, moves, hash, accounts) VALUES ($1, $2, $3, $10, $4, $12, $11, $18)
            ), held AS (
                INSERT INTO holds (tenant_id, sale_id, sale_item_id, created_at, expires_at, id, account_id, idempotency_key, visit_id, quantity)
                SELECT $1, $2, $3, $4, $13, * FROM UNNEST($14::uuid[], $15::uuid[], $16::text[], $17::uuid[], $19::int[])
            ), numbered AS (
                INSERT INTO event_counters AS c (tenant_id, last_sequence) SELECT $1, cardinality($21::uuid[]) WHERE cardinality($21::uuid[]) > 0
                    ON CONFLICT (tenant_id) DO UPDATE SET last_sequence = c.last_sequence + excluded.last_sequence RETURNING last_sequence - cardinality($21::uuid[]) AS before
            ), told AS (
                INSERT INTO events (tenant_id, sequence, id, type, payload)
                SELECT $1, before + nth, id, kind, payload::jsonb FROM numbered, UNNEST($21::uuid[], $22::text[], $23::text[]) WITH ORDINALITY AS told (id, kind, payload, nth)
            )" + $lined_up + "
            UPDATE stock SET held = $5, sold = $6, waiting = $7, last_position = $8, receipt_capacity = $9, receipt_length = $10, receipt_hash = $11, freed = greatest(freed + $20, 0),
                holds_made = holds_made + $24
            WHERE tenant_id = $1 AND sale_item_id = $3
            ",
            $counters.tenant.0,
            $counters.sale.0,
            $counters.item.0,
            $now,
            $counters.held,
            $counters.sold,
            $counters.waiting,
            $counters.last_position,
            $counters.capacity,
            $entry.sequence,
            $entry.hash,
            $entry.moves,
            $expires_at,
            &$holds.ids,
            &$holds.accounts,
            &$holds.keys as &[&str],
            &$holds.visits as &[Option<Uuid>],
            &$counters.movers,
            &$holds.quantities,
            $counters.freed,
            &$event_ids,
            &$event_kinds as &[&str],
            &$event_payloads as &[&str],
            $counters.made
            $(, $bind)*
        )
    };
}

/// What an item has. Change it by its methods, and keep it with [`StockRow::save`].
#[derive(Debug)]
pub struct StockRow {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub item: SaleItemId,
    pub capacity: i32,
    pub held: i32,
    pub sold: i32,
    /// Entries in line.
    pub waiting: i32,
    /// Units freed in this transaction: released, or run out.
    freed: i32,
    /// Holds made in this transaction.
    made: i64,
    last_position: i64,
    sale_state: SaleState,
    provider_state: ProviderState,
    revision: Option<Uuid>,
    receipt: receipt::Head,
    moves: Vec<Move>,
    /// Whose holds and waitlist positions these moves are of.
    movers: Vec<Uuid>,
    moved_since: Option<Vec<Uuid>>,
}

impl StockRow {
    /// Whether the sale sells as `sale` says: the same approved content, not halted since.
    pub fn is_sold_as(&self, sale: &PublishedSale) -> bool {
        self.revision == Some(sale.revision.0)
            && self.sale_state == sale.state
            && self.provider_state == sale.provider_state
    }

    /// Locks the counters of the item a hold is of.
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

    /// Locks an item's counters and reads them.
    pub async fn lock(conn: &mut PgConnection, tenant: TenantId, item: SaleItemId) -> Result<Self> {
        Self::lock_since(conn, tenant, item, i64::MAX).await
    }

    /// The same, and whose holds and positions moved since the receipt was so long.
    pub async fn lock_since(
        conn: &mut PgConnection,
        tenant: TenantId,
        item: SaleItemId,
        since: i64,
    ) -> Result<Self> {
        let row = sqlx::query!(
            r#"
            SELECT sale_id AS "sale_id!", capacity AS "capacity!", held AS "held!", sold AS "sold!", waiting AS "waiting!", last_position AS "last_position!",
                   receipt_capacity AS "receipt_capacity!", receipt_length AS "receipt_length!", receipt_hash AS "receipt_hash!",
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
        .ok_or_else(|| anyhow::anyhow!("item {item} of tenant {tenant} is sold without stock"))?;
        let mut counters = Self {
            tenant,
            sale: SaleId(row.sale_id),
            item,
            capacity: row.capacity,
            held: row.held,
            sold: row.sold,
            waiting: row.waiting,
            freed: 0,
            made: 0,
            last_position: row.last_position,
            sale_state: row.sale_state,
            provider_state: row.provider_state,
            revision: row.approved_revision_id,
            receipt: receipt::Head { length: row.receipt_length, hash: row.receipt_hash },
            moves: vec![],
            movers: vec![],
            moved_since: row.moved_since.and_then(|accounts| accounts.into_iter().collect()),
        };
        if row.capacity != row.receipt_capacity {
            counters.moves.push(Move::Published { capacity: row.capacity });
        }
        Ok(counters)
    }

    /// How long an item's receipt is now; nothing is locked.
    pub async fn length_now(
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

    /// Whose holds and waitlist positions moved since the length [`StockRow::lock_since`] was told of;
    /// None: nobody can say.
    pub fn moved_since(&self) -> Option<&[Uuid]> {
        self.moved_since.as_deref()
    }

    /// Units neither held nor sold.
    pub fn available(&self) -> i32 {
        self.capacity - self.held - self.sold
    }

    /// The next position at the end of the line.
    pub fn next_position(&mut self) -> i64 {
        self.last_position += POSITION_STEP;
        self.last_position
    }

    /// Counts a move of someone's hold or waitlist position, and writes it into the receipt.
    pub fn count(&mut self, account: AccountId, happened: Move) {
        match happened {
            Move::Published { .. } | Move::Wished { .. } | Move::Placed { .. } => {}
            Move::Held { quantity, .. } => {
                self.held += quantity;
                self.made += 1;
            }
            Move::Waited { .. } => self.waiting += 1,
            Move::Offered { quantity, .. } => {
                self.waiting -= 1;
                self.held += quantity;
                self.made += 1;
            }
            Move::Left { .. } => self.waiting -= 1,
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
        self.moves.push(happened);
        self.movers.push(account.0);
    }

    /// Whether anything was counted.
    pub fn moved(&self) -> bool {
        self.moves.iter().any(|happened| !matches!(happened, Move::Published { .. }))
    }

    /// Keeps what was counted: the counters, and one entry of the receipt. Returns the receipt's
    /// length.
    pub async fn save(self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<i64> {
        self.save_with(conn, now, &[], &[], &[]).await
    }

    /// The same with new holds and waitlist positions of the item, all in one statement; and with
    /// events for the log alone: no job tells of them, because who counts holds and positions reads
    /// them where they are.
    pub async fn save_with(
        self,
        conn: &mut PgConnection,
        now: OffsetDateTime,
        holds: &[NewHold],
        entries: &[NewEntry],
        events: &[NewEvent<'_>],
    ) -> Result<i64> {
        if self.moves.is_empty() {
            return Ok(self.receipt.length);
        }
        let expires_at = holds.first().map_or(now, |new| new.hold.expires_at); // of all of them
        let fewer: Vec<bool> = entries.iter().map(|new| new.entry.accept_fewer).collect();
        let positions: Vec<i64> = entries.iter().map(|new| new.entry.position).collect();
        let (holds, entries) = (Columns::of_holds(holds), Columns::of_entries(entries));
        let event_ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
        let event_kinds: Vec<&str> = events.iter().map(|event| event.kind).collect();
        let event_payloads: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
        let entry = receipt::Entry::after(&self.receipt, self.item, now, &self.moves);
        let query = if entries.ids.is_empty() {
            group!("", self, now, entry, expires_at, holds, event_ids, event_kinds, event_payloads)
        } else {
            group!(
                ", lined_up AS (
                    INSERT INTO waitlist (tenant_id, sale_id, sale_item_id, created_at, id, account_id, idempotency_key, visit_id, quantity, accept_fewer, position)
                    SELECT $1, $2, $3, $4, * FROM UNNEST($25::uuid[], $26::uuid[], $27::text[], $28::uuid[], $29::int[], $30::boolean[], $31::bigint[])
                )",
                self,
                now,
                entry,
                expires_at,
                holds,
                event_ids,
                event_kinds,
                event_payloads,
                &entries.ids,
                &entries.accounts,
                &entries.keys as &[&str],
                &entries.visits as &[Option<Uuid>],
                &entries.quantities,
                &fewer,
                &positions
            )
        };
        query.execute(conn).await?;
        Ok(entry.sequence)
    }
}
