-- The proof of inventory of each item of a revision, and the stock that providers report. Sales that
-- were approved or submitted before get the proofs that their reviews stood for.

-- What a provider's server, or somebody of its team, last said is in stock of an item.
CREATE TABLE stock_figures (
    tenant_id uuid NOT NULL REFERENCES providers,
    sku text NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
    quantity int NOT NULL CHECK (quantity BETWEEN 0 AND 10000000), -- units
    actor text NOT NULL,                       -- who said so: 'account' or 'api_key'
    actor_id uuid,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sku)
);
CALL protect('stock_figures', true);

CREATE TABLE proofs (
    tenant_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    sale_item_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    item_id uuid NOT NULL,
    slot_starts_on date,                       -- the units of each slot are others
    sku text NOT NULL,
    guaranteed int,                            -- units; null: made to order, nothing is guaranteed
    evidence_hash text NOT NULL,               -- tells whether a later revision says the same
    starts_at timestamptz NOT NULL,            -- of the revision
    ends_at timestamptz NOT NULL,
    in_force boolean NOT NULL DEFAULT false,   -- of the approved revision
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'verified', 'refused', 'reopened')),
    verified int CHECK (verified BETWEEN 0 AND 10000000), -- units that a manager found proved
    reason text NOT NULL DEFAULT '',
    decided_by uuid,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, revision_id, sale_item_id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions ON DELETE CASCADE,
    CONSTRAINT proofs_verified_quantity_check CHECK (state <> 'verified' OR verified IS NOT NULL)
);
CREATE INDEX proofs_sale_idx ON proofs (tenant_id, sale_id);
CREATE INDEX proofs_in_force_idx ON proofs (tenant_id, item_id, ends_at) WHERE in_force;
CALL protect('proofs', true);

SET LOCAL smp.scope = 'platform';
INSERT INTO proofs (
    tenant_id, revision_id, sale_item_id, sale_id, item_id, slot_starts_on, sku, guaranteed,
    evidence_hash, starts_at, ends_at, in_force, state, verified, decided_by, decided_at
)
SELECT r.tenant_id, r.id, (i->>'sale_item_id')::uuid, r.sale_id, (i->>'item_id')::uuid,
       (i->'slot'->>'starts_on')::date, i->>'sku',
       CASE WHEN r.content->>'kind' <> 'aggregated'
           THEN coalesce((i->>'guaranteed_quantity')::int, (i->>'capacity')::int) END,
       '', (r.content->>'starts_at')::timestamptz, (r.content->>'ends_at')::timestamptz,
       r.state = 'approved', CASE WHEN r.state = 'approved' THEN 'verified' ELSE 'open' END,
       CASE WHEN r.state = 'approved' THEN greatest(
           (i->>'capacity')::int, coalesce(k.verified, (i->>'guaranteed_quantity')::int, 0)
       ) END,
       r.decided_by, r.decided_at
FROM revisions r
JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id AND NOT s.rehearsal
CROSS JOIN LATERAL jsonb_array_elements(r.content->'items') AS i
LEFT JOIN stock k ON k.tenant_id = r.tenant_id AND k.sale_item_id = (i->>'sale_item_id')::uuid
WHERE r.state = 'submitted' OR r.id = s.approved_revision_id;
SET LOCAL smp.scope = '';
