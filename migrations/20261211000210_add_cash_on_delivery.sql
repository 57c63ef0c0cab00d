-- Cash on delivery: the codes that confirm an order, and what providers collected at the door.

CREATE TABLE cash_codes (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments,
    account_id uuid NOT NULL,
    phone text NOT NULL,                       -- E.164
    code_hash text NOT NULL,                   -- keyed; of the code together with what it pays
    sealed_text bytea,                         -- the SMS, until it is queued
    wrong_tries int NOT NULL DEFAULT 0 CHECK (wrong_tries BETWEEN 0 AND 5),
    state text NOT NULL DEFAULT 'alive' CHECK (state IN ('alive', 'used', 'replaced', 'void')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX cash_codes_one_alive_key ON cash_codes (payment_id) WHERE state = 'alive';
CREATE INDEX cash_codes_payment_idx ON cash_codes (payment_id, created_at DESC);
CREATE INDEX cash_codes_phone_idx ON cash_codes (phone, created_at);
CREATE INDEX cash_codes_account_idx ON cash_codes (account_id, created_at);
CREATE INDEX cash_codes_created_idx ON cash_codes (created_at);
CALL protect('cash_codes', false);

-- What became of a parcel at the door; no row: it is still to be paid there.
CREATE TABLE cash_collections (
    tenant_id uuid NOT NULL,
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    payment_id uuid NOT NULL REFERENCES payments,
    account_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('collected', 'refused')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0), -- collected, or not
    currency text NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, parcel_id)
);
CREATE INDEX cash_collections_order_idx ON cash_collections (order_id);
CREATE INDEX cash_collections_refused_idx ON cash_collections (account_id, noted_at)
    WHERE outcome = 'refused';
CALL protect('cash_collections', true, published => 'account_id = (SELECT scope_account())');
