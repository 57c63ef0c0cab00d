-- Deposits in SMP's own checkout: what an order asks for at once and what is left, the payment of each
-- part, and the day on which something is next due for the rest.

ALTER TABLE sale_items
    ADD COLUMN deposit_refundable boolean NOT NULL DEFAULT false, -- when the rest is not paid
    ADD CONSTRAINT sale_items_refundable_check CHECK (
        NOT deposit_refundable OR deposit_minor IS NOT NULL
    );

ALTER TABLE order_lines
    ADD COLUMN deposit_minor bigint,           -- for each unit; null: its whole price was due at once
    ADD COLUMN rest_due_on date,
    ADD CONSTRAINT order_lines_deposit_check CHECK (
        (deposit_minor IS NULL) = (rest_due_on IS NULL)
        AND deposit_minor BETWEEN 1 AND unit_price_minor
    );

ALTER TABLE orders
    ADD COLUMN rest_minor bigint NOT NULL DEFAULT 0, -- of the total; what is left of it is due at once
    ADD COLUMN kept_minor bigint NOT NULL DEFAULT 0, -- of the deposits, if the rest is not paid
    ADD COLUMN rest_due_on date,               -- of several lines, the earliest
    ADD COLUMN rest_next_on date,              -- the next reminder, or the day it lapses; null: nothing is due
    ADD COLUMN rest_paid_at timestamptz,
    ADD CONSTRAINT orders_rest_check CHECK (
        rest_minor BETWEEN 0 AND total_minor
        AND (rest_minor > 0) = (rest_due_on IS NOT NULL)
        AND kept_minor BETWEEN 0 AND total_minor - rest_minor
        AND (rest_minor > 0 OR rest_next_on IS NULL AND rest_paid_at IS NULL)
    ),
    DROP CONSTRAINT orders_cancel_reason_check,
    ADD CONSTRAINT orders_cancel_reason_check CHECK (
        cancel_reason IN ('shopper', 'replaced', 'lapsed', 'units_gone', 'rest_unpaid')
    );
CREATE INDEX orders_rest_next_idx ON orders (rest_next_on) WHERE rest_next_on IS NOT NULL;

ALTER TABLE parcels
    ADD COLUMN rest_unpaid boolean NOT NULL DEFAULT false; -- kept, not shipped, until the rest is paid

ALTER TABLE payments
    ADD COLUMN part text NOT NULL DEFAULT 'whole' CHECK (part IN ('whole', 'deposit', 'rest'));
DROP INDEX payments_one_success_key;
CREATE UNIQUE INDEX payments_one_success_key ON payments (order_id, part)
    WHERE state IN ('succeeded', 'due', 'collected');
