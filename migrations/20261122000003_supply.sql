-- What a provider brings: assets, offers, sales, their revisions and access points.
CREATE TABLE assets (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('image', 'video', 'pdf')),
    filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    content_type text NOT NULL,               -- claimed at first, sniffed from the content once uploaded
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    object_key text NOT NULL,
    state text NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'ready', 'submitted', 'approved', 'changes_requested', 'rejected', 'withdrawn')),
    sha256 text,
    width_px int,
    height_px int,
    renditions jsonb NOT NULL DEFAULT '[]',   -- [{width_px, height_px, content_type, object_key}]
    alt text NOT NULL DEFAULT '' CHECK (length(alt) <= 300),
    error text,
    uploaded_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX assets_created_idx ON assets (tenant_id, created_at DESC);
CALL protect('assets', true);

CREATE TABLE offers (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 140),
    summary text NOT NULL DEFAULT '' CHECK (length(summary) <= 300),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    terms text NOT NULL DEFAULT '' CHECK (length(terms) <= 20000),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
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
    attributes jsonb NOT NULL DEFAULT '{}',   -- {"Colour": "Sand"}
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    compare_at_minor bigint CHECK (compare_at_minor > price_minor),
    removed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers
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

CREATE TABLE sales (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    slug text NOT NULL CONSTRAINT sales_slug_key UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 80),
    offer_id uuid NOT NULL,
    mode text NOT NULL CHECK (mode IN ('hosted', 'redirect')),
    kind text NOT NULL DEFAULT 'while_supplies_last' CHECK (kind IN ('while_supplies_last', 'aggregated', 'reservation', 'voucher')),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'submitted', 'approved', 'changes_requested', 'rejected', 'cancelled', 'halted')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    hold_seconds int NOT NULL DEFAULT 600 CHECK (hold_seconds BETWEEN 30 AND 3600),
    redirect_url text,                        -- where Buy leads in redirect mode
    countries text[] NOT NULL DEFAULT '{}',   -- ISO 3166-1 countries the sale is open to; empty: everywhere
    featured boolean NOT NULL DEFAULT false,
    approved_revision_id uuid,                -- what shoppers see
    halt_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers,
    CONSTRAINT sales_window_check CHECK (ends_at > starts_at),
    CONSTRAINT sales_redirect_check CHECK (mode = 'hosted' OR redirect_url IS NOT NULL)
);
CREATE INDEX sales_window_idx ON sales (starts_at, ends_at) WHERE approved_revision_id IS NOT NULL;
CREATE INDEX sales_tenant_idx ON sales (tenant_id, created_at DESC, id DESC);
CREATE INDEX sales_created_idx ON sales (created_at DESC, id DESC);
CALL protect('sales', true, NULL, 'approved_revision_id IS NOT NULL');

CREATE TABLE sale_items (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    item_id uuid NOT NULL,
    position int NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    capacity int NOT NULL CHECK (capacity BETWEEN 1 AND 10000000),
    limit_per_shopper int NOT NULL DEFAULT 2 CHECK (limit_per_shopper BETWEEN 1 AND 1000),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sale_items_item_key UNIQUE (tenant_id, sale_id, item_id),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales,
    FOREIGN KEY (tenant_id, item_id) REFERENCES items
);
CALL protect('sale_items', true);

-- The frozen content of a sale at a submission. Pages show the approved one and no other.
CREATE TABLE revisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    number int NOT NULL,
    state text NOT NULL DEFAULT 'submitted' CHECK (state IN ('submitted', 'approved', 'changes_requested', 'rejected', 'withdrawn')),
    content jsonb NOT NULL,
    content_hash text NOT NULL,
    note text NOT NULL DEFAULT '',
    submitted_by uuid NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT revisions_number_key UNIQUE (tenant_id, sale_id, number),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales
);
CREATE UNIQUE INDEX revisions_one_open_key ON revisions (tenant_id, sale_id) WHERE state = 'submitted';
CREATE INDEX revisions_queue_idx ON revisions (submitted_at) WHERE state = 'submitted';
CALL protect('revisions', true, NULL, 'state = ''approved''');

CREATE TABLE access_points (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    code text NOT NULL CONSTRAINT access_points_code_key UNIQUE,
    placement text NOT NULL CHECK (placement IN ('social', 'newsletter', 'landing', 'sidebar', 'other')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales
);
CREATE INDEX access_points_sale_idx ON access_points (tenant_id, sale_id, created_at DESC);
CALL protect('access_points', true, NULL, 'state = ''active''');
