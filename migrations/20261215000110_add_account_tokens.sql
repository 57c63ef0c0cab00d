-- An account proves its address. An address belongs to the account that proved it; until then any
-- number of sign-ups may claim it, so that nobody can keep its owner from an account, and a sign-up
-- tells nobody whether there is one.
ALTER TABLE accounts ADD COLUMN email_verified_at timestamptz;
-- Colleagues came by an invitation to their address, or were made at the server.
UPDATE accounts a SET email_verified_at = a.created_at
WHERE a.rehearsal OR EXISTS (SELECT FROM staff s WHERE s.account_id = a.id)
   OR EXISTS (SELECT FROM members m WHERE m.account_id = a.id);
ALTER TABLE accounts DROP CONSTRAINT accounts_email_key;
CREATE UNIQUE INDEX accounts_email_key ON accounts (email) WHERE email_verified_at IS NOT NULL;
CREATE INDEX accounts_claimed_email_idx ON accounts (email, created_at)
    WHERE email_verified_at IS NULL;

-- Every link and code that works once. Only hashes are kept.
CREATE TABLE account_tokens (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN (
        'verify_email', 'reset_password', 'change_email', 'undo_email_change', 'confirm_erasure',
        'verify_phone'
    )),
    token_hash bytea NOT NULL CONSTRAINT account_tokens_token_key UNIQUE,
    code_hash bytea,                           -- of the six digits, with the id
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    tries smallint NOT NULL DEFAULT 0          -- wrong codes
);
CREATE INDEX account_tokens_account_idx ON account_tokens (account_id, purpose, created_at DESC);
CREATE INDEX account_tokens_expiry_idx ON account_tokens (expires_at);

-- Browsers that signed in to an account before, by a cookie of their own that outlives the session.
CREATE TABLE known_devices (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device_hash bytea NOT NULL,
    user_agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, device_hash)
);
CREATE INDEX known_devices_seen_idx ON known_devices (seen_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON account_tokens, known_devices TO smp_app;
