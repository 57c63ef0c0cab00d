-- Orders, with a parcel for each provider and a line for each hold.

CREATE SEQUENCE order_numbers START 100001;
GRANT USAGE ON SEQUENCE order_numbers TO smp_app;

-- An order belongs to the shopper and not to a tenant; a provider sees its own parcel.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    number text NOT NULL CONSTRAINT orders_number_key UNIQUE,
    state text NOT NULL DEFAULT 'awaiting_payment' CHECK (state IN (
        'awaiting_payment', 'confirmed', 'fulfilled', 'closed', 'cancelled'
    )),
    email text NOT NULL,
    shipping_address jsonb NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    refunded_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT orders_refunded_check CHECK (refunded_minor BETWEEN 0 AND total_minor),
    pay_by timestamptz NOT NULL,               -- when the first of its holds expires
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);
CREATE INDEX orders_account_idx ON orders (account_id, created_at DESC);
CREATE INDEX orders_created_idx ON orders (created_at DESC);
CALL protect('orders', false, shopper_rows => true);

CREATE TABLE parcels (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    order_number text NOT NULL,
    state text NOT NULL DEFAULT 'awaiting_payment' CHECK (state IN (
        'awaiting_payment', 'to_ship', 'shipped', 'delivered', 'cancelled'
    )),
    shipping_address jsonb NOT NULL,
    subtotal_minor bigint NOT NULL CHECK (subtotal_minor >= 0),
    currency text NOT NULL,
    promised_ship_by timestamptz,              -- of several sales, the earliest
    promise_missed_at timestamptz,             -- when the missed promise was noticed
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT parcels_order_key UNIQUE (tenant_id, order_id)
);
CREATE INDEX parcels_work_idx ON parcels (tenant_id, state, created_at);
CREATE INDEX parcels_promised_idx ON parcels (promised_ship_by)
    WHERE state = 'to_ship' AND promise_missed_at IS NULL;
CALL protect('parcels', true, shopper_rows => true);

CREATE TABLE order_lines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    visit_id uuid,
    -- As they were in the approved revision.
    title text NOT NULL,
    item_name text NOT NULL,
    sku text NOT NULL,
    image_key text,                            -- in object storage
    quantity int NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    slot_starts_on date,
    slot_ends_on date,
    voucher_valid_days int,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT order_lines_hold_key UNIQUE (tenant_id, hold_id, order_id),
    FOREIGN KEY (tenant_id, parcel_id) REFERENCES parcels
);
CREATE INDEX order_lines_order_idx ON order_lines (order_id);
CALL protect('order_lines', true, shopper_rows => true);
