-- Payouts to providers: what is paid to a provider for the entries of the ledger that have matured, the
-- bank account it is paid to, and the files for SMP's bank.

CREATE SEQUENCE statement_numbers START 10001;
GRANT USAGE ON SEQUENCE statement_numbers TO smp_app;

-- What SMP pays a provider in one currency, for entries that have matured until `period_to`.
CREATE TABLE statements (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    number text NOT NULL CONSTRAINT statements_number_key UNIQUE,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    period_from timestamptz NOT NULL,
    period_to timestamptz NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0), -- the sum of its lines
    carried_minor bigint NOT NULL,             -- of it, what had matured before the period
    lines_count int NOT NULL,
    state text NOT NULL CHECK (state IN ('drafted', 'approved', 'sent', 'paid', 'failed')),
    drafted_at timestamptz NOT NULL,
    drafted_by uuid,                           -- null: by the clock
    approved_at timestamptz,
    approved_by uuid,
    method text CHECK (method IN ('connect', 'bank')), -- null: nothing was begun
    gateway text,                              -- what moves the money: 'stripe', 'sandbox', 'bank'
    attempt int NOT NULL DEFAULT 1 CHECK (attempt > 0), -- how often it was begun to be paid
    returned int NOT NULL DEFAULT 0 CHECK (returned >= 0), -- how often its money came back
    reference text,                            -- of the gateway's transfer, or of the bank file
    bank_file_id uuid,
    failure text,                              -- why the last attempt failed
    sent_at timestamptz,
    settled_at timestamptz,                    -- paid, or failed
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT statements_sent_check CHECK (
        state NOT IN ('sent', 'paid') OR (sent_at IS NOT NULL AND method IS NOT NULL)
    ),
    CONSTRAINT statements_approved_check CHECK (state = 'drafted' OR approved_by IS NOT NULL)
);
CREATE INDEX statements_drafted_idx ON statements (drafted_at DESC, id DESC);
CREATE INDEX statements_file_idx ON statements (bank_file_id) WHERE bank_file_id IS NOT NULL;
CALL protect('statements', true);

-- The ledger's entries that a statement pays. The key keeps an entry from being paid twice.
CREATE TABLE statement_lines (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    kind text NOT NULL,                        -- of the ledger's transfer
    order_id uuid,
    order_number text,
    parcel_id uuid,
    note text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0), -- positive: owed to the provider
    posted_at timestamptz NOT NULL,
    matured_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entry_id),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statements
);
CREATE INDEX statement_lines_statement_idx ON statement_lines (tenant_id, statement_id, posted_at, entry_id);
CALL protect('statement_lines', true);
REVOKE UPDATE, DELETE ON statement_lines FROM smp_app;

-- When all of the weekly statements of a time were drafted.
CREATE TABLE statement_runs (
    due_at timestamptz PRIMARY KEY,
    finished_at timestamptz NOT NULL
);
CALL protect('statement_runs', false);

-- Where a provider is paid by bank transfer. The number is sealed with a key of the server's secret.
CREATE TABLE bank_accounts (
    tenant_id uuid PRIMARY KEY REFERENCES providers,
    holder text NOT NULL,
    iban_sealed bytea NOT NULL,
    iban_masked text NOT NULL,
    bic text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL
);
CALL protect('bank_accounts', true);

-- Files with transfers for SMP's bank, sealed as they were made.
CREATE TABLE bank_files (
    id uuid PRIMARY KEY,
    currency text NOT NULL,
    payments_count int NOT NULL CHECK (payments_count > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    content_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL
);
CREATE INDEX bank_files_created_idx ON bank_files (created_at DESC, id DESC);
CALL protect('bank_files', false);
