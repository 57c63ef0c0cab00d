-- Redirect mode: click-outs to a provider's own cart, and the conversions it reports back.

CREATE TABLE click_outs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    account_id uuid,                           -- null: not signed in
    visit_id uuid,
    quantity int NOT NULL CHECK (quantity > 0),
    target_url text NOT NULL,                  -- the approved URL it led to
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX click_outs_sale_idx ON click_outs (tenant_id, sale_id, created_at);
CALL protect('click_outs', true, published => 'account_id = (SELECT scope_account())');

CREATE TABLE conversions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    click_out_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    account_id uuid,
    reference text NOT NULL                    -- the provider's own order number
        CHECK (length(reference) BETWEEN 1 AND 120),
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
CALL protect('conversions', true, published => 'account_id = (SELECT scope_account())');
