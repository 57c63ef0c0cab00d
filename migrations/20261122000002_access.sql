-- Accounts, sessions, staff roles. Accounts belong to nobody's tenant: only the access slice reads these tables.
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT accounts_email_key UNIQUE CHECK (email = lower(email) AND length(email) <= 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    password_hash text,
    phone text,
    locale text NOT NULL DEFAULT 'en',
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_key UNIQUE,
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_account_idx ON sessions (account_id);

-- Roles of SMP's own team.
CREATE TABLE staff (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('admin', 'manager', 'marketing', 'support', 'finance')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, role)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, sessions, staff TO smp_app;

-- A provider is a tenant.
CREATE TABLE providers (
    tenant_id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT providers_slug_key UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 63),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    state text NOT NULL DEFAULT 'invited' CHECK (state IN ('invited', 'applied', 'under_review', 'approved', 'suspended', 'rejected')),
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    product_category text NOT NULL DEFAULT '',
    about text NOT NULL DEFAULT '',
    support_email text,
    support_phone text,
    support_url text,
    registration_number text,                 -- business registration, from the application
    regions text[] NOT NULL DEFAULT '{}',     -- ISO 3166-1 countries the provider ships to
    cart_origins text[] NOT NULL DEFAULT '{}', -- origins SMP approved for click-outs, e.g. https://shop.example
    decision_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- A suspended provider sells nothing; its pages still say whose they are.
CALL protect('providers', true, NULL, 'state IN (''approved'', ''suspended'')');

CREATE TABLE requirements (
    tenant_id uuid NOT NULL REFERENCES providers,
    kind text NOT NULL CHECK (kind IN ('business_registration', 'references', 'product_category', 'regions')),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'submitted', 'met', 'refused', 'waived', 'expired')),
    evidence text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    decided_by uuid,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, kind)
);
CALL protect('requirements', true);

CREATE TABLE members (
    tenant_id uuid NOT NULL REFERENCES providers,
    account_id uuid NOT NULL REFERENCES accounts,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'fulfilment', 'analyst', 'cashier')),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id, role)
);
CREATE INDEX members_account_idx ON members (account_id);
CALL protect('members', true, 'account_id = (SELECT scope_account())');

-- An invited member: a role offered to an email address, open until accepted, revoked or past its time.
CREATE TABLE invitations (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    email text NOT NULL CHECK (email = lower(email)),
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'fulfilment', 'analyst', 'cashier')),
    token_hash bytea NOT NULL CONSTRAINT invitations_token_key UNIQUE,
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL protect('invitations', true);

CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    prefix text NOT NULL,                     -- the part that may be shown again
    key_hash bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
    scopes text[] NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL protect('api_keys', true);

-- What a pack of tenants/<slug>/ says: settings and template overrides, one applied version per provider.
CREATE TABLE tenant_packs (
    tenant_id uuid PRIMARY KEY REFERENCES providers,
    settings jsonb NOT NULL,
    files jsonb NOT NULL,                     -- path below theme/ → text
    content_hash text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('tenant_packs', true, NULL, 'true');

-- Every privileged action: who did which operation to what. Platform-wide rows carry the nil tenant.
CREATE TABLE audit_log (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    actor_id uuid,                            -- account, or null when a key or the system acted
    actor text NOT NULL,                      -- 'account', 'api_key' or 'system'
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CALL protect('audit_log', true, NULL, NULL);
REVOKE UPDATE, DELETE ON audit_log FROM smp_app;

-- The durable log: what happened, in a tenant's order. Platform-wide events carry the nil tenant.
CREATE TABLE event_counters (
    tenant_id uuid PRIMARY KEY,
    last_sequence bigint NOT NULL
);
CALL protect('event_counters', true);
CREATE TABLE events (
    tenant_id uuid NOT NULL,
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sequence)
);
CALL protect('events', true);
REVOKE UPDATE, DELETE ON events FROM smp_app;

-- Every email and SMS, kept and visible. dedupe_key makes a job that runs twice send once.
CREATE TABLE messages (
    tenant_id uuid NOT NULL,                  -- whose brand it carries; the nil tenant for SMP's own
    id uuid NOT NULL,
    account_id uuid,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    recipient text NOT NULL,
    template text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text,
    dedupe_key text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'delivered', 'bounced', 'failed')),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT messages_dedupe_key UNIQUE (tenant_id, dedupe_key)
);
CREATE INDEX messages_created_idx ON messages (created_at DESC);
CALL protect('messages', true, NULL, 'account_id = (SELECT scope_account())');
