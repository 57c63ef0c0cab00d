-- Payments through a gateway, and refunds.

CREATE TABLE payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    gateway text NOT NULL CHECK (gateway IN ('sandbox', 'stripe', 'cash_on_delivery')),
    state text NOT NULL DEFAULT 'created' CHECK (state IN (
        'created', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled',
        'due', 'collected', 'refused'
    )),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL,
    reference text NOT NULL,                   -- the gateway's own id
    card_brand text,
    card_last4 text,
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_order_idx ON payments (order_id);
-- An order is paid once: one payment at a time is under way or has succeeded.
CREATE UNIQUE INDEX payments_one_success_key ON payments (order_id)
    WHERE state IN ('requires_action', 'processing', 'succeeded', 'collected');
CALL protect('payments', false, shopper_rows => true);

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    parcel_id uuid,                            -- null: for the whole order
    payment_id uuid NOT NULL REFERENCES payments,
    account_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    state text NOT NULL DEFAULT 'requested'
        CHECK (state IN ('requested', 'pending', 'succeeded', 'failed')),
    reason text NOT NULL,
    requested_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
CREATE INDEX refunds_order_idx ON refunds (order_id);
CALL protect('refunds', false, published => 'account_id = (SELECT scope_account())');
