-- An order freezes its price by components: what was charged for what, who bears it, how it was
-- rounded. They are written when the order is placed, and never change.

CREATE TABLE order_components (
    tenant_id uuid NOT NULL,                   -- whose it is; the nil id: SMP's
    order_id uuid NOT NULL REFERENCES orders,
    position int NOT NULL CHECK (position >= 0), -- in the order
    account_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('line', 'discount', 'shipping', 'tax', 'fee')),
    payer text NOT NULL CHECK (payer IN ('shopper', 'provider', 'smp')),
    line_id uuid,                              -- null: all that the tenant sells in the order
    amount_minor bigint NOT NULL,
    included boolean NOT NULL,                 -- contained in the other amounts, not added to them
    rate_ppm int CHECK (rate_ppm BETWEEN 0 AND 1000000),
    rounding text NOT NULL CHECK (rounding IN ('exact', 'half_up', 'largest_remainder')),
    PRIMARY KEY (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, line_id) REFERENCES order_lines,
    CONSTRAINT order_components_sign_check CHECK (
        CASE WHEN kind = 'discount' THEN amount_minor <= 0 ELSE amount_minor >= 0 END
    )
);
CREATE INDEX order_components_order_idx ON order_components (order_id);
CALL protect('order_components', true, shopper_rows => true);
REVOKE UPDATE, DELETE ON order_components FROM smp_app;

-- Orders until now cost the sum of their lines.
SET LOCAL smp.scope = 'platform';
INSERT INTO order_components (tenant_id, order_id, position, account_id, kind, payer, line_id,
    amount_minor, included, rounding)
SELECT tenant_id, order_id,
    row_number() OVER (PARTITION BY order_id ORDER BY tenant_id, hold_id) - 1,
    account_id, 'line', 'shopper', id, quantity * unit_price_minor, false, 'exact'
FROM order_lines;
SET LOCAL smp.scope = '';
