-- Ways to sign in beside a password: accounts at other providers, and passkeys.
--
-- They belong to accounts, not to tenants; only the access slice reads them.

-- Whose account at which provider opens which account here.
CREATE TABLE external_identities (
    provider text NOT NULL CHECK (length(provider) BETWEEN 1 AND 40),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),  -- the provider's id of the person
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    email text CHECK (length(email) <= 254),   -- as the provider had it, so that people tell which it is
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    PRIMARY KEY (provider, subject),
    CONSTRAINT external_identities_account_key UNIQUE (account_id, provider)
);

CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    credential_id bytea NOT NULL CONSTRAINT passkeys_credential_key UNIQUE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    credential jsonb NOT NULL,                 -- its public key and its counter
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX passkeys_account_idx ON passkeys (account_id);

-- Challenges that wait for a passkey's answer. Each is answered once.
CREATE TABLE passkey_challenges (
    token_hash bytea PRIMARY KEY,
    account_id uuid REFERENCES accounts ON DELETE CASCADE,  -- null: of somebody who signs in
    state jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_expires_idx ON passkey_challenges (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON external_identities, passkeys, passkey_challenges TO smp_app;
