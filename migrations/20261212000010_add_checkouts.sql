-- Checkouts of their own, which keep what was typed, and what an order takes of them.

ALTER TABLE orders
    ADD phone text NOT NULL DEFAULT '',        -- of the customer, in E.164
    ADD billing_address jsonb,                 -- null: the shipping address
    ADD vat_id text NOT NULL DEFAULT '';       -- as it was typed, without spaces; only its form is checked

CREATE TABLE checkouts (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'placed', 'abandoned')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    hold_ids uuid[] NOT NULL CHECK (cardinality(hold_ids) > 0),  -- ascending
    fields jsonb NOT NULL DEFAULT '{}',        -- what was typed, by field; not checked
    version int NOT NULL DEFAULT 1,
    order_number text,                         -- once it is placed
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT checkouts_placed_check CHECK ((state = 'placed') = (order_number IS NOT NULL))
);
CREATE INDEX checkouts_account_idx ON checkouts (account_id, updated_at DESC);
CREATE INDEX checkouts_open_idx ON checkouts (id) WHERE state = 'open';
CREATE INDEX checkouts_updated_idx ON checkouts (updated_at);
CALL protect('checkouts', false, shopper_rows => true);
