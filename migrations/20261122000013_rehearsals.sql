-- A rehearsal is a sale like any other, with shoppers of its own, that nobody else is shown.
ALTER TABLE sales ADD COLUMN rehearsal boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN rehearsal boolean NOT NULL DEFAULT false; -- a shopper made up for a rehearsal
CREATE INDEX accounts_rehearsal_idx ON accounts (created_at) WHERE rehearsal;

CREATE TABLE rehearsals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,                    -- the sale it rehearses
    shoppers int NOT NULL CHECK (shoppers > 0),
    units int NOT NULL CHECK (units > 0),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    report jsonb,
    started_by uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX rehearsals_running_key ON rehearsals (tenant_id) WHERE state = 'running';
CREATE INDEX rehearsals_sale_idx ON rehearsals (tenant_id, sale_id, started_at DESC);
CALL protect('rehearsals', true);
