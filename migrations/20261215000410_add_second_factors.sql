-- The second factor of an account: codes of an authenticator app, and codes for the day it is lost.
--
-- An account belongs to no tenant, so these tables have no policies; only the access slice reads them.

-- When the grace ends in which an account whose role needs a second factor may work without one; null
-- until it first signs in with such a role.
ALTER TABLE accounts ADD COLUMN factor_due_at timestamptz;
-- When the session last proved the second factor.
ALTER TABLE sessions ADD COLUMN factor_at timestamptz;

CREATE TABLE second_factors (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    sealed_secret bytea,                       -- of the factor in use
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,       -- the half minute of the last code that was accepted
    offered_secret bytea,                      -- sealed; a code of it makes it the factor in use
    offered_at timestamptz,
    CHECK ((sealed_secret IS NULL) = (confirmed_at IS NULL)),
    CHECK ((offered_secret IS NULL) = (offered_at IS NULL))
);

CREATE TABLE recovery_codes (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

-- Sign-ins whose password was right and whose second factor is awaited.
CREATE TABLE pending_sign_ins (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT pending_sign_ins_token_key UNIQUE,
    wrong_tries smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX pending_sign_ins_account_idx ON pending_sign_ins (account_id);
CREATE INDEX pending_sign_ins_expiry_idx ON pending_sign_ins (expires_at);

-- Codes that were wrong.
CREATE TABLE second_factor_tries (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    network text NOT NULL,                     -- a keyed hash of the client's address
    tried_at timestamptz NOT NULL
);
CREATE INDEX second_factor_tries_account_idx ON second_factor_tries (account_id, tried_at);
CREATE INDEX second_factor_tries_time_idx ON second_factor_tries (tried_at);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON second_factors, recovery_codes, pending_sign_ins, second_factor_tries TO smp_app;
