-- Stock, holds, the waitlist, and the receipt of every change to them.
--
-- These tables take the rush, so they have no foreign keys and as few indexes as possible: index
-- entries are half of what a hold costs the database. The stock row, holds, waitlist and receipt of
-- an item change together, under the lock of its stock row.

CREATE TABLE stock (
    tenant_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    -- Units.
    verified int NOT NULL                      -- what a manager verified of the guarantee
        CONSTRAINT stock_verified_not_negative CHECK (verified >= 0),
    capacity int NOT NULL CONSTRAINT stock_capacity_not_negative CHECK (capacity >= 0),
    held int NOT NULL DEFAULT 0 CONSTRAINT stock_held_check CHECK (held >= 0),
    sold int NOT NULL DEFAULT 0 CONSTRAINT stock_sold_check CHECK (sold >= 0),
    freed int NOT NULL DEFAULT 0               -- held, then released or expired
        CONSTRAINT stock_freed_check CHECK (freed >= 0),
    -- Counted as they change, because a hot item has too many rows to count.
    waiting int NOT NULL DEFAULT 0             -- waitlist entries that wait
        CONSTRAINT stock_waiting_check CHECK (waiting >= 0),
    holds_made bigint NOT NULL DEFAULT 0,      -- holds in any state
    last_position bigint NOT NULL DEFAULT 0,   -- the last waitlist position given out
    -- The end of the receipt.
    receipt_length bigint NOT NULL DEFAULT 0,  -- entries
    receipt_capacity int NOT NULL DEFAULT 0,   -- the capacity it records
    receipt_hash text NOT NULL DEFAULT '',     -- of its last entry
    PRIMARY KEY (tenant_id, sale_item_id),
    CONSTRAINT stock_capacity_check CHECK (held + sold <= capacity),
    CONSTRAINT stock_verified_check CHECK (capacity <= verified)
) WITH (fillfactor = 50);
CREATE INDEX stock_sale_idx ON stock (tenant_id, sale_id);
CALL protect('stock', true, published => 'true');

CREATE TABLE holds (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    visit_id uuid,                             -- the visit it came from, for statistics
    quantity int NOT NULL CHECK (quantity > 0),
    returned int NOT NULL DEFAULT 0            -- sold units that a refund gave back
        CONSTRAINT holds_returned_check CHECK (returned BETWEEN 0 AND quantity),
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'sold', 'released', 'expired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    paying_until timestamptz,                  -- a payment is under way: not expired before this
    resolved_at timestamptz,
    -- Ids ascend with time: led by the id, the entries of new holds go to the end of the index. Led
    -- by the tenant, they would be spread over it.
    PRIMARY KEY (id, tenant_id),
    -- One key is one press of Buy at a provider. Led by the account, the same index finds what a
    -- shopper holds and has bought.
    CONSTRAINT holds_idempotency_key UNIQUE (account_id, tenant_id, idempotency_key)
);
-- Items with overdue holds are found by stepping from item to item. An index led by the time would
-- lead through every overdue hold, and after a rush a hundred thousand expire in the same second.
CREATE INDEX holds_held_idx ON holds (tenant_id, sale_item_id, expires_at) WHERE state = 'held';
-- Not one index with holds_held_idx: led by the state, each new entry costs one more comparison.
CREATE INDEX holds_sold_idx ON holds (tenant_id, sale_item_id) WHERE state = 'sold';
CALL protect('holds', true, shopper_rows => true);

CREATE TABLE waitlist (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    visit_id uuid,
    quantity int NOT NULL CONSTRAINT waitlist_quantity_check CHECK (quantity > 0),
    accept_fewer boolean NOT NULL DEFAULT false, -- takes fewer units rather than wait for all
    position bigint NOT NULL,                  -- ascending, with gaps so that entries can be moved
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'offered', 'taken', 'lapsed', 'left')),
    hold_id uuid,                              -- the units offered
    created_at timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (id, tenant_id)                -- led by the id, as in holds
);
-- One open entry per shopper and item.
CREATE UNIQUE INDEX waitlist_open_key ON waitlist (account_id, tenant_id, sale_item_id)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_position_idx ON waitlist (tenant_id, sale_item_id, position)
    WHERE state = 'waiting';
CREATE INDEX waitlist_hold_idx ON waitlist (tenant_id, hold_id) WHERE hold_id IS NOT NULL;
CALL protect('waitlist', true, shopper_rows => true);

-- Every change to an item's stock, in order. The hash of an entry covers the entry before it.
-- Append-only.
CREATE TABLE receipt_entries (
    tenant_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sequence bigint NOT NULL,                  -- from 1, without gaps
    sale_id uuid NOT NULL,
    at timestamptz NOT NULL,
    moves text NOT NULL,                       -- JSON, kept as the text that was hashed
    hash text NOT NULL,
    -- The accounts whose holds and waitlist entries moved. Other nodes drop what they remember of
    -- them; null: of everybody. Never published.
    accounts uuid[],
    PRIMARY KEY (tenant_id, sale_item_id, sequence)
);
-- Not compressed: compressing them costs more time than the space is worth.
ALTER TABLE receipt_entries
    ALTER COLUMN moves SET STORAGE EXTERNAL,
    ALTER COLUMN accounts SET STORAGE EXTERNAL;
CREATE INDEX receipt_entries_sale_idx
    ON receipt_entries (tenant_id, sale_id, sale_item_id, sequence);
CALL protect('receipt_entries', true, published => 'true');
REVOKE UPDATE, DELETE ON receipt_entries FROM smp_app;

-- Locks an item's stock row, then reads it with the state of its sale and provider.
--
-- Lock and read are two statements: a single one that waited for the lock would return the sale as
-- it was before the wait, and a sale halted meanwhile would still sell. They are one function so
-- that the lock is held for one round trip less.
--
-- `since` is the length of the receipt the caller knows. `moved_since` lists the accounts of the
-- entries after it, with a null for an entry that names none. It is null as a whole when there are
-- more than `moves_max` such entries.
CREATE FUNCTION lock_stock(tenant uuid, item uuid, since bigint, moves_max bigint)
RETURNS TABLE (
    sale_id uuid,
    capacity int,
    held int,
    sold int,
    waiting int,
    last_position bigint,
    receipt_capacity int,
    receipt_length bigint,
    receipt_hash text,
    sale_state text,
    approved_revision_id uuid,
    provider_state text,
    moved_since uuid[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM stock WHERE tenant_id = tenant AND sale_item_id = item FOR UPDATE;
    RETURN QUERY
    SELECT k.sale_id, k.capacity, k.held, k.sold, k.waiting, k.last_position, k.receipt_capacity,
           k.receipt_length, k.receipt_hash, s.state, s.approved_revision_id, p.state,
           CASE
               WHEN k.receipt_length = since THEN '{}'
               -- The usual case when two nodes take turns: no need to unnest the array.
               WHEN k.receipt_length = since + 1 THEN (
                   SELECT coalesce(accounts, ARRAY[NULL::uuid]) FROM receipt_entries
                   WHERE tenant_id = tenant AND sale_item_id = item AND sequence = since + 1
               )
               WHEN k.receipt_length BETWEEN since AND since + moves_max THEN ARRAY(
                   SELECT account
                   FROM receipt_entries, UNNEST(coalesce(accounts, ARRAY[NULL::uuid])) AS account
                   WHERE tenant_id = tenant AND sale_item_id = item AND sequence > since
               )
           END
    FROM stock k,
        -- Each found by its whole key: a join read every sale of the provider at each lock.
        LATERAL (
            SELECT state, approved_revision_id FROM sales
            WHERE tenant_id = k.tenant_id AND id = k.sale_id LIMIT 1
        ) s,
        LATERAL (SELECT state FROM providers WHERE tenant_id = k.tenant_id LIMIT 1) p
    WHERE k.tenant_id = tenant AND k.sale_item_id = item;
END $$;
