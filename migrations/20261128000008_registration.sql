-- Registration for a sale, and the mailings to the shoppers who registered.

-- A large sale has hundreds of thousands of registrations, most of them made within minutes: rows
-- are short and have no foreign keys.
CREATE TABLE registrations (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'registered' CHECK (state IN ('registered', 'withdrawn')),
    created_at timestamptz NOT NULL,           -- anew when a shopper registers again
    -- The start each email was about. When the start moves, the email is due again.
    reminded_for timestamptz,
    started_for timestamptz,
    PRIMARY KEY (tenant_id, sale_id, account_id)
) WITH (fillfactor = 80);
CREATE INDEX registrations_sale_idx
    ON registrations (tenant_id, sale_id, created_at DESC, account_id DESC)
    WHERE state = 'registered';
CREATE INDEX registrations_account_idx
    ON registrations (account_id, created_at DESC, sale_id DESC)
    WHERE state = 'registered';
CALL protect('registrations', true, published => 'account_id = (SELECT scope_account())');

-- A mailing to everyone registered for a published sale.
CREATE TABLE registration_mailings (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('reminder', 'start')),
    starts_at timestamptz NOT NULL,            -- of the approved revision
    due_at timestamptz NOT NULL,
    until timestamptz NOT NULL,                -- not sent after this
    done_at timestamptz,                       -- when every message was written
    PRIMARY KEY (tenant_id, sale_id, kind)
);
CREATE INDEX registration_mailings_due_idx ON registration_mailings (due_at) WHERE done_at IS NULL;
-- Every node looks for sales about to start every few seconds.
CREATE INDEX registration_mailings_start_idx ON registration_mailings (starts_at)
    WHERE kind = 'start';
CALL protect('registration_mailings', true);
