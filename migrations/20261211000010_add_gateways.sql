-- Gateways of any kind: what a shopper does next, when a payment or a refund is looked up again, the
-- notices that gateways sent, and what the sandbox's made-up bank knows.

ALTER TABLE payments RENAME COLUMN card_brand TO method_brand;
ALTER TABLE payments RENAME COLUMN card_last4 TO method_last4;
ALTER TABLE payments
    DROP CONSTRAINT payments_gateway_check,
    ADD COLUMN next_action jsonb,              -- what the shopper does next; null: nothing
    ADD COLUMN note text NOT NULL DEFAULT '',  -- for SMP's team
    ADD COLUMN check_at timestamptz,           -- looked up next; null: its outcome is known
    ADD COLUMN looks int NOT NULL DEFAULT 0,   -- how often it was looked up by the clock
    ADD COLUMN wait_until timestamptz;         -- the holds wait for it until then
CREATE INDEX payments_check_idx ON payments (check_at)
    WHERE state IN ('created', 'requires_action', 'processing');
-- An order is paid once. Which payments may be under way at a time, the lock of the order decides.
DROP INDEX payments_one_success_key;
CREATE UNIQUE INDEX payments_one_success_key ON payments (order_id)
    WHERE state IN ('succeeded', 'due', 'collected');

ALTER TABLE refunds
    ADD COLUMN reference text NOT NULL DEFAULT '', -- the gateway's own id
    ADD COLUMN check_at timestamptz,               -- looked up next, while it is pending
    ADD COLUMN looks int NOT NULL DEFAULT 0,
    ADD COLUMN surplus boolean NOT NULL DEFAULT false; -- of money that paid for nothing
CREATE INDEX refunds_check_idx ON refunds (check_at) WHERE state = 'pending';
CREATE INDEX refunds_payment_idx ON refunds (payment_id);

-- Webhooks and returns by form whose signature held. One that was handled is not handled again.
CREATE TABLE gateway_notices (
    gateway text NOT NULL,
    id text NOT NULL,                          -- the gateway's own
    kind text NOT NULL,
    payment_id uuid,
    refund_id uuid,
    received_at timestamptz NOT NULL,
    handled_at timestamptz,
    PRIMARY KEY (gateway, id)
);
CREATE INDEX gateway_notices_received_idx ON gateway_notices (received_at);
CALL protect('gateway_notices', false);

-- What the made-up bank of the sandbox knows. No other code reads it.
CREATE TABLE sandbox_payments (
    id uuid PRIMARY KEY,                       -- the payment's
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    order_number text NOT NULL,
    return_url text NOT NULL,
    answer text CHECK (answer IN (
        'approve', 'decline', 'approve_late', 'time_out', 'approve_refund_late', 'cancel'
    )),
    answered_at timestamptz
);
CALL protect('sandbox_payments', false);

CREATE TABLE sandbox_refunds (
    id uuid PRIMARY KEY,                       -- the refund's
    payment_id uuid NOT NULL REFERENCES sandbox_payments ON DELETE CASCADE,
    amount_minor bigint NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX sandbox_refunds_payment_idx ON sandbox_refunds (payment_id);
CALL protect('sandbox_refunds', false);

SET LOCAL smp.scope = 'platform';
-- What the sandbox took before it had a bank. What was under way then took nothing.
INSERT INTO sandbox_payments
    (id, amount_minor, currency, order_number, return_url, answer, answered_at)
SELECT p.id, p.amount_minor, p.currency, o.number, '',
       CASE WHEN p.state = 'succeeded' THEN 'approve' ELSE 'decline' END, p.updated_at
FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.gateway = 'sandbox';
UPDATE payments SET check_at = now()
WHERE state IN ('created', 'requires_action', 'processing');
SET LOCAL smp.scope = '';
