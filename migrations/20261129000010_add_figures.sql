-- What the figures of a sale need: which purchase an interaction is about and in which currency its
-- amount is, what a click-out was for, and sums that cannot fail.

-- A sum as an integer that every JSON reader takes exactly. A larger one is cut there, so that no row
-- makes a report fail. `kernel/limits.rs` has the same bound.
CREATE FUNCTION bounded_sum(total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT least(greatest(coalesce(total, 0), -9007199254740991), 9007199254740991)::bigint $$;

ALTER TABLE click_outs
    ADD COLUMN unit_price_minor bigint,        -- as published then; null: an older click-out
    ADD COLUMN currency text CHECK (currency ~ '^[A-Z]{3}$');

ALTER TABLE interactions
    ADD COLUMN subject_id uuid,                -- the order or the conversion; null: about neither
    ADD COLUMN currency text CHECK (currency ~ '^[A-Z]{3}$'); -- of the amount
CREATE INDEX interactions_purchases_idx ON interactions (tenant_id, sale_id, subject_id)
    WHERE kind IN ('purchase', 'refund', 'conversion', 'reversal');

-- Interactions have the ids of their events, except for the last byte: it counts an event's lines.
SELECT set_config('smp.scope', 'platform', true);
UPDATE interactions i
SET subject_id = coalesce(e.payload->>'order_id', e.payload->>'conversion_id')::uuid,
    currency = e.payload->>'currency',
    created_at = e.created_at
FROM events e
WHERE e.tenant_id = i.tenant_id
  AND e.type IN ('order.confirmed', 'refund.succeeded', 'conversion.reported', 'conversion.reversed')
  AND i.kind IN ('purchase', 'refund', 'conversion', 'reversal')
  AND left(e.id::text, 34) = left(i.id::text, 34);
-- Those without an event: in the currency of the content that was approved last before them.
UPDATE interactions i
SET subject_id = coalesce(i.subject_id, i.id),
    currency = coalesce(i.currency, (
        SELECT r.content->>'currency' FROM revisions r
        WHERE r.tenant_id = i.tenant_id AND r.sale_id = i.sale_id AND r.state = 'approved'
        ORDER BY (r.decided_at <= i.created_at) DESC,
                 CASE WHEN r.decided_at <= i.created_at THEN r.decided_at END DESC, r.decided_at
        LIMIT 1
    ))
WHERE i.kind IN ('purchase', 'refund', 'conversion', 'reversal')
  AND (i.subject_id IS NULL OR i.currency IS NULL);
SELECT set_config('smp.scope', '', true);
