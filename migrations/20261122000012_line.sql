-- The waitlist, and the receipt of every move of stock. Counters, line and receipt of an item move together under the lock
-- of its stock row.
ALTER TABLE stock
    ADD COLUMN waiting int NOT NULL DEFAULT 0 CONSTRAINT stock_waiting_check CHECK (waiting >= 0), -- entries in line
    ADD COLUMN line_end bigint NOT NULL DEFAULT 0,       -- the last place in line that was given out
    ADD COLUMN receipt_capacity int NOT NULL DEFAULT 0,  -- the capacity the receipt tells of
    ADD COLUMN receipt_length bigint NOT NULL DEFAULT 0, -- entries of the receipt
    ADD COLUMN receipt_hash text NOT NULL DEFAULT '';    -- of its last entry

-- A hold is not let go before this while a payment for it is under way.
ALTER TABLE holds ADD COLUMN paying_until timestamptz;

-- A shopper's key stands for one press of Buy at a provider, whatever was wanted.
ALTER TABLE holds DROP CONSTRAINT holds_idempotency_key,
    ADD CONSTRAINT holds_idempotency_key UNIQUE (tenant_id, account_id, idempotency_key);
-- The key no longer leads by the item, and the monitor and the outlook of the line read the holds of one.
CREATE INDEX holds_item_idx ON holds (tenant_id, sale_item_id);

CREATE TABLE waitlist (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    visit_id uuid,
    quantity int NOT NULL CONSTRAINT waitlist_quantity_check CHECK (quantity > 0),
    accept_fewer boolean NOT NULL DEFAULT false, -- takes what is there rather than wait for all
    place bigint NOT NULL,                       -- the lower comes first; there is room between two for a manager's move
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'offered', 'taken', 'lapsed', 'left')),
    hold_id uuid,                                -- what an offer holds for it
    created_at timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
-- One place in line for each shopper and item.
CREATE UNIQUE INDEX waitlist_open_key ON waitlist (tenant_id, sale_item_id, account_id) WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_line_idx ON waitlist (tenant_id, sale_item_id, place) WHERE state = 'waiting';
CREATE INDEX waitlist_hold_idx ON waitlist (tenant_id, hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX waitlist_account_idx ON waitlist (account_id) WHERE state IN ('waiting', 'offered');
CALL protect('waitlist', true, 'account_id = (SELECT scope_account())');

-- What happened to an item's stock, in order, each entry bound to the one before by its hash. Append-only; no personal data.
CREATE TABLE receipt_entries (
    tenant_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sequence bigint NOT NULL,
    sale_id uuid NOT NULL,
    at timestamptz NOT NULL,
    moves json NOT NULL,                         -- json keeps the text as it was hashed
    hash text NOT NULL,
    PRIMARY KEY (tenant_id, sale_item_id, sequence)
);
ALTER TABLE receipt_entries ALTER COLUMN moves SET STORAGE EXTERNAL; -- packing it costs more than the room it takes
CREATE INDEX receipt_entries_sale_idx ON receipt_entries (tenant_id, sale_id, sale_item_id, sequence);
CALL protect('receipt_entries', true, NULL, 'true');
REVOKE UPDATE, DELETE ON receipt_entries FROM smp_app;

ALTER TABLE interactions DROP CONSTRAINT interactions_kind_check,
    ADD CONSTRAINT interactions_kind_check CHECK (kind IN ('favourite', 'unfavourite', 'share', 'click_out', 'hold', 'waitlist', 'checkout', 'address',
        'payment', 'purchase', 'refund', 'conversion', 'reversal', 'feedback'));
