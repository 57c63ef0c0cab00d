-- Sales: the draft, its items, the revisions that go through review, and access points.

-- The draft of a sale. Shoppers see its approved revision instead.
CREATE TABLE sales (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    slug text NOT NULL CONSTRAINT sales_slug_key UNIQUE
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 80),
    offer_id uuid NOT NULL,
    mode text NOT NULL CHECK (mode IN ('hosted', 'redirect')),
    kind text NOT NULL DEFAULT 'while_supplies_last' CHECK (kind IN (
        'while_supplies_last', 'aggregated', 'reservation', 'voucher'
    )),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN (
        'draft', 'submitted', 'approved', 'changes_requested', 'rejected', 'cancelled', 'halted'
    )),
    halt_reason text,
    approved_revision_id uuid,                 -- what shoppers see; null: nothing yet
    rehearsal boolean NOT NULL DEFAULT false,  -- a copy for a rehearsal, shown to nobody else
    featured boolean NOT NULL DEFAULT false,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    countries text[] NOT NULL DEFAULT '{}',    -- ISO 3166-1 countries it is open to; empty: all
    redirect_url text,                         -- where Buy leads in redirect mode

    -- Holds and waitlist.
    hold_seconds int NOT NULL DEFAULT 600 CHECK (hold_seconds BETWEEN 30 AND 3600),
    waitlist_offer_seconds int NOT NULL DEFAULT 600
        CONSTRAINT sales_waitlist_offer_check CHECK (waitlist_offer_seconds BETWEEN 60 AND 86400),

    -- Registration; without a window there is none.
    registration_opens_at timestamptz,
    registration_closes_at timestamptz,
    registered_only boolean NOT NULL DEFAULT false, -- only registered shoppers may buy

    -- Kind `aggregated`: the units aimed for, and when parcels ship, in days after the sale's end.
    target_quantity int CHECK (target_quantity BETWEEN 1 AND 10000000),
    ship_min_days int CHECK (ship_min_days BETWEEN 0 AND 365),
    ship_max_days int CHECK (ship_max_days BETWEEN 1 AND 365),
    -- Kind `voucher`: days a code is valid from its purchase.
    voucher_valid_days int CHECK (voucher_valid_days BETWEEN 1 AND 3650),

    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers,
    CONSTRAINT sales_window_check CHECK (ends_at > starts_at),
    CONSTRAINT sales_redirect_check CHECK (mode = 'hosted' OR redirect_url IS NOT NULL),
    CONSTRAINT sales_kind_mode_check CHECK (mode = 'hosted' OR kind = 'while_supplies_last'),
    CONSTRAINT sales_registration_check CHECK (
        (registration_opens_at IS NULL) = (registration_closes_at IS NULL)
        AND registration_opens_at < registration_closes_at
        AND registration_closes_at <= ends_at
    ),
    CONSTRAINT sales_registered_only_check CHECK (
        NOT registered_only OR registration_opens_at IS NOT NULL
    ),
    CONSTRAINT sales_aggregated_check CHECK (
        num_nonnulls(target_quantity, ship_min_days, ship_max_days)
        = CASE kind WHEN 'aggregated' THEN 3 ELSE 0 END
    ),
    CONSTRAINT sales_ship_window_check CHECK (ship_max_days >= ship_min_days),
    CONSTRAINT sales_voucher_check CHECK ((voucher_valid_days IS NOT NULL) = (kind = 'voucher'))
);
CREATE INDEX sales_tenant_idx ON sales (tenant_id, created_at DESC, id DESC);
CREATE INDEX sales_created_idx ON sales (created_at DESC, id DESC);
CREATE INDEX sales_window_idx ON sales (starts_at, ends_at) WHERE approved_revision_id IS NOT NULL;
-- Every node looks for rehearsals about to start every few seconds.
CREATE INDEX sales_rehearsal_idx ON sales (starts_at) WHERE rehearsal;
CALL protect('sales', true, published => 'approved_revision_id IS NOT NULL');

-- An item is in a sale once for each of its slots; without slots, once.
CREATE TABLE sale_items (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    item_id uuid NOT NULL,
    slot_starts_on date,
    slot_ends_on date,
    position int NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    capacity int NOT NULL CHECK (capacity BETWEEN 1 AND 10000000), -- units
    limit_per_shopper int NOT NULL DEFAULT 2 CHECK (limit_per_shopper BETWEEN 1 AND 1000),

    -- Proof of inventory, for the manager who reviews the sale.
    guaranteed_quantity int                    -- null: the capacity
        CHECK (guaranteed_quantity BETWEEN 1 AND 10000000),
    evidence text NOT NULL DEFAULT '' CHECK (length(evidence) <= 1000),
    evidence_asset_id uuid,

    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sale_items_item_key
        UNIQUE NULLS NOT DISTINCT (tenant_id, sale_id, item_id, slot_starts_on, slot_ends_on),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales,
    FOREIGN KEY (tenant_id, item_id) REFERENCES items,
    CONSTRAINT sale_items_evidence_fkey
        FOREIGN KEY (tenant_id, evidence_asset_id) REFERENCES assets,
    CONSTRAINT sale_items_slot_check CHECK (
        (slot_starts_on IS NULL) = (slot_ends_on IS NULL)
        AND (slot_ends_on IS NULL OR slot_ends_on >= slot_starts_on)
    ),
    CONSTRAINT sale_items_guarantee_check CHECK (guaranteed_quantity >= capacity)
);
CALL protect('sale_items', true);

-- The content of a sale, frozen when it was submitted. Pages show the approved revision only.
CREATE TABLE revisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    number int NOT NULL,                       -- from 1, per sale
    state text NOT NULL DEFAULT 'submitted' CHECK (state IN (
        'submitted', 'approved', 'changes_requested', 'rejected', 'withdrawn'
    )),
    content jsonb NOT NULL,
    content_hash text NOT NULL,
    note text NOT NULL DEFAULT '',             -- from the provider to the reviewer
    submitted_by uuid NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    reason text,                               -- of the decision
    decided_by uuid,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT revisions_number_key UNIQUE (tenant_id, sale_id, number),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales
);
-- A sale is in review once at a time.
CREATE UNIQUE INDEX revisions_one_open_key ON revisions (tenant_id, sale_id)
    WHERE state = 'submitted';
CREATE INDEX revisions_queue_idx ON revisions (submitted_at) WHERE state = 'submitted';
CALL protect('revisions', true, published => 'state = ''approved''');

-- A tracked placement of a sale, with its own short link.
CREATE TABLE access_points (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    code text NOT NULL CONSTRAINT access_points_code_key UNIQUE,
    placement text NOT NULL CHECK (placement IN (
        'social', 'newsletter', 'landing', 'sidebar', 'other'
    )),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, sale_id) REFERENCES sales
);
CREATE INDEX access_points_sale_idx ON access_points (tenant_id, sale_id, created_at DESC);
CALL protect('access_points', true, published => 'state = ''active''');
