-- Providers, which are the tenants: their vetting, members, API keys and theme.

CREATE TABLE providers (
    tenant_id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT providers_slug_key UNIQUE
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 63),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    state text NOT NULL DEFAULT 'invited' CHECK (state IN (
        'invited', 'applied', 'under_review', 'approved', 'suspended', 'rejected'
    )),
    decision_reason text,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'), -- ISO 3166-1
    registration_number text,                  -- of the business, from the application
    product_category text NOT NULL DEFAULT '',
    regions text[] NOT NULL DEFAULT '{}',      -- ISO 3166-1 countries the provider ships to
    about text NOT NULL DEFAULT '',
    support_email text,
    support_phone text,
    support_url text,
    cart_origins text[] NOT NULL DEFAULT '{}', -- approved for click-outs: https://shop.example
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- A suspended provider sells nothing, but its pages still name it.
CALL protect('providers', true, published => 'state IN (''approved'', ''suspended'')');

-- The vetting checklist.
CREATE TABLE requirements (
    tenant_id uuid NOT NULL REFERENCES providers,
    kind text NOT NULL CHECK (kind IN (
        'business_registration', 'references', 'product_category', 'regions'
    )),
    state text NOT NULL DEFAULT 'open' CHECK (state IN (
        'open', 'submitted', 'met', 'refused', 'waived', 'expired'
    )),
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
CALL protect('members', true, shopper_rows => true);

-- A role offered to an email address, open until it is accepted, revoked or expired.
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

-- Belongs to the access slice; it is here because it references providers.
CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    prefix text NOT NULL,                      -- the start of the key, shown in lists
    key_hash bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
    scopes text[] NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CALL protect('api_keys', true);

-- Settings and template overrides from tenants/<slug>/: the version in use.
CREATE TABLE tenant_packs (
    tenant_id uuid PRIMARY KEY REFERENCES providers,
    settings jsonb NOT NULL,
    files jsonb NOT NULL,                      -- {path below theme/: text}
    content_hash text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('tenant_packs', true, published => 'true');
