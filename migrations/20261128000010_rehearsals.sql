-- Rehearsals: a rush of simulated shoppers on a copy of a sale.

CREATE TABLE rehearsals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    sale_id uuid NOT NULL,                     -- the sale that was copied
    shoppers int NOT NULL CHECK (shoppers > 0),
    units int NOT NULL CHECK (units > 0),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    report jsonb,                              -- when done
    failure text,                              -- when failed: why
    started_by uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
-- A provider runs one rehearsal at a time.
CREATE UNIQUE INDEX rehearsals_running_key ON rehearsals (tenant_id) WHERE state = 'running';
CREATE INDEX rehearsals_sale_idx ON rehearsals (tenant_id, sale_id, started_at DESC);
CALL protect('rehearsals', true);
