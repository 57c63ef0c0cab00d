-- Statistics: what visitors did on the pages of a sale, without who they are. A visitor is a random
-- id in a cookie, not an account.

CREATE TABLE visits (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    access_point_id uuid,                      -- null: came without a tracked link
    visitor_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seconds_on_page int NOT NULL DEFAULT 0 CHECK (seconds_on_page BETWEEN 0 AND 86400),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX visits_sale_idx ON visits (tenant_id, sale_id, started_at);
CALL protect('visits', true);

CREATE TABLE interactions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    visit_id uuid,
    kind text NOT NULL CHECK (kind IN (
        'favourite', 'unfavourite', 'share', 'click_out', 'hold', 'waitlist', 'checkout', 'address',
        'payment', 'purchase', 'refund', 'conversion', 'reversal', 'feedback'
    )),
    quantity int NOT NULL DEFAULT 1,
    amount_minor bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX interactions_sale_idx ON interactions (tenant_id, sale_id, created_at);
CALL protect('interactions', true);

-- Kept by visitor, so that nobody has to sign in to like a sale.
CREATE TABLE favourites (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sale_id, visitor_id)
);
-- A visitor's favourites over all sales.
CREATE INDEX favourites_visitor_idx ON favourites (visitor_id);
CALL protect('favourites', true);
