-- Accounts, sessions, SMP's own team, and the audit log.
--
-- An account belongs to no tenant, so accounts, sessions and staff have no policies; only the
-- access slice reads them.

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT accounts_email_key UNIQUE
        CHECK (email = lower(email) AND length(email) <= 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    password_hash text,
    phone text,                                -- E.164
    locale text NOT NULL DEFAULT 'en',
    rehearsal boolean NOT NULL DEFAULT false,  -- a simulated shopper of a rehearsal
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
CREATE INDEX accounts_rehearsal_idx ON accounts (created_at) WHERE rehearsal;

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

-- Every privileged action: which actor did what to which subject. Append-only. Actions on the
-- platform itself have the nil tenant.
CREATE TABLE audit_log (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    actor text NOT NULL,                       -- 'account', 'api_key' or 'system'
    actor_id uuid,                             -- of the account or the key; null: the system
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CALL protect('audit_log', true);
REVOKE UPDATE, DELETE ON audit_log FROM smp_app;
