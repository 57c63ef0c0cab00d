-- Registration for a sale, who may buy in it, and how long a waitlist's offer stands.
ALTER TABLE sales
    ADD COLUMN registration_opens_at timestamptz,
    ADD COLUMN registration_closes_at timestamptz,
    ADD COLUMN registered_only boolean NOT NULL DEFAULT false,
    ADD COLUMN waitlist_offer_seconds int NOT NULL DEFAULT 600 CONSTRAINT sales_waitlist_offer_check CHECK (waitlist_offer_seconds BETWEEN 60 AND 86400),
    ADD CONSTRAINT sales_registration_check CHECK (
        (registration_opens_at IS NULL) = (registration_closes_at IS NULL)
        AND registration_opens_at < registration_closes_at AND registration_closes_at <= ends_at
    ),
    ADD CONSTRAINT sales_registered_only_check CHECK (NOT registered_only OR registration_opens_at IS NOT NULL);

-- A shopper's place at a sale. Hundreds of thousands a sale, all in the same minutes: short rows, no foreign keys.
CREATE TABLE registrations (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'registered' CHECK (state IN ('registered', 'withdrawn')),
    created_at timestamptz NOT NULL,          -- of the registration in force
    reminded_for timestamptz,                 -- the start the shopper was reminded of
    started_for timestamptz,                  -- the start the shopper was told of
    PRIMARY KEY (tenant_id, sale_id, account_id)
) WITH (fillfactor = 80);
CREATE INDEX registrations_sale_idx ON registrations (tenant_id, sale_id, created_at DESC, account_id DESC) WHERE state = 'registered';
CREATE INDEX registrations_account_idx ON registrations (account_id, created_at DESC, sale_id DESC) WHERE state = 'registered';
CALL protect('registrations', true, NULL, 'account_id = (SELECT scope_account())');

-- The letters all who registered for a published sale get: when they are due, until when they make sense, and whether all are written.
CREATE TABLE registration_rounds (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('reminder', 'start')),
    starts_at timestamptz NOT NULL,           -- of the approved revision; a start that moves makes the round anew
    due_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (tenant_id, sale_id, kind)
);
CREATE INDEX registration_rounds_due_idx ON registration_rounds (due_at) WHERE done_at IS NULL;
CALL protect('registration_rounds', true);
