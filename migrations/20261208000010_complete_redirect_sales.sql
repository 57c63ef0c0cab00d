-- Redirect mode for all four kinds; what a provider reports, kept as it was received; and how many units
-- of its guarantee it has reported as bought.

ALTER TABLE sales DROP CONSTRAINT sales_kind_mode_check;
-- In redirect mode: whether an item is shown as sold out when all guaranteed units are reported.
ALTER TABLE sales ADD COLUMN sold_out_at_guarantee boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT sales_sold_out_at_guarantee_check
        CHECK (mode = 'redirect' OR NOT sold_out_at_guarantee);

-- Of an item on sale in a provider's own cart, since its approval: what is guaranteed, and what was
-- reported as bought, less what was reversed. More may be reported than is guaranteed.
CREATE TABLE guaranteed_units (
    tenant_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    guaranteed int NOT NULL CHECK (guaranteed BETWEEN 1 AND 10000000),
    reported bigint NOT NULL DEFAULT 0 CHECK (reported >= 0),
    sells_out boolean NOT NULL,                -- shown as sold out when reported >= guaranteed
    warned_at timestamptz,                     -- when its provider was told that little is left
    PRIMARY KEY (tenant_id, sale_item_id),
    FOREIGN KEY (tenant_id, sale_item_id) REFERENCES sale_items ON DELETE CASCADE
);
CREATE INDEX guaranteed_units_sale_idx ON guaranteed_units (tenant_id, sale_id);
CALL protect('guaranteed_units', true, published => 'sells_out');

ALTER TABLE click_outs ADD COLUMN test boolean NOT NULL DEFAULT false; -- made by the provider itself

-- The state of a conversion follows from its reports alone; it is stored for lists and figures.
ALTER TABLE conversions
    ADD COLUMN sale_item_id uuid,
    ADD COLUMN channel text NOT NULL DEFAULT 'api_key'
        CHECK (channel IN ('api_key', 'pixel', 'csv', 'portal')),
    ADD COLUMN counted boolean NOT NULL DEFAULT true, -- in figures and against the guarantee
    ADD COLUMN test boolean NOT NULL DEFAULT false,
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN confirmation_number text CHECK (length(confirmation_number) BETWEEN 1 AND 120),
    ADD COLUMN ships_on date,
    ADD COLUMN code_sealed bytea,
    ADD COLUMN reversed_quantity int NOT NULL DEFAULT 0,
    ADD COLUMN reversed_minor bigint NOT NULL DEFAULT 0;
SELECT set_config('smp.scope', 'platform', true);
UPDATE conversions c SET sale_item_id = o.sale_item_id FROM click_outs o
    WHERE o.tenant_id = c.tenant_id AND o.id = c.click_out_id;
UPDATE conversions SET reversed_quantity = quantity, reversed_minor = amount_minor
    WHERE state = 'reversed';
INSERT INTO guaranteed_units (tenant_id, sale_item_id, sale_id, guaranteed, reported, sells_out)
    SELECT s.tenant_id, i.id, s.id, coalesce(i.guaranteed_quantity, i.capacity), (
        SELECT coalesce(sum(c.quantity), 0) FROM conversions c
        WHERE c.tenant_id = s.tenant_id AND c.sale_item_id = i.id AND c.state <> 'reversed'
    ), false
    FROM sales s JOIN sale_items i ON i.tenant_id = s.tenant_id AND i.sale_id = s.id
    WHERE s.mode = 'redirect' AND s.approved_revision_id IS NOT NULL;
SELECT set_config('smp.scope', '', true);
ALTER TABLE conversions
    ALTER COLUMN sale_item_id SET NOT NULL,
    ADD CONSTRAINT conversions_reversed_check CHECK (
        reversed_quantity BETWEEN 0 AND quantity AND reversed_minor BETWEEN 0 AND amount_minor
    ),
    DROP CONSTRAINT conversions_state_check,
    ADD CONSTRAINT conversions_state_check CHECK (state IN (
        'unconfirmed', 'reported', 'confirmed', 'partly_reversed', 'reversed'
    ));

-- What a provider reported, as it was received. A repetition counts up the row it repeats.
CREATE TABLE reports (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('purchase', 'update', 'reversal')),
    reference text NOT NULL CHECK (length(reference) <= 120), -- empty: none that can be one
    own_key text NOT NULL DEFAULT ''           -- of an update or a reversal: the provider's id of it
        CHECK (length(own_key) <= 120),
    channel text NOT NULL CHECK (channel IN ('api_key', 'pixel', 'csv', 'portal')),
    fields jsonb NOT NULL,                     -- as sent, without the code
    code_sealed bytea,
    digest text NOT NULL,                      -- of kind, channel and fields
    standing text NOT NULL CHECK (standing IN ('matched', 'waiting', 'unmatched')),
    problem text,                              -- why it is not matched, or not fully
    click_out_id uuid,                         -- of a purchase
    received_at timestamptz NOT NULL,
    received int NOT NULL DEFAULT 1 CHECK (received > 0), -- how often
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT reports_digest_key UNIQUE (tenant_id, digest)
);
CREATE INDEX reports_reference_idx ON reports (tenant_id, reference, received_at);
CREATE INDEX reports_received_idx ON reports (tenant_id, received_at DESC, id DESC);
CREATE INDEX reports_unmatched_idx ON reports (received_at) WHERE standing <> 'matched';
CALL protect('reports', true);

-- The conversions that there are were reported by API key.
SELECT set_config('smp.scope', 'platform', true);
INSERT INTO reports (tenant_id, id, kind, reference, channel, fields, digest, standing,
        click_out_id, received_at)
    SELECT tenant_id, id, 'purchase', reference, 'api_key', jsonb_strip_nulls(jsonb_build_object(
        'reference', reference, 'quantity', quantity, 'amount_minor', amount_minor,
        'currency', currency, 'tracking_url', tracking_url
    )), 'purchase ' || id, 'matched', click_out_id, reported_at
    FROM conversions;
INSERT INTO reports (tenant_id, id, kind, reference, channel, fields, digest, standing, received_at)
    SELECT tenant_id, gen_random_uuid(), 'reversal', reference, 'api_key', jsonb_build_object(
        'reference', reference, 'reason', coalesce(reversal_reason, '')
    ), 'reversal ' || id, 'matched', coalesce(reversed_at, reported_at)
    FROM conversions WHERE state = 'reversed';
SELECT set_config('smp.scope', '', true);

-- A provider's own tests are no use of a sale.
CREATE OR REPLACE FUNCTION sale_is_used(tenant uuid, sale uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM registrations WHERE tenant_id = tenant AND sale_id = sale)
        OR EXISTS (
            SELECT FROM stock WHERE tenant_id = tenant AND sale_id = sale
              AND (holds_made > 0 OR last_position > 0)
        )
        OR EXISTS (
            SELECT FROM click_outs WHERE tenant_id = tenant AND sale_id = sale AND NOT test
        )
        OR EXISTS (
            SELECT FROM conversions WHERE tenant_id = tenant AND sale_id = sale AND NOT test
        )
$$;
