-- Refunds by line and quantity, by providers too, and what becomes of those that a gateway refused.

CREATE TABLE refund_lines (
    tenant_id uuid NOT NULL,
    refund_id uuid NOT NULL REFERENCES refunds,
    line_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    -- Zero in the second of two refunds to two payments: the first has the units.
    quantity int NOT NULL CHECK (quantity >= 0),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    restock text NOT NULL CHECK (restock IN ('never_sold', 'came_back', 'lost')),
    PRIMARY KEY (tenant_id, refund_id, line_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES order_lines
);
CREATE INDEX refund_lines_order_idx ON refund_lines (order_id);
CALL protect('refund_lines', true, shopper_rows => true);
REVOKE UPDATE, DELETE ON refund_lines FROM smp_app;

ALTER TABLE refunds
    DROP CONSTRAINT refunds_state_check,
    ADD CONSTRAINT refunds_state_check CHECK (state IN (
        'requested', 'pending', 'succeeded', 'failed', 'settled_elsewhere'
    )),
    ADD COLUMN provider_id uuid,                      -- the provider that made it; null: SMP or the shopper
    ADD COLUMN failure text NOT NULL DEFAULT '',      -- why the gateway refused it, for SMP's team
    ADD COLUMN failed_at timestamptz,                 -- when it, or the one it is another try of, was first refused
    ADD COLUMN retried_as uuid REFERENCES refunds,    -- the next try of a refused refund
    ADD COLUMN settled_note text NOT NULL DEFAULT ''; -- how it was paid another way, for SMP's team
CREATE INDEX refunds_failed_idx ON refunds (failed_at, id) WHERE state = 'failed' AND retried_as IS NULL;
CREATE INDEX refunds_provider_idx ON refunds (provider_id, created_at) WHERE provider_id IS NOT NULL;

SET LOCAL smp.scope = 'platform';
UPDATE refunds SET failed_at = coalesce(settled_at, created_at) WHERE state = 'failed';
SET LOCAL smp.scope = '';
