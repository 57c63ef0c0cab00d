-- Offers, which are what a provider sells, and their items. Amounts ending in `_minor` are in minor
-- units of the currency (cents), here and in all other tables.

CREATE TABLE offers (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 140),
    summary text NOT NULL DEFAULT '' CHECK (length(summary) <= 300),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    terms text NOT NULL DEFAULT '' CHECK (length(terms) <= 20000),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'), -- ISO 4217
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'archived')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CALL protect('offers', true);

CREATE TABLE items (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    offer_id uuid NOT NULL,
    position int NOT NULL,
    sku text NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 140),
    attributes jsonb NOT NULL DEFAULT '{}',    -- {"Colour": "Sand"}
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    compare_at_minor bigint,                   -- the price before, shown struck through
    removed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers,
    CONSTRAINT items_check CHECK (compare_at_minor > price_minor)
);
CREATE UNIQUE INDEX items_sku_key ON items (tenant_id, sku) WHERE removed_at IS NULL;
CREATE INDEX items_offer_idx ON items (tenant_id, offer_id, position);
CALL protect('items', true);

CREATE TABLE offer_assets (
    tenant_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    position int NOT NULL,
    PRIMARY KEY (tenant_id, offer_id, asset_id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers,
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets
);
CALL protect('offer_assets', true);
