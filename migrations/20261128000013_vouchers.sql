-- Vouchers that were bought: one for each unit of an order line.

CREATE TABLE vouchers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    parcel_id uuid NOT NULL,
    line_id uuid NOT NULL,
    account_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    code_sealed bytea NOT NULL,                -- encrypted with a key made from SMP_SECRET
    code_hash bytea NOT NULL CONSTRAINT vouchers_code_key UNIQUE, -- SHA-256; finds a code
    state text NOT NULL DEFAULT 'issued'
        CHECK (state IN ('issued', 'active', 'exhausted', 'expired', 'void')),
    issued_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    voided_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES order_lines
);
CREATE INDEX vouchers_order_idx ON vouchers (order_id);
CALL protect('vouchers', true, published => 'account_id = (SELECT scope_account())');
