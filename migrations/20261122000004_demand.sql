-- What shoppers do: stock and holds, orders, payments, shipments, click-outs, care, statistics.

-- The counters a sale stands on. held + sold can never pass capacity.
CREATE TABLE stock (
    tenant_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    capacity int NOT NULL CONSTRAINT stock_capacity_not_negative CHECK (capacity >= 0),
    held int NOT NULL DEFAULT 0 CONSTRAINT stock_held_check CHECK (held >= 0),
    sold int NOT NULL DEFAULT 0 CONSTRAINT stock_sold_check CHECK (sold >= 0),
    PRIMARY KEY (tenant_id, sale_item_id),
    CONSTRAINT stock_capacity_check CHECK (held + sold <= capacity)
) WITH (fillfactor = 50);
CREATE INDEX stock_sale_idx ON stock (tenant_id, sale_id);
CALL protect('stock', true, NULL, 'true');

-- No foreign keys: this is the hot table.
CREATE TABLE holds (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    visit_id uuid,                            -- the visit it came from, for statistics
    quantity int NOT NULL CHECK (quantity > 0),
    returned int NOT NULL DEFAULT 0 CONSTRAINT holds_returned_check CHECK (returned BETWEEN 0 AND quantity), -- sold units a refund gave back
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'sold', 'released', 'expired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT holds_idempotency_key UNIQUE (tenant_id, sale_item_id, account_id, idempotency_key)
);
CREATE INDEX holds_expiry_idx ON holds (expires_at) WHERE state = 'held';
CREATE INDEX holds_account_idx ON holds (account_id) WHERE state = 'held';
CREATE INDEX holds_expired_idx ON holds (account_id, expires_at) WHERE state = 'expired';
CALL protect('holds', true, 'account_id = (SELECT scope_account())');

-- An order is the shopper's; each provider sees its own parcel of it.
CREATE SEQUENCE order_numbers START 100001;
GRANT USAGE ON SEQUENCE order_numbers TO smp_app;
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    number text NOT NULL CONSTRAINT orders_number_key UNIQUE,
    state text NOT NULL DEFAULT 'awaiting_payment' CHECK (state IN ('awaiting_payment', 'confirmed', 'fulfilled', 'closed', 'cancelled')),
    email text NOT NULL,
    shipping_address jsonb NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    refunded_minor bigint NOT NULL DEFAULT 0 CONSTRAINT orders_refunded_check CHECK (refunded_minor BETWEEN 0 AND total_minor),
    pay_by timestamptz NOT NULL,              -- the first of its holds to expire
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);
CREATE INDEX orders_account_idx ON orders (account_id, created_at DESC);
CREATE INDEX orders_created_idx ON orders (created_at DESC);
CALL protect('orders', false, 'account_id = (SELECT scope_account())');

CREATE TABLE parcels (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    order_number text NOT NULL,
    state text NOT NULL DEFAULT 'awaiting_payment' CHECK (state IN ('awaiting_payment', 'to_ship', 'shipped', 'delivered', 'cancelled')),
    shipping_address jsonb NOT NULL,
    subtotal_minor bigint NOT NULL CHECK (subtotal_minor >= 0),
    currency text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT parcels_order_key UNIQUE (tenant_id, order_id)
);
CREATE INDEX parcels_work_idx ON parcels (tenant_id, state, created_at);
CALL protect('parcels', true, 'account_id = (SELECT scope_account())');

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
    title text NOT NULL,
    item_name text NOT NULL,
    sku text NOT NULL,
    image_key text,
    quantity int NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT order_lines_hold_key UNIQUE (tenant_id, hold_id, order_id),
    FOREIGN KEY (tenant_id, parcel_id) REFERENCES parcels
);
CREATE INDEX order_lines_order_idx ON order_lines (order_id);
CALL protect('order_lines', true, 'account_id = (SELECT scope_account())');

CREATE TABLE payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    gateway text NOT NULL CHECK (gateway IN ('sandbox', 'stripe', 'cash_on_delivery')),
    state text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled', 'due', 'collected', 'refused')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL,
    reference text NOT NULL,                  -- the gateway's own id
    card_brand text,
    card_last4 text,
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_order_idx ON payments (order_id);
CREATE UNIQUE INDEX payments_one_success_key ON payments (order_id) WHERE state IN ('requires_action', 'processing', 'succeeded', 'collected');
CALL protect('payments', false, 'account_id = (SELECT scope_account())');

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    payment_id uuid NOT NULL REFERENCES payments,
    account_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'pending', 'succeeded', 'failed')),
    reason text NOT NULL,
    requested_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
CREATE INDEX refunds_order_idx ON refunds (order_id);
CALL protect('refunds', false, NULL, 'account_id = (SELECT scope_account())');

CREATE TABLE shipments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    carrier text NOT NULL CHECK (length(carrier) BETWEEN 1 AND 80),
    tracking_number text NOT NULL CHECK (length(tracking_number) BETWEEN 1 AND 80),
    tracking_url text,
    state text NOT NULL DEFAULT 'handed_over' CHECK (state IN ('created', 'handed_over', 'in_transit', 'delivered', 'returned_to_sender')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT shipments_tracking_key UNIQUE (tenant_id, carrier, tracking_number),
    FOREIGN KEY (tenant_id, parcel_id) REFERENCES parcels
);
CREATE INDEX shipments_order_idx ON shipments (order_id);
CALL protect('shipments', true, NULL, 'account_id = (SELECT scope_account())');

CREATE TABLE shipment_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments
);
CREATE INDEX shipment_events_shipment_idx ON shipment_events (tenant_id, shipment_id, created_at);
CALL protect('shipment_events', true, NULL, 'account_id = (SELECT scope_account())');

-- Redirect mode.
CREATE TABLE click_outs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid,
    visit_id uuid,
    quantity int NOT NULL CHECK (quantity > 0),
    target_url text NOT NULL,                 -- the approved URL it went to
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX click_outs_sale_idx ON click_outs (tenant_id, sale_id, created_at);
CALL protect('click_outs', true, NULL, 'account_id = (SELECT scope_account())');

CREATE TABLE conversions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    click_out_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    account_id uuid,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 120), -- the provider's own order number
    quantity int NOT NULL CHECK (quantity > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    tracking_url text,
    state text NOT NULL DEFAULT 'reported' CHECK (state IN ('reported', 'confirmed', 'reversed')),
    reported_at timestamptz NOT NULL DEFAULT now(),
    reversed_at timestamptz,
    reversal_reason text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT conversions_reference_key UNIQUE (tenant_id, reference),
    FOREIGN KEY (tenant_id, click_out_id) REFERENCES click_outs
);
CREATE INDEX conversions_sale_idx ON conversions (tenant_id, sale_id);
CALL protect('conversions', true, NULL, 'account_id = (SELECT scope_account())');

-- Customer service. A conversation about a provider's sale carries its tenant; one about SMP itself the nil tenant.
CREATE TABLE conversations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    order_id uuid,
    order_number text,
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 140),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'waiting', 'resolved')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX conversations_queue_idx ON conversations (state, updated_at);
CREATE INDEX conversations_account_idx ON conversations (account_id, updated_at DESC);
CALL protect('conversations', true, 'account_id = (SELECT scope_account())');

CREATE TABLE conversation_messages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    account_id uuid NOT NULL,                 -- whose conversation it is
    author text NOT NULL CHECK (author IN ('shopper', 'support')),
    author_id uuid NOT NULL,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations
);
CREATE INDEX conversation_messages_idx ON conversation_messages (tenant_id, conversation_id, created_at);
CALL protect('conversation_messages', true, 'account_id = (SELECT scope_account())');

CREATE TABLE feedback (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    order_number text,                        -- hosted; null after a click-out
    rating int NOT NULL CHECK (rating BETWEEN 1 AND 5),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 4000),
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'published', 'hidden')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_once_key UNIQUE (tenant_id, sale_id, account_id)
);
CREATE INDEX feedback_created_idx ON feedback (created_at DESC);
CALL protect('feedback', true, 'account_id = (SELECT scope_account())');

-- Statistics: what a visitor did, without who they are.
CREATE TABLE visits (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    access_point_id uuid,                     -- null: came by itself
    visitor_id uuid NOT NULL,                 -- a random cookie, not a person
    started_at timestamptz NOT NULL DEFAULT now(),
    seconds_on_page int NOT NULL DEFAULT 0 CHECK (seconds_on_page BETWEEN 0 AND 86400),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX visits_sale_idx ON visits (tenant_id, sale_id, started_at);
CALL protect('visits', true);

CREATE TABLE interactions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    visit_id uuid,
    kind text NOT NULL CHECK (kind IN ('favourite', 'unfavourite', 'share', 'click_out', 'hold', 'checkout', 'address', 'payment', 'purchase', 'refund', 'conversion', 'reversal', 'feedback')),
    quantity int NOT NULL DEFAULT 1,
    amount_minor bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX interactions_sale_idx ON interactions (tenant_id, sale_id, created_at);
CALL protect('interactions', true);

CREATE TABLE favourites (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    visitor_id uuid NOT NULL,                 -- the cookie, so that one need not sign in to like something
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sale_id, visitor_id)
);
CALL protect('favourites', true);
