-- What people keep with their account: language and time zone, addresses, which messages they want, whom
-- they follow, of which starts they are reminded; the export and the erasure of their data.

-- Nobody could choose a language yet: the default was no choice.
ALTER TABLE accounts ALTER COLUMN locale DROP NOT NULL, ALTER COLUMN locale DROP DEFAULT;
UPDATE accounts SET locale = NULL;
ALTER TABLE accounts
    ADD COLUMN time_zone text CHECK (length(time_zone) <= 64),  -- IANA
    ADD COLUMN erased_at timestamptz;

CREATE TABLE account_addresses (
    account_id uuid NOT NULL REFERENCES accounts,
    id uuid NOT NULL,
    address jsonb NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX account_addresses_default_key ON account_addresses (account_id) WHERE is_default;
CALL protect('account_addresses', false, shopper_rows => true);

-- What an account chose; without a row the default of the channel holds.
CREATE TABLE message_choices (
    account_id uuid NOT NULL REFERENCES accounts,
    kind text NOT NULL
        CHECK (kind IN ('reminders', 'waitlist', 'orders', 'launches', 'digests', 'team')),
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    is_on boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind, channel)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON message_choices TO smp_app;

-- Who is told of a provider's new sales.
CREATE TABLE follows (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id)
);
CREATE INDEX follows_account_idx ON follows (account_id, created_at DESC);
CALL protect('follows', true, published => 'account_id = (SELECT scope_account())');

-- Who is reminded shortly before the start of a sale that has no registration.
CREATE TABLE sale_reminders (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    reminded_for timestamptz,                  -- the start that the email was about
    PRIMARY KEY (tenant_id, sale_id, account_id)
) WITH (fillfactor = 80);
CREATE INDEX sale_reminders_account_idx ON sale_reminders (account_id, created_at DESC);
CALL protect('sale_reminders', true, published => 'account_id = (SELECT scope_account())');

ALTER TABLE registration_mailings DROP CONSTRAINT registration_mailings_kind_check;
ALTER TABLE registration_mailings ADD CONSTRAINT registration_mailings_kind_check
    CHECK (kind IN ('reminder', 'start', 'soon'));
SET LOCAL smp.scope = 'platform';
INSERT INTO registration_mailings (tenant_id, sale_id, kind, starts_at, due_at, until)
    SELECT tenant_id, sale_id, 'soon', starts_at, starts_at - interval '15 minutes', starts_at
    FROM registration_mailings WHERE kind = 'start' AND done_at IS NULL;
SET LOCAL smp.scope = '';

-- An export of everything that concerns an account: a ZIP in the object storage.
CREATE TABLE data_exports (
    account_id uuid NOT NULL REFERENCES accounts,
    id uuid NOT NULL,
    state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'ready', 'removed')),
    requested_at timestamptz NOT NULL,
    ready_at timestamptz,
    object_key text,
    size_bytes bigint CHECK (size_bytes >= 0),
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX data_exports_under_way_key ON data_exports (account_id)
    WHERE state = 'requested';
CREATE INDEX data_exports_ready_idx ON data_exports (ready_at) WHERE state = 'ready';
CALL protect('data_exports', false, shopper_rows => true);
